// A run of `connectome`: the matrix and its controls, one after the other, and the result put together.
#include "base/fail.h"
#include "study/connectome_case.h"
#include "study/must_see.h"
#include "study/result_builder.h"
#include "study/study_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const control_names[] = {"degree-preserving", "spectrum-preserving", "weights", "independent"};
static const qn_shuffle_kind control_kinds[] = {QN_SHUFFLE_REWIRE, QN_SHUFFLE_SINGULAR_VECTORS, QN_SHUFFLE_WEIGHTS,
                                                QN_SHUFFLE_RANDOM_GRAPH};

typedef struct {
    const qn_study *study;
    const qn_study_variant *variant;
    const qn_study_options *options;
    size_t count; // of cases, all points of a sweep
    qn_connectome_case *cases;
    size_t *points; // of the sweep, each case's
    qn_progress_meter meter;
} execution;

static const qn_connectome_study *study_of(const execution *run, size_t index)
{
    return run->variant->descriptions[run->points[index]];
}

static size_t cases_of(const qn_connectome_study *study) { return 1 + study->controls.count; }

static qn_status read_matrix(const execution *run, const qn_connectome_study *study, qn_matrix *matrix,
                             qn_matrix_clean_report *report)
{
    const qn_connectome_matrix *wanted = &study->matrix;
    char *path = NULL;
    qn_matrix read = {0};
    QN_TRY(qn_study_file(run->study->folder, wanted->file, &path));
    qn_status status =
        qn_matrix_read(path, &(qn_matrix_options){.index_base = (int)wanted->index_base, .square = true}, &read);
    free(path);
    QN_TRY(status);
    const qn_matrix_clean_options options = {wanted->drop_self_loops, wanted->drop_silent};
    status = qn_matrix_clean(&read, &options, matrix, report);
    qn_matrix_clear(&read);
    return status;
}

static void set_counts(const qn_matrix_clean_report *report, qn_connectome_case *one)
{
    const qn_matrix *matrix = &one->matrix;
    size_t entries = matrix->sparse ? matrix->entries : 0;
    for (size_t e = 0; !matrix->sparse && e < matrix->rows * matrix->columns; ++e) entries += matrix->values[e] != 0.0;
    qn_connectome_set_measured(one, QN_CONNECTOME_units, (double)matrix->rows, NAN);
    qn_connectome_set_measured(one, QN_CONNECTOME_entries, (double)entries, NAN);
    if (!report) return;
    qn_connectome_set_measured(one, QN_CONNECTOME_self_loops, (double)report->self_loops, NAN);
    qn_connectome_set_measured(one, QN_CONNECTOME_silent_rows, (double)report->silent_rows, NAN);
    qn_connectome_set_measured(one, QN_CONNECTOME_silent_columns, (double)report->silent_columns, NAN);
}

static qn_status warn_of_cleaning(const qn_matrix_clean_report *report, size_t outliers, qn_connectome_case *one)
{
    if (report->dropped_units || report->dropped_entries)
        QN_TRY(qn_connectome_case_warn(one, "%zu units and %zu self-loops are left out", report->dropped_units,
                                       report->dropped_entries));
    if (outliers)
        QN_TRY(qn_connectome_case_warn(one, "%zu singular values that stand out are projected off", outliers));
    return QN_OK;
}

static qn_status begin_given(const execution *run, const qn_connectome_study *study, const qn_progress *progress,
                             qn_connectome_case *one)
{
    qn_matrix matrix;
    qn_matrix_clean_report report;
    size_t outliers;
    QN_TRY(read_matrix(run, study, &matrix, &report));
    const qn_status status = qn_connectome_deflate(study, progress, &matrix, &outliers);
    if (status != QN_OK) {
        qn_matrix_clear(&matrix);
        return status;
    }
    qn_connectome_case_begin("given", &matrix, one);
    set_counts(&report, one);
    return warn_of_cleaning(&report, outliers, one);
}

