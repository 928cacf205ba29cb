// connectome: the structure of a coupling matrix from a file, and the activity that theory expects of an ensemble so
// strong.
#include "cli/command.h"
#include "cli/finish.h"
#include "cli/progress_line.h"

#include "base/number.h"

#include <math.h>
#include <quenched/quenched.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct {
    qn_connectivity structure;
    double scale;          ///< the factor of --rescale; 1
    double strength, mean; ///< of the ensemble: deviations from the mean, and the mean, times the factor
    qn_two_point activity;
} findings;

static qn_status read_matrix(const command_line *line, qn_matrix *matrix)
{
    const qn_matrix_options options = {.index_base = line->index_base, .square = true};
    return qn_matrix_read(line->arguments[0], &options, matrix);
}

static qn_status analyse(const command_line *line, qn_connectivity *structure)
{
    qn_matrix matrix = {0};
    qn_status status = read_matrix(line, &matrix);
    if (status != QN_OK) return status;
    progress_line shown;
    const qn_progress progress = progress_line_start(&shown);
    const qn_connectivity_options options = {line->drop_self_loops, line->drop_silent};
    status = qn_connectivity_analyse(&matrix, &options, &progress, structure);
    progress_line_end(&shown);
    qn_matrix_clear(&matrix);
    return status;
}

// (1/N) sum (J_ij - mean / N)^2 = m2 - mean^2 / N.
static qn_status predict(const command_line *line, findings *found)
{
    const qn_connectivity *structure = &found->structure;
    const double size = (double)structure->size;
    const double variance = structure->m2 - structure->mean * structure->mean / size;
    found->scale = line->rescale > 0.0 ? line->rescale / sqrt(structure->m2) : 1.0;
    found->strength = found->scale * sqrt(fmax(variance, 0.0));
    found->mean = found->scale * structure->mean;
    const qn_rate_network network = {.size = structure->size,
                                     .coupling = {.strength = found->strength, .mean = found->mean}};
    return qn_two_point_solve(&network, NULL, &found->activity);
}

static void say(const char *name, double value, double error)
{
    char number[QN_NUMBER_SIZE], bar[QN_NUMBER_SIZE];
    qn_number_general(value, 5, number);
    qn_number_general(error, 2, bar);
    printf(isnan(error) ? "  %-44s %s\n" : "  %-44s %s +- %s\n", name, number, bar);
}

static void print_structure(const qn_connectivity *a)
{
    printf("matrix\n  %-44s %zu\n  %-44s %zu\n  %-44s %zu\n  %-44s %zu\n  %-44s %zu\n  %-44s %zu\n", "units N", a->size,
           "entries other than zero", a->entries, "self-loops in the file", a->self_loops,
           "units that receive nothing (silent rows)", a->silent_rows, "units that send nothing (silent columns)",
           a->silent_columns, "units left out", a->dropped);
    puts("structure");
    say("mean coupling (1/N) sum J", a->mean, NAN);
    say("m2 = (1/N) tr J J^T", a->m2, NAN);
    say("m4 = (1/N) tr (J J^T)^2", a->m4, NAN);
    say("strength g_eff = sqrt(m2)", sqrt(a->m2), NAN);
    say("kappa4 = m4 - 2 m2^2", a->kappa4, NAN);
    say("1/PR^D = kappa4 / m2^2 (independent: 0)", a->inverse_effective_rank, a->inverse_effective_rank_error);
    say("PR^s = m2^2 / m4 of singular values, per N", a->effective_rank, NAN);
}

static void print_activity(const findings *found)
{
    const qn_two_point *a = &found->activity;
    puts("activity of independent couplings with this strength and mean (tanh, N -> infinity)");
    say("matrix multiplied by", found->scale, NAN);
    say("strength of deviations from the mean", found->strength, NAN);
    say("mean coupling", found->mean, NAN);
    printf("  %-44s %s\n", "phase", qn_phase_name(a->phase));
    if (a->phase == QN_PHASE_QUIESCENT) {
        puts("  All units rest at zero: no activity is expected. --rescale G makes the couplings stronger.");
        return;
    }
    say("field variance", a->field_variance, NAN);
    say("rate variance", a->rate_variance, NAN);
    say("variance over units of the time average", a->frozen_variance, NAN);
    say("correlation time (tau)", a->correlation_time, NAN);
    say("largest Lyapunov exponent (per tau)", a->lyapunov_exponent, NAN);
}

static void put(const char *name, double value, const char *after)
{
    char number[QN_NUMBER_SIZE] = "null";
    if (isfinite(value)) qn_number_shortest(value, number);
    printf("\"%s\": %s%s", name, number, after);
}

static void print_json(const findings *found, bool predicted)
{
    const qn_connectivity *a = &found->structure;
    const qn_two_point *b = &found->activity;
    printf("{\"size\": %zu, \"entries\": %zu, \"self_loops\": %zu, \"silent_rows\": %zu, \"silent_columns\": %zu, "
           "\"dropped\": %zu, ",
           a->size, a->entries, a->self_loops, a->silent_rows, a->silent_columns, a->dropped);
    put("mean", a->mean, ", ");
    put("m2", a->m2, ", ");
    put("m4", a->m4, ", ");
    put("kappa4", a->kappa4, ", ");
    put("inverse_effective_rank", a->inverse_effective_rank, ", ");
    put("inverse_effective_rank_error", a->inverse_effective_rank_error, ", ");
    put("effective_rank", a->effective_rank, ", \"prediction\": ");
    if (!predicted) {
        puts("null}");
        return;
    }
    printf("{\"phase\": \"%s\", ", qn_phase_name(b->phase));
    put("scale", found->scale, ", ");
    put("strength", found->strength, ", ");
    put("mean", found->mean, ", ");
    put("field_variance", b->field_variance, ", ");
    put("rate_variance", b->rate_variance, ", ");
    put("frozen_variance", b->frozen_variance, ", ");
    put("correlation_time", b->correlation_time, ", ");
    put("lyapunov_exponent", b->lyapunov_exponent, "}}\n");
}

int command_connectome(const command_line *line)
{
    const char *ending = strrchr(line->arguments[0], '.');
    if (ending && !strcasecmp(ending, ".csv") && line->index_base < 0) {
        fprintf(stderr, "%s: edge lists count units from 0 or from 1: say which with --index-base 0 or 1\n",
                line->arguments[0]);
        return EXIT_BAD_INPUT;
    }
    if (line->threads) qn_set_threads(line->threads);
    findings found = {0};
    qn_status status = analyse(line, &found.structure);
    if (status != QN_OK) return finish_failed(status);
    status = predict(line, &found);
    if (line->json)
        print_json(&found, status == QN_OK);
    else {
        print_structure(&found.structure);
        if (status == QN_OK) print_activity(&found);
    }
    if (status != QN_OK) return finish_failed(status);
    qn_two_point_clear(&found.activity);
    return EXIT_FINE;
}
