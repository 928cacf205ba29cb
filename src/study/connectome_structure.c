// What there is to know of a matrix before anything moves.
#include "base/fail.h"
#include "base/memory.h"
#include "study/connectome_case.h"

#include <quenched/connectivity.h>
#include <quenched/free_cumulants.h>
#include <quenched/heterogeneity.h>
#include <quenched/mode_overlaps.h>
#include <quenched/moments.h>
#include <quenched/outliers.h>

#include <math.h>
#include <string.h>

enum { DENSE_UNITS = 3000 }; // up to here deviations from the mean are written out for their jackknife

// m2 and m4 of the matrix as it is used, with or without its mean.
typedef struct {
    double m2, m4, inverse_rank, error;
    bool estimated;
} strengths;

static qn_status deviations(const qn_matrix *matrix, qn_matrix *made)
{
    const size_t size = matrix->rows;
    const qn_coupling coupling = {.kind = QN_COUPLING_GIVEN, .matrix = matrix, .remove_mean = true};
    qn_matrix dense = {.rows = size, .columns = size};
    QN_TRY(QN_NEW(&dense.values, size * size, "deviations from the mean"));
    const qn_status status = qn_coupling_draw(&coupling, size, 0, 0, dense.values);
    if (status == QN_OK)
        *made = dense;
    else
        qn_matrix_clear(&dense);
    return status;
}

// What of the inverse effective rank is due to unequal rows, to unequal columns, and to low rank proper.
static qn_status set_parts(const qn_matrix *matrix, const qn_connectivity *structure, qn_connectome_case *one)
{
    qn_effective_rank_parts parts;
    QN_TRY(qn_effective_rank_parts_of(matrix, NULL, structure, &parts));
    const double size = (double)matrix->rows;
    qn_connectome_set_theory(one, QN_CONNECTOME_rank_part_rows, 2.0 / size);
    qn_connectome_set_measured(one, QN_CONNECTOME_rank_part_rows, parts.rows, NAN);
    qn_connectome_set_theory(one, QN_CONNECTOME_rank_part_columns, 2.0 / size);
    qn_connectome_set_measured(one, QN_CONNECTOME_rank_part_columns, parts.columns, NAN);
    qn_connectome_set_theory(one, QN_CONNECTOME_rank_part_entries, 3.0 / size);
    qn_connectome_set_measured(one, QN_CONNECTOME_rank_part_entries, parts.entries, NAN);
    qn_connectome_set_theory(one, QN_CONNECTOME_rank_part_cycles, 0.0);
    qn_connectome_set_measured(one, QN_CONNECTOME_rank_part_cycles, parts.cycles, parts.cycles_error);
    return QN_OK;
}

static qn_status analyse(const qn_matrix *matrix, const qn_progress *progress, strengths *found,
                         qn_connectome_case *one)
{
    qn_connectivity structure;
    QN_TRY(qn_connectivity_analyse(matrix, NULL, progress, &structure));
    QN_TRY(set_parts(matrix, &structure, one));
    *found = (strengths){structure.m2, structure.m4, structure.inverse_effective_rank,
                         structure.inverse_effective_rank_error, false};
    return QN_OK;
}

static qn_status find_strengths(const qn_connectome_study *study, const qn_progress *progress, qn_connectome_case *one,
                                const qn_moments *moments, strengths *found)
{
    const bool centred = !study->matrix.keep_mean;
    *found = (strengths){moments->m2, moments->m4, moments->inverse_effective_rank,
                         moments->estimated ? moments->inverse_effective_rank_error : NAN, moments->estimated};
    if (moments->estimated || (centred && one->matrix.rows > DENSE_UNITS)) return QN_OK;
    if (!centred) return analyse(&one->matrix, progress, found, one);
    qn_matrix dense;
    QN_TRY(deviations(&one->matrix, &dense));
    const qn_status status = analyse(&dense, progress, found, one);
    qn_matrix_clear(&dense);
    return status;
}

static void set_strengths(const strengths *of, qn_connectome_case *one)
{
    const double size = (double)one->matrix.rows;
    double sum = 0.0;
    const size_t stored = one->matrix.sparse ? one->matrix.entries : one->matrix.rows * one->matrix.columns;
    for (size_t e = 0; e < stored; ++e) sum += one->matrix.values[e];
    qn_connectome_set_measured(one, QN_CONNECTOME_mean_coupling, sum / size, NAN);
    qn_connectome_set_measured(one, QN_CONNECTOME_strength, sqrt(of->m2), NAN);
    qn_connectome_set_measured(one, QN_CONNECTOME_inverse_effective_rank, of->inverse_rank, of->error);
    qn_connectome_set_theory(one, QN_CONNECTOME_inverse_effective_rank, 0.0);
    const double singular = of->m2 * of->m2 / of->m4; // 1 / (2 + 1/PR^D)
    qn_connectome_set_measured(one, QN_CONNECTOME_effective_rank_singular, singular, of->error * singular * singular);
    qn_connectome_set_theory(one, QN_CONNECTOME_effective_rank_singular, 0.5);
}