static qn_status begin_control(const qn_connectome_study *study, size_t number, const qn_matrix *given,
                               const qn_progress *progress, qn_connectome_case *one)
{
    const int control = ((const int *)study->controls.items)[number];
    const qn_shuffle_options options = {
        .kind = control_kinds[control], .seed = (uint64_t)study->common.seed, .index = number};
    qn_matrix shuffled;
    qn_shuffle_report report;
    QN_TRY(qn_shuffle(given, &options, progress, &shuffled, &report));
    qn_connectome_case_begin(control_names[control], &shuffled, one);
    set_counts(NULL, one);
    if (isfinite(report.kept)) qn_connectome_set_measured(one, QN_CONNECTOME_kept_entries, report.kept, NAN);
    return QN_OK;
}

static bool within(const execution *run, qn_wings wing)
{
    return run->options->wings == QN_WING_BOTH || run->options->wings == wing;
}

// One case: a quarter of its share of progress is structure, a quarter theory, the rest simulation.
static qn_status do_case(execution *run, size_t index, const qn_matrix *given)
{
    const qn_connectome_study *study = study_of(run, index);
    qn_connectome_case *one = &run->cases[index];
    const double from = (double)index / (double)run->count, share = 1.0 / (double)run->count;
    const double ends[] = {0.05, 0.3, 0.5, 1.0};
    qn_progress_part parts[4];
    qn_progress progress[4];
    static const char *const labels[] = {"reading", "structure", "theory", NULL};
    for (size_t i = 0; i < 4; ++i) {
        parts[i] =
            (qn_progress_part){&run->meter, from + share * (i ? ends[i - 1] : 0.0), from + share * ends[i], labels[i]};
        progress[i] = qn_progress_of_part(&parts[i]);
    }
    size_t first = index;
    while (first > 0 && run->points[first - 1] == run->points[index]) --first;
    QN_TRY(index == first ? begin_given(run, study, &progress[0], one)
                          : begin_control(study, index - first - 1, given, &progress[0], one));
    if (within(run, QN_WING_SIMULATION)) QN_TRY(qn_connectome_check_memory(study, run->options->memory_limit, one));
    QN_TRY(qn_connectome_structure(study, &progress[1], one));
    if (one->empty) return QN_OK;
    if (within(run, QN_WING_THEORY)) QN_TRY(qn_connectome_predict(study, &progress[2], one));
    return within(run, QN_WING_SIMULATION) ? qn_connectome_simulate(study, &progress[3], one) : QN_OK;
}

static qn_status do_cases(execution *run)
{
    size_t given = 0;
    for (size_t i = 0; i < run->count; ++i) {
        if (i == 0 || run->points[i] != run->points[i - 1]) given = i;
        QN_TRY(do_case(run, i, &run->cases[given].matrix));
        // The given matrix is needed by its controls only.
        if (i + 1 == run->count || run->points[i + 1] != run->points[i]) qn_matrix_clear(&run->cases[given].matrix);
        if (i != given) qn_matrix_clear(&run->cases[i].matrix);
    }
    return QN_OK;
}

static qn_status add_point(const execution *run, size_t index, qn_result *result)
{
    const qn_study_variant *v = run->variant;
    char *keys[16], *values[16];
    size_t count = 0;
    for (; count < v->key_count && count < 15; ++count) {
        keys[count] = v->keys[count];
        values[count] = v->values[run->points[index] * v->key_count + count];
    }
    if (run->count > v->count) {
        keys[count] = (char *)"matrix";
        values[count++] = (char *)run->cases[index].name;
    }
    return qn_result_add_point(result, count, keys, values);
}

