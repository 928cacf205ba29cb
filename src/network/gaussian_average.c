#include <quenched/gaussian_average.h>

#include "base/fail.h"
#include "base/memory.h"
#include "network/gaussian_average_kind.h"

#include <math.h>

// Variance 0: x = y = mean, and the only covariance is 0.
static void constant_product(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    for (size_t i = 0; i < count; ++i) out[i] = average->square + 0.0 * covariance[i];
}

static void constant_slope_product(const qn_gaussian_average *average, size_t count, const double *covariance,
                                   double *out)
{
    for (size_t i = 0; i < count; ++i) out[i] = average->square_slope + 0.0 * covariance[i];
}

static void constant_potential(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    (void)average;
    for (size_t i = 0; i < count; ++i) out[i] = 0.0 * covariance[i];
}

static qn_status average_constant(qn_gaussian_average *average)
{
    static const qn_average_methods methods = {constant_product, constant_slope_product, constant_potential, NULL};
    average->methods = &methods;
    qn_transfer_value(&average->transfer, 1, &average->mean, &average->value);
    qn_transfer_slope(&average->transfer, 1, &average->mean, &average->slope);
    average->square = average->value * average->value;
    average->square_slope = average->slope * average->slope;
    return QN_OK;
}

// Exponent 1 is a relu at another mean.
static qn_status average_power(qn_gaussian_average *average)
{
    if (average->transfer.exponent != 1.0) return qn_average_power(average);
    average->mean -= average->transfer.threshold;
    return qn_average_relu(average);
}

static qn_status prepare(qn_gaussian_average *average)
{
    if (average->variance == 0.0) return average_constant(average);
    switch (average->transfer.kind) {
    case QN_TRANSFER_ERF: return qn_average_erf(average);
    case QN_TRANSFER_LINEAR: return qn_average_linear(average);
    case QN_TRANSFER_RELU: return qn_average_relu(average);
    case QN_TRANSFER_TANH:
    case QN_TRANSFER_TABLE: return qn_average_series(average);
    case QN_TRANSFER_THRESHOLD_POWER: return average_power(average);
    }
    return qn_fail(QN_INTERNAL, "transfer.kind is %d", (int)average->transfer.kind);
}

qn_status qn_gaussian_average_create(const qn_transfer *transfer, double mean, double variance,
                                     qn_gaussian_average **average)
{
    QN_TRY(qn_transfer_check(transfer));
    QN_REQUIRE(isfinite(mean), QN_BAD_VALUE, "mean is %g; it must be finite", mean);
    QN_REQUIRE(variance >= 0.0 && isfinite(variance), QN_BAD_VALUE, "variance is %g; allowed: 0 and above", variance);
    qn_gaussian_average *made = NULL;
    QN_TRY(QN_NEW(&made, 1, "Gaussian average"));
    made->transfer = *transfer;
    if (made->transfer.gain == 0.0) made->transfer.gain = 1.0;
    if (made->transfer.exponent == 0.0) made->transfer.exponent = 1.0;
    made->mean = mean;
    made->variance = variance;
    const qn_status status = prepare(made);
    if (status != QN_OK) {
        qn_gaussian_average_destroy(made);
        return status;
    }
    *average = made;
    return QN_OK;
}

void qn_gaussian_average_destroy(qn_gaussian_average *average)
{
    if (!average) return;
    if (average->methods && average->methods->destroy && average->method) average->methods->destroy(average->method);
    qn_release(average);
}

double qn_gaussian_average_value(const qn_gaussian_average *average) { return average->value; }
double qn_gaussian_average_slope(const qn_gaussian_average *average) { return average->slope; }
double qn_gaussian_average_square(const qn_gaussian_average *average) { return average->square; }
double qn_gaussian_average_square_slope(const qn_gaussian_average *average) { return average->square_slope; }
double qn_gaussian_average_potential_at_variance(const qn_gaussian_average *average) { return average->potential; }

// In blocks, so that a covariance beyond the variance by rounding can be clamped without touching the caller's array.
static void in_blocks(qn_average_function *function, const qn_gaussian_average *average, size_t count,
                      const double *covariance, double *out)
{
    enum { BLOCK = 64 };
    double clamped[BLOCK];
    const double c0 = average->variance;
    for (size_t start = 0; start < count; start += BLOCK) {
        const size_t length = count - start < BLOCK ? count - start : BLOCK;
        for (size_t i = 0; i < length; ++i) {
            const double c = covariance[start + i];
            clamped[i] = c > c0 ? c0 : c < -c0 ? -c0 : c;
        }
        function(average, length, clamped, out + start);
    }
}

void qn_gaussian_average_product(const qn_gaussian_average *average, size_t count, const double *covariance,
                                 double *out)
{
    in_blocks(average->methods->product, average, count, covariance, out);
}

void qn_gaussian_average_slope_product(const qn_gaussian_average *average, size_t count, const double *covariance,
                                       double *out)
{
    in_blocks(average->methods->slope_product, average, count, covariance, out);
}

void qn_gaussian_average_potential(const qn_gaussian_average *average, size_t count, const double *covariance,
                                   double *out)
{
    in_blocks(average->methods->potential, average, count, covariance, out);
}
