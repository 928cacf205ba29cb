#include "study/activity_population.h"

#include "base/fail.h"
#include "study/study_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void qn_activity_population_clear(qn_activity_population *population)
{
    qn_four_point_destroy(population->equal);
    qn_heterogeneous_destroy(population->classes);
    if (population->overlapping) qn_overlap_clear(population->overlapping);
    free(population->overlapping);
    *population = (qn_activity_population){0};
}

bool qn_activity_population_known(const qn_activity_population *population)
{
    return population->equal || population->classes || population->overlapping;
}

qn_activity_collective qn_activity_collective_none(void)
{
    return (qn_activity_collective){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}

static qn_status gains_differ(const qn_rate_network *network, bool *differ)
{
    size_t classes;
    double *gains, *weights;
    QN_TRY(qn_coupling_gain_classes(&network->coupling, network->size, &classes, &gains, &weights));
    *differ = false;
    for (size_t k = 1; k < classes; ++k) *differ = *differ || gains[k] != gains[0];
    free(gains);
    free(weights);
    return QN_OK;
}

bool qn_activity_feeds_back(const qn_rate_network *network)
{
    const qn_coupling *c = &network->coupling;
    const bool overlaps = c->overlap != 0.0 || (c->overlap_fraction > 0.0 && c->overlap_rest != 0.0);
    return (c->kind == QN_COUPLING_OVERLAPPING && overlaps) || (c->kind == QN_COUPLING_ELLIPTIC && c->symmetry != 0.0);
}

static qn_status copy_function(const qn_stationary *from, qn_stationary *to)
{
    QN_TRY(qn_stationary_create(from->count, from->step, to));
    memcpy(to->values, from->values, from->count * sizeof *to->values);
    return QN_OK;
}

// What Monte Carlo does not tell (velocity, decay rate, Lyapunov exponent) stays NAN.
static qn_status take_units(const qn_rate_network *network, const qn_overlap *solved, qn_two_point *two_point)
{
    qn_two_point made = {.phase = network->noise > 0.0 ? QN_PHASE_NOISE_DRIVEN : QN_PHASE_CHAOTIC,
                         .field_variance = solved->field_variance.value,
                         .rate_variance = solved->rate_variance.value,
                         .velocity_variance = NAN,
                         .mean_slope = solved->mean_slope.value,
                         .decay_rate = NAN,
                         .correlation_time = solved->correlation_time.value,
                         .lyapunov_exponent = NAN,
                         .energy_defect = NAN};
    qn_status status = copy_function(&solved->field, &made.field);
    if (status == QN_OK) status = copy_function(&solved->rate, &made.rate);
    if (status == QN_OK) status = copy_function(&solved->response, &made.response);
    if (status != QN_OK) {
        qn_two_point_clear(&made);
        return status;
    }
    *two_point = made;
    return QN_OK;
}

// Nothing moves: variances are zero and there is no function but zero. What a perturbation does is not told.
static qn_status take_rest(const qn_rate_network *network, qn_two_point *two_point)
{
    enum { LAGS = 801 };
    qn_two_point made = {.phase = QN_PHASE_QUIESCENT,
                         .decay_rate = NAN,
                         .correlation_time = NAN,
                         .lyapunov_exponent = NAN,
                         .energy_defect = NAN};
    qn_transfer_slope(&network->transfer, 1, &made.mean_slope, &made.mean_slope); // at 0
    qn_status status = qn_stationary_create(LAGS, 0.05, &made.field);
    if (status == QN_OK) status = qn_stationary_create(LAGS, 0.05, &made.rate);
    if (status == QN_OK) status = qn_stationary_create(LAGS, 0.05, &made.response);
    if (status != QN_OK) {
        qn_two_point_clear(&made);
        return status;
    }
    for (size_t i = 0; i < LAGS; ++i) made.response.values[i] = NAN;
    *two_point = made;
    return QN_OK;
}

static qn_status solve_overlapping(const qn_rate_network *network, uint64_t seed, const qn_progress *progress,
                                   qn_two_point *two_point, qn_activity_population *population)
{
    bool quiescent;
    QN_TRY(qn_overlap_is_quiescent(network, &quiescent));
    if (quiescent) return take_rest(network, two_point);
    qn_overlap *solved = calloc(1, sizeof *solved);
    QN_REQUIRE(solved, QN_NO_MEMORY, "no memory for theory of overlapping modes");
    qn_status status = qn_overlap_solve(network, &(qn_overlap_options){.seed = seed}, progress, solved);
    if (status == QN_OK) {
        status = take_units(network, solved, two_point);
        if (status != QN_OK) qn_overlap_clear(solved);
    }
    if (status != QN_OK) {
        free(solved);
        return status;
    }
    population->overlapping = solved;
    return QN_OK;
}

qn_status qn_activity_solve_units(const qn_rate_network *network, const qn_two_point_options *options, uint64_t seed,
                                  const qn_progress *progress, qn_two_point *two_point,
                                  qn_activity_population *population)
{
    bool differ;
    QN_TRY(gains_differ(network, &differ));
    if (qn_activity_feeds_back(network)) {
        QN_REQUIRE(!differ, QN_BAD_VALUE,
                   "network.coupling.gain: theory of overlapping modes does not cover units of different gains");
        return solve_overlapping(network, seed, progress, two_point, population);
    }
    if (differ) return qn_heterogeneous_solve(network, two_point, &population->classes);
    return qn_two_point_solve(network, options, two_point);
}

double qn_activity_theory_error(const qn_activity_population *population, const char *quantity)
{
    const qn_overlap *o = population->overlapping;
    if (!o) return 0.0;
    const struct {
        const char *name;
        double error;
    } known[] = {{"field_variance", o->field_variance.standard_error},
                 {"rate_variance", o->rate_variance.standard_error},
                 {"mean_slope", o->mean_slope.standard_error},
                 {"correlation_time", o->correlation_time.standard_error},
                 {"four_point_variance", o->four_point_variance.standard_error},
                 {"participation_ratio", o->participation_ratio.standard_error},
                 {"participation_ratio_zscored", o->participation_ratio.standard_error},
                 {"participation_ratio_zero_frequency", o->participation_ratio_zero_frequency.standard_error}};
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i)
        if (!strcmp(known[i].name, quantity)) return known[i].error;
    return 0.0;
}

