// tanh and user tables. Away from |correlation| = 1 the Hermite (Mehler) series in the correlation; near it, where the
// series needs as many terms as phi is steep, F1 conditional on what x and y share,
//     F1 = int Dz [int Dy phi'(mean + sqrt(c) z + sqrt(c0 - c) y)]^2
// (for c < 0 the product at +z and -z), sampled once on Chebyshev panels in s = sqrt(1 - |correlation|), in which it is
// smooth, and integrated from the end, where F and W are one-dimensional averages. What products need is prepared when
// first asked for: a search for the self-consistent variance creates many averages and asks most of them for
// one-dimensional ones only.
#include "base/fail.h"
#include "base/memory.h"
#include "network/gaussian_average_kind.h"
#include "network/gaussian_conditional.h"
#include "network/gaussian_rule.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>

static const double PI = 3.14159265358979323846;
static const double SERIES_LIMIT = 0.85; // |correlation| up to which the series is used: 0.85^240 = 1e-17
enum { TERMS = 241, DEGREE = 23, POINTS = DEGREE + 1, PANELS = 24 };

// On s in [from, to]: Chebyshev coefficients of F1, F and W.
typedef struct {
    double from, to;
    double slope[POINTS], product[POINTS + 2], potential[POINTS + 4];
} panel;

typedef struct {
    size_t count;
    panel panels[PANELS];
} side;

typedef struct {
    bool odd; // phi is odd and the mean 0: F(-c) = -F(c)
    pthread_mutex_t lock;
    atomic_bool has_series, has_side[2]; // 0: correlation near 1, 1: near -1
    double square_of_coefficient[TERMS];
    side sides[2];
} series;

// Sum of weight f over the rule with x = mean + sign deviation z.
static qn_status at_nodes(const qn_gaussian_average *average, const qn_gaussian_rule *rule, double sign,
                          void (*f)(const qn_transfer *, size_t, const double *, double *), double **values)
{
    QN_TRY(QN_NEW(values, rule->count, "Gaussian average"));
    const double deviation = sign * sqrt(average->variance);
    for (size_t i = 0; i < rule->count; ++i) (*values)[i] = average->mean + deviation * rule->z[i];
    f(&average->transfer, rule->count, *values, *values);
    return QN_OK;
}

static double weighted(const qn_gaussian_rule *rule, const double *a)
{
    double sum = 0.0;
    for (size_t i = 0; i < rule->count; ++i) sum += rule->weight[i] * a[i];
    return sum;
}

// sum of weight (a - shift) (b - shift).
static double weighted_product(const qn_gaussian_rule *rule, const double *a, const double *b, double shift)
{
    double sum = 0.0;
    for (size_t i = 0; i < rule->count; ++i) sum += rule->weight[i] * (a[i] - shift) * (b[i] - shift);
    return sum;
}

// The averages over one variable.
static qn_status single_averages(qn_gaussian_average *average)
{
    qn_gaussian_rule rule;
    double *value = NULL, *slope = NULL, *integral = NULL;
    QN_TRY(qn_gaussian_rule_create(&average->transfer, average->mean, sqrt(average->variance), 9.0, 1.0, false, &rule));
    qn_status status = at_nodes(average, &rule, 1.0, qn_transfer_value, &value);
    if (status == QN_OK) status = at_nodes(average, &rule, 1.0, qn_transfer_slope, &slope);
    if (status == QN_OK) status = at_nodes(average, &rule, 1.0, qn_transfer_integral, &integral);
    if (status == QN_OK) {
        const series *own = average->method;
        average->value = own->odd ? 0.0 : weighted(&rule, value);
        average->slope = weighted(&rule, slope);
        average->square = weighted_product(&rule, value, value, 0.0);
        average->square_slope = weighted_product(&rule, slope, slope, 0.0);
        average->potential = weighted_product(&rule, integral, integral, weighted(&rule, integral));
    }
    qn_release(value);
    qn_release(slope);
    qn_release(integral);
    qn_gaussian_rule_clear(&rule);
    return status;
}

