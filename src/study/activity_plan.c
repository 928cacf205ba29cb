// How a point is simulated: what the study leaves open is chosen here, from theory where theory knows.
#include "base/fail.h"
#include "base/memory.h"
#include "network/coupling_operator.h"
#include "simulation/rate_plan.h"
#include "study/activity_point.h"
#include "study/result_builder.h"

#include <math.h>
#include <string.h>

static const double shortest_burn_in = 80.0, longest_burn_in = 2000.0, slow_times = 20.0;

bool qn_activity_extrapolates(const qn_activity_point *point, const char *quantity)
{
    const qn_list *list = &point->activity->simulation->extrapolate;
    char *const *names = list->items;
    for (size_t i = 0; i < list->count; ++i)
        if (!strcmp(names[i], quantity)) return true;
    return false;
}

bool qn_activity_is_odd(const qn_activity_point *point)
{
    return qn_transfer_is_odd(&point->network.transfer) && point->network.input == 0.0;
}

// 20 of the slowest times theory knows. Without noise a network leaves its initial state, or an unstable fixed point,
// at the rate of the Lyapunov exponent; with noise it leaves at once, and forgets the state at that rate if it is
// negative.
static double burn_in_from_theory(const qn_activity_point *point)
{
    if (point->solved != QN_OK) return shortest_burn_in;
    double needed = shortest_burn_in;
    const double decay = point->theory.decay_rate, lyapunov = point->theory.lyapunov_exponent;
    if (decay > 0.0) needed = fmax(needed, slow_times / decay);
    if (point->network.noise > 0.0 && !(lyapunov < 0.0)) return needed;
    return fabs(lyapunov) > 0.0 ? fmax(needed, slow_times / fabs(lyapunov)) : needed;
}

static qn_status choose_burn_in(qn_activity_point *point, qn_result *result)
{
    const qn_activity_simulation *wanted = point->activity->simulation;
    point->options.burn_in = wanted->burn_in;
    if (wanted->burn_in > 0.0) return QN_OK;
    const double needed = burn_in_from_theory(point);
    point->options.burn_in = ceil(fmin(needed, longest_burn_in));
    if (needed <= longest_burn_in) return QN_OK;
    return qn_result_add_warning(result,
                                 "%s%sburn-in is %g tau where theory's slowest time asks for %.0f: near a "
                                 "transition the simulation may not be stationary",
                                 point->label, *point->label ? ": " : "", longest_burn_in, needed);
}

// The covariance of units i and j in one trial of K frames has the variance sum_l (1 - |l| / K) C(l)^2 / K whatever
// their true covariance; squared and summed over j that is N times as much.
static double naive_dimension(const qn_activity_point *point)
{
    const qn_stationary *rate = &point->theory.rate;
    const double interval = point->options.sample_interval, frames = floor(point->options.duration / interval + 0.5);
    if (point->solved != QN_OK || isnan(point->collective.four_point_variance)) return NAN;
    double sum = rate->values[0] * rate->values[0];
    for (double l = 1.0; l < frames && l * interval <= rate->step * (double)(rate->count - 1); l += 1.0) {
        const double value = qn_stationary_at(rate, l * interval);
        sum += 2.0 * (1.0 - l / frames) * value * value;
    }
    const double naive = point->collective.four_point_variance + (double)point->network.size * sum / frames;
    return point->theory.rate_variance * point->theory.rate_variance / naive;
}

static void choose_sizes(qn_activity_point *point)
{
    const qn_activity_simulation *wanted = point->activity->simulation;
    point->size_count = 1;
    point->sizes[0] = point->network.size;
    point->networks[0] = (size_t)wanted->realisations;
    if (!wanted->extrapolate.count) return;
    const int64_t *further = wanted->sizes.items;
    const size_t count = wanted->sizes.count ? wanted->sizes.count : 1;
    for (size_t i = 0; i < count; ++i) {
        const size_t size = wanted->sizes.count ? (size_t)further[i] : point->network.size / 2;
        if (size < 2 || size == point->network.size) continue;
        // As many networks as cost a fraction size / N of the networks of full size.
        const double networks = ceil((double)wanted->realisations * (double)point->network.size / (double)size);
        point->sizes[point->size_count] = size;
        point->networks[point->size_count++] = networks < 2.0 ? 2 : (size_t)networks;
    }
}

