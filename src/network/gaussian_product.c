// <phi(x) phi(y)> of a centred pair with different variances.
#include "base/fail.h"
#include "network/gaussian_average_kind.h"

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

qn_status qn_gaussian_product(const qn_transfer *transfer, size_t count, const double *c11, const double *c22,
                              const double *c12, double *out)
{
    QN_TRY(qn_transfer_check(transfer));
    const double gain = transfer->gain == 0.0 ? 1.0 : transfer->gain;
    for (size_t i = 0; i < count; ++i) {
        QN_REQUIRE(c11[i] >= 0.0 && isfinite(c11[i]), QN_BAD_VALUE, "c11[%zu] is %g; allowed: 0 and above", i, c11[i]);
        QN_REQUIRE(c22[i] >= 0.0 && isfinite(c22[i]), QN_BAD_VALUE, "c22[%zu] is %g; allowed: 0 and above", i, c22[i]);
        const double bound = sqrt(c11[i]) * sqrt(c22[i]);
        QN_REQUIRE(fabs(c12[i]) <= bound * (1.0 + 1e-12), QN_BAD_VALUE,
                   "c12[%zu] is %g; allowed: at most sqrt(c11 c22) = %g in magnitude", i, c12[i], bound);
    }
    for (size_t i = 0; i < count; ++i) {
        switch (transfer->kind) {
        case QN_TRANSFER_ERF: out[i] = erf_pair(gain, c11[i], c22[i], c12[i]); break;
        case QN_TRANSFER_RELU: out[i] = relu_pair(gain, c11[i], c22[i], c12[i]); break;
        case QN_TRANSFER_LINEAR: out[i] = gain * gain * c12[i]; break;
        case QN_TRANSFER_TANH:
        case QN_TRANSFER_THRESHOLD_POWER:
        case QN_TRANSFER_TABLE:
            return qn_fail(QN_INTERNAL, "Gaussian products of %s are not available yet",
                           qn_transfer_name(transfer->kind));
        }
    }
    return QN_OK;
}