// Fraction of the singular values of independent entries of strength 1 that lie below s: a quarter circle on [0, 2].
static double quarter_circle(double s) { return (0.5 * s * sqrt(4.0 - s * s) + 2.0 * asin(0.5 * s)) / M_PI; }

static double quarter_circle_at(double fraction)
{
    double low = 0.0, high = 2.0;
    for (int i = 0; i < 60; ++i) {
        const double middle = 0.5 * (low + high);
        *(quarter_circle(middle) < fraction ? &low : &high) = middle;
    }
    return 0.5 * (low + high);
}

static qn_status set_values(const qn_singular_values *values, double strength, qn_connectome_case *one)
{
    QN_TRY(qn_connectome_function_create(values->known, &one->singular_values));
    for (size_t a = 0; a < values->known; ++a) {
        const double below = 1.0 - ((double)a + 0.5) / (double)values->size;
        one->singular_values.theory[a] = strength * quarter_circle_at(below);
        one->singular_values.measured[a] = values->values[a];
    }
    qn_connectome_set_theory(one, QN_CONNECTOME_largest_singular_value, 2.0 * strength);
    qn_connectome_set_measured(one, QN_CONNECTOME_largest_singular_value, values->values[0], NAN);
    return QN_OK;
}

static qn_status set_outliers(const qn_singular_values *values, const strengths *of, qn_connectome_case *one)
{
    qn_outliers outliers;
    qn_deflated rest;
    if (of->estimated && values->known < values->size)
        return qn_connectome_case_warn(one, "m4 is an estimate: outliers of the singular values cannot be told by it");
    QN_TRY(qn_outliers_find(values, of->m2, of->m4, &outliers));
    QN_TRY(qn_singular_values_deflate(values, outliers.count, of->m2, of->m4, &rest));
    qn_connectome_set_theory(one, QN_CONNECTOME_outliers, 0.0);
    qn_connectome_set_measured(one, QN_CONNECTOME_outliers, (double)outliers.count, NAN);
    qn_connectome_set_theory(one, QN_CONNECTOME_inverse_effective_rank_deflated, 0.0);
    qn_connectome_set_measured(one, QN_CONNECTOME_inverse_effective_rank_deflated, rest.inverse_effective_rank, NAN);
    if (outliers.count && outliers.count + 1 >= values->known && values->known < values->size)
        return qn_connectome_case_warn(one, "all %zu singular values known stand out: ask for more (theory.modes)",
                                       values->known);
    return QN_OK;
}

static double error_of(const qn_overlap_statistics *s) { return s->deviation / sqrt(2.0 * s->freedom); }

static qn_status set_overlaps(const qn_singular_values *values, const qn_progress *progress, qn_connectome_case *one)
{
    qn_mode_overlaps overlaps;
    if (one->matrix.rows < 3 || values->count < 3) return QN_OK;
    QN_TRY(qn_mode_overlaps_measure(values, NULL, progress, &overlaps));
    const qn_overlap_statistics *own = &overlaps.diagonal, *others = &overlaps.off_diagonal;
    qn_connectome_set_theory(one, QN_CONNECTOME_mode_overlap_mean, 0.0);
    qn_connectome_set_measured(one, QN_CONNECTOME_mode_overlap_mean, own->mean,
                               own->deviation / sqrt((double)own->entries));
    qn_connectome_set_theory(one, QN_CONNECTOME_mode_overlap_deviation, 1.0);
    qn_connectome_set_measured(one, QN_CONNECTOME_mode_overlap_deviation, own->deviation, error_of(own));
    qn_connectome_set_theory(one, QN_CONNECTOME_mode_overlap_others, 1.0);
    qn_connectome_set_measured(one, QN_CONNECTOME_mode_overlap_others, others->deviation, error_of(others));
    const qn_status status = qn_connectome_function_create(overlaps.distances, &one->overlaps);
    for (size_t i = 0; status == QN_OK && i < overlaps.distances; ++i) {
        const qn_overlap_statistics *at = &overlaps.distance[i];
        one->overlaps.place[i] = 0.5 * (double)(at->from + at->to);
        one->overlaps.theory[i] = 1.0;
        one->overlaps.measured[i] = at->deviation;
        one->overlaps.error[i] = error_of(at);
    }
    qn_mode_overlaps_clear(&overlaps);
    return status;
}

static qn_status decompose(const qn_connectome_study *study, const strengths *of, const qn_progress *progress,
                           qn_connectome_case *one)
{
    const qn_singular_options options = {.count = (size_t)study->theory.modes,
                                         .remove_mean = !study->matrix.keep_mean,
                                         .seed = (uint64_t)study->common.seed};
    qn_singular_values values;
    const qn_status found = qn_singular_values_find(&one->matrix, &options, progress, &values);
    if (found == QN_NOT_CONVERGED) return qn_connectome_case_warn(one, "singular values: %s", qn_last_error());
    QN_TRY(found);
    qn_status status = set_values(&values, sqrt(of->m2), one);
    if (status == QN_OK) status = set_outliers(&values, of, one);
    if (status == QN_OK) status = set_overlaps(&values, progress, one);
    qn_singular_values_clear(&values);
    return status;
}