static qn_status add_rows(const execution *run, size_t index, qn_result *result)
{
#define ROW_TEXT(name, unit, words) {#name, unit, words},
    static const char *const texts[][3] = {QN_CONNECTOME_ROWS(ROW_TEXT)};
    const qn_connectome_case *one = &run->cases[index];
    for (size_t row = 0; row < QN_CONNECTOME_QUANTITIES; ++row) {
        if (row == QN_CONNECTOME_rate_variance && (one->phase_theory || one->phase_measured)) {
            const qn_quantity phase = {.name = (char *)"phase",
                                       .unit = (char *)"",
                                       .long_name = (char *)"what the network does",
                                       .point = index,
                                       .theory = NAN,
                                       .simulation = {NAN, NAN, 0},
                                       .z = NAN,
                                       .theory_text = (char *)one->phase_theory,
                                       .simulation_text = (char *)one->phase_measured};
            QN_TRY(qn_result_add_quantity(result, &phase));
        }
        const qn_connectome_value *value = &one->values[row];
        if (isnan(value->theory) && isnan(value->measured.value)) continue;
        const qn_quantity quantity = {.name = (char *)texts[row][0],
                                      .unit = (char *)texts[row][1],
                                      .long_name = (char *)texts[row][2],
                                      .point = index,
                                      .theory = value->theory,
                                      .simulation = value->measured,
                                      .z = NAN}; // one matrix is no ensemble
        QN_TRY(qn_result_add_quantity(result, &quantity));
    }
    const char *name = run->count > 1 ? one->name : "";
    for (size_t i = 0; i < one->warning_count; ++i)
        QN_TRY(qn_result_add_warning(result, "%s%s%s", name, *name ? ": " : "", one->warnings[i]));
    return QN_OK;
}

typedef struct {
    const char *base, *dimension, *coordinate, *words;
    ptrdiff_t function; // in a case
} drawn;

static const qn_connectome_function *function_of(const qn_connectome_case *one, const drawn *of)
{
    return (const qn_connectome_function *)((const char *)one + of->function);
}

static qn_status add_side(const execution *run, const drawn *of, const char *ending, ptrdiff_t side, size_t count,
                          qn_result *result)
{
    char name[96], words[200];
    snprintf(name, sizeof name, "%s%s", of->base, ending);
    snprintf(words, sizeof words, "%s%s", strstr(ending, "error") ? "error of: " : "", of->words);
    qn_named_array array = {.name = name, .long_name = words, .unit = (char *)"1"};
    if (run->count > 1) {
        array.dimensions[array.rank] = (char *)"point";
        array.shape[array.rank++] = run->count;
    }
    array.dimensions[array.rank] = (char *)of->dimension;
    array.shape[array.rank++] = count;
    QN_TRY(qn_result_add_array(result, &array));
    double *values = result->arrays[result->array_count - 1].values;
    for (size_t i = 0; i < run->count; ++i) {
        const qn_connectome_function *function = function_of(&run->cases[i], of);
        double *from;
        memcpy(&from, (const char *)function + side, sizeof from);
        for (size_t k = 0; from && k < function->count && k < count; ++k) values[i * count + k] = from[k];
    }
    return QN_OK;
}

static qn_status add_function(const execution *run, const drawn *of, qn_result *result)
{
    size_t count = 0;
    const double *place = NULL;
    for (size_t i = 0; i < run->count; ++i)
        if (function_of(&run->cases[i], of)->count > count) {
            count = function_of(&run->cases[i], of)->count;
            place = function_of(&run->cases[i], of)->place;
        }
    if (!count) return QN_OK;
    const qn_named_array coordinate = {.name = (char *)of->dimension,
                                       .long_name = (char *)of->coordinate,
                                       .unit = (char *)"1",
                                       .rank = 1,
                                       .dimensions = {(char *)of->dimension},
                                       .shape = {count},
                                       .values = (double *)place};
    QN_TRY(qn_result_add_array(result, &coordinate));
    QN_TRY(add_side(run, of, "_theory", offsetof(qn_connectome_function, theory), count, result));
    QN_TRY(add_side(run, of, "_simulation", offsetof(qn_connectome_function, measured), count, result));
    return add_side(run, of, "_simulation_error", offsetof(qn_connectome_function, error), count, result);
}

static qn_status add_functions(const execution *run, qn_result *result)
{
    static const drawn functions[] = {
        {"singular_value", "singular_mode", "rank of the singular value", "singular values of the couplings",
         offsetof(qn_connectome_case, singular_values)},
        {"mode_overlap", "rank_distance", "distance in rank of left and right mode",
         "standard deviation of overlaps of modes, times sqrt(N)", offsetof(qn_connectome_case, overlaps)},
        {"principal_component", "component", "rank of the principal component",
         "variance of the rates along principal components", offsetof(qn_connectome_case, components)}};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; ++i) QN_TRY(add_function(run, &functions[i], result));
    return QN_OK;
}

