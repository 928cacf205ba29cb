#include "theory/wide_expectation.h"

#include "base/fail.h"
#include "theory/wide_expectation_parts.h"

#include <math.h>
#include <quenched/gaussian_average.h>

static const double PI = 3.14159265358979323846;

// phi = erf(kappa h), kappa = sqrt(pi) gain / 2: (5a)-(5d).
static qn_wide_moment erf_moment(double gain, double a, double c, double b)
{
    const double k2 = 0.5 * PI * gain * gain, alpha = 1.0 + k2 * a, beta = 1.0 + k2 * b;
    // alpha beta - k2^2 c^2, without the cancellation of nearly equal inputs.
    const double delta = 1.0 + k2 * (a + b) + k2 * k2 * fmax(0.0, a * b - c * c), root = sqrt(delta);
    const double first = 2.0 * k2 / (PI * root), third = 1.0 / (delta * root);
    return (qn_wide_moment){.value = 2.0 / PI * atan2(k2 * c, root),
                            .c = first,
                            .a = -k2 * c / (2.0 * alpha) * first,
                            .b = -k2 * c / (2.0 * beta) * first,
                            .cc = 2.0 * k2 * k2 * k2 * c / PI * third,
                            .ac = -k2 * k2 * beta / PI * third,
                            .bc = -k2 * k2 * alpha / PI * third,
                            .ab = k2 * k2 * k2 * c / (2.0 * PI) * third,
                            .aa = 0.5 * k2 * k2 * c * (first / (alpha * alpha) + k2 * beta / (PI * alpha) * third),
                            .bb = 0.5 * k2 * k2 * c * (first / (beta * beta) + k2 * alpha / (PI * beta) * third)};
}

static qn_wide_square erf_square(double gain, double q)
{
    const double k2 = 0.5 * PI * gain * gain, one = 1.0 + k2 * q, two = 1.0 + 2.0 * k2 * q, root = sqrt(two);
    return (qn_wide_square){.value = 2.0 / PI * atan2(k2 * q, root),
                            .first = 2.0 * k2 / (PI * one * root),
                            .second = -2.0 * k2 * k2 / PI * (1.0 / (one * one * root) + 1.0 / (one * two * root))};
}

// (6a)-(6c). T^2 = ab - c^2.
static qn_wide_moment relu_moment(double gain, double a, double c, double b)
{
    const double scale = sqrt(a) * sqrt(b), square = gain * gain;
    if (scale == 0.0) return (qn_wide_moment){0};
    const double root = sqrt(fmax(0.0, (scale - c) * (scale + c)));
    const double open = 0.5 * PI + atan2(c, root), half = square / (4.0 * PI * root); // pi - theta
    return (qn_wide_moment){.value = square / (2.0 * PI) * (root + c * open),
                            .c = square * open / (2.0 * PI),
                            .a = square * root / (4.0 * PI * a),
                            .b = square * root / (4.0 * PI * b),
                            .cc = 2.0 * half,
                            .ac = -half * c / a,
                            .bc = -half * c / b,
                            .ab = 0.5 * half,
                            .aa = 0.5 * half * (2.0 * c * c - a * b) / (a * a),
                            .bb = 0.5 * half * (2.0 * c * c - a * b) / (b * b)};
}

// phi(h) of gain g is that of gain 1 at g h.
static void scale_moment(double gain, qn_wide_moment *moment)
{
    const double one = gain * gain, two = one * one;
    moment->a *= one, moment->b *= one, moment->c *= one;
    moment->aa *= two, moment->bb *= two, moment->cc *= two;
    moment->ab *= two, moment->ac *= two, moment->bc *= two;
}

static qn_transfer resolved(const qn_transfer *activation)
{
    qn_transfer chosen = *activation;
    if (chosen.gain == 0.0) chosen.gain = 1.0;
    if (chosen.exponent == 0.0) chosen.exponent = 1.0;
    return chosen;
}

static qn_status clip(double a, double *c, double b)
{
    QN_REQUIRE(a >= 0.0 && isfinite(a), QN_BAD_VALUE, "variance a is %g; allowed: 0 or more", a);
    QN_REQUIRE(b >= 0.0 && isfinite(b), QN_BAD_VALUE, "variance b is %g; allowed: 0 or more", b);
    const double bound = sqrt(a) * sqrt(b);
    QN_REQUIRE(fabs(*c) <= bound * (1.0 + 1e-9), QN_BAD_VALUE,
               "covariance is %g; allowed: at most sqrt(a b) = %g in magnitude", *c, bound);
    *c = fmax(-bound, fmin(bound, *c));
    return QN_OK;
}

qn_status qn_wide_moment_of(const qn_transfer *activation, double a, double c, double b, qn_wide_moment *moment)
{
    QN_TRY(qn_transfer_check(activation));
    QN_TRY(clip(a, &c, b));
    const qn_transfer phi = resolved(activation);
    const double square = phi.gain * phi.gain;
    qn_wide_moment found = {0};
    switch (phi.kind) {
    case QN_TRANSFER_ERF: found = erf_moment(phi.gain, a, c, b); break;
    case QN_TRANSFER_RELU: found = relu_moment(phi.gain, a, c, b); break;
    case QN_TRANSFER_LINEAR: found = (qn_wide_moment){.value = square * c, .c = square}; break;
    case QN_TRANSFER_TANH:
        QN_TRY(qn_wide_tanh_moment(square * a, square * c, square * b, &found));
        scale_moment(phi.gain, &found);
        break;
    case QN_TRANSFER_TABLE:
    case QN_TRANSFER_THRESHOLD_POWER: QN_TRY(qn_wide_rough_moment(&phi, a, c, b, &found)); break;
    }
    *moment = found;
    return QN_OK;
}

qn_status qn_wide_square_of(const qn_transfer *activation, double q, qn_wide_square *square)
{
    QN_TRY(qn_transfer_check(activation));
    QN_REQUIRE(q >= 0.0 && isfinite(q), QN_BAD_VALUE, "variance is %g; allowed: 0 or more", q);
    const qn_transfer phi = resolved(activation);
    const double gain = phi.gain * phi.gain;
    qn_wide_square found = {0};
    switch (phi.kind) {
    case QN_TRANSFER_ERF: found = erf_square(phi.gain, q); break;
    case QN_TRANSFER_RELU: found = (qn_wide_square){.value = 0.5 * gain * q, .first = 0.5 * gain}; break;
    case QN_TRANSFER_LINEAR: found = (qn_wide_square){.value = gain * q, .first = gain}; break;
    case QN_TRANSFER_TANH:
        QN_TRY(qn_wide_tanh_square(gain * q, &found));
        found.first *= gain;
        found.second *= gain * gain;
        break;
    case QN_TRANSFER_TABLE:
    case QN_TRANSFER_THRESHOLD_POWER: QN_TRY(qn_wide_rough_square(&phi, q, &found)); break;
    }
    *square = found;
    return QN_OK;
}

double qn_wide_mean_of(const qn_transfer *activation, double q)
{
    if (qn_transfer_is_odd(activation)) return 0.0;
    if (activation->kind == QN_TRANSFER_RELU)
        return (activation->gain == 0.0 ? 1.0 : activation->gain) * sqrt(q / (2.0 * PI));
    qn_gaussian_average *average;
    if (qn_gaussian_average_create(activation, 0.0, q, &average) != QN_OK) return (double)NAN;
    const double mean = qn_gaussian_average_value(average);
    qn_gaussian_average_destroy(average);
    return mean;
}