static qn_status take_overlapping(const qn_overlap *solved, qn_activity_collective *found)
{
    found->participation_ratio = found->participation_ratio_zscored = solved->participation_ratio.value;
    found->four_point_variance = solved->four_point_variance.value;
    found->participation_ratio_zero_frequency = solved->participation_ratio_zero_frequency.value;
    return QN_OK;
}

static qn_status take_equal(const qn_four_point *theory, qn_activity_collective *found)
{
    qn_dimension dimension;
    QN_TRY(qn_four_point_dimension(theory, found->inverse_effective_rank, &dimension));
    found->participation_ratio = dimension.participation_ratio;
    found->participation_ratio_field = dimension.participation_ratio_field;
    found->participation_ratio_zscored = dimension.participation_ratio;
    found->four_point_variance = dimension.four_point_variance;
    found->participation_ratio_zero_frequency = dimension.participation_ratio_zero_frequency;
    return QN_OK;
}

static qn_status take_classes(const qn_activity_population *population, qn_activity_collective *found)
{
    const qn_heterogeneous *classes = population->classes;
    const double rank = found->inverse_effective_rank, still = 0.0;
    double theta, zscored;
    QN_TRY(qn_heterogeneous_dimension(classes, rank, false, &found->participation_ratio, &found->four_point_variance));
    QN_TRY(qn_heterogeneous_field_dimension(classes, rank, &found->participation_ratio_field, &theta));
    QN_TRY(qn_heterogeneous_dimension(classes, rank, true, &zscored, &theta));
    *(population->by_field ? &found->participation_ratio_unit_zscored : &found->participation_ratio_zscored) = zscored;
    return qn_heterogeneous_frequency_dimension(classes, rank, 1, &still, &found->participation_ratio_zero_frequency);
}

// Equal units without means have a theory of their own; with means each has its static field.
static bool has_means(const qn_rate_network *network, const qn_two_point *two_point)
{
    return !qn_transfer_is_odd(&network->transfer) || network->input != 0.0 || network->coupling.mean != 0.0 ||
           two_point->mean_rate != 0.0;
}

static qn_status solve(const qn_rate_network *network, const qn_two_point *two_point,
                       qn_activity_population *population, qn_activity_collective *found)
{
    if (population->overlapping) return take_overlapping(population->overlapping, found);
    if (!population->classes && has_means(network, two_point)) {
        QN_TRY(qn_static_fields_create(network, two_point, &population->classes));
        population->by_field = true;
    }
    if (!population->classes) QN_TRY(qn_four_point_create(network, two_point, &population->equal));
    if (!isfinite(found->inverse_effective_rank)) return QN_OK;
    return population->classes ? take_classes(population, found) : take_equal(population->equal, found);
}

