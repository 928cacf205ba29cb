#include "network/gaussian_conditional.h"

#include "base/fail.h"
#include "base/memory.h"
#include "network/gaussian_rule.h"
#include "network/gaussian_smoothed.h"
#include "network/transfer_table.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

// The integral over z by the trapezoid rule: as fine as what the Gaussian leaves of phi' requires.
static double shared_by_steps(const qn_gaussian_average *average, qn_smoothed *smoothed, double shared, bool odd,
                              bool negative)
{
    // The Gaussian in z takes part in the product: alone it needs 8.7 deviations of its own spectrum, beside a wider
    // one 5.
    const double step = 2.0 * PI / fmax(8.7, shared * qn_smoothed_bandwidth(smoothed, 2) + 5.0);
    const double reach = qn_smoothed_reach(smoothed);
    double from = -8.7, to = 8.7;
    if (isfinite(reach)) {
        from = fmax(from, negative ? -(reach - fabs(average->mean)) / shared : (-reach - average->mean) / shared);
        to = fmin(to, negative ? (reach - fabs(average->mean)) / shared : (reach - average->mean) / shared);
    }
    double sum = 0.0;
    for (double i = odd ? 0.0 : ceil(from / step); i <= floor(to / step); ++i) { // odd phi: even in z
        const double z = i * step, one = qn_smoothed_at(smoothed, average->mean + shared * z);
        const double other = negative ? qn_smoothed_at(smoothed, average->mean - shared * z) : one;
        sum += (odd && i > 0.0 ? 2.0 : 1.0) * qn_normal_density(z) * one * other;
    }
    return sum * step;
}

// The same for a table when little is left of the Gaussian: panels around the knots.
static qn_status shared_by_knots(const qn_gaussian_average *average, qn_smoothed *smoothed, double shared, bool odd,
                                 bool negative, double *result)
{
    const qn_transfer_table *table = average->transfer.table;
    const size_t count = table->count * (negative ? 2 : 1);
    double *centre = NULL;
    QN_TRY(QN_NEW(&centre, 2 * count, "Gaussian average"));
    for (size_t k = 0; k < count; ++k) {
        // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): a table has at least 4 knots
        const double x = table->x[k % table->count];
        centre[k] = (k < table->count ? x - average->mean : average->mean - x) / shared;
        centre[count + k] = smoothed->deviation / shared;
    }
    qn_gaussian_rule rule;
    const qn_status status = qn_gaussian_rule_graded(count, centre, centre + count, false, &rule);
    qn_release(centre);
    if (status != QN_OK) return status;
    double sum = 0.0;
    for (size_t i = 0; i < rule.count; ++i) {
        if (odd && rule.z[i] < 0.0) continue;
        const double one = qn_smoothed_at(smoothed, average->mean + shared * rule.z[i]);
        const double other = negative ? qn_smoothed_at(smoothed, average->mean - shared * rule.z[i]) : one;
        sum += rule.weight[i] * one * other;
    }
    *result = odd ? 2.0 * sum : sum;
    qn_gaussian_rule_clear(&rule);
    return QN_OK;
}

static size_t knots_within(const qn_gaussian_average *average)
{
    if (average->transfer.kind != QN_TRANSFER_TABLE) return 0;
    size_t found = 0;
    for (size_t k = 0; k < average->transfer.table->count; ++k)
        found += fabs(average->transfer.table->x[k] - average->mean) < 9.0 * sqrt(average->variance);
    return found;
}

qn_status qn_conditional_slope(const qn_gaussian_average *average, double s, bool negative, bool odd, double *result)
{
    const double c0 = average->variance, shared = sqrt(c0 * (1.0 - s) * (1.0 + s));
    qn_smoothed smoothed;
    QN_TRY(qn_smoothed_create(&average->transfer, true, sqrt(c0) * s, &smoothed));
    qn_status status = QN_OK;
    const double by_knots = 140.0 * (double)knots_within(average) * (negative ? 2.0 : 1.0) + 600.0, by_steps = 38.0 / s;
    if (average->transfer.kind == QN_TRANSFER_TABLE && by_knots < by_steps)
        status = shared_by_knots(average, &smoothed, shared, odd, negative, result);
    else
        *result = shared_by_steps(average, &smoothed, shared, odd, negative);
    qn_smoothed_clear(&smoothed);
    return status;
}