// Coefficients a_k = <phi he_k> with normalised Hermite polynomials, squared.
static qn_status find_series(const qn_gaussian_average *average, series *own)
{
    qn_gaussian_rule rule;
    double *value = NULL, *hermite = NULL;
    QN_TRY(
        qn_gaussian_rule_create(&average->transfer, average->mean, sqrt(average->variance), 12.5, 0.5, false, &rule));
    qn_status status = at_nodes(average, &rule, 1.0, qn_transfer_value, &value);
    if (status == QN_OK) status = QN_NEW(&hermite, 2 * rule.count, "Gaussian average");
    if (status == QN_OK) {
        double *now = hermite, *before = hermite + rule.count; // times weight and phi
        // Less its mean, which only a_0 sees and which would drown a small variance.
        for (size_t i = 0; i < rule.count; ++i) now[i] = rule.weight[i] * (value[i] - average->value);
        for (int k = 0; k < TERMS; ++k) {
            double sum = 0.0;
            const double fall = sqrt((double)k), rise = 1.0 / sqrt((double)(k + 1));
            for (size_t i = 0; i < rule.count; ++i) {
                sum += now[i];
                const double next = (rule.z[i] * now[i] - fall * before[i]) * rise;
                before[i] = now[i];
                now[i] = next;
            }
            own->square_of_coefficient[k] = own->odd && k % 2 == 0 ? 0.0 : sum * sum;
        }
        own->square_of_coefficient[0] = average->value * average->value;
    }
    qn_release(value);
    qn_release(hermite);
    qn_gaussian_rule_clear(&rule);
    return status;
}

static double chebyshev_sum(size_t count, const double *coefficient, double t)
{
    double now = 0.0, before = 0.0;
    for (size_t k = count; k-- > 1;) {
        const double next = 2.0 * t * now - before + coefficient[k];
        before = now;
        now = next;
    }
    return t * now - before + coefficient[0];
}

static void chebyshev_coefficients(const double value[POINTS], double coefficient[POINTS])
{
    for (int k = 0; k < POINTS; ++k) {
        double sum = 0.0;
        for (int j = 0; j < POINTS; ++j) sum += value[j] * cos(PI * k * (j + 0.5) / POINTS);
        coefficient[k] = sum * (k ? 2.0 : 1.0) / POINTS;
    }
}

// result(s) = start + sign 2 c0 int_from^s f(u) u du, in `count + 2` coefficients.
static void integrate(const panel *place, size_t count, const double *f, double factor, double start, double *result)
{
    const double middle = 0.5 * (place->from + place->to), radius = 0.5 * (place->to - place->from);
    double product[POINTS + 4] = {0.0}; // f(u) u du/dt: T_k t = (T_k+1 + T_|k-1|) / 2
    for (size_t k = 0; k < count; ++k) {
        const double scaled = factor * radius * f[k];
        product[k] += scaled * middle;
        product[k + 1] += 0.5 * scaled * radius * (k ? 1.0 : 2.0);
        if (k) product[k - 1] += 0.5 * scaled * radius;
    }
    for (size_t k = 1; k < count + 2; ++k) {
        const double lower = k == 1 ? 2.0 * product[0] : product[k - 1],
                     upper = k + 1 < count + 2 ? product[k + 1] : 0.0;
        result[k] = (lower - upper) / (2.0 * (double)k);
    }
    result[0] = 0.0;
    result[0] = start - chebyshev_sum(count + 2, result, -1.0);
}

static double value_at(const panel *place, size_t count, const double *coefficient, double s)
{
    const double middle = 0.5 * (place->from + place->to), radius = 0.5 * (place->to - place->from);
    return chebyshev_sum(count, coefficient, (s - middle) / radius);
}