static qn_status warn_of_small_strength(const qn_activity_point *point, qn_result *result)
{
    const qn_rate_network *n = &point->network;
    const bool odd_and_quiet = qn_activity_is_odd(point) && n->noise == 0.0;
    if (!odd_and_quiet || n->coupling.kind != QN_COUPLING_IID || n->size >= 2000) return QN_OK;
    if (n->coupling.strength * n->transfer.gain <= 1.0 || n->coupling.strength * n->transfer.gain >= 1.3) return QN_OK;
    return qn_result_add_warning(result,
                                 "%s%sthis close to the transition, finite networks of %zu units often settle at "
                                 "fixed points or cycles; take N = 2000 or more",
                                 point->label, *point->label ? ": " : "", n->size);
}

// At least 8 (or one per trial), and as many more as cost nothing: products are made in blocks of 16 vectors.
static size_t free_tangents(size_t trials)
{
    const size_t least = trials < 8 ? trials : 8;
    const size_t filling = (trials + least + 15) / 16 * 16 - trials;
    return filling < trials ? filling : trials;
}

// Autocorrelations reach as far as the map: what is left of it without them is drawn. A quick run may be too short for
// all of it.
static void choose_map(const qn_activity_execution *run, qn_activity_point *point)
{
    const qn_activity_simulation *wanted = point->activity->simulation;
    const double interval = wanted->sample_interval, lags = (double)wanted->dimension_map_lags;
    if (wanted->lag_max <= 0.0)
        point->options.lag_max = fmax(point->options.lag_max, fmin(lags * interval, wanted->duration / 2));
    const double most = run->options->quick ? floor(point->options.lag_max / interval) : lags;
    point->options.dimension_map_lags = (size_t)fmin(lags, most);
}

qn_status qn_activity_plan_point(const qn_activity_execution *run, qn_activity_point *point, qn_result *result)
{
    const qn_activity_simulation *wanted = point->activity->simulation;
    if (!wanted || run->options->wings == QN_WING_THEORY) return QN_OK;
    const size_t trials = (size_t)wanted->trials;
    const size_t automatic = qn_activity_computes(point->activity, QN_COMPUTE_LYAPUNOV) ? free_tangents(trials) : 0;
    point->options = (qn_rate_simulation_options){
        .seed = (uint64_t)point->activity->common.seed,
        .trials = trials,
        .duration = wanted->duration,
        .step = wanted->step,
        .sample_interval = wanted->sample_interval,
        .lag_max = wanted->lag_max > 0.0 ? wanted->lag_max : fmin(20.0, wanted->duration / 2),
        .tangents = wanted->tangents < 0 ? automatic : (size_t)wanted->tangents,
        .integrator = (qn_integrator)wanted->integrator,
        .precision = (qn_precision)wanted->precision,
        .dimension = qn_activity_computes(point->activity, QN_COMPUTE_DIMENSION),
    };
    point->options.pca = wanted->pca;
    if (point->options.dimension) point->options.dimension_lags = 1 + (size_t)fmin(10.0, wanted->duration / 4.0);
    if (point->options.dimension) choose_map(run, point);
    QN_TRY(choose_burn_in(point, result));
    choose_sizes(point);
    if (wanted->naive) point->collective.participation_ratio_naive = naive_dimension(point);
    return warn_of_small_strength(point, result);
}

// Before anything is simulated, and in the study's words: of a size too large most often the couplings are the reason.
static qn_status check_network(const qn_activity_point *point, size_t size, double available)
{
    qn_memory_plan couplings = {0};
    qn_coupling_operator_plan(&point->network.coupling, size, point->options.precision, &couplings);
    QN_REQUIRE(couplings.bytes <= available, QN_NO_MEMORY,
               "network.size = %zu: coupling matrix needs %.3g GB; %.3g GB are available", size, couplings.bytes / 1e9,
               available / 1e9);
    qn_rate_network network = point->network;
    qn_rate_plan plan;
    network.size = size;
    const qn_status status = qn_rate_plan_make(&network, &point->options, &plan);
    if (status == QN_NO_MEMORY) return qn_fail_in(status, "network.size = %zu", size);
    QN_TRY(status);
    QN_REQUIRE(plan.peak_bytes <= available, QN_NO_MEMORY,
               "network.size = %zu, with simulation.trials and simulation.duration as they are, needs %.3g GB; %.3g GB "
               "are available",
               size, plan.peak_bytes / 1e9, available / 1e9);
    return QN_OK;
}

qn_status qn_activity_check_memory(const qn_activity_execution *run)
{
    double available = qn_memory_available();
    if (run->options->memory_limit > 0.0) available = fmin(available, run->options->memory_limit);
    for (size_t i = 0; i < run->count; ++i)
        for (size_t j = 0; j < run->points[i].size_count; ++j)
            QN_TRY(check_network(&run->points[i], run->points[i].sizes[j], available));
    return QN_OK;
}
