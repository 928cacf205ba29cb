/// Roots and minima of functions of one variable (Brent's methods, from GSL), and scans for sign changes. Thread-safe.
#pragma once
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>

typedef double (*qn_function)(double x, void *context);

/// Root of f in [low, high], where f has opposite signs (or a zero) at the ends, to |error| <= tolerance * |root| (0:
/// to the last bits). @return QN_NO_SOLUTION when the ends do not bracket a root or f is not a number on the way.
qn_status qn_find_root(qn_function f, void *context, double low, double high, double tolerance, double *root);

/// Place of a minimum of f inside (low, high), by 64 trial points and then Brent; `tolerance` relative to high - low
/// (0: 1e-8, as good as a minimum can be placed). A minimum at an end is returned as that end.
qn_status qn_find_minimum(qn_function f, void *context, double low, double high, double tolerance, double *place);

/// First or last pair of neighbours among `count` increasing places between which f changes sign (NANs are passed over;
/// a zero counts as positive). `rising` (0: any, +1: only from - to +, -1: only from + to -). False when there is none.
bool qn_first_sign_change(qn_function f, void *context, size_t count, const double *places, int rising, double *low,
                          double *high);
bool qn_last_sign_change(qn_function f, void *context, size_t count, const double *places, int rising, double *low,
                         double *high);
