// A run of `kernel`: theory and simulation of every point, and the result put together.
#include "base/fail.h"
#include "base/progress_meter.h"
#include "study/kernel_point.h"
#include "study/must_see.h"
#include "study/result_builder.h"
#include "study/study_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const qn_study *study;
    const qn_study_variant *variant;
    const qn_study_options *options;
    qn_kernel_point *points;
    qn_progress_meter meter;
} execution;

static bool within(const execution *run, qn_wings wing)
{
    return run->options->wings == QN_WING_BOTH || run->options->wings == wing;
}

static qn_progress part_of(execution *run, size_t index, double from, double to, qn_progress_part *part)
{
    const double share = 1.0 / (double)run->variant->count, start = (double)index * share;
    *part = (qn_progress_part){&run->meter, start + share * from, start + share * to, NULL};
    return qn_progress_of_part(part);
}

static qn_status do_point(execution *run, size_t index)
{
    const qn_kernel_study *study = run->variant->descriptions[index];
    qn_kernel_point *point = &run->points[index];
    const bool labelled = qn_kernel_computes(study, QN_KERNEL_PART_GP);
    const bool followed =
        qn_kernel_computes(study, QN_KERNEL_PART_KERNEL) || qn_kernel_computes(study, QN_KERNEL_PART_FINITE_WIDTH);
    const double limit = run->options->memory_limit, kernels = !followed ? 0.1 : labelled ? 0.5 : 1.0;
    qn_progress_part parts[2];
    const qn_progress first = part_of(run, index, 0.1, kernels, &parts[0]);
    const qn_progress second = part_of(run, index, kernels, 1.0, &parts[1]);
    QN_TRY(qn_progress_meter_tick(&run->meter, (double)index / (double)run->variant->count, "theory"));
    QN_TRY(qn_kernel_point_begin(run->study, study, NULL, point));
    if (within(run, QN_WING_THEORY)) QN_TRY(qn_kernel_predict(limit, point));
    if (within(run, QN_WING_THEORY) && labelled) QN_TRY(qn_kernel_infer(limit, point));
    if (!within(run, QN_WING_SIMULATION) || !study->simulation) return QN_OK;
    if (followed) QN_TRY(qn_kernel_simulate(limit, &first, point));
    return labelled ? qn_kernel_train(limit, &second, point) : QN_OK;
}

// Readouts trained on hidden layers drawn at random are another thing than the Gaussian process until n is large
// against the number of points: their difference is no error. Nor is that from theory which knows that this width is
// beyond it, and has said so.
static double z_of(size_t row, const qn_kernel_point *point)
{
    const qn_kernel_value *value = &point->values[row];
    if (row >= QN_KERNEL_log_evidence || point->outside) return NAN;
    qn_estimate whole = value->simulation;
    whole.standard_error = hypot(whole.standard_error, value->theory_error);
    return qn_estimate_z(&whole, value->theory);
}

static qn_status add_phase(const qn_kernel_point *point, size_t index, qn_result *result)
{
    const qn_quantity phase = {.name = (char *)"phase",
                               .unit = (char *)"",
                               .long_name = (char *)"whether nearby inputs part with depth",
                               .point = index,
                               .theory = NAN,
                               .simulation = {NAN, NAN, 0},
                               .z = NAN,
                               .theory_text = (char *)point->phase};
    return point->phase ? qn_result_add_quantity(result, &phase) : QN_OK;
}

