/// The user table inside transfer.c and gaussian_average.c: knots, and the cubic between them.
#pragma once
#include <quenched/transfer.h>

struct qn_transfer_table {
    size_t count;
    double *x, *value, *slope; ///< `count` knots, x strictly increasing
    double *integral;          ///< int_x[0]^x[k] of the interpolant
    double origin;             ///< the same integral up to 0
    size_t bins;               ///< equal bins over [x[0], x[count - 1]]
    size_t *first;             ///< bins values: the interval a bin's left edge lies in
    double bins_per_unit;
};

double qn_transfer_table_value(const qn_transfer_table *table, double x);
double qn_transfer_table_slope(const qn_transfer_table *table, double x);
/// int_0^x of the interpolant.
double qn_transfer_table_integral(const qn_transfer_table *table, double x);
/// The interpolant is odd to rounding: knots mirror each other.
bool qn_transfer_table_is_odd(const qn_transfer_table *table);
double qn_transfer_table_bound(const qn_transfer_table *table);
