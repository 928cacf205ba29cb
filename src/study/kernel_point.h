/// One point of a study of kernels: its network, its data, and what theory and simulation say of them.
#pragma once
#include "study/kernel.h"

#include <quenched/estimate.h>
#include <quenched/progress.h>
#include <quenched/result.h>
#include <quenched/wide_simulation.h>

#include <stdio.h>

typedef struct {
    double theory, theory_error;
    qn_estimate simulation;
} qn_kernel_value;

/// A function of layer or lag, both sides; NULL: not there. Owned.
typedef struct {
    size_t count;
    double *theory, *measured, *error;
} qn_kernel_function;

/// Labelled points, training points first; owned.
typedef struct {
    qn_wide_inputs all, train, test;
    size_t trained; ///< points of `all` that are training points
    double *values, *train_values, *test_values;
    size_t *test_rows; ///< rows of their file, or numbers of samples, from 0
    size_t outputs;
    double *targets; ///< (train + test) x outputs; train x outputs only where tests have no labels
    double *classes; ///< labels of the outputs; two for one output: those of targets +1 and -1
} qn_kernel_data;

typedef struct {
    const qn_kernel_study *study;
    qn_wide_network network;
    qn_wide_inputs few; ///< those whose kernel is followed through the layers: the given ones, or the first two
    double *few_values; ///< owned
    qn_kernel_data data;
    qn_kernel_value values[QN_KERNEL_QUANTITIES];
    const char *phase; ///< NULL: not known
    bool outside;      ///< this width is beyond theory of order 1/n
    qn_kernel_function variance, overlap, lags;
    size_t warning_count;
    char *warnings[12]; ///< owned
} qn_kernel_point;

qn_status qn_kernel_point_warn(qn_kernel_point *point, const char *format, ...) __attribute__((format(printf, 2, 3)));
qn_status qn_kernel_function_create(size_t count, qn_kernel_function *function);
void qn_kernel_point_clear(qn_kernel_point *point);

/// Network and data of a point; files are read here. `tests` is a file of inputs to be taken for test points, all
/// points of the study's file being training points unless it says how many; NULL: test points are the study's.
/// Whatever is returned, clear it.
qn_status qn_kernel_point_begin(const qn_study *study, const qn_kernel_study *description, const char *tests,
                                qn_kernel_point *point);

/// Pairs of layers whose kernels are followed: (a, a) for a = 0 ... depth, and in recurrent networks (depth, depth - d)
/// for d = 1 ... depth. Free with qn_release().
qn_status qn_kernel_pairs(const qn_wide_network *network, size_t *count, qn_wide_layer_pair **pairs);
/// Element (i, j) of the followed inputs' output kernel, by pair, into the point's functions: `values` count x P x P,
/// which `scale` and `offset` make an output kernel. `which` is the offset of a side of qn_kernel_function.
qn_status qn_kernel_fill(qn_kernel_point *point, size_t which, double scale, double offset, const double *values);

/// What theory says. `limit`: bytes, 0: none but the machine's.
qn_status qn_kernel_predict(double limit, qn_kernel_point *point);
/// Inference from the training points by the Gaussian process.
qn_status qn_kernel_infer(double limit, qn_kernel_point *point);
/// The same, predictions written as CSV: a line for each test point.
qn_status qn_kernel_write_predictions(double limit, const qn_kernel_point *point, FILE *stream);
/// Simulated networks.
qn_status qn_kernel_simulate(double limit, const qn_progress *progress, qn_kernel_point *point);
/// Readouts trained on simulated hidden layers.
qn_status qn_kernel_train(double limit, const qn_progress *progress, qn_kernel_point *point);

/// Fraction of test points whose class the means miss, and mean squared error of the targets.
qn_status qn_kernel_score(const qn_kernel_data *data, const double *mean, double *error, double *squared);