static qn_status add_rows(const execution *run, size_t index, qn_result *result)
{
#define ROW_TEXT(name, unit, words) {#name, unit, words},
    static const char *const texts[][3] = {QN_KERNEL_ROWS(ROW_TEXT)};
    const qn_kernel_point *point = &run->points[index];
    for (size_t row = 0; row < QN_KERNEL_QUANTITIES; ++row) {
        const qn_kernel_value *value = &point->values[row];
        if (row == QN_KERNEL_variance_fixed_point) QN_TRY(add_phase(point, index, result));
        if (isnan(value->theory) && isnan(value->simulation.value)) continue;
        const qn_quantity quantity = {.name = (char *)texts[row][0],
                                      .unit = (char *)texts[row][1],
                                      .long_name = (char *)texts[row][2],
                                      .point = index,
                                      .theory = value->theory,
                                      .simulation = value->simulation,
                                      .z = z_of(row, point),
                                      .theory_error = value->theory_error};
        QN_TRY(qn_result_add_quantity(result, &quantity));
    }
    for (size_t i = 0; i < point->warning_count; ++i) {
        if (run->variant->count > 1)
            QN_TRY(qn_result_add_warning(result, "point %zu: %s", index + 1, point->warnings[i]));
        else
            QN_TRY(qn_result_add_warning(result, "%s", point->warnings[i]));
    }
    return QN_OK;
}

typedef struct {
    const char *base, *dimension, *coordinate, *words;
    size_t function; // offset in a point
} drawn;

static const qn_kernel_function *function_of(const qn_kernel_point *point, const drawn *of)
{
    return (const qn_kernel_function *)((const char *)point + of->function);
}

static qn_status add_side(const execution *run, const drawn *of, const char *ending, size_t side, size_t count,
                          qn_result *result)
{
    char name[96], words[200];
    snprintf(name, sizeof name, "%s%s", of->base, ending);
    snprintf(words, sizeof words, "%s%s", strstr(ending, "error") ? "error of: " : "", of->words);
    qn_named_array array = {.name = name, .long_name = words, .unit = (char *)"1"};
    if (run->variant->count > 1) {
        array.dimensions[array.rank] = (char *)"point";
        array.shape[array.rank++] = run->variant->count;
    }
    array.dimensions[array.rank] = (char *)of->dimension;
    array.shape[array.rank++] = count;
    QN_TRY(qn_result_add_array(result, &array));
    double *values = result->arrays[result->array_count - 1].values;
    for (size_t i = 0; i < run->variant->count; ++i) {
        const qn_kernel_function *function = function_of(&run->points[i], of);
        const double *from = *(double *const *)((const char *)function + side);
        for (size_t k = 0; from && k < function->count; ++k) values[i * count + k] = from[k];
    }
    return QN_OK;
}

static qn_status add_coordinate(const drawn *of, size_t count, qn_result *result)
{
    const qn_named_array coordinate = {.name = (char *)of->dimension,
                                       .long_name = (char *)of->coordinate,
                                       .unit = (char *)"1",
                                       .rank = 1,
                                       .dimensions = {(char *)of->dimension},
                                       .shape = {count}};
    if (qn_result_array(result, of->dimension)) return QN_OK;
    QN_TRY(qn_result_add_array(result, &coordinate));
    double *values = result->arrays[result->array_count - 1].values;
    for (size_t i = 0; i < count; ++i) values[i] = (double)i;
    return QN_OK;
}

static qn_status add_functions(const execution *run, qn_result *result)
{
    static const drawn functions[] = {
        {"kernel_variance_by_layer", "layer", "layer or step",
         "output kernel of the first input, read out at each layer", offsetof(qn_kernel_point, variance)},
        {"kernel_overlap_by_layer", "layer", "layer or step",
         "output kernel of the first two inputs, read out at each layer", offsetof(qn_kernel_point, overlap)},
        {"cross_time_kernel_by_lag", "lag", "steps between the two readouts",
         "output kernel between the last step and earlier ones, first input", offsetof(qn_kernel_point, lags)}};
    for (size_t f = 0; f < sizeof functions / sizeof *functions; ++f) {
        const drawn *of = &functions[f];
        size_t count = 0, most = 0;
        for (size_t i = 0; i < run->variant->count; ++i) {
            if (function_of(&run->points[i], of)->count > count) count = function_of(&run->points[i], of)->count;
            if (run->points[i].variance.count > most) most = run->points[i].variance.count;
        }
        if (!count) continue;
        QN_TRY(add_coordinate(of, most, result)); // `layer` is shared
        QN_TRY(add_side(run, of, "_theory", offsetof(qn_kernel_function, theory), most, result));
        QN_TRY(add_side(run, of, "_simulation", offsetof(qn_kernel_function, measured), most, result));
        QN_TRY(add_side(run, of, "_simulation_error", offsetof(qn_kernel_function, error), most, result));
    }
    return QN_OK;
}

