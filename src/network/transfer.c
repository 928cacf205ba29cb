#include <quenched/transfer.h>

#include "base/fail.h"
#include "network/transfer_kernel.h"
#include "network/transfer_table.h"

#include <math.h>
#include <string.h>

static double gain_of(const qn_transfer *transfer) { return transfer->gain == 0.0 ? 1.0 : transfer->gain; }
static double exponent_of(const qn_transfer *transfer) { return transfer->exponent == 0.0 ? 1.0 : transfer->exponent; }

const char *qn_transfer_name(qn_transfer_kind kind)
{
    static const char *const names[] = {"tanh", "erf", "relu", "threshold-power", "linear", "table"};
    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

qn_status qn_transfer_check(const qn_transfer *transfer)
{
    QN_REQUIRE((unsigned)transfer->kind <= QN_TRANSFER_TABLE, QN_BAD_VALUE,
               "network.transfer.kind is %d; allowed: 0 to %d", (int)transfer->kind, (int)QN_TRANSFER_TABLE);
    if (transfer->kind == QN_TRANSFER_TABLE) {
        QN_REQUIRE(transfer->table, QN_BAD_VALUE,
                   "network.transfer.table is missing; a transfer of kind table needs one");
        QN_REQUIRE(transfer->gain == 0.0 || transfer->gain == 1.0, QN_BAD_VALUE,
                   "network.transfer.gain is %g; a table has no gain (scale the table itself)", transfer->gain);
        return QN_OK;
    }
    QN_REQUIRE(transfer->gain >= 0.0 && isfinite(transfer->gain), QN_BAD_VALUE,
               "network.transfer.gain is %g; allowed: greater than 0 (0 means 1)", transfer->gain);
    if (transfer->kind != QN_TRANSFER_THRESHOLD_POWER) return QN_OK;
    QN_REQUIRE(transfer->exponent == 0.0 || (transfer->exponent >= 0.5 && transfer->exponent <= 10.0), QN_BAD_VALUE,
               "network.transfer.exponent is %g; allowed: 0.5 to 10 (0 means 1)", transfer->exponent);
    QN_REQUIRE(isfinite(transfer->threshold), QN_BAD_VALUE, "network.transfer.threshold is %g; it must be finite",
               transfer->threshold);
    return QN_OK;
}

bool qn_transfer_is_odd(const qn_transfer *transfer)
{
    switch (transfer->kind) {
    case QN_TRANSFER_TANH:
    case QN_TRANSFER_ERF:
    case QN_TRANSFER_LINEAR: return true;
    case QN_TRANSFER_TABLE: return qn_transfer_table_is_odd(transfer->table);
    case QN_TRANSFER_RELU:
    case QN_TRANSFER_THRESHOLD_POWER: return false;
    }
    return false;
}

double qn_transfer_bound(const qn_transfer *transfer)
{
    switch (transfer->kind) {
    case QN_TRANSFER_TANH:
    case QN_TRANSFER_ERF: return 1.0;
    case QN_TRANSFER_TABLE: return qn_transfer_table_bound(transfer->table);
    case QN_TRANSFER_LINEAR:
    case QN_TRANSFER_RELU:
    case QN_TRANSFER_THRESHOLD_POWER: return (double)INFINITY;
    }
    return (double)INFINITY;
}

// u^p, u >= 0 or NaN: the exponents in use without the library's power.
static double power(double u, double p)
{
    if (p == 0.0) return isnan(u) ? u : 1.0; // pow(NAN, 0) is 1
    if (p == 1.0) return u;
    if (p == 2.0) return u * u;
    if (p == 3.0) return u * u * u;
    if (p == 0.5) return sqrt(u);
    if (p == 1.5) return u * sqrt(u);
    return pow(u, p);
}

static void power_value(const qn_transfer *transfer, size_t count, const double *x, double *out)
{
    const double gain = gain_of(transfer), p = exponent_of(transfer), threshold = transfer->threshold;
    for (size_t i = 0; i < count; ++i) {
        const double above = gain * (x[i] - threshold);
        out[i] = above < 0.0 ? 0.0 : power(above, p);
    }
}

// At the threshold half of the jump: nothing for p > 1, gain / 2 for p = 1, infinite for p < 1.
static void power_slope(const qn_transfer *transfer, size_t count, const double *x, double *out)
{
    const double gain = gain_of(transfer), p = exponent_of(transfer), threshold = transfer->threshold;
    const double at_threshold = p > 1.0 ? 0.0 : p == 1.0 ? 0.5 * gain : (double)INFINITY;
    for (size_t i = 0; i < count; ++i) {
        const double above = gain * (x[i] - threshold);
        out[i] = above < 0.0 ? 0.0 : above == 0.0 ? at_threshold : gain * p * power(above, p - 1.0);
    }
}

static void power_integral(const qn_transfer *transfer, size_t count, const double *x, double *out)
{
    const double gain = gain_of(transfer), p = exponent_of(transfer), threshold = transfer->threshold;
    const double origin = threshold < 0.0 ? power(-gain * threshold, p + 1.0) : 0.0;
    for (size_t i = 0; i < count; ++i) {
        const double above = gain * (x[i] - threshold);
        out[i] = ((above < 0.0 ? 0.0 : power(above, p + 1.0)) - origin) / (gain * (p + 1.0));
    }
}

// Exponent 1 has a constant slope, which no power of zero can give.
static void power_slope_float(const qn_transfer *transfer, size_t count, const float *x, float *out)
{
    const double gain = gain_of(transfer), p = exponent_of(transfer);
    if (p != 1.0) {
        QN_PICK_KERNEL(qn_power_value_float)(gain, transfer->threshold, p - 1.0, gain * p, count, x, out);
        return;
    }
    for (size_t i = 0; i < count; ++i) {
        const double above = x[i] - transfer->threshold;
        out[i] = (float)(above > 0.0 ? gain : above < 0.0 ? 0.0 : 0.5 * gain + above);
    }
}

void qn_transfer_value(const qn_transfer *transfer, size_t count, const double *x, double *out)
{
    const double gain = gain_of(transfer);
    switch (transfer->kind) {
    case QN_TRANSFER_TANH: QN_PICK_KERNEL(qn_tanh_value)(gain, count, x, out); return;
    case QN_TRANSFER_ERF: QN_PICK_KERNEL(qn_erf_value)(gain, count, x, out); return;
    case QN_TRANSFER_RELU: QN_PICK_KERNEL(qn_relu_value)(gain, count, x, out); return;
    case QN_TRANSFER_LINEAR: QN_PICK_KERNEL(qn_linear_value)(gain, count, x, out); return;
    case QN_TRANSFER_THRESHOLD_POWER: power_value(transfer, count, x, out); return;
    case QN_TRANSFER_TABLE:
        for (size_t i = 0; i < count; ++i) out[i] = qn_transfer_table_value(transfer->table, x[i]);
        return;
    }
}

void qn_transfer_slope(const qn_transfer *transfer, size_t count, const double *x, double *out)
{
    const double gain = gain_of(transfer);
    switch (transfer->kind) {
    case QN_TRANSFER_TANH: QN_PICK_KERNEL(qn_tanh_slope)(gain, count, x, out); return;
    case QN_TRANSFER_ERF: QN_PICK_KERNEL(qn_erf_slope)(gain, count, x, out); return;
    case QN_TRANSFER_RELU: QN_PICK_KERNEL(qn_relu_slope)(gain, count, x, out); return;
    case QN_TRANSFER_LINEAR:
        for (size_t i = 0; i < count; ++i) out[i] = isnan(x[i]) ? x[i] : gain;
        return;
    case QN_TRANSFER_THRESHOLD_POWER: power_slope(transfer, count, x, out); return;
    case QN_TRANSFER_TABLE:
        for (size_t i = 0; i < count; ++i) out[i] = qn_transfer_table_slope(transfer->table, x[i]);
        return;
    }
}

// log cosh u: near 0 through sinh^2, whose logarithm does not cancel.
static double log_cosh(double u)
{
    const double a = fabs(u);
    if (a > 1.0) return a + (log1p(exp(-2.0 * a)) - 0.69314718055994530942);
    const double s = sinh(a);
    return 0.5 * log1p(s * s);
}

// int_0^u erf(sqrt(pi) v / 2) dv.
static double erf_integral(double u)
{
    const double half_root_pi = 0.88622692545275801365, v = half_root_pi * u;
    if (!isfinite(u)) return fabs(u);
    return u * erf(v) + expm1(-v * v) * (2.0 / 3.14159265358979323846);
}

void qn_transfer_integral(const qn_transfer *transfer, size_t count, const double *x, double *out)
{
    const double gain = gain_of(transfer);
    switch (transfer->kind) {
    case QN_TRANSFER_TANH:
        for (size_t i = 0; i < count; ++i) out[i] = log_cosh(gain * x[i]) / gain;
        return;
    case QN_TRANSFER_ERF:
        for (size_t i = 0; i < count; ++i) out[i] = erf_integral(gain * x[i]) / gain;
        return;
    case QN_TRANSFER_RELU:
        for (size_t i = 0; i < count; ++i) out[i] = x[i] < 0.0 ? 0.0 : 0.5 * gain * x[i] * x[i];
        return;
    case QN_TRANSFER_LINEAR:
        for (size_t i = 0; i < count; ++i) out[i] = 0.5 * gain * x[i] * x[i];
        return;
    case QN_TRANSFER_THRESHOLD_POWER: power_integral(transfer, count, x, out); return;
    case QN_TRANSFER_TABLE:
        for (size_t i = 0; i < count; ++i) out[i] = qn_transfer_table_integral(transfer->table, x[i]);
        return;
    }
}

void qn_transfer_value_float(const qn_transfer *transfer, size_t count, const float *x, float *out)
{
    const float gain = (float)gain_of(transfer);
    switch (transfer->kind) {
    case QN_TRANSFER_TANH: QN_PICK_KERNEL(qn_tanh_value_float)(gain, count, x, out); return;
    case QN_TRANSFER_ERF: QN_PICK_KERNEL(qn_erf_value_float)(gain, count, x, out); return;
    case QN_TRANSFER_RELU: QN_PICK_KERNEL(qn_relu_value_float)(gain, count, x, out); return;
    case QN_TRANSFER_LINEAR: QN_PICK_KERNEL(qn_linear_value_float)(gain, count, x, out); return;
    case QN_TRANSFER_THRESHOLD_POWER:
        QN_PICK_KERNEL(qn_power_value_float)
        (gain_of(transfer), transfer->threshold, exponent_of(transfer), 1.0, count, x, out);
        return;
    case QN_TRANSFER_TABLE:
        for (size_t i = 0; i < count; ++i) out[i] = (float)qn_transfer_table_value(transfer->table, (double)x[i]);
        return;
    }
}

void qn_transfer_slope_float(const qn_transfer *transfer, size_t count, const float *x, float *out)
{
    const float gain = (float)gain_of(transfer);
    switch (transfer->kind) {
    case QN_TRANSFER_TANH: QN_PICK_KERNEL(qn_tanh_slope_float)(gain, count, x, out); return;
    case QN_TRANSFER_ERF: QN_PICK_KERNEL(qn_erf_slope_float)(gain, count, x, out); return;
    case QN_TRANSFER_RELU: QN_PICK_KERNEL(qn_relu_slope_float)(gain, count, x, out); return;
    case QN_TRANSFER_LINEAR:
        for (size_t i = 0; i < count; ++i) out[i] = isnan(x[i]) ? x[i] : gain;
        return;
    case QN_TRANSFER_THRESHOLD_POWER: power_slope_float(transfer, count, x, out); return;
    case QN_TRANSFER_TABLE:
        for (size_t i = 0; i < count; ++i) out[i] = (float)qn_transfer_table_slope(transfer->table, (double)x[i]);
        return;
    }
}
