// Threshold-power: phi = (gain (x - threshold))_+^p. With x = threshold + deviation (q + u), y likewise and u, v of
// correlation r, the plane in which both are above threshold is a wedge of opening pi - acos(r). In polar coordinates
// about its tip the radial integral is a Gaussian moment H, and
//     J_m(r) = <(q + u)_+^m (q + v)_+^m>
//            = (2 pi)^-1/2 int_-w^w [sin(w - a) sin(w + a)]^m exp(-k^2 sin(a)^2 / 2) H_2m+1(k cos a) da,
// half the opening w, k = q sqrt(2 / (1 + r)) the tip's distance: one smooth integral at every correlation, with
// algebraic ends that a = w tanh(y) turns into exponential tails for the trapezoid rule. F is J_p, F1 is J_p-1 and W
// comes from J_p+1.
#include "base/fail.h"
#include "base/memory.h"
#include "network/gaussian_average_kind.h"
#include "network/power_moment.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>

static const double FAR = 12.0; // q beyond which the threshold is felt by exp(-72) only
enum { TERMS = 25, ORDERS = 3, MOST_POINTS = 1600 };

// J_m of one m: its moments and the trapezoid points.
typedef struct {
    atomic_bool ready;
    double m, step;
    size_t count;
    double fraction[MOST_POINTS], weight[MOST_POINTS]; // (w - a) / w and step da/dy / w, doubled for the mirror image
    double at_zero;                                    // J_m(0)
    qn_power_moments moments;
} wedge;

typedef struct {
    double q, scale;                     // scale = gain deviation
    double square_of_coefficient[TERMS]; // q > FAR: Hermite series, which the threshold no longer slows down
    pthread_mutex_t lock;
    wedge *wedges; // of m = p - 1, p, p + 1
} power;

// Trapezoid step in y: its error is exp(-2 pi b / step) times what the integrand has grown to at Im y = b, where a = i
// w tan(b) for the widest wedge, w = pi / 2.
static double step_of(double m, double q)
{
    double step = 0.0;
    for (double b = 0.05; b < 1.1; b += 0.05) {
        const double a = 0.5 * 3.14159265358979323846 * tan(b), sine = sinh(a);
        const double growth = 0.5 * q * q * sine * sine + 2.0 * fmax(m, 0.0) * a + (2.0 * m + 1.0) * log(cosh(a));
        step = fmax(step, 2.0 * 3.14159265358979323846 * b / (38.0 + growth));
    }
    return q < 0.0 ? 0.75 * step : step; // below threshold H falls steeply from the wedge's edges inwards
}

static void fill_wedge(double m, double q, wedge *result)
{
    result->m = m;
    result->step = step_of(m, q);
    const double end = 20.0 / (m + 1.0) + 1.0; // (2 exp(-2 y))^(m + 1) is then 1e-17
    result->count = (size_t)fmin(ceil(end / result->step), MOST_POINTS);
    for (size_t j = 0; j < result->count; ++j) {
        const double y = result->step * (double)j, e = exp(-2.0 * y);
        result->fraction[j] = 2.0 * e / (1.0 + e);
        result->weight[j] = result->step * 4.0 * e / ((1.0 + e) * (1.0 + e)) * (j ? 2.0 : 1.0);
    }
    qn_power_moments_fill(2.0 * m + 1.0, q < 0.0, &result->moments);
}

// J_m at 1 + r = above, 1 - r = below.
static double wedge_sum(const wedge *own, double q, double above, double below)
{
    const double up = sqrt(fmax(above, 1e-14)), down = sqrt(below);
    const double half = atan2(up, down), outside = 2.0 * atan2(down, up); // w and pi - 2 w
    const double k = q * 1.4142135623730950488 / up;
    double sum = 0.0;
    for (size_t j = 0; j < own->count; ++j) {
        const double from_edge = half * own->fraction[j], angle = half - from_edge, sine = sin(angle);
        const double sides = sin(from_edge) * sin(outside + from_edge);
        const double radial =
            qn_power_moments_log(&own->moments, k * cos(angle)) - 0.5 * k * k * (q < 0.0 ? 1.0 : sine * sine);
        sum += own->weight[j] * exp((own->m == 0.0 ? 0.0 : own->m * log(sides)) + radial);
    }
    return sum * half * 0.39894228040143267794;
}

// The wedge of order 0 (p - 1), 1 (p) or 2 (p + 1), prepared by whichever thread asks first.
static const wedge *wedge_of(const qn_gaussian_average *average, int order)
{
    power *own = average->method;
    wedge *chosen = own->wedges + order;
    if (atomic_load_explicit(&chosen->ready, memory_order_acquire)) return chosen;
    pthread_mutex_lock(&own->lock);
    if (!atomic_load_explicit(&chosen->ready, memory_order_relaxed)) {
        fill_wedge(average->transfer.exponent + order - 1.0, own->q, chosen);
        chosen->at_zero = wedge_sum(chosen, own->q, 1.0, 1.0);
        atomic_store_explicit(&chosen->ready, true, memory_order_release);
    }
    pthread_mutex_unlock(&own->lock);
    return chosen;
}

