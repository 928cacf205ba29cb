/// What the kernel of a wide network needs to know of each input alone: its variances, and the factors by which rows of
/// the kernel are mapped from layer to layer.
#pragma once
#include <quenched/wide_kernel.h>

typedef struct {
    size_t count, layers;                ///< inputs, depth + 1
    double *variance;                    ///< layers x count
    double *factor;                      ///< erf: sqrt(k2 / (1 + k2 q)); relu: sqrt(q); else NULL
    double *inverse;                     ///< relu: 1 / sqrt(q), or 0; else NULL
    float *factor_float, *inverse_float; ///< rounded, where asked for
} qn_wide_layers;

qn_status qn_wide_layers_create(const qn_wide_network *network, const qn_wide_inputs *inputs, bool single,
                                qn_wide_layers *layers);
void qn_wide_layers_clear(qn_wide_layers *layers);

/// Take note of variances; `first` starts the report anew.
void qn_wide_layers_report(const qn_wide_layers *layers, qn_wide_kernel_report *report);
