/// Monte-Carlo paths of the single-site process (E13) in a periodic box, and what is summed over them.
#pragma once
#include "theory/overlap_paths_kernel.h"

#include <quenched/random.h>
#include <quenched/status.h>

/// One replica's process.
typedef struct {
    qn_overlap_step step;
    float *scale; ///< root mean square amplitude of the linear part y, by frequency 0 ... count / 2
} qn_overlap_process;

/// Sums over paths, by frequency 0 ... count / 2; field is NULL unless x itself is wanted.
typedef struct {
    double *power, *cross, *linear, *field; ///< |phi_n|^2, phi_n y_n^* (real, imaginary), |y_n|^2, |x_n|^2 with phi_n =
                                            ///< sum_k phi_k exp(-2 pi i k n / count), x likewise; y_n as drawn
    qn_overlap_moments moments;
} qn_overlap_sums;

/// Floats that running blocks needs.
size_t qn_overlap_scratch(size_t count);

/// Run blocks `first` ... `first + blocks - 1` of the stream, QN_PATHS paths each, and add to `sums`. `turns`: see
/// qn_overlap_transform(), made by qn_overlap_turns().
void qn_overlap_run(const qn_overlap_process *process, const float *turns, const qn_stream *stream, uint64_t first,
                    size_t blocks, float *scratch, qn_overlap_sums *sums);
void qn_overlap_turns(size_t count, float *turns);
