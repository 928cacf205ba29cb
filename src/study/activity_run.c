// A run of `activity`: networks, theory, plan, simulation, and the result put together.
#include "base/fail.h"
#include "study/activity_point.h"
#include "study/must_see.h"
#include "study/result_builder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void clear_points(qn_activity_execution *run)
{
    for (size_t i = 0; run->points && i < run->count; ++i) {
        qn_activity_point *point = &run->points[i];
        for (size_t s = 0; s < point->size_count; ++s) {
            for (size_t n = 0; point->measurements[s] && n < point->networks[s]; ++n)
                qn_rate_measurement_clear(&point->measurements[s][n]);
            free(point->measurements[s]);
        }
        qn_two_point_clear(&point->theory);
        qn_activity_population_clear(&point->population);
        free(point->label);
        free(point->trouble);
    }
    free(run->points);
}

static qn_status label_point(const qn_activity_execution *run, size_t index, char **label)
{
    const qn_study_variant *v = run->variant;
    qn_text text = {0};
    QN_TRY(qn_text_add(&text, "%s", ""));
    *label = text.bytes;
    for (size_t i = 0; i < v->key_count; ++i) {
        const char *value = v->values[index * v->key_count + i];
        const qn_status status = qn_text_add(&text, "%s%s = %s", i ? ", " : "", v->keys[i], value);
        *label = text.bytes;
        QN_TRY(status);
    }
    return QN_OK;
}

static qn_status prepare_points(qn_activity_execution *run, qn_result *result)
{
    const qn_study_variant *v = run->variant;
    for (size_t i = 0; i < run->count; ++i) {
        qn_activity_point *point = &run->points[i];
        point->activity = v->descriptions[i];
        point->solved = QN_STOPPED;
        point->critical_strength = NAN;
        point->collective = qn_activity_collective_none();
        QN_TRY(label_point(run, i, &point->label));
        QN_TRY(qn_activity_network_of(run->files, point->activity, &point->network));
        QN_TRY(qn_rate_network_check(&point->network));
        QN_TRY(qn_result_add_point(result, v->key_count, v->keys, &v->values[i * v->key_count]));
    }
    return QN_OK;
}

static bool is_trouble_of_theory(qn_status status) { return status == QN_NO_SOLUTION || status == QN_NOT_CONVERGED; }

static qn_status solve_transition(qn_activity_point *point)
{
    if (!qn_activity_computes(point->activity, QN_COMPUTE_TRANSITION)) return QN_OK;
    const qn_status status = qn_activity_critical_strength(&point->network, &point->critical_strength);
    return is_trouble_of_theory(status) ? QN_OK : status;
}

static qn_status warn_of_point(const qn_activity_point *point, const char *what, qn_result *result)
{
    if (!*point->label) return qn_result_add_warning(result, "%s", what);
    return qn_result_add_warning(result, "at %s: %s", point->label, what);
}

// Fewer collective dimensions than this and single networks differ by a factor; theory is for many.
static const double few_dimensions = 10.0;

static qn_status solve_collective(qn_activity_point *point, qn_result *result)
{
    if (!qn_activity_computes(point->activity, QN_COMPUTE_DIMENSION)) return QN_OK;
    char *trouble = NULL;
    QN_TRY(qn_activity_solve_population(&point->network, &point->theory, &point->population, &point->collective,
                                        &trouble));
    qn_status status = trouble ? warn_of_point(point, trouble, result) : QN_OK;
    free(trouble);
    const double size = (double)point->network.size;
    const double dimensions = size * point->collective.participation_ratio;
    if (status == QN_OK && dimensions < few_dimensions) {
        char text[200];
        snprintf(
            text, sizeof text,
            "activity has N PR = %.3g dimensions: too few for mean-field theory to hold for a single network, which "
            "varies by O(1) from one to the next",
            dimensions);
        status = warn_of_point(point, text, result);
    }
    if (status == QN_OK && size * point->collective.effective_rank < few_dimensions) {
        char text[200];
        snprintf(text, sizeof text, "the couplings have N PR^D = %.3g effective modes: too few for mean-field theory",
                 size * point->collective.effective_rank);
        status = warn_of_point(point, text, result);
    }
    return status;
}

