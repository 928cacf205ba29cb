#include "theory/fourth_moment.h"

#include "base/fail.h"
#include "numerics/quadrature.h"

#include <math.h>

bool qn_fourth_moment_known(const qn_transfer *activation)
{
    return activation->kind == QN_TRANSFER_ERF || activation->kind == QN_TRANSFER_LINEAR;
}

bool qn_fourth_moment_known_of_two(const qn_transfer *activation)
{
    return qn_fourth_moment_known(activation) || activation->kind == QN_TRANSFER_RELU;
}

// 2 kappa^2 of erf(kappa h), kappa = sqrt(pi) gain / 2.
static double squared_gain(double gain) { return M_PI / 2 * gain * gain; }

qn_status qn_fourth_moment_prepare(const qn_transfer *activation, double variance, qn_fourth_moment *moment)
{
    moment->kind = activation->kind;
    moment->gain = activation->gain > 0 ? activation->gain : 1;
    moment->nodes = 0;
    if (activation->kind != QN_TRANSFER_ERF) return QN_OK;

    // t = sin(x) removes the near-divergence at t = 1 of coinciding indices; with it 24 nodes give 1e-14 up to 11 (in
    // units of the squared gain), 48 nodes 1e-12 up to 100 and 96 nodes the same up to 1600.
    const double steepness = squared_gain(moment->gain) * variance;
    moment->nodes = steepness <= 11 ? 24 : steepness <= 100 ? 48 : steepness <= 1600 ? 96 : QN_FOURTH_NODES_MAX;
    QN_TRY(qn_gauss_legendre(moment->nodes, 0, M_PI / 2, moment->node, moment->weight));
    for (size_t m = 0; m < moment->nodes; ++m) {
        moment->weight[m] *= cos(moment->node[m]);
        moment->node[m] = sin(moment->node[m]);
    }
    return QN_OK;
}

// The Gaussians i, j weighted by phi' = exp(-kappa^2 h^2) and what is left of the others, k and l, in that weight.
typedef struct {
    double a, b, w, determinant; // K_ii + u, K_jj + u, t K_ij
    double ki, kj, li, lj;
    double kk, kl, ll; // reduced
} conditioned;

static double reduction(const conditioned *c, double xi, double xj, double yi, double yj)
{
    return xi * yi * c->b - (xi * yj + xj * yi) * c->w + xj * yj * c->a;
}

static conditioned condition(const double kernel[4][4], int i, int j, double t, double u)
{
    const int k = 1 - i, l = 5 - j;
    conditioned c = {.a = kernel[i][i] + u,
                     .b = kernel[j][j] + u,
                     .w = t * kernel[i][j],
                     .ki = kernel[k][i],
                     .kj = t * kernel[k][j],
                     .li = t * kernel[l][i],
                     .lj = kernel[l][j]};
    c.determinant = c.a * c.b - c.w * c.w;
    c.kk = kernel[k][k] - reduction(&c, c.ki, c.kj, c.ki, c.kj) / c.determinant;
    c.kl = t * kernel[k][l] - reduction(&c, c.ki, c.kj, c.li, c.lj) / c.determinant;
    c.ll = kernel[l][l] - reduction(&c, c.li, c.lj, c.li, c.lj) / c.determinant;
    return c;
}

// How x_i y_i B - (x_i y_j + x_j y_i) w + x_j y_j A changes; d holds the changes.
static double reduction_change(const conditioned *c, const conditioned *d, const double x[2], const double y[2],
                               const double dx[2], const double dy[2])
{
    return reduction(c, dx[0], dx[1], y[0], y[1]) + reduction(c, x[0], x[1], dy[0], dy[1]) +
           reduction(d, x[0], x[1], y[0], y[1]);
}

static conditioned condition_change(const conditioned *c, const double change[4][4], int i, int j, double t)
{
    const int k = 1 - i, l = 5 - j;
    conditioned d = {.a = change[i][i],
                     .b = change[j][j],
                     .w = t * change[i][j],
                     .ki = change[k][i],
                     .kj = t * change[k][j],
                     .li = t * change[l][i],
                     .lj = change[l][j]};
    d.determinant = d.a * c->b + c->a * d.b - 2 * c->w * d.w;
    const double x[2] = {c->ki, c->kj}, y[2] = {c->li, c->lj}, dx[2] = {d.ki, d.kj}, dy[2] = {d.li, d.lj};
    const double shrink = d.determinant / c->determinant;
    d.kk = change[k][k] - reduction_change(c, &d, x, x, dx, dx) / c->determinant +
           shrink * reduction(c, x[0], x[1], x[0], x[1]) / c->determinant;
    d.kl = t * change[k][l] - reduction_change(c, &d, x, y, dx, dy) / c->determinant +
           shrink * reduction(c, x[0], x[1], y[0], y[1]) / c->determinant;
    d.ll = change[l][l] - reduction_change(c, &d, y, y, dy, dy) / c->determinant +
           shrink * reduction(c, y[0], y[1], y[0], y[1]) / c->determinant;
    return d;
}

// <phi'_i phi'_j phi_k phi_l> up to the factor `prefactor`.
static double erf_term(const conditioned *c, double k2)
{
    return asin(k2 * c->kl / sqrt((1 + k2 * c->kk) * (1 + k2 * c->ll))) / sqrt(c->determinant);
}

