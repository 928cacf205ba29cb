#include "network/power_moment.h"

#include <math.h>

static const double PI = 3.14159265358979323846;
static const double LOG_ROOT_TWO_PI = 0.91893853320467274178;
static const double ASYMPTOTIC = 12.0; // above, the threshold is felt by exp(-72) only

// t^nu (1 + nu (nu - 1) / 2 t^-2 + ...): the moments of a Gaussian without a threshold, ended before its terms grow
// again.
static double asymptotic_log(double nu, double t)
{
    double term = 1.0, sum = 1.0, before = (double)INFINITY;
    for (int j = 0; j < 60; ++j) {
        const double top = nu - 2.0 * j;
        term *= top * (top - 1.0) / (2.0 * (j + 1) * t * t);
        if (top < 0.0 && fabs(term) > before) break;
        sum += term;
        if (fabs(term) < 1e-17 * sum) break;
        before = fabs(term);
    }
    return nu * log(t) + log(sum);
}

// log(1 + exp(u)) and its derivative: v runs over (0, inf), exponentially small to the left and linear to the right.
static double softplus(double u) { return u > 0.0 ? u + log1p(exp(-u)) : log1p(exp(u)); }

// log int_0^inf v^nu exp(-v^2 / 2 + v t) dv, by the trapezoid rule in u, v = log(1 + exp(u)).
static double integral_log(double nu, double t)
{
    const double step = 0.25, peak = 0.5 * (t + sqrt(t * t + 4.0 * fmax(nu, 0.0)));
    const double from = -(40.0 / (nu + 1.0) + 4.0), to = peak + 10.0;
    const double top = nu * log(fmax(peak, 1e-3)) - 0.5 * peak * peak + peak * t; // keeps the sum in range
    double sum = 0.0;
    for (double i = floor(from / step); i * step <= to; ++i) {
        const double u = i * step, v = softplus(u), log_v = u < -40.0 ? u : log(v);
        sum += exp(nu * log_v - 0.5 * v * v + v * t - top - softplus(-u)); // dv/du = 1 / (1 + exp(-u))
    }
    return log(sum * step) + top;
}

double qn_power_moment_log(double nu, double t)
{
    if (t > ASYMPTOTIC) return asymptotic_log(nu, t);
    if (t < -38.0) return -(double)INFINITY;
    if (nu > -0.98) return integral_log(nu, t) - 0.5 * t * t - LOG_ROOT_TWO_PI;
    // By parts: the integrand's mass at 0 is what the sum would miss.
    const double one = exp(integral_log(nu + 1.0, t)), two = exp(integral_log(nu + 2.0, t));
    return log((two - t * one) / (nu + 1.0)) - 0.5 * t * t - LOG_ROOT_TWO_PI;
}

// Panels of length 1 above 0, doubling below it.
static void panel_of(double t, int *panel, double *from, double *to)
{
    if (t >= 0.0) {
        *panel = (int)fmin(t, 11.0);
        *from = *panel;
        *to = *from + 1.0;
        return;
    }
    *panel = 12;
    *from = 0.0;
    *to = -1.0;
    while (*panel < 17 && t < *to) {
        *from = *to;
        *to *= 2.0;
        ++*panel;
    }
    if (*panel == 17) *to = -40.0;
}

void qn_power_moments_fill(double nu, int below, qn_power_moments *moments)
{
    moments->nu = nu;
    for (int k = below ? 12 : 0; k < (below ? 18 : 12); ++k) {
        int panel;
        double from, to, value[QN_MOMENT_POINTS];
        panel_of(below ? -0.5 * (1 << (k - 12)) - 1e-9 : k + 0.5, &panel, &from, &to);
        for (int j = 0; j < QN_MOMENT_POINTS; ++j) {
            const double t = 0.5 * (from + to) + 0.5 * (to - from) * cos(PI * (j + 0.5) / QN_MOMENT_POINTS);
            value[j] = integral_log(nu, t) - LOG_ROOT_TWO_PI - (below ? 0.0 : 0.5 * t * t);
        }
        for (int i = 0; i < QN_MOMENT_POINTS; ++i) {
            double sum = 0.0;
            for (int j = 0; j < QN_MOMENT_POINTS; ++j) sum += value[j] * cos(PI * i * (j + 0.5) / QN_MOMENT_POINTS);
            moments->coefficient[panel][i] = sum * (i ? 2.0 : 1.0) / QN_MOMENT_POINTS;
        }
    }
}

double qn_power_moments_log(const qn_power_moments *moments, double t)
{
    if (t > ASYMPTOTIC) return asymptotic_log(moments->nu, t);
    if (t < -40.0) return -(double)INFINITY;
    int panel;
    double from, to;
    panel_of(t, &panel, &from, &to);
    const double *coefficient = moments->coefficient[panel], s = (2.0 * t - from - to) / (to - from);
    double now = 0.0, before = 0.0;
    for (int k = QN_MOMENT_POINTS - 1; k >= 1; --k) {
        const double next = 2.0 * s * now - before + coefficient[k];
        before = now;
        now = next;
    }
    return s * now - before + coefficient[0];
}