static qn_status add_figures(const execution *run, qn_result *result)
{
    const qn_study_common *common = run->variant->descriptions[0];
    const qn_figure_request *figures = common->figures.items;
    for (size_t i = 0; i < common->figures.count; ++i) QN_TRY(qn_result_add_figure(result, &figures[i]));
    return QN_OK;
}

static qn_status describe(const execution *run, qn_result *result)
{
    const qn_connectome_study *first = run->variant->descriptions[0];
    const qn_study_common *common = &first->common;
    char text[400];
    result->seed = (uint64_t)common->seed;
    QN_TRY(qn_result_set_text(&result->name, run->study->name));
    QN_TRY(qn_result_set_text(&result->kind, run->study->kind->name));
    QN_TRY(qn_result_set_text(&result->title, common->title ? common->title : run->study->name));
    QN_TRY(qn_result_set_text(&result->source, common->source ? common->source : ""));
    QN_TRY(qn_result_set_text(&result->study_text, run->study->text));
    QN_TRY(qn_result_set_text(&result->overrides, run->study->overrides));
    const char *slash = strrchr(first->matrix.file, '/');
    char rescaled[64] = "";
    if (first->matrix.strength > 0.0)
        snprintf(rescaled, sizeof rescaled, ", activity at g = %.3g", first->matrix.strength);
    snprintf(text, sizeof text, "%s, %s, noise %.3g%s%s", slash ? slash + 1 : first->matrix.file,
             first->units.transfer ? "erf" : "tanh", first->units.noise,
             first->matrix.keep_mean ? "" : ", its mean taken off", rescaled);
    QN_TRY(qn_result_set_text(&result->header, text));
    return qn_result_set_text(
        &result->conventions,
        "x' = -x + J phi(x) + sqrt(2) noise xi(t), times in units of tau; noise: without coupling x has standard "
        "deviation noise. Structure: theory is what independent couplings of this strength would have; errors are by "
        "jackknife over rows, or the spread that independent couplings have (free cumulants), or from the number of "
        "overlaps. Activity: theory is for N to infinity; errors are over initial conditions and noise. One matrix is "
        "no "
        "ensemble: there is no z.");
}

static qn_status execute(execution *run, qn_result *result)
{
    size_t count = 0;
    for (size_t p = 0; p < run->variant->count; ++p) count += cases_of(run->variant->descriptions[p]);
    run->cases = calloc(count, sizeof *run->cases);
    run->points = calloc(count, sizeof *run->points);
    QN_REQUIRE(run->cases && run->points, QN_NO_MEMORY, "no memory for %zu matrices", count);
    for (size_t p = 0; p < run->variant->count; ++p)
        for (size_t k = 0; k < cases_of(run->variant->descriptions[p]); ++k) run->points[run->count++] = p;
    qn_progress_meter_start(&run->meter, &run->options->progress);
    QN_TRY(do_cases(run));
    QN_TRY(describe(run, result));
    for (size_t i = 0; i < run->count; ++i) {
        QN_TRY(add_point(run, i, result));
        QN_TRY(add_rows(run, i, result));
    }
    QN_TRY(add_functions(run, result));
    QN_TRY(add_figures(run, result));
    return qn_must_see_evaluate(run->variant->descriptions[0], result);
}

qn_status qn_connectome_run(const qn_study *study, const qn_study_options *options, qn_result *result)
{
    execution run = {.study = study, .variant = options->quick ? &study->quick : &study->normal, .options = options};
    qn_result made = {0};
    const qn_status status = execute(&run, &made);
    for (size_t i = 0; run.cases && i < run.count; ++i) qn_connectome_case_clear(&run.cases[i]);
    free(run.cases);
    free(run.points);
    if (status == QN_OK)
        *result = made;
    else
        qn_result_clear(&made);
    return status;
}
