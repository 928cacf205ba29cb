// erf, relu and linear. What is not elementary reduces to one smooth integral: the bivariate normal distribution of the
// thresholds (-h, -h) at correlation r is Phi(h)^2 + (1 / 2 pi) int_0^asin(r) exp(-h^2 / (1 + sin t)) dt, and each
// further integral over the covariance puts a factor (r - sin t) / k under it. Nothing cancels for r >= 0.
#include "network/gaussian_average_kind.h"

#include <gsl/gsl_integration.h>
#include <math.h>

static const double PI = 3.14159265358979323846;

double qn_normal_density(double z) { return 0.39894228040143267794 * exp(-0.5 * z * z); }
double qn_normal_distribution(double z) { return 0.5 * erfc(-0.70710678118654752440 * z); }

enum { NODES = 32 }; // Gauss-Legendre; GSL has these tabulated, so that nothing is computed or allocated but a header

// (r - sin t)^order / order!
static double kernel(double distance, int order)
{
    return order == 0 ? 1.0 : order == 1 ? distance : 0.5 * distance * distance;
}

// The part below t = -pi/6, where exp(-h^2 / (1 + sin t)) flattens out at t = -pi/2 as no polynomial does. In x =
// tan(pi/4 - t/2) it is exp(-h^2 (1 + x^2) / 2); panels double in length until it has vanished.
static double lower_moment(double h, double r, int order, const gsl_integration_glfixed_table *rule)
{
    const double end = sqrt((1.0 - r) / (1.0 + r)); // INFINITY at r = -1
    double sum = 0.0, from = 1.7320508075688772935;
    for (int panel = 0; panel < 64 && from < end && h * from < 39.0; ++panel) {
        const double to = fmin(2.0 * from, end);
        for (size_t i = 0; i < NODES; ++i) {
            double x, weight;
            gsl_integration_glfixed_point(from, to, i, &x, &weight, rule);
            const double sine = (1.0 - x * x) / (1.0 + x * x);
            sum += weight * exp(-0.5 * h * h * (1.0 + x * x)) * kernel(r - sine, order) * 2.0 / (1.0 + x * x);
        }
        from = to;
    }
    return -sum;
}

// int_0^asin(r) exp(-h^2 / (1 + sin t)) (r - sin t)^order / order! dt.
static double moment(double h, double r, int order, const gsl_integration_glfixed_table *rule)
{
    const double end = r > -0.5 ? atan2(r, sqrt((1.0 - r) * (1.0 + r))) : -PI / 6.0;
    double sum = 0.0;
    for (size_t i = 0; i < NODES; ++i) {
        double t, weight;
        gsl_integration_glfixed_point(0.0, 1.0, i, &t, &weight, rule);
        const double sine = sin(t * end);
        sum += weight * exp(-h * h / (1.0 + sine)) * kernel(r - sine, order);
    }
    return end * sum + (r > -0.5 ? 0.0 : lower_moment(h, r, order, rule));
}

static void destroy_rule(void *rule) { gsl_integration_glfixed_table_free(rule); }

// phi = 2 Phi(beta x) - 1 with beta^2 = pi gain^2 / 2: adding a unit normal turns it into a threshold.
typedef struct {
    double beta_square, scale; // scale = 1 + beta^2 c0: r = beta^2 c / scale
    double h;                  // threshold in units of the widened deviation
} erf_shape;

static erf_shape erf_shape_of(const qn_gaussian_average *average)
{
    const double beta_square = 0.5 * PI * average->transfer.gain * average->transfer.gain;
    const double scale = 1.0 + beta_square * average->variance;
    return (erf_shape){beta_square, scale, fabs(average->mean) * sqrt(beta_square / scale)};
}

// 1 - r^2 without cancellation at |c| = c0 for steep phi.
static double erf_cosine(const qn_gaussian_average *average, const erf_shape *shape, double c)
{
    return sqrt((1.0 + shape->beta_square * (average->variance - c)) *
                (1.0 + shape->beta_square * (average->variance + c))) /
           shape->scale;
}

static void erf_product(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    const erf_shape shape = erf_shape_of(average);
    for (size_t i = 0; i < count; ++i) {
        const double c = covariance[i], r = shape.beta_square * c / shape.scale;
        const double joint =
            shape.h == 0.0 ? atan2(r, erf_cosine(average, &shape, c)) : moment(shape.h, r, 0, average->method);
        out[i] = average->value * average->value + 2.0 / PI * joint;
    }
}

static void erf_slope_product(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    const erf_shape shape = erf_shape_of(average);
    const double gain = average->transfer.gain, factor = gain * gain / shape.scale;
    for (size_t i = 0; i < count; ++i) {
        const double c = covariance[i],
                     above = (1.0 + shape.beta_square * (average->variance + c)) / shape.scale; // 1 + r
        out[i] = factor * exp(-shape.h * shape.h / above) / erf_cosine(average, &shape, c);
    }
}