qn_status qn_activity_solve_population(const qn_rate_network *network, const qn_two_point *two_point,
                                       qn_activity_population *population, qn_activity_collective *collective,
                                       char **trouble)
{
    qn_coupling_statistics coupling;
    QN_TRY(qn_coupling_statistics_of(&network->coupling, network->size, &coupling));
    qn_activity_collective found = qn_activity_collective_none();
    found.effective_coupling = coupling.strength;
    QN_TRY(qn_coupling_inverse_effective_rank(&network->coupling, network->size, &found.inverse_effective_rank));
    if (found.inverse_effective_rank > 0.0) found.effective_rank = 1.0 / found.inverse_effective_rank;
    const qn_status status = two_point->phase == QN_PHASE_QUIESCENT
                                 ? qn_fail(QN_NO_SOLUTION, "activity is quiescent: it does not fluctuate and has no "
                                                           "dimension")
                                 : solve(network, two_point, population, &found);
    if (status != QN_OK) {
        qn_activity_population_clear(population);
        if (status != QN_NO_SOLUTION && status != QN_NOT_CONVERGED && status != QN_BAD_VALUE) return status;
        QN_TRY(qn_text_copy(qn_last_error(), trouble));
    }
    *collective = found;
    return QN_OK;
}

// Known at equal lags only, and there at some.
static double diagonal_at(const qn_overlap *solved, double lag)
{
    for (size_t i = 0; i < solved->lag_count; ++i) {
        if (fabs(solved->lags[i] - lag) < 1e-9) return solved->four_point[i].value;
        if (i + 1 == solved->lag_count || solved->lags[i] > lag || solved->lags[i + 1] < lag) continue;
        const double part = (lag - solved->lags[i]) / (solved->lags[i + 1] - solved->lags[i]);
        return (1.0 - part) * solved->four_point[i].value + part * solved->four_point[i + 1].value;
    }
    return NAN;
}

static qn_status overlapping_at_lags(const qn_overlap *solved, size_t count, const double *first, const double *second,
                                     double *out)
{
    for (size_t i = 0; i < count; ++i)
        out[i] = fabs(fabs(first[i]) - fabs(second[i])) < 1e-9 && first[i] * second[i] >= 0.0
                     ? diagonal_at(solved, fabs(first[i]))
                     : NAN;
    return QN_OK;
}

qn_status qn_activity_population_at_lags(const qn_activity_population *population, double inverse_effective_rank,
                                         size_t count, const double *first, const double *second, double *out)
{
    if (population->overlapping) return overlapping_at_lags(population->overlapping, count, first, second, out);
    if (population->classes)
        return qn_heterogeneous_at_lags(population->classes, inverse_effective_rank, count, first, second, out);
    return qn_four_point_at_lags(population->equal, inverse_effective_rank, count, first, second, out);
}

qn_status qn_activity_population_at_frequencies(const qn_activity_population *population, double inverse_effective_rank,
                                                size_t count, const double *frequency, double *out)
{
    if (population->overlapping) {
        for (size_t i = 0; i < count; ++i)
            out[i] = frequency[i] == 0.0 ? population->overlapping->participation_ratio_zero_frequency.value : NAN;
        return QN_OK;
    }
    if (population->classes)
        return qn_heterogeneous_frequency_dimension(population->classes, inverse_effective_rank, count, frequency, out);
    return qn_four_point_frequency_dimension(population->equal, inverse_effective_rank, count, frequency, out);
}

// Without noise chaos begins where silence ends: g^2 phi'(0)^2 <w^2> = 1, as long as the mean does not end it before.
qn_status qn_activity_critical_strength(const qn_rate_network *network, double *critical_strength)
{
    bool differ;
    QN_TRY(gains_differ(network, &differ));
    if (!differ) return qn_transition_strength(network, critical_strength);
    QN_REQUIRE(qn_transfer_is_odd(&network->transfer) && network->input == 0.0 && network->noise == 0.0, QN_NO_SOLUTION,
               "transition: with gains that differ theory knows it for odd transfer functions without input and noise");
    size_t classes;
    double *gains, *weights, mean = 0.0, square = 0.0, slope = 0.0;
    QN_TRY(qn_coupling_gain_classes(&network->coupling, network->size, &classes, &gains, &weights));
    for (size_t k = 0; k < classes; ++k) {
        mean += weights[k] * gains[k];
        square += weights[k] * gains[k] * gains[k];
    }
    free(gains);
    free(weights);
    qn_transfer_slope(&network->transfer, 1, &slope, &slope);
    QN_REQUIRE(network->coupling.mean * mean * slope <= 1.0, QN_NO_SOLUTION,
               "transition: network.coupling.mean is %g, which moves all units together at every strength; theory of "
               "units of different gains does not cover that",
               network->coupling.mean);
    *critical_strength = 1.0 / (slope * sqrt(square));
    return QN_OK;
}
