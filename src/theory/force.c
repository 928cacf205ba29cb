#include "theory/force.h"

#include "base/fail.h"

#include <math.h>

enum { FIRST_DEGREE = 16, BLOCK = 64 };

// Below this q, G is taken from F1: the difference F(D) - F(Dinf) would lose its digits.
static const double SMALL = 0.01;
// Amplitudes this small beside Dinf: the same holds for every q.
static const double NARROW = 0.25;

static double s_of_u(double u) { return u >= 0.0 ? 1.0 : 1.0 - sqrt(-expm1(u)); }

// G at small q: the mean of F1 over [Dinf, D], four-point Gauss-Legendre (F1 is analytic there).
static double mean_slope_product(const qn_force *force, double q)
{
    static const double node[4] = {0.0694318442029737124, 0.330009478207571868, 0.669990521792428132,
                                   0.930568155797026288};
    static const double weight[4] = {0.173927422568726929, 0.326072577431273071, 0.326072577431273071,
                                     0.173927422568726929};
    double covariance[4], slope[4], sum = 0.0;
    for (int i = 0; i < 4; ++i) covariance[i] = force->frozen + q * node[i] * force->amplitude;
    qn_gaussian_average_slope_product(force->average, 4, covariance, slope);
    for (int i = 0; i < 4; ++i) sum += weight[i] * slope[i];
    return sum;
}

// F and F1 at the Lobatto points j = first, first + step, ... of `degree`.
static void sample(const qn_force *force, size_t degree, size_t first, size_t step, double *ratio, double *slope)
{
    double static_product;
    qn_gaussian_average_product(force->average, 1, &force->frozen, &static_product);
    for (size_t j = first; j <= degree; j += step) {
        double rest;
        const double s = qn_chebyshev_point(degree, j, &rest);
        const double q = s * (1.0 + rest), delta = q * force->amplitude;
        const double covariance = force->frozen + (j == 0 ? force->amplitude : delta);
        qn_gaussian_average_slope_product(force->average, 1, &covariance, &slope[j]);
        if (j == degree) {
            ratio[j] = slope[j];
        } else if (force->frozen > 0.0 && q < SMALL) {
            ratio[j] = mean_slope_product(force, q);
        } else {
            double product;
            qn_gaussian_average_product(force->average, 1, &covariance, &product);
            ratio[j] = (product - static_product) / delta;
        }
    }
}

static double largest(size_t count, const double *values)
{
    double most = 0.0;
    for (size_t i = 0; i < count; ++i) most = fmax(most, fabs(values[i]));
    return most;
}

// int_0^1 t^power f(t q) dt at the Lobatto points, power 0 or 1. In s: the integral over [0, s] of q^power f dq/ds,
// divided by q^(power + 1); near q = 0, where that would lose its digits, with s' = s x, which leaves nothing to
// cancel.
static void moment(size_t degree, const double *values, const double *series, int power, double *out)
{
    // Gauss-Legendre, 16 points of [0, 1], symmetric.
    static const double node[8] = {0.00529953250417503070, 0.0277124884633836999, 0.0671843988060841224,
                                   0.122297795822498445,   0.191061877798678115,  0.270991611171386371,
                                   0.359198224610370542,   0.452493745081181231};
    static const double weight[8] = {0.0135762297058770482, 0.0311267619693239538, 0.0475792558412463928,
                                     0.0623144856277669384, 0.0747979944082883679, 0.0845782596975012679,
                                     0.0913017075224617919, 0.0947253052275342511};
    double integrand[QN_CHEBYSHEV_DEGREE + 1], integral[QN_CHEBYSHEV_DEGREE + 2];
    for (size_t j = 0; j <= degree; ++j) {
        double rest;
        const double s = qn_chebyshev_point(degree, j, &rest);
        out[j] = values[j] * 2.0 * rest * (power ? s * (1.0 + rest) : 1.0);
    }
    qn_chebyshev_coefficients(degree, out, integrand);
    qn_chebyshev_integrate(degree, integrand, integral);
    for (size_t j = 0; j <= degree; ++j) {
        double rest;
        const double s = qn_chebyshev_point(degree, j, &rest), q = s * (1.0 + rest);
        if (s >= 0.25) {
            out[j] = qn_chebyshev_value(degree + 1, integral, s) / (power ? q * q : q);
            continue;
        }
        double sum = 0.0;
        for (int i = 0; i < 16; ++i) {
            const double x = i < 8 ? node[i] : 1.0 - node[15 - i], w = weight[i < 8 ? i : 15 - i];
            const double t = x * (2.0 - s * x) / (2.0 - s); // q(s x) / q(s)
            sum += w * (power ? t : 1.0) * 2.0 * (1.0 - s * x) / (2.0 - s) * qn_chebyshev_value(degree, series, s * x);
        }
        out[j] = sum;
    }
}

// G is the mean of F1 over [Dinf, D].
static void ratio_from_slopes(qn_force *force, double *ratio)
{
    double slope[QN_CHEBYSHEV_DEGREE + 1];
    for (size_t j = 0; j <= force->slope_degree; ++j)
        slope[j] =
            qn_chebyshev_value(force->slope_degree, force->slope, qn_chebyshev_point(force->slope_degree, j, NULL));
    moment(force->slope_degree, slope, force->slope, 0, ratio);
    qn_chebyshev_coefficients(force->slope_degree, ratio, force->ratio);
}

