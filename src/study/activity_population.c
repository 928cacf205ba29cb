#include "study/activity_population.h"

#include "base/fail.h"
#include "study/study_data.h"

#include <math.h>
#include <stdlib.h>

void qn_activity_population_clear(qn_activity_population *population)
{
    qn_four_point_destroy(population->equal);
    qn_heterogeneous_destroy(population->classes);
    *population = (qn_activity_population){0};
}

bool qn_activity_population_known(const qn_activity_population *population)
{
    return population->equal || population->classes;
}

qn_activity_collective qn_activity_collective_none(void)
{
    return (qn_activity_collective){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
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

qn_status qn_activity_solve_units(const qn_rate_network *network, const qn_two_point_options *options,
                                  qn_two_point *two_point, qn_activity_population *population)
{
    bool differ;
    QN_TRY(gains_differ(network, &differ));
    if (differ) return qn_heterogeneous_solve(network, two_point, &population->classes);
    return qn_two_point_solve(network, options, two_point);
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

qn_status qn_activity_population_at_lags(const qn_activity_population *population, double inverse_effective_rank,
                                         size_t count, const double *first, const double *second, double *out)
{
    if (population->classes)
        return qn_heterogeneous_at_lags(population->classes, inverse_effective_rank, count, first, second, out);
    return qn_four_point_at_lags(population->equal, inverse_effective_rank, count, first, second, out);
}

qn_status qn_activity_population_at_frequencies(const qn_activity_population *population, double inverse_effective_rank,
                                                size_t count, const double *frequency, double *out)
{
    if (population->classes)
        return qn_heterogeneous_frequency_dimension(population->classes, inverse_effective_rank, count, frequency, out);
    return qn_four_point_frequency_dimension(population->equal, inverse_effective_rank, count, frequency, out);
}

// Without noise chaos begins where silence ends: g^2 phi'(0)^2 <w^2> = 1.
qn_status qn_activity_critical_strength(const qn_rate_network *network, double *critical_strength)
{
    bool differ;
    QN_TRY(gains_differ(network, &differ));
    if (!differ) return qn_transition_strength(network, critical_strength);
    QN_REQUIRE(qn_transfer_is_odd(&network->transfer) && network->input == 0.0 && network->noise == 0.0, QN_NO_SOLUTION,
               "transition: with gains that differ theory knows it for odd transfer functions without input and noise");
    size_t classes;
    double *gains, *weights, square = 0.0, slope = 0.0;
    QN_TRY(qn_coupling_gain_classes(&network->coupling, network->size, &classes, &gains, &weights));
    for (size_t k = 0; k < classes; ++k) square += weights[k] * gains[k] * gains[k];
    free(gains);
    free(weights);
    qn_transfer_slope(&network->transfer, 1, &slope, &slope);
    *critical_strength = 1.0 / (slope * sqrt(square));
    return QN_OK;
}