// Of sum D^2. A mode with more than this is a macroscopic direction of its own.
static const double largest_share = 0.2;

static qn_status warn_of_outlier(const qn_activity_execution *run, const qn_activity_point *point, qn_result *result)
{
    const qn_coupling *coupling = &point->network.coupling;
    const bool has_modes = coupling->kind == QN_COUPLING_RANDOM_MODE || coupling->kind == QN_COUPLING_ORTHOGONAL_MODE ||
                           coupling->kind == QN_COUPLING_OVERLAPPING;
    size_t modes;
    double *strengths, *overlaps, sum = 0.0, largest = 0.0;
    if (run->options->wings == QN_WING_SIMULATION) return QN_OK;
    if (coupling->kind == QN_COUPLING_LOW_RANK)
        return warn_of_point(point, "theory is that of the iid part of the couplings: outlier modes are left out",
                             result);
    if (!has_modes) return QN_OK;
    QN_TRY(qn_coupling_modes(coupling, point->network.size, &modes, &strengths, &overlaps));
    for (size_t a = 0; a < modes; ++a) {
        sum += strengths[a] * strengths[a];
        largest = fmax(largest, strengths[a] * strengths[a]);
    }
    free(strengths);
    free(overlaps);
    if (largest <= largest_share * sum) return QN_OK;
    char text[200];
    snprintf(text, sizeof text,
             "the strongest of %zu modes has %.3g %% of the sum of D^2: the couplings are of low rank, or have an "
             "outlier, which theory of many modes does not cover",
             modes, 100.0 * largest / sum);
    return warn_of_point(point, text, result);
}

// Theory of one point. That there is no stationary state is a finding where something else remains to be found (another
// point, a simulation asked for by itself), and an error where it is all there is.
static qn_status solve_point(const qn_activity_execution *run, qn_activity_point *point, qn_result *result)
{
    const qn_activity_theory *wanted = &point->activity->theory;
    const qn_two_point_options options = {
        .tolerance = wanted->tolerance, .lag_step = wanted->lag_step, .lag_max = wanted->lag_max};
    point->solved = qn_activity_solve_units(&point->network, &options, (uint64_t)point->activity->common.seed,
                                            &run->options->progress, &point->theory, &point->population);
    if (point->solved == QN_OK) {
        QN_TRY(solve_collective(point, result));
        return solve_transition(point);
    }
    // Feedback, or unequal gains, together with what their theories do not cover can still be simulated.
    const bool special = qn_activity_feeds_back(&point->network) || point->network.coupling.gains.count;
    if (point->solved == QN_BAD_VALUE && special && point->activity->simulation) {
        QN_TRY(qn_text_copy(qn_last_error(), &point->trouble));
        return warn_of_point(point, point->trouble, result);
    }
    const bool alone = run->count == 1 && run->options->wings != QN_WING_SIMULATION;
    if (!is_trouble_of_theory(point->solved) || alone) return point->solved;
    QN_TRY(qn_text_copy(qn_last_error(), &point->trouble));
    return warn_of_point(point, point->trouble, result);
}

static qn_status solve_points(qn_activity_execution *run, qn_result *result)
{
    for (size_t i = 0; i < run->count; ++i) {
        QN_TRY(warn_of_outlier(run, &run->points[i], result));
        QN_TRY(solve_point(run, &run->points[i], result));
        QN_TRY(qn_activity_plan_point(run, &run->points[i], result));
        QN_TRY(qn_activity_memory_theory(&run->points[i]));
    }
    return QN_OK;
}

static void forget_theory(qn_activity_execution *run)
{
    // The simulation's burn-in came from theory; its numbers stand alone.
    for (size_t i = 0; i < run->count; ++i) {
        run->points[i].solved = QN_STOPPED;
        run->points[i].critical_strength = NAN;
        run->points[i].collective = qn_activity_collective_none();
    }
}

static bool figure_has_axis(const qn_study_variant *v, const qn_figure_request *figure)
{
    if (figure->against) return qn_swept_key(v->key_count, v->keys, figure->against);
    return v->key_count == 1;
}

