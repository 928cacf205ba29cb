/// Chebyshev series on [0, 1]: interpolation of a smooth function at Lobatto points, its value and its integral.
///
/// Arrays have degree + 1 elements; degree at least 1, at most QN_CHEBYSHEV_DEGREE. Thread-safe, nothing is allocated.
#pragma once
#include <stddef.h>

enum { QN_CHEBYSHEV_DEGREE = 256 };

/// Point j of `degree` + 1: (1 + cos(pi j / degree)) / 2, from 1 down to 0. `one_minus` (NULL allowed) receives 1 - x
/// without cancellation. Points of degree d are every second one of degree 2 d.
double qn_chebyshev_point(size_t degree, size_t j, double *one_minus);

/// Coefficients of the interpolant from the values at the points. Cost: degree^2.
void qn_chebyshev_coefficients(size_t degree, const double *values, double *coefficients);

/// Value at x in [0, 1]; at `count` places, in place allowed.
double qn_chebyshev_value(size_t degree, const double *coefficients, double x);
void qn_chebyshev_values(size_t degree, const double *coefficients, size_t count, const double *x, double *out);

/// Largest |coefficient| among the last eighth (at least two): what the interpolant has left out, for a smooth
/// function.
double qn_chebyshev_tail(size_t degree, const double *coefficients);

/// Degree that remains when trailing coefficients not above `level` are dropped; at least 1.
size_t qn_chebyshev_chop(size_t degree, const double *coefficients, double level);

/// Series of int_0^x, of degree + 1; `integral` has degree + 2 elements.
void qn_chebyshev_integrate(size_t degree, const double *coefficients, double *integral);