static qn_status sample(const qn_gaussian_average *average, const series *own, int negative, panel *place)
{
    double value[POINTS];
    for (int j = 0; j < POINTS; ++j) {
        const double s =
            0.5 * (place->from + place->to) + 0.5 * (place->to - place->from) * cos(PI * (j + 0.5) / POINTS);
        QN_TRY(qn_conditional_slope(average, s, negative, own->odd, &value[j]));
    }
    chebyshev_coefficients(value, place->slope);
    return QN_OK;
}

static bool resolved(const qn_gaussian_average *average, const panel *place)
{
    double tail = 0.0;
    for (int k = POINTS - 4; k < POINTS; ++k) tail = fmax(tail, fabs(place->slope[k]));
    // A table's kinks make panels dear; twelve digits of F1 leave F and W thirteen.
    return tail < (average->transfer.kind == QN_TRANSFER_TABLE ? 1e-12 : 1e-13) * average->square_slope;
}

// F and W at correlation -1, where y = 2 mean - x.
static qn_status at_minus_one(const qn_gaussian_average *average, const series *own, double *product, double *potential)
{
    *product = -average->square;
    *potential = average->potential;
    if (own->odd) return QN_OK;
    qn_gaussian_rule rule;
    double *plus = NULL, *minus = NULL, *plus_integral = NULL, *minus_integral = NULL;
    QN_TRY(qn_gaussian_rule_create(&average->transfer, average->mean, sqrt(average->variance), 9.0, 1.0, true, &rule));
    qn_status status = at_nodes(average, &rule, 1.0, qn_transfer_value, &plus);
    if (status == QN_OK) status = at_nodes(average, &rule, -1.0, qn_transfer_value, &minus);
    if (status == QN_OK) status = at_nodes(average, &rule, 1.0, qn_transfer_integral, &plus_integral);
    if (status == QN_OK) status = at_nodes(average, &rule, -1.0, qn_transfer_integral, &minus_integral);
    if (status == QN_OK) {
        *product = weighted_product(&rule, plus, minus, 0.0);
        *potential = weighted_product(&rule, plus_integral, minus_integral, weighted(&rule, plus_integral));
    }
    qn_release(plus);
    qn_release(minus);
    qn_release(plus_integral);
    qn_release(minus_integral);
    qn_gaussian_rule_clear(&rule);
    return status;
}

// Panels from s = 0 outwards, halved until they are resolved.
static qn_status find_side(const qn_gaussian_average *average, const series *own, int negative, side *result)
{
    const double end = sqrt(1.0 - SERIES_LIMIT) * (1.0 + 1e-12), direction = negative ? 2.0 : -2.0;
    double product = average->square, potential = average->potential, from = 0.0, to = end;
    if (negative) QN_TRY(at_minus_one(average, own, &product, &potential));
    for (result->count = 0; from < end;) {
        panel *place = &result->panels[result->count];
        place->from = from;
        place->to = to;
        QN_TRY(sample(average, own, negative, place));
        // The last panel available takes the rest, resolved or not: its error is then what the coefficients left out.
        if (!resolved(average, place) && result->count + 1 < PANELS && to - from > 1e-4 * end) {
            to = from + 0.5 * (to - from);
            continue;
        }
        integrate(place, POINTS, place->slope, direction * average->variance, product, place->product);
        integrate(place, POINTS + 2, place->product, direction * average->variance, potential, place->potential);
        product = value_at(place, POINTS + 2, place->product, to);
        potential = value_at(place, POINTS + 4, place->potential, to);
        const double length = to - from;
        from = to;
        to = result->count + 2 < PANELS ? fmin(end, from + 2.0 * length) : end;
        if (end - to < 0.1 * length) to = end;
        ++result->count;
    }
    return QN_OK;
}