// A figure of functions needs no sweep; one of a quantity needs its axis to be swept, which an override may have ended.
static qn_status add_figure(const qn_study_variant *v, const qn_figure_request *asked, qn_result *result)
{
    bool quantity = false;
    for (size_t q = 0; q < QN_ACTIVITY_QUANTITIES; ++q)
        quantity = quantity || !strcmp(qn_activity_quantities[q].name, asked->plot);
    if (quantity && !figure_has_axis(v, asked))
        return qn_result_add_warning(result, "the figure of %s is left out: %s is not swept", asked->plot,
                                     asked->against ? asked->against : "its axis");
    qn_figure_request figure = *asked;
    figure.against = figure.by = NULL;
    if (quantity)
        figure.against = (char *)(asked->against ? qn_swept_key(v->key_count, v->keys, asked->against) : v->keys[0]);
    if (asked->by) figure.by = (char *)qn_swept_key(v->key_count, v->keys, asked->by);
    return qn_result_add_figure(result, &figure);
}

static qn_status add_figures(const qn_activity_execution *run, qn_result *result)
{
    const qn_study_common *common = run->variant->descriptions[0];
    const qn_figure_request *figures = common->figures.items;
    for (size_t i = 0; i < common->figures.count; ++i) QN_TRY(add_figure(run->variant, &figures[i], result));
    return QN_OK;
}

static bool is_swept(const qn_study_variant *v, const char *key)
{
    for (size_t i = 0; i < v->key_count; ++i)
        if (!strcmp(v->keys[i], key)) return true;
    return false;
}

static const double *double_at(const qn_activity_execution *run, size_t point, size_t offset)
{
    return (const double *)(const void *)((const char *)&run->points[point].network + offset);
}

// Whether a number of the network, at this offset in it, is not the same at all points: swept, or set by variants.
static bool varies(const qn_activity_execution *run, size_t offset)
{
    for (size_t i = 1; i < run->count; ++i)
        if (*double_at(run, i, offset) != *double_at(run, 0, offset)) return true;
    return false;
}

static bool kinds_vary(const qn_activity_execution *run)
{
    for (size_t i = 1; i < run->count; ++i)
        if (run->points[i].network.coupling.kind != run->points[0].network.coupling.kind) return true;
    return false;
}

static bool gains_vary(const qn_activity_execution *run)
{
    const qn_unit_gains *first = &run->points[0].network.coupling.gains;
    for (size_t i = 1; i < run->count; ++i) {
        const qn_unit_gains *other = &run->points[i].network.coupling.gains;
        const size_t bytes = first->count * sizeof *first->values;
        if (other->count != first->count || !other->weights != !first->weights) return true;
        if (first->count && memcmp(first->values, other->values, bytes) != 0) return true;
        if (first->weights && memcmp(first->weights, other->weights, bytes) != 0) return true;
    }
    return false;
}

static qn_status add_gain_words(const qn_unit_gains *gains, qn_text *text)
{
    enum { SHOWN = 4 };
    if (!gains->count) return QN_OK;
    if (!gains->weights) return qn_text_add(text, ", a gain for every unit");
    QN_TRY(qn_text_add(text, ", gains"));
    for (size_t k = 0; k < gains->count && k < SHOWN; ++k)
        QN_TRY(qn_text_add(text, "%s %.3g (%.3g %%)", k ? "," : "", gains->values[k], 100.0 * gains->weights[k]));
    return gains->count > SHOWN ? qn_text_add(text, ", ...") : QN_OK;
}