static double wedge_at(const qn_gaussian_average *average, const wedge *chosen, double c)
{
    const double c0 = average->variance;
    return wedge_sum(chosen, ((const power *)average->method)->q, (c0 + c) / c0, (c0 - c) / c0);
}

static void product(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    const power *own = average->method;
    const double factor = pow(own->scale, 2.0 * average->transfer.exponent);
    const wedge *chosen = own->q > FAR ? NULL : wedge_of(average, 1);
    for (size_t i = 0; i < count; ++i) {
        const double c = covariance[i], r = c / average->variance;
        double sum = 0.0;
        for (int k = TERMS - 1; !chosen && k >= 0; --k) sum = sum * r + own->square_of_coefficient[k];
        out[i] = r == 1.0 ? average->square : factor * (chosen ? wedge_at(average, chosen, c) : sum);
    }
}

static void slope_product(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    const power *own = average->method;
    const double p = average->transfer.exponent, gain = average->transfer.gain;
    const double factor = gain * gain * pow(own->scale, 2.0 * p - 2.0);
    const wedge *chosen = own->q > FAR ? NULL : wedge_of(average, 0);
    for (size_t i = 0; i < count; ++i) {
        const double c = covariance[i], r = c / average->variance;
        double sum = 0.0;
        for (int k = TERMS - 1; !chosen && k >= 1; --k) sum = sum * r + k * own->square_of_coefficient[k];
        out[i] = r == 1.0 ? average->square_slope : factor * (chosen ? p * p * wedge_at(average, chosen, c) : sum);
    }
}

static void potential(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    const power *own = average->method;
    const double p = average->transfer.exponent, c0 = average->variance;
    const double factor = c0 * pow(own->scale, 2.0 * p);
    const wedge *chosen = own->q > FAR ? NULL : wedge_of(average, 2);
    for (size_t i = 0; i < count; ++i) {
        const double c = covariance[i], r = c / c0;
        double sum = 0.0;
        for (int k = TERMS - 1; !chosen && k >= 0; --k) sum = sum * r + own->square_of_coefficient[k] / (k + 1);
        const double excess =
            chosen ? (wedge_at(average, chosen, c) - chosen->at_zero) / ((p + 1.0) * (p + 1.0)) : sum * r;
        out[i] = r == 1.0 && chosen ? average->potential : r == 0.0 ? 0.0 : factor * excess;
    }
}

static void find_series(double p, double q, double squares[TERMS])
{
    double falling = 1.0; // p (p - 1) ... (p - k + 1) / sqrt(k!)
    for (int k = 0; k < TERMS; ++k) {
        const double coefficient = falling == 0.0 ? 0.0 : falling * exp(qn_power_moment_log(p - k, q));
        squares[k] = coefficient * coefficient;
        falling *= (p - k) / sqrt(k + 1.0);
    }
}

static void destroy(void *method)
{
    power *own = method;
    pthread_mutex_destroy(&own->lock);
    qn_release(own->wedges);
    qn_release(own);
}

static void single_averages(qn_gaussian_average *average, const power *own)
{
    const double p = average->transfer.exponent, gain = average->transfer.gain, q = own->q, s = own->scale;
    average->value = pow(s, p) * exp(qn_power_moment_log(p, q));
    average->slope = gain * p * pow(s, p - 1.0) * exp(qn_power_moment_log(p - 1.0, q));
    average->square = pow(s, 2.0 * p) * exp(qn_power_moment_log(2.0 * p, q));
    average->square_slope =
        p <= 0.5 ? (double)INFINITY // 1 / x at the threshold
                 : gain * gain * p * p * pow(s, 2.0 * p - 2.0) * exp(qn_power_moment_log(2.0 * p - 2.0, q));
    const double level = exp(qn_power_moment_log(p + 1.0, q)), top = exp(qn_power_moment_log(2.0 * p + 2.0, q));
    average->potential = average->variance * pow(s, 2.0 * p) * (top - level * level) / ((p + 1.0) * (p + 1.0));
    const double c0 = average->variance;
    if (q > FAR) potential(average, 1, &c0, &average->potential);
}

qn_status qn_average_power(qn_gaussian_average *average)
{
    static const qn_average_methods methods = {product, slope_product, potential, destroy};
    power *own = NULL;
    QN_TRY(QN_NEW(&own, 1, "Gaussian average"));
    qn_status status = QN_NEW(&own->wedges, ORDERS, "Gaussian average");
    if (status == QN_OK && pthread_mutex_init(&own->lock, NULL) != 0) {
        qn_release(own->wedges);
        status = qn_fail(QN_NO_MEMORY, "no memory for a lock");
    }
    if (status != QN_OK) {
        qn_release(own);
        return status;
    }
    own->q = (average->mean - average->transfer.threshold) / sqrt(average->variance);
    own->scale = average->transfer.gain * sqrt(average->variance);
    if (own->q > FAR) find_series(average->transfer.exponent, own->q, own->square_of_coefficient);
    average->method = own;
    average->methods = &methods;
    single_averages(average, own);
    return QN_OK;
}