// Prepared once, by whichever thread comes first. A failure (no memory) leaves NaN to be returned.
static bool prepared(const qn_gaussian_average *average, atomic_bool *ready, int part)
{
    series *own = average->method;
    if (atomic_load_explicit(ready, memory_order_acquire)) return true;
    pthread_mutex_lock(&own->lock);
    qn_status status = QN_OK;
    if (!atomic_load_explicit(ready, memory_order_relaxed)) {
        status = part < 0 ? find_series(average, own) : find_side(average, own, part, &own->sides[part]);
        if (status == QN_OK) atomic_store_explicit(ready, true, memory_order_release);
    }
    pthread_mutex_unlock(&own->lock);
    return status == QN_OK;
}

typedef enum { SLOPE, PRODUCT, POTENTIAL } wanted;

static double by_series(const qn_gaussian_average *average, const series *own, double r, wanted what)
{
    const double *square = own->square_of_coefficient;
    const int stride = own->odd ? 2 : 1, first = own->odd ? 1 : 0, last = own->odd ? TERMS - 2 : TERMS - 1;
    const double x = own->odd ? r * r : r;
    double sum = 0.0;
    if (what == PRODUCT) {
        for (int k = last; k >= first; k -= stride) sum = sum * x + square[k];
        return own->odd ? sum * r : sum;
    }
    if (what == POTENTIAL) {
        for (int k = last; k >= first; k -= stride) sum = sum * x + square[k] / (k + 1);
        return average->variance * sum * (own->odd ? r * r : r);
    }
    for (int k = last; k >= 1; k -= stride) sum = sum * x + square[k] * k;
    return sum / average->variance;
}

static double near_one(const qn_gaussian_average *average, const series *own, double c, wanted what)
{
    const int negative = c < 0.0 && !own->odd;
    const side *found = &own->sides[negative];
    const double s = sqrt((average->variance - fabs(c)) / average->variance);
    const panel *place = found->panels, *last = place + found->count - 1;
    while (place < last && s > place->to) ++place;
    if (what == SLOPE) return value_at(place, POINTS, place->slope, s);
    if (what == POTENTIAL) return value_at(place, POINTS + 4, place->potential, s);
    const double product = value_at(place, POINTS + 2, place->product, s);
    return own->odd && c < 0.0 ? -product : product;
}

static double single(const qn_gaussian_average *average, double c, wanted what)
{
    series *own = average->method;
    const double r = c / average->variance;
    if (r == 1.0) return what == SLOPE ? average->square_slope : what == PRODUCT ? average->square : average->potential;
    if (!(fabs(r) > SERIES_LIMIT))
        return prepared(average, &own->has_series, -1) ? by_series(average, own, r, what) : (double)NAN;
    const int negative = c < 0.0 && !own->odd;
    return prepared(average, &own->has_side[negative], negative) ? near_one(average, own, c, what) : (double)NAN;
}

static void product(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    for (size_t i = 0; i < count; ++i) out[i] = single(average, covariance[i], PRODUCT);
}

static void slope_product(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    for (size_t i = 0; i < count; ++i) out[i] = single(average, covariance[i], SLOPE);
}

static void potential(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    for (size_t i = 0; i < count; ++i) out[i] = single(average, covariance[i], POTENTIAL);
}

static void destroy(void *method)
{
    pthread_mutex_destroy(&((series *)method)->lock);
    qn_release(method);
}

qn_status qn_average_series(qn_gaussian_average *average)
{
    static const qn_average_methods methods = {product, slope_product, potential, destroy};
    series *own = NULL;
    QN_TRY(QN_NEW(&own, 1, "Gaussian average"));
    if (pthread_mutex_init(&own->lock, NULL) != 0) {
        qn_release(own);
        return qn_fail(QN_NO_MEMORY, "no memory for a lock");
    }
    own->odd = average->mean == 0.0 && qn_transfer_is_odd(&average->transfer);
    average->method = own;
    average->methods = &methods;
    return single_averages(average);
}
