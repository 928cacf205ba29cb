#include <quenched/outliers.h>

#include "base/fail.h"

#include <float.h>
#include <math.h>

static const double SPREADS = 3.0, MOST_OF_BULK = 0.1;

// Gaps of this size, relative to the largest value, are rounding.
static const double ROUNDING = 1e-8;

// A bulk with an edge this low, relative to the largest value, is none: there is nothing that values could stand out
// of.
static const double NOTHING = 1e-6;

// What remains when the largest values are taken out: per N, m2 and m4; of the values, number and standard deviation.
typedef struct {
    double m2, m4, spread;
} bulk;

static bool all_known(const qn_singular_values *values) { return values->known == values->size; }

// Of all values, directly. Two passes: the spread may be far smaller than the values.
static bulk bulk_of_values(const qn_singular_values *values, size_t without)
{
    const double n = (double)values->size, left = (double)(values->size - without);
    double sum = 0.0, spread = 0.0;
    bulk rest = {0};
    for (size_t a = values->known; a-- > without;) {
        const double square = values->values[a] * values->values[a];
        sum += values->values[a];
        rest.m2 += square / n;
        rest.m4 += square * square / n;
    }
    for (size_t a = values->known; a-- > without;)
        spread += (values->values[a] - sum / left) * (values->values[a] - sum / left);
    rest.spread = sqrt(spread / left);
    return rest;
}

// Moments without the leading values. Among values with these moments, the spread is largest for zeros and one other
// value: <s>^2 >= <s^2>^3 / <s^4> (Hoelder).
static bulk bulk_of_moments(const qn_singular_values *values, size_t without, double m2, double m4)
{
    const double n = (double)values->size, share = n / (n - (double)without);
    bulk rest = {m2, m4, 0.0}, least = {0};
    for (size_t a = 0; a < values->known; ++a) {
        const double square = values->values[a] * values->values[a] / n;
        bulk *of = a < without ? &rest : &least;
        const double sign = a < without ? -1.0 : 1.0;
        of->m2 += sign * square;
        of->m4 += sign * square * square * n;
    }
    rest.m2 = fmax(rest.m2, least.m2); // rounding may have taken more than there is
    rest.m4 = fmax(rest.m4, least.m4);
    const double second = share * rest.m2, fourth = share * rest.m4;
    if (fourth > 0.0) rest.spread = sqrt(fmax(second - second * second * second / fourth, 0.0));
    return rest;
}

static bulk bulk_without(const qn_singular_values *values, size_t without, double m2, double m4)
{
    return all_known(values) ? bulk_of_values(values, without) : bulk_of_moments(values, without, m2, m4);
}

static qn_status check(const qn_singular_values *values, double m2, double m4)
{
    QN_REQUIRE(values->known >= 2 || all_known(values), QN_BAD_VALUE,
               "outliers need two singular values at least, of a matrix of %zu units %zu is known", values->size,
               values->known);
    if (all_known(values)) return QN_OK;
    double second = 0.0, fourth = 0.0;
    for (size_t a = values->known; a-- > 0;) {
        const double square = values->values[a] * values->values[a];
        second += square / (double)values->size;
        fourth += square * square / (double)values->size;
    }
    QN_REQUIRE(m2 >= second * (1.0 - ROUNDING) && m4 >= fourth * (1.0 - ROUNDING), QN_BAD_VALUE,
               "m2 = %g and m4 = %g are less than what the %zu leading singular values give alone, %g and %g: the "
               "moments of another matrix?",
               m2, m4, values->known, second, fourth);
    return QN_OK;
}

qn_status qn_outliers_find(const qn_singular_values *values, double m2, double m4, qn_outliers *result)
{
    QN_TRY(check(values, m2, m4));
    const double n = (double)values->size, *s = values->values;
    qn_outliers found = {.edge = s[0], .spread_is_bound = !all_known(values)};
    const bulk whole = bulk_without(values, 0, m2, m4);
    found.spread = whole.spread;
    if (values->known >= 2 && s[0] > s[1]) found.distance = (s[0] - s[1]) / bulk_without(values, 1, m2, m4).spread;
    for (size_t k = 1; k < values->known; ++k) {
        if ((double)k > MOST_OF_BULK * n || s[k] <= NOTHING * s[0]) break;
        const double gap = s[k - 1] - s[k];
        if (gap <= ROUNDING * s[0]) continue;
        const bulk rest = bulk_without(values, k, m2, m4);
        if (!(gap > SPREADS * rest.spread) || (double)k * rest.m4 > MOST_OF_BULK * n * rest.m2 * rest.m2) continue;
        found.count = k;
        found.edge = s[k];
        found.spread = rest.spread;
        found.distance = gap / rest.spread;
    }
    *result = found;
    return QN_OK;
}

qn_status qn_singular_values_deflate(const qn_singular_values *values, size_t count, double m2, double m4,
                                     qn_deflated *result)
{
    QN_REQUIRE(count <= values->known, QN_BAD_VALUE, "%zu singular values to project out; known: %zu", count,
               values->known);
    const bulk rest = bulk_without(values, count, m2, m4);
    const double square = rest.m2 * rest.m2;
    const bulk whole = bulk_without(values, 0, m2, m4);
    const double least = 64.0 * DBL_EPSILON; // what rounding may leave
    const bool nothing = rest.m2 <= least * whole.m2 || (!all_known(values) && rest.m4 <= least * whole.m4);
    bulk left = {0};
    if (!nothing) left = rest;
    *result = (qn_deflated){.m2 = left.m2,
                            .m4 = left.m4,
                            .kappa4 = left.m4 - 2.0 * left.m2 * left.m2,
                            .inverse_effective_rank = nothing ? NAN : left.m4 / square - 2.0,
                            .effective_rank = nothing ? NAN : square / left.m4};
    return QN_OK;
}
