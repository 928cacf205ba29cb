/// Kernels of wide networks by the plain recursion (1)-(4), one scalar at a time: independent of the library's.
#pragma once
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct {
    bool relu;
    double kappa; ///< erf(kappa h)
    double input, strength, bias;
    int depth;
} scalar_network;

static inline double scalar_product(const scalar_network *net, double a, double c, double b)
{
    const double pi = 3.14159265358979323846;
    if (net->relu) {
        const double rho = fmin(fmax(c / sqrt(a * b), -1.0), 1.0), theta = acos(rho);
        return sqrt(a * b) / (2.0 * pi) * (sqrt(1.0 - rho * rho) + rho * (pi - theta));
    }
    const double k2 = 2.0 * net->kappa * net->kappa;
    return 2.0 / pi * asin(k2 * c / sqrt((1.0 + k2 * a) * (1.0 + k2 * b)));
}

/// Kout^(A-da, A-db) between two points of a recurrent network whose input enters at a = 0 (overlap x.y/N_in, norms).
/// Walks down the diagonal: the kernel between times a and b follows from that between a-1 and b-1.
static inline double scalar_kernel(const scalar_network *net, int a, int b, double xx, double xy, double yy)
{
    const double g0 = net->input * net->input, g = net->strength * net->strength, s = net->bias * net->bias;
    const int most = a > b ? a : b;
    double *x = malloc(2 * (size_t)(most + 1) * sizeof *x), *y = x + most + 1; // equal-time variances
    x[0] = g0 * xx + s;
    y[0] = g0 * yy + s;
    for (int t = 1; t <= most; ++t) {
        x[t] = s + g * scalar_product(net, x[t - 1], x[t - 1], x[t - 1]);
        y[t] = s + g * scalar_product(net, y[t - 1], y[t - 1], y[t - 1]);
    }
    const int common = a < b ? a : b;
    double c = s + (a == b ? g0 * xy : 0.0);
    for (int t = 1; t <= common; ++t) c = s + g * scalar_product(net, x[a - common + t - 1], c, y[b - common + t - 1]);
    const double out = s + g * scalar_product(net, x[a], c, y[b]);
    free(x);
    return out;
}

static inline double scalar_overlap(int dimension, const double *x, const double *y)
{
    double sum = 0.0;
    for (int k = 0; k < dimension; ++k) sum += x[k] * y[k];
    return sum / dimension;
}

/// Single-readout kernel between points p of `x` and q of `y`.
static inline double scalar_kernel_between(const scalar_network *net, int dimension, const double *x, const double *y)
{
    return scalar_kernel(net, net->depth, net->depth, scalar_overlap(dimension, x, x), scalar_overlap(dimension, x, y),
                         scalar_overlap(dimension, y, y));
}
