// How long the population remembers, beside a unit: what is left of both at one lag.
#include "base/fail.h"
#include "observables/jackknife.h"
#include "simulation/rate_plan.h"
#include "study/activity_point.h"

#include <math.h>

// Between frames: whole steps, which need not be quite what was asked for.
static double interval_of(const qn_activity_point *point)
{
    qn_rate_network network = point->network;
    qn_rate_plan plan;
    network.size = point->sizes[0];
    if (qn_rate_plan_make(&network, &point->options, &plan) == QN_OK)
        return (double)plan.frame_steps * plan.options.step;
    return point->options.sample_interval > 0.0 ? point->options.sample_interval : 1.0; // does not fit: said later
}

double qn_activity_memory_lag(const qn_activity_point *point)
{
    if (!point->size_count || point->options.dimension_lags < 2) return 0.0;
    return interval_of(point) * (double)(point->options.dimension_lags - 1);
}

qn_status qn_activity_memory_theory(qn_activity_point *point)
{
    const double lag = qn_activity_memory_lag(point), rank = point->collective.inverse_effective_rank;
    if (lag == 0.0 || !qn_activity_population_known(&point->population) || !isfinite(rank)) return QN_OK;
    double left;
    QN_TRY(qn_activity_population_at_lags(&point->population, rank, 1, &lag, &lag, &left));
    point->collective.rate_memory = qn_stationary_at(&point->theory.rate, lag) / point->theory.rate_variance;
    point->collective.collective_memory = sqrt(left / point->collective.four_point_variance);
    return QN_OK;
}

typedef struct {
    const qn_activity_point *point;
    const qn_activity_verdict *verdict;
    size_t size;
    bool collective;
} memory;

// Means over networks first, then the ratio.
static double ratio(size_t left_out, void *context)
{
    const memory *of = context;
    const size_t last = of->point->options.dimension_lags - 1;
    double first = 0.0, left = 0.0;
    for (size_t i = 0; i < of->point->networks[of->size]; ++i) {
        const qn_rate_measurement *m = &of->point->measurements[of->size][i];
        const qn_stationary *function = of->collective ? &m->four_point : &m->rate;
        if (i == left_out || of->verdict->left_out[i] || m->four_point.count <= last || m->rate.count <= last) continue;
        first += function->values[0];
        left += function->values[last];
    }
    return of->collective ? sqrt(left / first) : left / first;
}

qn_estimate qn_activity_memory_estimate(const qn_activity_point *point, size_t size, const qn_activity_verdict *verdict,
                                        bool collective)
{
    memory of = {point, verdict, size, collective};
    if (qn_activity_memory_lag(point) == 0.0) return (qn_estimate){NAN, NAN, 0};
    return qn_jackknife(point->networks[size], ratio, &of);
}