static void erf_potential(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    const erf_shape shape = erf_shape_of(average);
    const double factor = 2.0 / PI * shape.scale / shape.beta_square;
    for (size_t i = 0; i < count; ++i) {
        const double c = covariance[i], r = shape.beta_square * c / shape.scale,
                     cosine = erf_cosine(average, &shape, c);
        const double joint =
            shape.h == 0.0 ? r * atan2(r, cosine) - r * r / (1.0 + cosine) : moment(shape.h, r, 1, average->method);
        out[i] = c * average->value * average->value + factor * joint;
    }
}

qn_status qn_average_erf(qn_gaussian_average *average)
{
    static const qn_average_methods methods = {erf_product, erf_slope_product, erf_potential, destroy_rule};
    const erf_shape shape = erf_shape_of(average);
    average->methods = &methods;
    average->method = gsl_integration_glfixed_table_alloc(NODES);
    average->value = copysign(erf(0.70710678118654752440 * shape.h), average->mean);
    average->slope = average->transfer.gain * exp(-0.5 * shape.h * shape.h) / sqrt(shape.scale);
    erf_product(average, 1, &average->variance, &average->square);
    erf_slope_product(average, 1, &average->variance, &average->square_slope);
    erf_potential(average, 1, &average->variance, &average->potential);
    return QN_OK;
}

// phi = gain x.
static void linear_product(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    for (size_t i = 0; i < count; ++i) out[i] = average->square_slope * (covariance[i] + average->mean * average->mean);
}

static void linear_slope_product(const qn_gaussian_average *average, size_t count, const double *covariance,
                                 double *out)
{
    for (size_t i = 0; i < count; ++i) out[i] = covariance[i] == covariance[i] ? average->square_slope : covariance[i];
}

static void linear_potential(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    const double square = average->mean * average->mean;
    for (size_t i = 0; i < count; ++i) out[i] = average->square_slope * covariance[i] * (0.5 * covariance[i] + square);
}

qn_status qn_average_linear(qn_gaussian_average *average)
{
    static const qn_average_methods methods = {linear_product, linear_slope_product, linear_potential, NULL};
    average->methods = &methods;
    average->slope = average->transfer.gain;
    average->value = average->slope * average->mean;
    average->square_slope = average->slope * average->slope;
    linear_product(average, 1, &average->variance, &average->square);
    linear_potential(average, 1, &average->variance, &average->potential);
    return QN_OK;
}

// phi = gain max(0, x): F1 is the probability that both are above threshold. q = mean / deviation.
static double relu_moment(const qn_gaussian_average *average, double q, double r, int order)
{
    if (q != 0.0) return moment(q, r, order, average->method);
    const double cosine = sqrt((1.0 - r) * (1.0 + r)), angle = atan2(r, cosine);
    if (order == 0) return angle;
    if (order == 1) return r * angle - r * r / (1.0 + cosine);
    return 0.5 * (r * r * angle + 0.5 * (angle - r * cosine) - 2.0 * r * (r * r / (1.0 + cosine)));
}

static void relu_product(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    const double q = average->mean / sqrt(average->variance), active = qn_normal_distribution(q);
    const double gain = average->transfer.gain, factor = gain * gain * average->variance;
    for (size_t i = 0; i < count; ++i) {
        const double r = covariance[i] / average->variance;
        out[i] = average->value * average->value +
                 factor * (r * active * active + relu_moment(average, q, r, 1) / (2.0 * PI));
    }
}

static void relu_slope_product(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    const double q = average->mean / sqrt(average->variance), active = qn_normal_distribution(q);
    const double gain = average->transfer.gain, factor = gain * gain;
    for (size_t i = 0; i < count; ++i) {
        const double r = covariance[i] / average->variance;
        out[i] = factor * (active * active + relu_moment(average, q, r, 0) / (2.0 * PI));
    }
}

static void relu_potential(const qn_gaussian_average *average, size_t count, const double *covariance, double *out)
{
    const double q = average->mean / sqrt(average->variance), active = qn_normal_distribution(q);
    const double gain = average->transfer.gain, factor = gain * gain * average->variance * average->variance;
    for (size_t i = 0; i < count; ++i) {
        const double r = covariance[i] / average->variance;
        out[i] = covariance[i] * average->value * average->value +
                 factor * (0.5 * r * r * active * active + relu_moment(average, q, r, 2) / (2.0 * PI));
    }
}

qn_status qn_average_relu(qn_gaussian_average *average)
{
    static const qn_average_methods methods = {relu_product, relu_slope_product, relu_potential, destroy_rule};
    const double deviation = sqrt(average->variance), q = average->mean / deviation, gain = average->transfer.gain;
    const double active = qn_normal_distribution(q), density = qn_normal_density(q);
    average->methods = &methods;
    average->method = gsl_integration_glfixed_table_alloc(NODES);
    average->value = gain * deviation * (q * active + density);
    average->slope = gain * active;
    average->square_slope = gain * gain * active;
    relu_product(average, 1, &average->variance, &average->square); // (1 + q^2) Phi(q) + q n(q) cancels for q < 0
    relu_potential(average, 1, &average->variance, &average->potential);
    return QN_OK;
}
