// connectome: the structure of a coupling matrix from a file, and the activity that theory expects of an ensemble so
// strong.
#include "cli/command.h"
#include "cli/finish.h"
#include "cli/progress_line.h"

#include "base/fail.h"
#include "base/number.h"

#include <math.h>
#include <quenched/quenched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct {
    qn_connectivity structure;
    double scale;          ///< the factor of --rescale; 1
    double strength, mean; ///< of the ensemble: deviations from the mean, and the mean, times the factor
    qn_two_point activity;
    qn_phase balanced;      ///< of the same without the mean
    qn_dimension dimension; ///< of that, at the effective rank of the deviations; {0}: none
} findings;

// A number of the report: its name in JSON, and in words.
typedef struct {
    const char *key, *words;
    double value, error;
} report_row;

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

// Theory of the population knows no means: what activity would be if inhibition balanced the mean.
static qn_status predict_dimension(findings *found)
{
    const qn_rate_network network = {.size = found->structure.size, .coupling = {.strength = found->strength}};
    qn_two_point activity;
    qn_four_point *four_point;
    QN_TRY(qn_two_point_solve(&network, NULL, &activity));
    found->balanced = activity.phase;
    qn_status status = QN_OK;
    if (activity.phase == QN_PHASE_CHAOTIC) {
        status = qn_four_point_create(&network, &activity, &four_point);
        if (status == QN_OK) {
            status = qn_four_point_dimension(four_point, found->structure.deviation_inverse_effective_rank,
                                             &found->dimension);
            qn_four_point_destroy(four_point);
        }
    }
    qn_two_point_clear(&activity);
    return status;
}

static qn_status predict(const command_line *line, findings *found)
{
    const qn_connectivity *structure = &found->structure;
    found->scale = line->rescale > 0.0 ? line->rescale / sqrt(structure->m2) : 1.0;
    found->strength = found->scale * sqrt(structure->deviation_m2);
    found->mean = found->scale * structure->mean;
    QN_REQUIRE(found->strength > 0.0, QN_NO_SOLUTION, "all couplings are equal: theory of random couplings has no say");
    const qn_rate_network network = {.size = structure->size,
                                     .coupling = {.strength = found->strength, .mean = found->mean}};
    QN_TRY(qn_two_point_solve(&network, NULL, &found->activity));
    const qn_status status = predict_dimension(found);
    if (status != QN_OK) qn_two_point_clear(&found->activity);
    return status;
}

enum { STRUCTURE_LINES = 9, ACTIVITY_LINES = 8, DIMENSION_LINES = 2 };

static void structure_lines(const qn_connectivity *a, report_row lines[STRUCTURE_LINES])
{
    const report_row all[STRUCTURE_LINES] = {
        {"mean", "mean coupling (1/N) sum J", a->mean, NAN},
        {"m2", "m2 = (1/N) tr J J^T", a->m2, NAN},
        {"m4", "m4 = (1/N) tr (J J^T)^2", a->m4, NAN},
        {"strength", "strength g_eff = sqrt(m2)", sqrt(a->m2), NAN},
        {"kappa4", "kappa4 = m4 - 2 m2^2", a->kappa4, NAN},
        {"inverse_effective_rank", "1/PR^D = kappa4 / m2^2 (independent: 0)", a->inverse_effective_rank,
         a->inverse_effective_rank_error},
        {"effective_rank", "PR^s = m2^2 / m4 of singular values, per N", a->effective_rank, NAN},
        {"deviation_strength", "strength of deviations from the mean", sqrt(a->deviation_m2), NAN},
        {"deviation_inverse_effective_rank", "1/PR^D of deviations from the mean", a->deviation_inverse_effective_rank,
         NAN}};
    memcpy(lines, all, sizeof all);
}

static void activity_lines(const findings *found, report_row lines[ACTIVITY_LINES])
{
    const qn_two_point *a = &found->activity;
    const report_row all[ACTIVITY_LINES] = {
        {"scale", "matrix multiplied by", found->scale, NAN},
        {"strength", "strength of deviations from the mean", found->strength, NAN},
        {"mean", "mean coupling", found->mean, NAN},
        {"field_variance", "field variance", a->field_variance, NAN},
        {"rate_variance", "rate variance", a->rate_variance, NAN},
        {"frozen_variance", "variance over units of the time average", a->frozen_variance, NAN},
        {"correlation_time", "correlation time (tau)", a->correlation_time, NAN},
        {"lyapunov_exponent", "largest Lyapunov exponent (per tau)", a->lyapunov_exponent, NAN}};
    memcpy(lines, all, sizeof all);
}

