/// What gaussian_average.c asks of each way to average: closed forms, thresholds to a power, series.
#pragma once
#include <quenched/gaussian_average.h>

/// Prepared at one (mean, variance > 0). `method` is owned and freed by methods->destroy.
typedef struct qn_average_methods qn_average_methods;
struct qn_gaussian_average {
    qn_transfer transfer; ///< gain and exponent resolved: never 0
    double mean, variance;
    double value, slope, square, square_slope, potential; ///< <phi>, <phi'>, F(c0), F1(c0), W(c0)
    const qn_average_methods *methods;
    void *method;
};

typedef void qn_average_function(const qn_gaussian_average *average, size_t count, const double *covariance,
                                 double *out);
struct qn_average_methods {
    qn_average_function *product, *slope_product, *potential; ///< |covariance| <= variance already holds
    void (*destroy)(void *method);                            ///< NULL: nothing to free
};

/// Each fills value ... potential, methods and method. QN_NO_MEMORY is the only error.
qn_status qn_average_erf(qn_gaussian_average *average);
qn_status qn_average_linear(qn_gaussian_average *average);
qn_status qn_average_relu(qn_gaussian_average *average);
qn_status qn_average_power(qn_gaussian_average *average);
qn_status qn_average_series(qn_gaussian_average *average);

/// Standard normal density and distribution.
double qn_normal_density(double z);
double qn_normal_distribution(double z);
