// Activations with kinks. u = A z + s y, v = B z + t y' with z shared: E2 = int Dz Phi_s(A z) Phi_t(B z), where
// Phi_s(m) = int Dy phi(m + s y), whose derivatives Hermite polynomials take: Phi^(k) = int Dy phi(m + s y) He_k(y) /
// s^k.
#include "base/fail.h"
#include "base/memory.h"
#include "network/gaussian_rule.h"
#include "network/transfer_table.h"
#include "theory/wide_expectation_parts.h"

#include <math.h>
#include <quenched/gaussian_average.h>

enum { DERIVATIVES = 5 };
static const double REACH = 9.0, PANEL = 0.5, SHARPEST = 1e-7;

static bool is_table(const qn_transfer *phi) { return phi->kind == QN_TRANSFER_TABLE; }

// Nodes in y that see every kink of phi(m + s y).
static qn_status nodes_at(const qn_transfer *phi, double m, double s, qn_gaussian_rule *rule)
{
    if (is_table(phi)) return qn_gaussian_rule_create(phi, m, s, REACH, PANEL, false, rule);
    const double kink = (phi->threshold - m) / s, width = 1e-12;
    return qn_gaussian_rule_graded(1, &kink, &width, true, rule);
}

static void hermite(double y, double h[DERIVATIVES])
{
    h[0] = 1.0, h[1] = y;
    for (int k = 2; k < DERIVATIVES; ++k) h[k] = y * h[k - 1] - (k - 1) * h[k - 2];
}

// A table has a slope everywhere: that takes one derivative without dividing by s.
static qn_status smoothed(const qn_transfer *phi, double m, double s, double d[DERIVATIVES])
{
    qn_gaussian_rule rule;
    QN_TRY(nodes_at(phi, m, s, &rule));
    const int taken = is_table(phi) ? 1 : 0;
    for (int k = 0; k < DERIVATIVES; ++k) d[k] = 0.0;
    for (size_t i = 0; i < rule.count; ++i) {
        double h[DERIVATIVES], value, slope = 0.0;
        const double x = m + s * rule.z[i];
        qn_transfer_value(phi, 1, &x, &value);
        if (taken) qn_transfer_slope(phi, 1, &x, &slope);
        hermite(rule.z[i], h);
        d[0] += rule.weight[i] * value;
        for (int k = 1; k < DERIVATIVES; ++k) d[k] += rule.weight[i] * (taken ? slope : value) * h[k - taken];
    }
    double power = taken ? 1.0 : s;
    for (int k = 1; k < DERIVATIVES; ++k, power *= s) d[k] /= power;
    qn_gaussian_rule_clear(&rule);
    return QN_OK;
}

// Nodes in z: fine where either smoothed function bends.
static qn_status shared_nodes(const qn_transfer *phi, const double amplitude[2], const double own[2],
                              qn_gaussian_rule *rule)
{
    const size_t kinks = is_table(phi) ? phi->table->count : 1;
    double *centre = NULL;
    QN_TRY(QN_NEW(&centre, 4 * kinks, "expectation of an activation"));
    double *width = centre + 2 * kinks;
    size_t count = 0;
    for (int side = 0; side < 2; ++side)
        for (size_t k = 0; k < kinks && amplitude[side] != 0.0; ++k, ++count) {
            centre[count] = (is_table(phi) ? phi->table->x[k] : phi->threshold) / amplitude[side];
            width[count] = own[side] / fabs(amplitude[side]);
        }
    const qn_status status = qn_gaussian_rule_graded(count, centre, width, !is_table(phi), rule);
    qn_release(centre);
    return status;
}

static void add(double weight, const double u[DERIVATIVES], const double v[DERIVATIVES], qn_wide_moment *sum)
{
    sum->c += weight * u[1] * v[1];
    sum->a += weight * 0.5 * u[2] * v[0];
    sum->b += weight * 0.5 * u[0] * v[2];
    sum->cc += weight * u[2] * v[2];
    sum->ab += weight * 0.25 * u[2] * v[2];
    sum->ac += weight * 0.5 * u[3] * v[1];
    sum->bc += weight * 0.5 * u[1] * v[3];
    sum->aa += weight * 0.25 * u[4] * v[0];
    sum->bb += weight * 0.25 * u[0] * v[4];
}

static qn_status sum_over_shared(const qn_transfer *phi, const double amplitude[2], const double own[2],
                                 const qn_gaussian_rule *rule, qn_wide_moment *sum)
{
    for (size_t i = 0; i < rule->count; ++i) {
        double u[DERIVATIVES], v[DERIVATIVES];
        QN_TRY(smoothed(phi, amplitude[0] * rule->z[i], own[0], u));
        QN_TRY(smoothed(phi, amplitude[1] * rule->z[i], own[1], v));
        add(rule->weight[i], u, v, sum);
    }
    return QN_OK;
}

qn_status qn_wide_rough_moment(const qn_transfer *phi, double a, double c, double b, qn_wide_moment *moment)
{
    const double unknown = (double)NAN, scale = sqrt(a) * sqrt(b);
    const double rho = scale > 0.0 ? c / scale : 0.0, shared = fabs(rho);
    qn_wide_moment sum = {0};
    QN_TRY(qn_gaussian_product(phi, 1, &a, &b, &c, &sum.value));
    if (scale == 0.0 || 1.0 - shared < SHARPEST) {
        *moment = (qn_wide_moment){sum.value, unknown, unknown, unknown, unknown,
                                   unknown,   unknown, unknown, unknown, unknown};
        return QN_OK;
    }
    const double amplitude[] = {sqrt(a * shared), copysign(sqrt(b * shared), rho)};
    const double own[] = {sqrt(a * (1.0 - shared)), sqrt(b * (1.0 - shared))};
    qn_gaussian_rule rule;
    QN_TRY(shared_nodes(phi, amplitude, own, &rule));
    const qn_status status = sum_over_shared(phi, amplitude, own, &rule, &sum);
    qn_gaussian_rule_clear(&rule);
    if (status == QN_OK) *moment = sum;
    return status;
}

qn_status qn_wide_rough_square(const qn_transfer *phi, double q, qn_wide_square *square)
{
    qn_wide_square sum = {0};
    if (q == 0.0) {
        double zero = 0.0;
        qn_transfer_value(phi, 1, &zero, &zero);
        *square = (qn_wide_square){zero * zero, (double)NAN, (double)NAN};
        return QN_OK;
    }
    qn_gaussian_rule rule;
    QN_TRY(nodes_at(phi, 0.0, sqrt(q), &rule));
    for (size_t i = 0; i < rule.count; ++i) {
        double h[DERIVATIVES], value;
        const double x = sqrt(q) * rule.z[i];
        qn_transfer_value(phi, 1, &x, &value);
        hermite(rule.z[i], h);
        sum.value += rule.weight[i] * value * value;
        sum.first += rule.weight[i] * value * value * h[2] / (2.0 * q);
        sum.second += rule.weight[i] * value * value * h[4] / (4.0 * q * q);
    }
    qn_gaussian_rule_clear(&rule);
    *square = sum;
    return QN_OK;
}