static qn_status add_coupling_words(const qn_activity_execution *run, qn_text *text)
{
    const qn_activity_point *point = &run->points[0];
    const qn_coupling *coupling = &point->network.coupling;
    static const char *const kinds[] = {"iid",      "file",    "random modes", "orthogonal modes", "overlapping modes",
                                        "elliptic", "low rank"};
    const bool gains = !gains_vary(run);
    if (coupling->kind != QN_COUPLING_GIVEN || kinds_vary(run)) {
        if (coupling->kind != QN_COUPLING_IID && !kinds_vary(run))
            QN_TRY(qn_text_add(text, ", %s", kinds[coupling->kind]));
        if (!is_swept(run->variant, "network.coupling.strength") &&
            !varies(run, offsetof(qn_rate_network, coupling.strength)))
            QN_TRY(qn_text_add(text, ", g = %.3g", coupling->strength));
        if (coupling->mean != 0.0 && !varies(run, offsetof(qn_rate_network, coupling.mean)))
            QN_TRY(qn_text_add(text, ", mean %.3g", coupling->mean));
        return gains ? add_gain_words(&coupling->gains, text) : QN_OK;
    }
    qn_coupling_statistics statistics;
    QN_TRY(qn_coupling_statistics_of(coupling, point->network.size, &statistics));
    QN_TRY(qn_text_add(text, ", J from %s %s%s: g = %.4g", point->activity->network.coupling.file,
                       coupling->strength > 0.0 ? "rescaled" : "as it is",
                       coupling->remove_mean ? ", its mean taken off" : "", statistics.strength));
    const bool centred = fabs(statistics.mean) < 1e-6 * statistics.strength;
    if (!centred) QN_TRY(qn_text_add(text, ", mean %.4g", statistics.mean));
    return gains ? add_gain_words(&coupling->gains, text) : QN_OK;
}

static qn_status add_header_words(const qn_activity_execution *run, qn_text *text)
{
    const qn_activity_point *point = &run->points[0];
    const qn_study_variant *v = run->variant;
    QN_TRY(is_swept(v, "network.size") ? qn_text_add(text, "N swept")
                                       : qn_text_add(text, "N = %zu", point->network.size));
    if (!is_swept(v, "network.transfer"))
        QN_TRY(qn_text_add(text, ", %s", qn_transfer_name(point->network.transfer.kind)));
    QN_TRY(add_coupling_words(run, text));
    if (point->network.noise > 0.0 && !is_swept(v, "network.noise") && !varies(run, offsetof(qn_rate_network, noise)))
        QN_TRY(qn_text_add(text, ", noise %.3g", point->network.noise));
    if (point->network.input != 0.0 && !is_swept(v, "network.input") && !varies(run, offsetof(qn_rate_network, input)))
        QN_TRY(qn_text_add(text, ", input %.3g", point->network.input));
    if (v->key_count) QN_TRY(qn_text_add(text, ", %zu points", run->count));
    if (point->size_count) {
        const bool given = point->network.coupling.kind == QN_COUPLING_GIVEN;
        QN_TRY(qn_text_add(text, ", %zu %s x %zu trials", point->networks[0], given ? "repetitions" : "networks",
                           point->options.trials));
    }
    return run->options->quick ? qn_text_add(text, " (quick)") : QN_OK;
}

// Every law of the couplings that a point has, once.
static qn_status add_laws(const qn_activity_execution *run, qn_text *text)
{
    static const char *const laws[] = {
        [QN_COUPLING_IID] = "J_ij = mean / N + g / sqrt(N) N(0, 1)",
        [QN_COUPLING_GIVEN] = ("J: one given matrix; error bars: over initial conditions and noise, so there is no z "
                               "against the theory of random matrices"),
        [QN_COUPLING_RANDOM_MODE] = "J = L diag(D) R^T, entries of L and R N(0, 1/N), sum D^2 = N g^2",
        [QN_COUPLING_ORTHOGONAL_MODE] = "J = L diag(D) R^T, L and R orthogonal (Haar), sum D^2 = N g^2",
        [QN_COUPLING_OVERLAPPING] = ("J = L diag(D) R^T, entries of L and R N(0, 1/N) with correlation `overlap` "
                                     "within a mode, sum D^2 = N g^2"),
        [QN_COUPLING_ELLIPTIC] = "J_ij = g / sqrt(N) N(0, 1) with corr(J_ij, J_ji) = symmetry",
        [QN_COUPLING_LOW_RANK] = "J = g / sqrt(N) N(0, 1) + rank_strength / N sum_k m_k n_k^T"};
    bool present[sizeof laws / sizeof *laws] = {false}, random = false;
    for (size_t i = 0; i < run->count; ++i) {
        const int kind = run->points[i].network.coupling.kind;
        random = random || kind != QN_COUPLING_GIVEN;
        if (!present[kind]) QN_TRY(qn_text_add(text, "%s; ", laws[kind]));
        present[kind] = true;
    }
    return random ? qn_text_add(text, "error bars: standard error over networks; ") : QN_OK;
}