static double erf_term_change(const conditioned *c, const conditioned *d, double k2)
{
    const double along = 1 + k2 * c->kk, across = 1 + k2 * c->ll, norm = sqrt(along * across);
    const double x = k2 * c->kl / norm;
    const double dx = k2 * d->kl / norm - 0.5 * x * k2 * (d->kk / along + d->ll / across);
    // along across - (k2 kl)^2 > 0 even for coinciding indices: each has its own 1.
    const double cosine = sqrt(along * across - k2 * k2 * c->kl * c->kl) / norm;
    return (dx / cosine - 0.5 * asin(x) * d->determinant / c->determinant) / sqrt(c->determinant);
}

static double erf_covariance(const qn_fourth_moment *moment, const double kernel[4][4])
{
    const double k2 = squared_gain(moment->gain), u = 1 / k2;
    double sum = 0;
    for (int i = 0; i < 2; ++i)
        for (int j = 2; j < 4; ++j) {
            if (kernel[i][j] == 0) continue;
            double integral = 0;
            for (size_t m = 0; m < moment->nodes; ++m) {
                const conditioned c = condition(kernel, i, j, moment->node[m], u);
                integral += moment->weight[m] * erf_term(&c, k2);
            }
            sum += kernel[i][j] * integral;
        }
    return 4 / (M_PI * M_PI) * sum; // (4 kappa^2 / pi) u (2 / pi), kappa^2 u = 1/2
}

static double erf_derivative(const qn_fourth_moment *moment, const double kernel[4][4], const double change[4][4])
{
    const double k2 = squared_gain(moment->gain), u = 1 / k2;
    double sum = 0;
    for (int i = 0; i < 2; ++i)
        for (int j = 2; j < 4; ++j) {
            if (kernel[i][j] == 0 && change[i][j] == 0) continue;
            for (size_t m = 0; m < moment->nodes; ++m) {
                const conditioned c = condition(kernel, i, j, moment->node[m], u);
                const conditioned d = condition_change(&c, change, i, j, moment->node[m]);
                sum +=
                    moment->weight[m] * (change[i][j] * erf_term(&c, k2) + kernel[i][j] * erf_term_change(&c, &d, k2));
            }
        }
    return 4 / (M_PI * M_PI) * sum;
}

// <relu(u)^i relu(v)^(4 - i)>, variances a and b, covariance c.
static double relu_moment(int power, double a, double c, double b)
{
    if (power == 4 || power == 0) return 1.5 * (power == 4 ? a * a : b * b);
    if (power == 1) return relu_moment(3, b, c, a);
    if (a * b == 0) return 0;
    const double rho = fmax(-1, fmin(1, c / sqrt(a * b)));
    const double theta = 2 * asin(sqrt((1 - rho) / 2)), sine = sin(theta), rest = M_PI - theta;
    if (power == 2) return a * b / (2 * M_PI) * (3 * sine * rho + rest * (1 + 2 * rho * rho));
    const double angles = 3 * rest / 8 + sin(2 * theta) / 4 - sin(4 * theta) / 32;
    return a * sqrt(a * b) * 4 / M_PI * (rho * angles + pow(sine, 5) / 4);
}

// Second moment, (6a).
static double relu_product(double a, double c, double b)
{
    if (a * b == 0) return 0;
    const double rho = fmax(-1, fmin(1, c / sqrt(a * b))), theta = 2 * asin(sqrt((1 - rho) / 2));
    return sqrt(a * b) / (2 * M_PI) * (sin(theta) + rho * (M_PI - theta));
}

static double relu_covariance(const size_t index[4], const double kernel[4][4])
{
    int other = 0, power = 0;
    for (int i = 1; i < 4; ++i)
        if (index[i] != index[0]) other = i;
    for (int i = 0; i < 4; ++i) power += index[i] == index[0];
    const double fourth = relu_moment(power, kernel[0][0], kernel[0][other], kernel[other][other]);
    const double left =
        index[0] == index[1] ? kernel[0][0] / 2 : relu_product(kernel[0][0], kernel[0][1], kernel[1][1]);
    const double right =
        index[2] == index[3] ? kernel[2][2] / 2 : relu_product(kernel[2][2], kernel[2][3], kernel[3][3]);
    return fourth - left * right;
}

double qn_fourth_covariance(const qn_fourth_moment *moment, const size_t index[4], const double kernel[4][4])
{
    if (moment->kind == QN_TRANSFER_ERF) return erf_covariance(moment, kernel);
    const double fourth_power = pow(moment->gain, 4);
    if (moment->kind == QN_TRANSFER_RELU) return fourth_power * relu_covariance(index, kernel);
    return fourth_power * (kernel[0][2] * kernel[1][3] + kernel[0][3] * kernel[1][2]);
}

double qn_fourth_derivative(const qn_fourth_moment *moment, const double kernel[4][4], const double change[4][4])
{
    if (moment->kind == QN_TRANSFER_ERF) return erf_derivative(moment, kernel, change);
    return pow(moment->gain, 4) * (change[0][2] * kernel[1][3] + kernel[0][2] * change[1][3] +
                                   change[0][3] * kernel[1][2] + kernel[0][3] * change[1][2]);
}
