#include "theory/mean_field.h"

#include "base/fail.h"

#include <math.h>

enum { ITERATIONS = 200 };

typedef struct {
    const qn_site *site;
    double variance, scale;
    qn_gaussian_average *average; // at the last mean looked at
} balance;

// mu - b - Jbar <phi>, and its slope.
static qn_status excess(balance *at, double mean, double *value, double *slope)
{
    qn_gaussian_average_destroy(at->average);
    at->average = NULL;
    QN_TRY(qn_gaussian_average_create(at->site->transfer, mean, at->variance, &at->average));
    *value = mean - at->site->input - at->site->mean_coupling * qn_gaussian_average_value(at->average);
    *slope = 1.0 - at->site->mean_coupling * qn_gaussian_average_slope(at->average);
    return QN_OK;
}

// Newton, kept between a mean that is too small and one that is too large as soon as these are known.
static qn_status newton(balance *at, double *mean, bool *exists)
{
    double low = -INFINITY, high = INFINITY, here = *mean, reach = at->scale;
    *exists = false;
    for (int i = 0; i < ITERATIONS; ++i) {
        double value, slope;
        QN_TRY(excess(at, here, &value, &slope));
        if (!isfinite(value)) return QN_OK;
        if (value < 0.0)
            low = here;
        else
            high = here;
        double next = slope > 0.0 ? here - value / slope : NAN;
        if (!(next > low && next < high)) {
            if (isfinite(low) && isfinite(high))
                next = 0.5 * (low + high);
            else if (!(slope > 0.0))
                next = value < 0.0 ? here + (reach *= 2.0) : here - (reach *= 2.0);
        }
        *mean = here;
        *exists = true;
        if (value == 0.0 || fabs(next - here) <= 4e-16 * (fabs(here) + at->scale) || next == low || next == high)
            return QN_OK;
        here = next;
        if (fabs(here) > 1e15 * at->scale) break;
    }
    *exists = false;
    return QN_OK;
}

// Excitation: mu -> b + Jbar <phi> is increasing, so from above it descends to the largest solution and never past it.
// Where large means run away there is no above: then from the input upwards, to the first solution.
static qn_status iterate(balance *at, double *mean, bool *exists)
{
    const qn_site *site = at->site;
    const double bound = qn_transfer_bound(site->transfer);
    double here = site->input + site->mean_coupling * bound;
    *exists = true;
    if (!isfinite(here)) {
        double value = -1.0, slope;
        for (here = at->scale; value < 0.0 && here < 1e12 * at->scale; here *= 4.0) {
            QN_TRY(excess(at, here, &value, &slope));
            if (isnan(value)) value = -1.0;
        }
        if (value < 0.0) here = site->input;
    }
    for (int i = 0; i < ITERATIONS; ++i) {
        double value, slope;
        QN_TRY(excess(at, here, &value, &slope));
        here -= value;
        if (!(fabs(here) < 1e15 * at->scale)) *exists = false;
        if (!*exists) return QN_OK;
        if (fabs(value) < 1e-3 * at->scale && slope > 0.0) break;
    }
    *mean = here;
    return newton(at, mean, exists);
}

qn_status qn_mean_field(const qn_site *site, double variance, double *mean, qn_gaussian_average **average, bool *exists)
{
    balance at = {.site = site, .variance = variance, .scale = fabs(site->input) + sqrt(variance) + 1e-300};
    double found = site->mean_coupling == 0.0 || !isfinite(*mean) ? site->input : *mean;
    qn_status status;
    if (site->mean_coupling > 0.0)
        status = iterate(&at, &found, exists);
    else
        status = newton(&at, &found, exists);
    if (status != QN_OK || !*exists) {
        qn_gaussian_average_destroy(at.average);
        return status;
    }
    *mean = found;
    *average = at.average;
    return QN_OK;
}
