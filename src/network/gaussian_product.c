// <phi(x) phi(y)> of a centred pair with different variances.
#include "base/fail.h"
#include "base/memory.h"
#include "network/gaussian_average_kind.h"
#include "network/gaussian_rule.h"
#include "network/gaussian_smoothed.h"
#include "network/power_moment.h"
#include "network/transfer_table.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

static double erf_pair(double gain, double c11, double c22, double c12)
{
    const double beta_square = 0.5 * PI * gain * gain;
    // (1 + beta^2 c11) (1 + beta^2 c22) - (beta^2 c12)^2
    const double determinant =
        1.0 + beta_square * (c11 + c22) + beta_square * beta_square * fmax(0.0, c11 * c22 - c12 * c12);
    return 2.0 / PI * atan2(beta_square * c12, sqrt(determinant));
}

static double relu_pair(double gain, double c11, double c22, double c12)
{
    const double scale = sqrt(c11) * sqrt(c22);
    if (scale == 0.0) return 0.0;
    const double r = fmax(-1.0, fmin(1.0, c12 / scale)), cosine = sqrt((1.0 - r) * (1.0 + r));
    return gain * gain * scale / (2.0 * PI) * (cosine + r * (0.5 * PI + atan2(r, cosine)));
}

// The rest by quadrature over what x and y share: x = a z + own part of deviation s, y = b z + own part.
typedef struct {
    double a, b, s[2];
} split;

static split split_of(double c11, double c22, double c12)
{
    const double r = fmax(-1.0, fmin(1.0, c12 / (sqrt(c11) * sqrt(c22)))), shared = fabs(r);
    return (split){
        sqrt(c11 * shared), copysign(sqrt(c22 * shared), r), {sqrt(c11 * (1.0 - shared)), sqrt(c22 * (1.0 - shared))}};
}

// tanh: the trapezoid rule, fine enough for both smoothed functions and the Gaussian.
static double tanh_sum(qn_smoothed smoothed[2], const split *parts)
{
    const double width =
        parts->a * qn_smoothed_bandwidth(&smoothed[0], 1) + fabs(parts->b) * qn_smoothed_bandwidth(&smoothed[1], 1);
    const double step = 2.0 * PI / fmax(8.7, width + 5.0);
    double sum = 0.0;
    for (double z = step; z < 8.7; z += step) // odd in both: even in z, 0 at 0
        sum += 2.0 * qn_normal_density(z) * qn_smoothed_at(&smoothed[0], parts->a * z) *
               qn_smoothed_at(&smoothed[1], parts->b * z);
    return sum * step;
}

// A table: panels around each knot as x and as y see it.
static qn_status table_sum(qn_smoothed smoothed[2], const split *parts, double *result)
{
    const qn_transfer_table *table = smoothed[0].transfer->table;
    const size_t count = table->count;
    double *centre = NULL;
    QN_TRY(QN_NEW(&centre, 4 * count, "Gaussian product"));
    double *width = centre + 2 * count;
    for (size_t k = 0; k < count; ++k) {
        centre[k] = table->x[k] / parts->a;
        width[k] = parts->s[0] / parts->a;
        centre[count + k] = table->x[k] / parts->b;
        width[count + k] = parts->s[1] / fabs(parts->b);
    }
    qn_gaussian_rule rule;
    const qn_status status = qn_gaussian_rule_graded(2 * count, centre, width, false, &rule);
    qn_release(centre);
    if (status != QN_OK) return status;
    double sum = 0.0;
    for (size_t i = 0; i < rule.count; ++i)
        sum += rule.weight[i] * qn_smoothed_at(&smoothed[0], parts->a * rule.z[i]) *
               qn_smoothed_at(&smoothed[1], parts->b * rule.z[i]);
    qn_gaussian_rule_clear(&rule);
    *result = sum;
    return QN_OK;
}

static qn_status smoothed_pair(const qn_transfer *transfer, const split *parts, double *result)
{
    qn_smoothed smoothed[2];
    QN_TRY(qn_smoothed_create(transfer, false, parts->s[0], &smoothed[0]));
    qn_status status = qn_smoothed_create(transfer, false, parts->s[1], &smoothed[1]);
    if (status == QN_OK) {
        if (parts->a == 0.0 || parts->b == 0.0)
            *result = qn_smoothed_at(&smoothed[0], 0.0) * qn_smoothed_at(&smoothed[1], 0.0);
        else if (transfer->kind == QN_TRANSFER_TANH)
            *result = tanh_sum(smoothed, parts);
        else
            status = table_sum(smoothed, parts, result);
        qn_smoothed_clear(&smoothed[1]);
    }
    qn_smoothed_clear(&smoothed[0]);
    return status;
}