static qn_status describe(const execution *run, qn_result *result)
{
    static const char *const activations[] = {"erf", "tanh", "relu", "linear"};
    const qn_kernel_study *first = run->variant->descriptions[0];
    const qn_wide_network network = qn_kernel_network_of(first);
    char text[400], width[32] = "infinite", networks[48] = "";
    result->seed = (uint64_t)first->common.seed;
    QN_TRY(qn_result_set_text(&result->name, run->study->name));
    QN_TRY(qn_result_set_text(&result->kind, run->study->kind->name));
    QN_TRY(qn_result_set_text(&result->title, first->common.title ? first->common.title : run->study->name));
    QN_TRY(qn_result_set_text(&result->source, first->common.source ? first->common.source : ""));
    QN_TRY(qn_result_set_text(&result->study_text, run->study->text));
    QN_TRY(qn_result_set_text(&result->overrides, run->study->overrides));
    if (network.width) snprintf(width, sizeof width, "%zu", network.width);
    if (first->simulation)
        snprintf(networks, sizeof networks, ", %lld networks", (long long)first->simulation->realisations);
    snprintf(text, sizeof text, "%s, %s, depth %zu, g = %.3g, sigma = %.3g, width %s%s",
             network.architecture == QN_WIDE_RECURRENT ? "recurrent" : "deep", activations[first->network.activation],
             network.depth, network.strength, network.bias, width, networks);
    QN_TRY(qn_result_set_text(&result->header, text));
    return qn_result_set_text(
        &result->conventions,
        "h = W phi(h of the step before) + W_in x + xi; variances of weights g^2/n, g_in^2/N_in, g_out^2/n, of biases "
        "sigma^2, sigma_out^2. Kernels are those of the output. Theory is for n to infinity; with finite-width theory, "
        "kernel_variance, kernel_overlap and cross_time_kernel of the table have their correction of order 1/n. "
        "Where a warning says that a width is beyond theory of order 1/n there is no z. "
        "mmd: Gaussian kernel, its squared length the mean variance of the outputs. Errors are over independent "
        "networks. Readouts trained on random hidden layers of finite width approach the Gaussian process only where n "
        "is large against the number of points: no z.");
}

static qn_status execute(execution *run, qn_result *result)
{
    const qn_study_variant *variant = run->variant;
    const qn_study_common *common = variant->descriptions[0];
    const qn_figure_request *figures = common->figures.items;
    run->points = calloc(variant->count, sizeof *run->points);
    QN_REQUIRE(run->points, QN_NO_MEMORY, "no memory for %zu points", variant->count);
    qn_progress_meter_start(&run->meter, &run->options->progress);
    for (size_t i = 0; i < variant->count; ++i) QN_TRY(do_point(run, i));
    QN_TRY(describe(run, result));
    for (size_t i = 0; i < variant->count; ++i) {
        QN_TRY(
            qn_result_add_point(result, variant->key_count, variant->keys, variant->values + i * variant->key_count));
        QN_TRY(add_rows(run, i, result));
    }
    QN_TRY(add_functions(run, result));
    for (size_t i = 0; i < common->figures.count; ++i) QN_TRY(qn_result_add_figure(result, &figures[i]));
    return qn_must_see_evaluate(common, result);
}

qn_status qn_kernel_run(const qn_study *study, const qn_study_options *options, qn_result *result)
{
    execution run = {.study = study, .variant = options->quick ? &study->quick : &study->normal, .options = options};
    qn_result made = {0};
    const qn_status status = execute(&run, &made);
    for (size_t i = 0; run.points && i < run.variant->count; ++i) qn_kernel_point_clear(&run.points[i]);
    free(run.points);
    if (status == QN_OK)
        *result = made;
    else
        qn_result_clear(&made);
    return status;
}