static void dimension_lines(const qn_dimension *d, report_row lines[DIMENSION_LINES])
{
    const bool any = d->participation_ratio > 0.0;
    lines[0] = (report_row){"participation_ratio", "dimension of the rates, PR^phi (of N)",
                            any ? d->participation_ratio : NAN, NAN};
    lines[1] = (report_row){"participation_ratio_field", "dimension of the fields, PR^x (of N)",
                            any ? d->participation_ratio_field : NAN, NAN};
}

static void say(size_t count, const report_row *lines)
{
    for (size_t i = 0; i < count; ++i) {
        char number[QN_NUMBER_SIZE], bar[QN_NUMBER_SIZE];
        qn_number_general(lines[i].value, 5, number);
        qn_number_general(lines[i].error, 2, bar);
        if (isnan(lines[i].value)) snprintf(number, sizeof number, "-");
        printf(isnan(lines[i].error) ? "  %-44s %s\n" : "  %-44s %s +- %s\n", lines[i].words, number, bar);
    }
}

static void print_structure(const qn_connectivity *a)
{
    const struct {
        const char *words;
        size_t count;
    } counts[] = {{"units N", a->size},
                  {"entries other than zero", a->entries},
                  {"self-loops in the file", a->self_loops},
                  {"units that receive nothing (silent rows)", a->silent_rows},
                  {"units that send nothing (silent columns)", a->silent_columns},
                  {"units left out", a->dropped}};
    puts("matrix");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i)
        printf("  %-44s %zu\n", counts[i].words, counts[i].count);
    report_row lines[STRUCTURE_LINES];
    structure_lines(a, lines);
    puts("structure");
    say(STRUCTURE_LINES, lines);
}

static void print_activity(const findings *found)
{
    report_row lines[ACTIVITY_LINES];
    activity_lines(found, lines);
    puts("activity of independent couplings with this strength and mean (tanh, N -> infinity)");
    printf("  %-44s %s\n", "phase", qn_phase_name(found->activity.phase));
    const bool quiescent = found->activity.phase == QN_PHASE_QUIESCENT;
    say(quiescent ? 3 : ACTIVITY_LINES, lines);
    if (quiescent) puts("  All units rest at zero: no activity is expected. --rescale G makes the couplings stronger.");
}

static void print_dimension(const findings *found)
{
    puts("the same without the mean, with the effective rank of the deviations");
    printf("  %-44s %s\n", "phase", qn_phase_name(found->balanced));
    if (found->balanced != QN_PHASE_CHAOTIC) return;
    report_row lines[DIMENSION_LINES];
    dimension_lines(&found->dimension, lines);
    say(DIMENSION_LINES, lines);
    const double dimensions = found->dimension.participation_ratio * (double)found->structure.size;
    if (dimensions < 10.0)
        printf("  That is %.2g dimensions: too few for mean-field theory, take it as \"few\".\n", dimensions);
}

static void put(size_t count, const report_row *lines)
{
    for (size_t i = 0; i < count; ++i) {
        char number[QN_NUMBER_SIZE] = "null";
        if (isfinite(lines[i].value)) qn_number_shortest(lines[i].value, number);
        printf(", \"%s\": %s", lines[i].key, number);
    }
}

static void print_json(const findings *found, bool predicted)
{
    const qn_connectivity *a = &found->structure;
    report_row structure[STRUCTURE_LINES], activity[ACTIVITY_LINES], dimension[DIMENSION_LINES];
    printf("{\"size\": %zu, \"entries\": %zu, \"self_loops\": %zu, \"silent_rows\": %zu, \"silent_columns\": %zu, "
           "\"dropped\": %zu",
           a->size, a->entries, a->self_loops, a->silent_rows, a->silent_columns, a->dropped);
    structure_lines(a, structure);
    put(STRUCTURE_LINES, structure);
    put(1, &(report_row){.key = "inverse_effective_rank_error", .value = a->inverse_effective_rank_error});
    if (!predicted) {
        puts(", \"prediction\": null}");
        return;
    }
    printf(", \"prediction\": {\"phase\": \"%s\"", qn_phase_name(found->activity.phase));
    activity_lines(found, activity);
    put(ACTIVITY_LINES, activity);
    printf(", \"phase_without_mean\": \"%s\"", qn_phase_name(found->balanced));
    dimension_lines(&found->dimension, dimension);
    put(DIMENSION_LINES, dimension);
    puts("}}");
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
    // That theory has nothing to say is an answer too, beside the structure.
    status = predict(line, &found);
    const bool predicted = status == QN_OK;
    if (!predicted && status != QN_NO_SOLUTION && status != QN_NOT_CONVERGED) return finish_failed(status);
    if (line->json)
        print_json(&found, predicted);
    else
        print_structure(&found.structure);
    if (!line->json && predicted) print_activity(&found), print_dimension(&found);
    if (!line->json && !predicted) printf("no prediction: %s\n", qn_last_error());
    if (predicted) qn_two_point_clear(&found.activity);
    return EXIT_FINE;
}