// int Dy phi(m + s y) of a threshold-power; moments[0] for arguments above 0, moments[1] below.
static double smoothed_power(const qn_transfer *transfer, const qn_power_moments moments[2], double m, double s)
{
    const double above = m - transfer->threshold;
    if (s == 0.0) {
        double value;
        qn_transfer_value(transfer, 1, &m, &value);
        return value;
    }
    const double t = above / s, scale = pow(transfer->gain * s, transfer->exponent);
    return scale *
           exp(t >= 0.0 ? qn_power_moments_log(&moments[0], t) : qn_power_moments_log(&moments[1], t) - 0.5 * t * t);
}

static qn_status power_pair(const qn_transfer *transfer, const qn_power_moments moments[2], const split *parts,
                            double *result)
{
    if (parts->a == 0.0 || parts->b == 0.0) {
        *result =
            smoothed_power(transfer, moments, 0.0, parts->s[0]) * smoothed_power(transfer, moments, 0.0, parts->s[1]);
        return QN_OK;
    }
    const double centre[] = {transfer->threshold / parts->a, transfer->threshold / parts->b};
    // With nothing smoothed away, graded down to where the power itself has become negligible.
    const double width[] = {fmax(parts->s[0] / parts->a, 1e-12), fmax(parts->s[1] / fabs(parts->b), 1e-12)};
    qn_gaussian_rule rule;
    QN_TRY(qn_gaussian_rule_graded(2, centre, width, true, &rule));
    double sum = 0.0;
    for (size_t i = 0; i < rule.count; ++i)
        sum += rule.weight[i] * smoothed_power(transfer, moments, parts->a * rule.z[i], parts->s[0]) *
               smoothed_power(transfer, moments, parts->b * rule.z[i], parts->s[1]);
    qn_gaussian_rule_clear(&rule);
    *result = sum;
    return QN_OK;
}

static qn_status check_pair(size_t i, double c11, double c22, double c12)
{
    QN_REQUIRE(c11 >= 0.0 && isfinite(c11), QN_BAD_VALUE, "c11[%zu] is %g; allowed: 0 and above", i, c11);
    QN_REQUIRE(c22 >= 0.0 && isfinite(c22), QN_BAD_VALUE, "c22[%zu] is %g; allowed: 0 and above", i, c22);
    const double bound = sqrt(c11) * sqrt(c22);
    QN_REQUIRE(fabs(c12) <= bound * (1.0 + 1e-12), QN_BAD_VALUE,
               "c12[%zu] is %g; allowed: at most sqrt(c11 c22) = %g in magnitude", i, c12, bound);
    return QN_OK;
}

// One of the two is constant, at 0.
static qn_status constant_pair(const qn_transfer *transfer, double c11, double c22, double *result)
{
    qn_gaussian_average *average;
    double at_zero = 0.0;
    QN_TRY(qn_gaussian_average_create(transfer, 0.0, fmax(c11, c22), &average));
    qn_transfer_value(transfer, 1, &at_zero, &at_zero);
    *result = at_zero * qn_gaussian_average_value(average);
    qn_gaussian_average_destroy(average);
    return QN_OK;
}

static qn_status pair(const qn_transfer *transfer, const qn_power_moments *moments, double c11, double c22, double c12,
                      double *result)
{
    if (c11 == 0.0 || c22 == 0.0) return constant_pair(transfer, c11, c22, result);
    switch (transfer->kind) {
    case QN_TRANSFER_ERF: *result = erf_pair(transfer->gain, c11, c22, c12); return QN_OK;
    case QN_TRANSFER_RELU: *result = relu_pair(transfer->gain, c11, c22, c12); return QN_OK;
    case QN_TRANSFER_LINEAR: *result = transfer->gain * transfer->gain * c12; return QN_OK;
    case QN_TRANSFER_TANH:
    case QN_TRANSFER_TABLE:
    case QN_TRANSFER_THRESHOLD_POWER: break;
    }
    const split parts = split_of(c11, c22, c12);
    if (transfer->kind == QN_TRANSFER_THRESHOLD_POWER) return power_pair(transfer, moments, &parts, result);
    return smoothed_pair(transfer, &parts, result);
}

qn_status qn_gaussian_product(const qn_transfer *transfer, size_t count, const double *c11, const double *c22,
                              const double *c12, double *out)
{
    QN_TRY(qn_transfer_check(transfer));
    for (size_t i = 0; i < count; ++i) QN_TRY(check_pair(i, c11[i], c22[i], c12[i]));
    qn_transfer chosen = *transfer;
    if (chosen.gain == 0.0) chosen.gain = 1.0;
    if (chosen.exponent == 0.0) chosen.exponent = 1.0;
    qn_power_moments *moments = NULL;
    if (chosen.kind == QN_TRANSFER_THRESHOLD_POWER) {
        QN_TRY(QN_NEW(&moments, 2, "Gaussian product"));
        for (int below = 0; below < 2; ++below) qn_power_moments_fill(chosen.exponent, below, &moments[below]);
    }
    qn_status status = QN_OK;
    for (size_t i = 0; i < count && status == QN_OK; ++i)
        status = pair(&chosen, moments, c11[i], c22[i], c12[i], &out[i]);
    qn_release(moments);
    return status;
}