static qn_status add_convention_words(const qn_activity_execution *run, qn_text *text)
{
    bool gains = false, erf = false, steep = false;
    for (size_t i = 0; i < run->count; ++i) {
        const qn_rate_network *network = &run->points[i].network;
        const bool is_erf = network->transfer.kind == QN_TRANSFER_ERF;
        gains = gains || network->coupling.gains.count;
        erf = erf || is_erf;
        steep = steep || (is_erf && network->transfer.gain != 1.0);
    }
    QN_TRY(qn_text_add(text,
                       "x' = -x + %sJ phi(x) + input + sqrt(2) noise xi(t), times in units of tau; "
                       "noise: without coupling x has standard deviation noise; ",
                       gains ? "w " : ""));
    if (erf) QN_TRY(qn_text_add(text, "erf: phi(x) = erf(sqrt(pi) %sx / 2); ", steep ? "gain " : ""));
    QN_TRY(add_laws(run, text));
    return qn_text_add(text, "theory: N to infinity; variances are raw%s",
                       run->points[0].activity->theory.zscore ? ", only participation_ratio_zscored is z-scored"
                                                              : " (nothing is z-scored)");
}

typedef qn_status words(const qn_activity_execution *run, qn_text *text);

static qn_status set_words(const qn_activity_execution *run, words *write, char **field)
{
    qn_text text = {0};
    qn_status status = write(run, &text);
    if (status == QN_OK) status = qn_result_set_text(field, text.bytes);
    free(text.bytes);
    return status;
}

static qn_status describe(const qn_activity_execution *run, qn_result *result)
{
    const qn_study_common *common = run->variant->descriptions[0];
    const qn_study *study = run->study;
    result->seed = (uint64_t)common->seed;
    QN_TRY(qn_result_set_text(&result->name, study->name));
    QN_TRY(qn_result_set_text(&result->kind, study->kind->name));
    QN_TRY(qn_result_set_text(&result->title, common->title ? common->title : study->name));
    QN_TRY(qn_result_set_text(&result->source, common->source ? common->source : ""));
    QN_TRY(qn_result_set_text(&result->study_text, study->text));
    QN_TRY(qn_result_set_text(&result->overrides, study->overrides));
    QN_TRY(set_words(run, add_header_words, &result->header));
    return set_words(run, add_convention_words, &result->conventions);
}

static qn_status execute(qn_activity_execution *run, qn_result *result)
{
    QN_TRY(qn_activity_files_create(run->study->folder, &run->files));
    run->points = calloc(run->count, sizeof *run->points);
    QN_REQUIRE(run->points, QN_NO_MEMORY, "no memory for %zu points", run->count);
    QN_TRY(prepare_points(run, result));
    const bool simulates = run->points[0].activity->simulation;
    QN_REQUIRE(simulates || run->options->wings != QN_WING_SIMULATION, QN_BAD_VALUE,
               "%s: simulation is missing: there is nothing to simulate", run->study->path);
    QN_TRY(solve_points(run, result));
    QN_TRY(qn_activity_check_memory(run));
    QN_TRY(qn_activity_simulate(run));
    if (run->options->wings == QN_WING_SIMULATION) forget_theory(run);
    QN_TRY(describe(run, result));
    QN_TRY(qn_activity_add_rows(run, result));
    QN_TRY(qn_activity_add_arrays(run, result));
    QN_TRY(add_figures(run, result));
    QN_TRY(qn_activity_add_lines(run, result));
    return qn_must_see_evaluate(run->variant->descriptions[0], result);
}

qn_status qn_activity_run(const qn_study *study, const qn_study_options *options, qn_result *result)
{
    const qn_study_variant *variant = options->quick ? &study->quick : &study->normal;
    qn_activity_execution run = {.study = study, .variant = variant, .options = options, .count = variant->count};
    qn_result made = {0};
    const qn_status status = execute(&run, &made);
    clear_points(&run);
    qn_activity_files_destroy(run.files);
    if (status == QN_OK)
        *result = made;
    else
        qn_result_clear(&made);
    return status;
}