static qn_status set_rescaled(const qn_connectome_study *study, const qn_heterogeneity *spread,
                              const qn_progress *progress, qn_connectome_case *one)
{
    qn_matrix alike;
    qn_connectivity structure;
    QN_TRY(qn_heterogeneity_rescale(spread, &one->matrix, &alike));
    const bool cheap = qn_moments_cost(&alike) <= 3e10;
    const qn_status status = cheap ? qn_connectivity_analyse(&alike, NULL, progress, &structure) : QN_OK;
    qn_matrix_clear(&alike);
    QN_TRY(status);
    if (!cheap) return QN_OK;
    const double rank =
        study->matrix.keep_mean ? structure.inverse_effective_rank : structure.deviation_inverse_effective_rank;
    qn_connectome_set_theory(one, QN_CONNECTOME_inverse_effective_rank_rescaled, 0.0);
    qn_connectome_set_measured(one, QN_CONNECTOME_inverse_effective_rank_rescaled, rank,
                               study->matrix.keep_mean ? structure.inverse_effective_rank_error : NAN);
    return QN_OK;
}

// Balanced scales where the pattern of entries has them; sparse ones often have none, and an approximation would
// overstate how unequal units are: then the sums over rows and columns themselves.
qn_status qn_connectome_fit(qn_connectome_case *one, const qn_progress *progress, qn_heterogeneity *spread)
{
    enum { ENOUGH = 300 }; // where balanced scales exist, tens to some hundred iterations find them
    if (!one->spread_from_sums) {
        const qn_heterogeneity_options options = {.iterations = ENOUGH, .tolerance = 1e-6};
        QN_TRY(qn_heterogeneity_fit(&one->matrix, &options, progress, spread));
        if (spread->converged) return QN_OK;
        qn_heterogeneity_clear(spread);
        one->spread_from_sums = true;
    }
    return qn_heterogeneity_fit(&one->matrix, &(qn_heterogeneity_options){.from_sums = true}, progress, spread);
}

static qn_status set_spread(const qn_connectome_study *study, const qn_progress *progress, qn_connectome_case *one)
{
    qn_heterogeneity spread;
    QN_TRY(qn_connectome_fit(one, progress, &spread));
    qn_connectome_set_theory(one, QN_CONNECTOME_input_spread, 0.0);
    qn_connectome_set_theory(one, QN_CONNECTOME_output_spread, 0.0);
    qn_connectome_set_measured(one, QN_CONNECTOME_input_spread, spread.row.coefficient_of_variation, NAN);
    qn_connectome_set_measured(one, QN_CONNECTOME_output_spread, spread.column.coefficient_of_variation, NAN);
    const qn_status status = set_rescaled(study, &spread, progress, one);
    qn_heterogeneity_clear(&spread);
    return status;
}

static void set_cumulants(const qn_moments *moments, qn_connectome_case *one)
{
    qn_free_cumulants k;
    qn_free_cumulants_of(moments, &k);
    double scale = 1.0;
    for (size_t n = 0; n < 3; ++n) {
        scale *= sqrt(moments->m2);
        qn_connectome_set_theory(one, QN_CONNECTOME_free_cumulant_1 + n, k.null_mean[n] / scale);
        qn_connectome_set_measured(one, QN_CONNECTOME_free_cumulant_1 + n, k.value[n] / scale,
                                   hypot(k.null_deviation[n], k.estimate_error[n]) / scale);
    }
}

qn_status qn_connectome_structure(const qn_connectome_study *study, const qn_progress *progress,
                                  qn_connectome_case *one)
{
    const qn_moments_options options = {.remove_mean = !study->matrix.keep_mean, .seed = (uint64_t)study->common.seed};
    qn_moments moments;
    strengths found;
    qn_coupling_statistics statistics;
    const qn_coupling as_given = {.kind = QN_COUPLING_GIVEN, .matrix = &one->matrix};
    QN_TRY(qn_coupling_statistics_of(&as_given, one->matrix.rows, &statistics));
    one->empty = statistics.strength == 0.0;
    if (one->empty) {
        qn_connectome_set_measured(one, QN_CONNECTOME_mean_coupling, statistics.mean, NAN);
        return qn_connectome_case_warn(one, "all couplings are equal: theory of random couplings has no say");
    }
    QN_TRY(qn_moments_find(&one->matrix, &options, progress, &moments));
    QN_TRY(find_strengths(study, progress, one, &moments, &found));
    set_strengths(&found, one);
    set_cumulants(&moments, one);
    QN_TRY(set_spread(study, progress, one));
    return decompose(study, &found, progress, one);
}