// Double the degree until the tail is rounding, or until it no longer falls because the averages have no more digits.
static qn_status tabulate(qn_force *force, double *ratio)
{
    double slope[QN_CHEBYSHEV_DEGREE + 1], tail = INFINITY;
    size_t degree = FIRST_DEGREE;
    sample(force, degree, 0, 1, ratio, slope);
    for (;;) {
        QN_REQUIRE(isfinite(largest(degree + 1, ratio)), QN_NOT_CONVERGED, "<phi phi> is not finite at variance %g",
                   force->frozen + force->amplitude);
        qn_chebyshev_coefficients(degree, ratio, force->ratio);
        const double before = tail, size = largest(degree + 1, force->ratio);
        tail = qn_chebyshev_tail(degree, force->ratio);
        if (tail <= 1e-15 * size || (tail <= 1e-12 * size && tail > 0.1 * before)) break;
        if (2 * degree > QN_CHEBYSHEV_DEGREE) break;
        for (size_t j = degree + 1; j-- > 0;) {
            ratio[2 * j] = ratio[j];
            slope[2 * j] = slope[j];
        }
        degree *= 2;
        sample(force, degree, 1, 2, ratio, slope);
    }
    force->ratio_degree = force->slope_degree = degree;
    force->slope_holds = isfinite(largest(degree + 1, slope));
    if (!force->slope_holds) return QN_OK;
    qn_chebyshev_coefficients(degree, slope, force->slope);
    force->slope_holds = qn_chebyshev_tail(degree, force->slope) <= 1e-9 * largest(degree + 1, force->slope);
    const bool narrow = force->amplitude < NARROW * force->frozen;
    if (narrow && force->slope_holds) ratio_from_slopes(force, ratio);
    return QN_OK;
}

static void integrate(qn_force *force, const double *ratio)
{
    const size_t degree = force->ratio_degree;
    const double g2 = force->strength * force->strength;
    double potential[QN_CHEBYSHEV_DEGREE + 1], bend[QN_CHEBYSHEV_DEGREE + 1];
    moment(degree, ratio, force->ratio, 1, potential);
    for (size_t j = 0; j <= degree; ++j) bend[j] = g2 * (ratio[j] - 2.0 * potential[j]);
    qn_chebyshev_coefficients(degree, bend, force->bend);
    // What is below the rounding of G is noise; beside the transition A itself is hardly larger.
    force->bend_degree = qn_chebyshev_chop(degree, force->bend, 4e-15 * g2 * largest(degree + 1, ratio));
    const double start = force->noise * force->noise / force->amplitude;
    force->energy = start * start - 1.0 + 2.0 * g2 * potential[0];
}

qn_status qn_force_create(const qn_gaussian_average *average, const qn_site *site, const qn_site_state *state,
                          qn_force *force)
{
    *force = (qn_force){.average = average,
                        .strength = site->strength,
                        .noise = site->noise,
                        .amplitude = state->amplitude,
                        .frozen = state->frozen};
    QN_REQUIRE(state->amplitude > 0.0, QN_NOT_CONVERGED,
               "fluctuations about a frozen variance of %g are below rounding", state->frozen);
    double ratio[QN_CHEBYSHEV_DEGREE + 1];
    QN_TRY(tabulate(force, ratio));
    integrate(force, ratio);
    force->at_zero_lag = ratio[0];
    force->decay_rate_squared = 1.0 - site->strength * site->strength * ratio[force->ratio_degree];
    return QN_OK;
}

double qn_force_bend(const qn_force *force, double u)
{
    return fmax(0.0, qn_chebyshev_value(force->bend_degree, force->bend, s_of_u(u)));
}

double qn_force_rate_squared(const qn_force *force, double u)
{
    const double g2 = force->strength * force->strength, s = s_of_u(u);
    const double ratio = qn_chebyshev_value(force->ratio_degree, force->ratio, s);
    return 1.0 - g2 * ratio + qn_chebyshev_value(force->bend_degree, force->bend, s);
}

void qn_force_rate_covariance(const qn_force *force, size_t count, const double *u, double *out)
{
    double s[BLOCK];
    for (size_t start = 0; start < count; start += BLOCK) {
        const size_t length = count - start < BLOCK ? count - start : BLOCK;
        for (size_t i = 0; i < length; ++i) s[i] = s_of_u(u[start + i]);
        qn_chebyshev_values(force->ratio_degree, force->ratio, length, s, s);
        for (size_t i = 0; i < length; ++i) out[start + i] = force->amplitude * exp(fmin(u[start + i], 0.0)) * s[i];
    }
}

void qn_force_slope_product(const qn_force *force, size_t count, const double *u, double *out)
{
    double s[BLOCK];
    for (size_t start = 0; start < count; start += BLOCK) {
        const size_t length = count - start < BLOCK ? count - start : BLOCK;
        if (force->slope_holds) {
            for (size_t i = 0; i < length; ++i) s[i] = s_of_u(u[start + i]);
            qn_chebyshev_values(force->slope_degree, force->slope, length, s, out + start);
        } else {
            for (size_t i = 0; i < length; ++i) s[i] = force->frozen + force->amplitude * exp(fmin(u[start + i], 0.0));
            qn_gaussian_average_slope_product(force->average, length, s, out + start);
        }
    }
}
