/// Brute-force two-dimensional Gaussian averages for tests: composite Gauss-Legendre, split at a kink; shares nothing
/// with the library.
#pragma once
#include <math.h>
#include <quenched/transfer.h>
#include <stdlib.h>

enum { BRUTE_NODES = 16 };
typedef void brute_function(const qn_transfer *transfer, size_t count, const double *x, double *out);

static inline void brute_rule(double node[BRUTE_NODES], double weight[BRUTE_NODES])
{
    for (int i = 0; i < BRUTE_NODES; ++i) {
        double z = cos(3.14159265358979323846 * (i + 0.75) / (BRUTE_NODES + 0.5)), slope = 1.0;
        for (int step = 0; step < 60; ++step) {
            double before = 1.0, now = z;
            for (int k = 2; k <= BRUTE_NODES; ++k) {
                const double next = ((2 * k - 1) * z * now - (k - 1) * before) / k;
                before = now;
                now = next;
            }
            slope = BRUTE_NODES * (z * now - before) / (z * z - 1.0);
            z -= now / slope;
        }
        node[i] = z;
        weight[i] = 2.0 / ((1.0 - z * z) * slope * slope);
    }
}

/// Nodes and normal weights on [-12, 12] in panels of `width`, edges at `kink` and `other` when they lie inside.
/// Returns their number.
static inline size_t brute_nodes(double width, double kink, double other, double *z, double *weight)
{
    static double node[BRUTE_NODES], plain[BRUTE_NODES];
    if (node[0] == 0.0) brute_rule(node, plain);
    size_t count = 0;
    const double end = 12.0;
    double from = -end;
    while (from < end) {
        double to = fmin(from + width, end);
        if (from < kink && to > kink) to = kink;
        if (from < other && to > other) to = other;
        for (int i = 0; i < BRUTE_NODES; ++i, ++count) {
            z[count] = 0.5 * (from + to) + 0.5 * (to - from) * node[i];
            weight[count] = 0.5 * (to - from) * plain[i] * 0.39894228040143267794 * exp(-0.5 * z[count] * z[count]);
        }
        from = to;
    }
    return count;
}

enum { BRUTE_MOST = 16 * 400 };

/// <f(x) f(y)>, x ~ N(mean, c11), y ~ N(mean, c22), correlation rho; f has its kink, if any, at x = kink (INFINITY:
/// none).
static inline double brute_pair(brute_function *f, const qn_transfer *transfer, double mean, double c11, double c22,
                                double rho, double kink, double width)
{
    static double z[BRUTE_MOST], w[BRUTE_MOST], u[BRUTE_MOST], v[BRUTE_MOST], fx[BRUTE_MOST], fy[BRUTE_MOST];
    const double a = sqrt(c11), b = sqrt(c22), rest = sqrt((1.0 - rho) * (1.0 + rho));
    const size_t outer =
        brute_nodes(rest > 0.05 ? fmin(width, rest) : width, (kink - mean) / a,
                    rest == 0.0 ? (kink - mean) / (b * rho) : (double)INFINITY, z, w); // resolves the inner step
    for (size_t i = 0; i < outer; ++i) fx[i] = mean + a * z[i];
    f(transfer, outer, fx, fx);
    double sum = 0.0;
    for (size_t i = 0; i < outer; ++i) {
        if (fx[i] == 0.0) continue;
        if (rest == 0.0) {
            double y = mean + b * rho * z[i];
            f(transfer, 1, &y, &y);
            sum += w[i] * fx[i] * y;
            continue;
        }
        const size_t inner = brute_nodes(width, ((kink - mean) / b - rho * z[i]) / rest, (double)INFINITY, u, v);
        for (size_t j = 0; j < inner; ++j) fy[j] = mean + b * (rho * z[i] + rest * u[j]);
        f(transfer, inner, fy, fy);
        double inside = 0.0;
        for (size_t j = 0; j < inner; ++j) inside += v[j] * fy[j];
        sum += w[i] * fx[i] * inside;
    }
    return sum;
}

static inline double brute_single(brute_function *f, const qn_transfer *transfer, double mean, double variance,
                                  double kink, double width)
{
    static double z[BRUTE_MOST], w[BRUTE_MOST];
    const size_t count = brute_nodes(width, (kink - mean) / sqrt(variance), (double)INFINITY, z, w);
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i) z[i] = mean + sqrt(variance) * z[i];
    f(transfer, count, z, z);
    for (size_t i = 0; i < count; ++i) sum += w[i] * z[i];
    return sum;
}
