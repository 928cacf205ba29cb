/// Transfer functions: phi of a rate unit, its derivative and its antiderivative, on whole arrays.
#pragma once
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_TRANSFER_TANH = 0,        ///< tanh(gain x)
    QN_TRANSFER_ERF,             ///< erf(sqrt(pi) gain x / 2): slope `gain` at zero, saturates at +-1
    QN_TRANSFER_RELU,            ///< max(0, gain x)
    QN_TRANSFER_THRESHOLD_POWER, ///< max(0, gain (x - threshold)) ^ exponent
    QN_TRANSFER_LINEAR,          ///< gain x
    QN_TRANSFER_TABLE            ///< read from a file: piecewise cubic through (x, phi, phi'), linear beyond its ends
} qn_transfer_kind;

typedef struct qn_transfer_table qn_transfer_table;

typedef struct {
    qn_transfer_kind kind;
    double gain;                    ///< > 0; 0 means 1; not for QN_TRANSFER_TABLE
    double exponent;                ///< threshold-power only: at least 0.5, at most 10; 0 means 1
    double threshold;               ///< threshold-power only; 0
    const qn_transfer_table *table; ///< QN_TRANSFER_TABLE only; not owned, must outlive the description
} qn_transfer;

/// Read a user table: text, one "x phi dphi" per line (blanks or commas; '#' starts a comment), x strictly increasing,
/// at least 4 rows, every number finite. QN_BAD_FILE names file, line and value. Free with qn_transfer_table_destroy().
qn_status qn_transfer_table_read(const char *path, qn_transfer_table **table);
/// The same from arrays of `count` values, copied; QN_BAD_VALUE names the row. Both refuse a dphi that is more than
/// four times what phi changes by on either side: columns exchanged, or another unit.
qn_status qn_transfer_table_create(size_t count, const double *x, const double *value, const double *slope,
                                   qn_transfer_table **table);
void qn_transfer_table_destroy(qn_transfer_table *table);

/// QN_BAD_VALUE naming the field at fault, or QN_OK.
qn_status qn_transfer_check(const qn_transfer *transfer);

/// out[i] = phi(x[i]), phi'(x[i]), int_0^x[i] phi; in place allowed (out == x). Relative error a few 1e-16 (double),
/// 5e-7 (float), tails and tiny arguments included, beyond what rounding gain x does to a steep tail. NaN gives NaN; no
/// other argument does. phi' at a kink is 1/2 of the jump (INFINITY at the threshold of an exponent below 1). Values
/// and slopes of tanh, erf, relu and linear are vectorised, in float those of threshold-power too. Thread-safe.
/// `transfer` must pass qn_transfer_check().
void qn_transfer_value(const qn_transfer *transfer, size_t count, const double *x, double *out);
void qn_transfer_slope(const qn_transfer *transfer, size_t count, const double *x, double *out);
void qn_transfer_integral(const qn_transfer *transfer, size_t count, const double *x, double *out);
void qn_transfer_value_float(const qn_transfer *transfer, size_t count, const float *x, float *out);
void qn_transfer_slope_float(const qn_transfer *transfer, size_t count, const float *x, float *out);

/// phi(-x) = -phi(x) for all x.
bool qn_transfer_is_odd(const qn_transfer *transfer);
/// sup |phi|, or INFINITY.
double qn_transfer_bound(const qn_transfer *transfer);
/// Field's name of the kind: "tanh", "erf", "relu", "threshold-power", "linear", "table".
const char *qn_transfer_name(qn_transfer_kind kind);

#ifdef __cplusplus
}
#endif
