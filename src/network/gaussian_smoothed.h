/// phi and phi' smoothed by a Gaussian: int Dy phi(m + deviation y), to about 1e-14.
#pragma once
#include <quenched/transfer.h>

/// Scratch for one smoothing at a time. `{0}` before the first use.
typedef struct {
    const qn_transfer *transfer; ///< tanh or table; gain resolved
    bool slope;                  ///< phi' rather than phi
    double deviation;            ///< >= 0
    size_t room;
    double *work;
} qn_smoothed;

qn_status qn_smoothed_create(const qn_transfer *transfer, bool slope, double deviation, qn_smoothed *smoothed);
void qn_smoothed_clear(qn_smoothed *smoothed);

/// The smoothed function at m.
double qn_smoothed_at(qn_smoothed *smoothed, double m);

/// |m| beyond which the smoothed slope vanishes to rounding, or INFINITY.
double qn_smoothed_reach(const qn_smoothed *smoothed);

/// Its spectrum: the wave number beyond which the Fourier transform has fallen below 1e-16, when the product of
/// `factors` such functions is taken (1 or 2).
double qn_smoothed_bandwidth(const qn_smoothed *smoothed, int factors);
