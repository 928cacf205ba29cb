/// The study kind `kernel`: deep and recurrent networks under a Gaussian prior, as Gaussian processes and at finite
/// width; equations of docs/theory/gaussian-processes.md.
#pragma once
#include "study/study_kind.h"

#include <quenched/labelled_data.h>
#include <quenched/tasks.h>
#include <quenched/wide_network.h>

typedef struct {
    int architecture; ///< qn_wide_architecture
    int activation;   ///< index into the choices: erf, tanh, relu, linear
    double kappa;     ///< of erf; 0: not said
    double gain;      ///< 0: not said
    int64_t depth;
    double g_in;
    qn_table g;              ///< one value, or one for each step
    qn_table sigma;          ///< one value, or one for each layer
    double g_out, sigma_out; ///< negative: as g and sigma
    int64_t width;           ///< 0: infinite
    bool bias_shared_over_time;
    int input_mode; ///< index into the choices: first, constant
} qn_kernel_network;

typedef struct {
    double norm, overlap;
    int64_t count;
} qn_kernel_inputs;

typedef struct {
    int name; ///< qn_task_kind
    int64_t dimension, differing;
    double flips, noise;
    int64_t train, test;
} qn_kernel_task;

typedef struct {
    char *inputs, *labels, *label_column;
    double divisor;
    bool centre, unit_norm;
    qn_list classes; ///< double: the two to be told apart; none: all classes
    int64_t train;   ///< 0: all but the test points
    int64_t test;
} qn_kernel_files;

typedef struct {
    qn_list compute; ///< int: qn_kernel_part; none: all that apply
    double noise;    ///< s^2
} qn_kernel_theory;

typedef struct {
    int64_t realisations;
} qn_kernel_simulation;

typedef struct {
    qn_study_common common;
    qn_kernel_network network;
    qn_kernel_inputs
        *inputs; ///< of the three sources of data one at most is not NULL; none: two inputs of the defaults
    qn_kernel_task *task;
    qn_kernel_files *files;
    qn_kernel_theory theory;
    qn_kernel_simulation *simulation; ///< NULL: nothing is simulated
} qn_kernel_study;

typedef enum {
    QN_KERNEL_PART_KERNEL,
    QN_KERNEL_PART_PHASE,
    QN_KERNEL_PART_FINITE_WIDTH,
    QN_KERNEL_PART_GP,
    QN_KERNEL_PARTS
} qn_kernel_part; ///< in the order of the choices of `theory.compute`

/// Rows of the table, ROW(name, unit, long name).
#define QN_KERNEL_ROWS(ROW)                                                                                            \
    ROW(kernel_variance, "1", "variance of the output, kernel of the first input with itself")                         \
    ROW(kernel_overlap, "1", "kernel of the first two inputs")                                                         \
    ROW(cross_time_kernel, "1", "kernel between the last step and the one before, first input")                        \
    ROW(kernel_deviation, "1", "standard deviation of the kernel over networks")                                       \
    ROW(kernel_fluctuation, "1", "V = n Var(C), C = (1/n) sum phi^2 of the last layer, first input")                   \
    ROW(kernel_shift, "1", "m = n (<C> - its limit)")                                                                  \
    ROW(excess_kurtosis, "1", "excess kurtosis of the output, first input")                                            \
    ROW(mmd, "1", "maximum mean discrepancy between outputs and Gaussian process")                                     \
    ROW(variance_fixed_point, "1", "q*, where the variance of the fields goes with depth")                             \
    ROW(correlation_fixed_point, "1", "c*, where the correlation of two inputs goes")                                  \
    ROW(chi_1, "1", "chi_1, above 1 nearby inputs part")                                                               \
    ROW(depth_scale_variance, "layers", "xi_q, depth over which variances settle")                                     \
    ROW(depth_scale_correlation, "layers", "xi_c, depth over which correlations settle")                               \
    ROW(critical_g, "1", "g at which chi_1 = 1, everything else as it is")                                             \
    ROW(log_evidence, "1", "ln Z of the training targets, summed over outputs")                                        \
    ROW(test_error, "1", "fraction of test points misclassified")                                                      \
    ROW(squared_error, "1", "mean squared error of the test targets")                                                  \
    ROW(predictive_variance, "1", "posterior variance of the function, mean over test points")

#define QN_KERNEL_ENUM(name, unit, words) QN_KERNEL_##name,
enum { QN_KERNEL_ROWS(QN_KERNEL_ENUM) QN_KERNEL_QUANTITIES };

extern const qn_study_kind qn_kernel_kind;

/// Does this study compute that part?
bool qn_kernel_computes(const qn_kernel_study *study, qn_kernel_part part);

/// The network a study describes; per-layer values stay the study's.
qn_wide_network qn_kernel_network_of(const qn_kernel_study *study);

qn_status qn_kernel_check(const void *description, const char *folder, const qn_node *tree, qn_complaints *complaints);
qn_status qn_kernel_run(const qn_study *study, const qn_study_options *options, qn_result *result);
