#include "network/unit_gains.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DISTINCT = 64, MOST_CLASSES = 1024 };

static const double WEIGHT_TOLERANCE = 1e-9;

static qn_status check_weights(const qn_unit_gains *gains, size_t size)
{
    double sum = 0.0;
    QN_REQUIRE(gains->count <= MOST_CLASSES, QN_BAD_VALUE,
               "network.coupling.gain.weights: %zu classes of units; allowed: at most %d", gains->count, MOST_CLASSES);
    for (size_t k = 0; k < gains->count; ++k) {
        const double weight = gains->weights[k];
        QN_REQUIRE(weight > 0.0 && isfinite(weight), QN_BAD_VALUE,
                   "network.coupling.gain.weights[%zu] is %g; allowed: finite, greater than 0", k, weight);
        QN_REQUIRE(weight * (double)size >= 1.0 - WEIGHT_TOLERANCE, QN_BAD_VALUE,
                   "network.coupling.gain.weights[%zu] is %g: of %zu units that is less than one", k, weight, size);
        sum += weight;
    }
    QN_REQUIRE(fabs(sum - 1.0) <= WEIGHT_TOLERANCE, QN_BAD_VALUE,
               "network.coupling.gain.weights add up to %.12g; they must add up to 1", sum);
    return QN_OK;
}

qn_status qn_unit_gains_check(const qn_unit_gains *gains, size_t size)
{
    if (gains->count == 0) return QN_OK;
    QN_REQUIRE(gains->values, QN_BAD_VALUE, "network.coupling.gain.values is missing");
    for (size_t k = 0; k < gains->count; ++k)
        QN_REQUIRE(gains->values[k] > 0.0 && isfinite(gains->values[k]), QN_BAD_VALUE,
                   "network.coupling.gain.values[%zu] is %g; allowed: finite, greater than 0", k, gains->values[k]);
    if (gains->weights) return check_weights(gains, size);
    QN_REQUIRE(gains->count == size, QN_BAD_VALUE,
               "network.coupling.gain.values has %zu values for %zu units; give one per unit, or weights (the units' "
               "fractions with each)",
               gains->count, size);
    return QN_OK;
}

// Where class k + 1 begins.
static size_t class_end(const qn_unit_gains *gains, size_t size, size_t k)
{
    double sum = 0.0;
    for (size_t l = 0; l <= k; ++l) sum += gains->weights[l];
    return k + 1 == gains->count ? size : (size_t)(sum * (double)size + 0.5);
}

qn_status qn_coupling_unit_gains(const qn_coupling *coupling, size_t size, double *out)
{
    const qn_unit_gains *gains = &coupling->gains;
    QN_TRY(qn_unit_gains_check(gains, size));
    if (gains->count && !gains->weights) {
        memcpy(out, gains->values, size * sizeof *out);
        return QN_OK;
    }
    for (size_t i = 0; i < size && !gains->count; ++i) out[i] = 1.0;
    for (size_t k = 0, i = 0; k < gains->count; ++k)
        for (const size_t end = class_end(gains, size, k); i < end; ++i) out[i] = gains->values[k];
    return QN_OK;
}

static int compare(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

// Gains in increasing order, cut into classes: class k are ranks start[k] ... start[k + 1] - 1.
typedef struct {
    double *sorted;
    size_t classes, start[MOST_DISTINCT + 1];
} grouping;

static qn_status group(const qn_unit_gains *gains, grouping *found)
{
    const size_t size = gains->count;
    QN_TRY(QN_NEW(&found->sorted, size, "gains"));
    memcpy(found->sorted, gains->values, size * sizeof *found->sorted);
    qsort(found->sorted, size, sizeof *found->sorted, compare);
    size_t distinct = 0;
    for (size_t i = 0; i < size; ++i)
        if (i == 0 || found->sorted[i] != found->sorted[i - 1]) {
            if (distinct < MOST_DISTINCT) found->start[distinct] = i;
            ++distinct;
        }
    found->classes = distinct <= MOST_DISTINCT ? distinct : 0;
    for (size_t k = 0; distinct > MOST_DISTINCT && k < MOST_DISTINCT; ++k) {
        size_t first = size * k / MOST_DISTINCT;
        while (first > 0 && found->sorted[first - 1] == found->sorted[first]) --first; // equal gains stay together
        if (found->classes == 0 || first > found->start[found->classes - 1]) found->start[found->classes++] = first;
    }
    found->start[found->classes] = size;
    return QN_OK;
}

static double root_mean_square(const grouping *of, size_t k)
{
    const size_t first = of->start[k], end = of->start[k + 1];
    if (of->sorted[first] == of->sorted[end - 1]) return of->sorted[first];
    double sum = 0.0;
    for (size_t i = first; i < end; ++i) sum += of->sorted[i] * of->sorted[i];
    return sqrt(sum / (double)(end - first));
}

qn_status qn_coupling_gain_classes(const qn_coupling *coupling, size_t size, size_t *classes, double **gains,
                                   double **weights)
{
    const qn_unit_gains *of = &coupling->gains;
    QN_TRY(qn_unit_gains_check(of, size));
    const bool per_unit = of->count && !of->weights;
    grouping found = {0};
    if (per_unit) QN_TRY(group(of, &found));
    const size_t count = per_unit ? found.classes : of->count ? of->count : 1;
    double *w = malloc(count * sizeof *w), *p = malloc(count * sizeof *p);
    for (size_t k = 0; w && p && k < count; ++k) {
        w[k] = per_unit ? root_mean_square(&found, k) : of->count ? of->values[k] : 1.0;
        p[k] = per_unit    ? (double)(found.start[k + 1] - found.start[k]) / (double)size
               : of->count ? of->weights[k]
                           : 1.0;
    }
    qn_release(found.sorted);
    if (!w || !p) {
        free(w);
        free(p);
        return qn_fail(QN_NO_MEMORY, "no memory for %zu classes of units", count);
    }
    *classes = count;
    *gains = w;
    *weights = p;
    return QN_OK;
}

// The last class that begins at or below the gain.
static size_t class_at(const grouping *of, double gain)
{
    size_t k = of->classes - 1;
    while (k > 0 && of->sorted[of->start[k]] > gain) --k;
    return k;
}

qn_status qn_coupling_gain_class_of(const qn_coupling *coupling, size_t size, size_t *unit_class)
{
    const qn_unit_gains *of = &coupling->gains;
    QN_TRY(qn_unit_gains_check(of, size));
    for (size_t i = 0; i < size; ++i) unit_class[i] = 0;
    if (!of->count) return QN_OK;
    if (of->weights) {
        for (size_t k = 0, i = 0; k < of->count; ++k)
            for (const size_t end = class_end(of, size, k); i < end; ++i) unit_class[i] = k;
        return QN_OK;
    }
    grouping found = {0};
    QN_TRY(group(of, &found));
    for (size_t i = 0; i < size; ++i) unit_class[i] = class_at(&found, of->values[i]);
    qn_release(found.sorted);
    return QN_OK;
}
