// tanh: the trapezoidal rule (7a). It converges geometrically in strip / step, the strip reaching to the poles of tanh
// at distance pi / 2 from the real axis; the derivatives have the same poles.
#include "base/fail.h"
#include "base/memory.h"
#include "theory/wide_expectation_parts.h"

#include <math.h>

enum { DERIVATIVES = 5 };
static const double END = 8.6, WIDEST = 0.25;

static double step_for(double variance)
{
    const double pi = 3.14159265358979323846;
    return fmin(WIDEST, 0.5 * pi / sqrt(variance) * 2.0 * pi / 34.0);
}

// d[k]: tanh and its first four derivatives.
static void derivatives(double t, double d[DERIVATIVES])
{
    const double slope = (1.0 - t) * (1.0 + t);
    d[0] = t;
    d[1] = slope;
    d[2] = -2.0 * t * slope;
    d[3] = slope * (6.0 * t * t - 2.0);
    d[4] = 8.0 * t * (2.0 - 3.0 * t * t) * slope;
}

static double tanh_at(double x)
{
    const qn_transfer phi = {.kind = QN_TRANSFER_TANH};
    qn_transfer_value(&phi, 1, &x, &x);
    return x;
}

// Over v at one u: inner[k] = sum of weights times the k-th derivative at shared + own z.
static void inner_sums(size_t count, const double *z, const double *weight, double shared, double own, double *work,
                       double inner[DERIVATIVES])
{
    const qn_transfer phi = {.kind = QN_TRANSFER_TANH};
    double d[DERIVATIVES];
    for (size_t k = 0; k < DERIVATIVES; ++k) inner[k] = 0.0;
    for (size_t j = 0; j < count; ++j) work[j] = shared + own * z[j];
    qn_transfer_value(&phi, count, work, work);
    for (size_t j = 0; j < count; ++j) {
        derivatives(work[j], d);
        for (size_t k = 0; k < DERIVATIVES; ++k) inner[k] += weight[j] * d[k];
    }
}

qn_status qn_wide_tanh_moment(double a, double c, double b, qn_wide_moment *moment)
{
    const double step = step_for(fmax(a, b)), most = floor(END / step), scale = sqrt(a) * sqrt(b);
    const size_t count = 2 * (size_t)most + 1;
    double *z = NULL;
    QN_TRY(QN_NEW(&z, 3 * count, "expectation of tanh"));
    double *weight = z + count, *work = weight + count, total = 0.0;
    for (size_t i = 0; i < count; ++i) {
        z[i] = step * ((double)i - most);
        total += weight[i] = exp(-0.5 * z[i] * z[i]);
    }
    for (size_t i = 0; i < count; ++i) weight[i] /= total;
    const double rho = scale > 0.0 ? c / scale : 0.0;
    const double shared = sqrt(b) * rho, own = sqrt(b) * sqrt((1.0 - rho) * (1.0 + rho));
    qn_wide_moment sum = {0};
    for (size_t i = 0; i < count; ++i) {
        double u[DERIVATIVES], v[DERIVATIVES];
        derivatives(tanh_at(sqrt(a) * z[i]), u);
        inner_sums(count, z, weight, shared * z[i], own, work, v);
        sum.value += weight[i] * u[0] * v[0];
        sum.c += weight[i] * u[1] * v[1];
        sum.a += weight[i] * 0.5 * u[2] * v[0];
        sum.b += weight[i] * 0.5 * u[0] * v[2];
        sum.cc += weight[i] * u[2] * v[2];
        sum.ac += weight[i] * 0.5 * u[3] * v[1];
        sum.bc += weight[i] * 0.5 * u[1] * v[3];
        sum.aa += weight[i] * 0.25 * u[4] * v[0];
        sum.bb += weight[i] * 0.25 * u[0] * v[4];
    }
    sum.ab = 0.25 * sum.cc;
    qn_release(z);
    *moment = sum;
    return QN_OK;
}

qn_status qn_wide_tanh_square(double q, qn_wide_square *square)
{
    // phi^2 has the poles twice, at the same places.
    const double step = step_for(q), most = floor(END / step);
    qn_wide_square sum = {0};
    double total = 0.0;
    for (double i = -most; i <= most; ++i) {
        const double z = step * i, weight = exp(-0.5 * z * z);
        double d[DERIVATIVES];
        derivatives(tanh_at(sqrt(q) * z), d);
        total += weight;
        sum.value += weight * d[0] * d[0];
        sum.first += weight * (d[1] * d[1] + d[0] * d[2]);
        sum.second += weight * (0.5 * d[0] * d[4] + 2.0 * d[1] * d[3] + 1.5 * d[2] * d[2]);
    }
    *square = (qn_wide_square){sum.value / total, sum.first / total, sum.second / total};
    return QN_OK;
}
