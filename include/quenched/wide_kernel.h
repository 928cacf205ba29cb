/// Kernels of wide networks: covariances of a network's layers and outputs over the prior as n -> infinity, for all
/// pairs of inputs; equations (1)-(4), (32) and (33) of docs/theory/gaussian-processes.md. Deep and recurrent networks
/// share every instruction here: read out at one time, their kernels are the same bits.
///
/// The same bits also for any number of threads and on every instruction set, as far as the BLAS gives products of
/// inputs the same bits (pass `gram` where that matters).
#pragma once
#include <quenched/wide_network.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_WIDE_OUTPUT = 0, ///< Kout of a readout at each layer: (4), 0 between different layers of a deep network
    QN_WIDE_FIELD,      ///< K of the pre-activations: (2), 0 between different layers of a deep network
    QN_WIDE_MOMENT,     ///< <phi phi>: (3), <phi><phi> between different layers of a deep network
    QN_WIDE_TANGENT     ///< neural tangent kernel Theta_out in the parametrisation W = g omega / sqrt(n): (32), (33)
} qn_wide_quantity;

typedef struct {
    double tolerance; ///< of <phi phi> by interpolation, relative to its largest value; 0: 1e-10 (tanh), 1e-7 (others)
    double memory_limit; ///< bytes beyond which nothing is computed; 0: what this process may take
    const double *gram;  ///< x.x' / N_in of rows and columns, computed before (qn_wide_gram()); NULL: computed here.
                         ///< Not for sequences
} qn_wide_kernel_options;

/// What a caller should tell its user.
typedef struct {
    double largest_variance, smallest_variance; ///< of all pre-activations, inputs and layers
    double decay;  ///< largest variance of the last layer over that of the first: the signal dies below 1e-3
    size_t silent; ///< inputs whose pre-activations vanish in some layer
    double interpolation_error; ///< bound on the absolute error of <phi phi>, worst layer; 0: closed form or quadrature
} qn_wide_kernel_report;

/// x.x' / N_in for all rows and columns (NULL: rows again), row-major `rows->count` x `columns->count`, at one time of
/// sequences. Cost: 2 P P' N_in flops by dgemm, half of that for one set.
qn_status qn_wide_gram(const qn_wide_inputs *rows, const qn_wide_inputs *columns, size_t time, double *gram);

/// Variances of the pre-activations, (depth + 1) x count: K^(a,a) at coinciding inputs. `report` may be NULL.
/// @return QN_BAD_VALUE naming the field or the input's row at fault; QN_NO_SOLUTION naming the layer and the input
/// where a variance overflows. Cost: 10 ns per input and layer (closed forms), 2 us (tanh), 20 us and more (others).
qn_status qn_wide_variances(const qn_wide_network *network, const qn_wide_inputs *inputs, double *variance,
                            qn_wide_kernel_report *report);

/// Kernel of all readouts: composite data points (readout, input), readout-major, so (R P) x (R P') row-major with R =
/// qn_wide_readout_count(); `columns` NULL: the rows again, and a symmetric matrix. `kernel` is the caller's.
/// `options` and `report` may be NULL.
///
/// @return as qn_wide_variances(); QN_NO_MEMORY before anything is taken when the scratch of 1 MB per thread and
/// 16 (depth + 1) (P + P') bytes is too much. `kernel` is untouched where arguments are at fault.
/// Cost per pair and layer on one core (AVX-512, 2.6 GHz): 1.4 ns erf, 1.2 ns relu, 15 ns tanh; products of inputs by
/// dgemm beside. A matrix of one readout costs half of its pairs. Without closed form the series come first: for each
/// layer 10 to 100 ms (tanh), seconds (threshold-power), up to a minute (table, by its rows), shared among threads;
/// with fewer than 4096 pairs of inputs each pair is a quadrature instead. Nothing of the size of the kernel is
/// allocated.
qn_status qn_wide_kernel(const qn_wide_network *network, const qn_wide_inputs *rows, const qn_wide_inputs *columns,
                         const qn_wide_kernel_options *options, double *kernel, qn_wide_kernel_report *report);
/// The same in single precision (products of inputs are still summed in double): relative error about 1e-6 of the
/// largest element; half the memory and a third of the time (0.45 ns; others than erf, relu and linear are computed in
/// double). QN_NO_SOLUTION where a variance exceeds 1e37.
qn_status qn_wide_kernel_float(const qn_wide_network *network, const qn_wide_inputs *rows,
                               const qn_wide_inputs *columns, const qn_wide_kernel_options *options, float *kernel,
                               qn_wide_kernel_report *report);
/// Neural tangent kernel of all readouts, same shape. Twice the cost.
qn_status qn_wide_tangent_kernel(const qn_wide_network *network, const qn_wide_inputs *rows,
                                 const qn_wide_inputs *columns, const qn_wide_kernel_options *options, double *kernel,
                                 qn_wide_kernel_report *report);

/// One quantity at `count` pairs of layers: count x P x P'. Pairs on one diagonal (row - column) share their recursion.
/// QN_BAD_VALUE names a pair beyond the depth.
qn_status qn_wide_kernel_pairs(const qn_wide_network *network, const qn_wide_inputs *rows,
                               const qn_wide_inputs *columns, qn_wide_quantity quantity, size_t count,
                               const qn_wide_layer_pair *pairs, const qn_wide_kernel_options *options, double *kernels,
                               qn_wide_kernel_report *report);

/// Diagonal of the kernel of all readouts: variance of each output, R x P, without the matrix.
qn_status qn_wide_output_variances(const qn_wide_network *network, const qn_wide_inputs *inputs, double *variance);

/// First two inputs that are equal at all times (their kernel is singular without noise): `*found` says whether there
/// are any. Cost: P log P comparisons.
qn_status qn_wide_duplicates(const qn_wide_inputs *inputs, bool *found, size_t *first, size_t *second);

#ifdef __cplusplus
}
#endif
