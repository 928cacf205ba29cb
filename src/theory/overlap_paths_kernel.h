/// The vectorised inside of a block of paths of the single-site process (E13): Gaussian fields drawn by frequency,
/// Fourier transforms and the integration, for QN_PATHS paths side by side.
///
/// A row holds one time (or frequency) of all paths. Transforms take the first half of a row as real, the second as
/// imaginary parts: two real paths ride on one complex transform.
#pragma once
#include "base/cpu.h"

#include <quenched/transfer.h>
#include <stdbool.h>

enum {
    QN_PATHS = 32,         ///< of a block
    QN_OVERLAP_RATES = 12, ///< exponentials of which response and memory kernel are made
    QN_TANGENTS = 5        ///< frequencies at which a path's linear response is followed
};

/// x = y + u with du/dt = -u + f, f = K0 phi(x) + memory: f is linear over a step, and so is phi in the memory.
typedef struct {
    size_t count;                  ///< steps of the periodic box, a power of two, at least 16
    size_t warm_up;                ///< steps run before the box, in its own field; at most count
    float leak, before, after;     ///< u' = leak u + before f + after f'
    float instantaneous;           ///< f' = memory so far + instantaneous phi'
    float decay[QN_OVERLAP_RATES]; ///< z' = decay z + entry phi, and the memory is the sum of z'
    float entry[QN_OVERLAP_RATES];
    size_t mode[QN_TANGENTS];                         ///< fields cos(omega t) with omega = 2 pi mode / box are followed
    float in_phase[QN_TANGENTS], behind[QN_TANGENTS]; ///< y moves by in_phase cos + behind sin
    const float *turns;                               ///< see qn_overlap_transform()
    const qn_transfer *transfer;
} qn_overlap_step;

typedef struct {
    double slope, square_slope, field_square; ///< sums of phi', phi'^2, x^2 over paths and steps
    double tangent[QN_TANGENTS][2];           ///< and of the change of phi by a field, times cos and -sin
} qn_overlap_moments;

/// Fill the rows `mode` and count - mode of a spectrum, for `modes` consecutive modes (1 <= mode < count / 2, or mode 0
/// and count / 2 with `real`): independent complex normal amplitudes of mean square scale[mode]^2. `uniform` holds 2
/// QN_PATHS deviates per mode; `shift` one per mode, which stratifies the moduli over the block.
QN_DECLARE_KERNEL(void, qn_overlap_draw,
                  (size_t count, size_t mode, size_t modes, bool real, const float *scale, const double *uniform,
                   const double *shift, float *spectrum));

/// Unnormalised discrete Fourier transform, sign - (or + when `inverse`), from `in` by way of two other arrays; returns
/// the one with the result. `turns` holds cos and -sin of 2 pi k / count, k < count, one array after the other.
QN_DECLARE_KERNEL(float *, qn_overlap_transform,
                  (size_t count, bool inverse, const float *turns, const float *in, float *one, float *other));

/// y -> phi(x) in place; x into `field` unless that is NULL.
QN_DECLARE_KERNEL(void, qn_overlap_integrate,
                  (const qn_overlap_step *step, float *path, float *field, qn_overlap_moments *moments));

/// power[n] += sum over paths |f_n|^2, n = 0 ... count / 2.
QN_DECLARE_KERNEL(void, qn_overlap_power, (size_t count, const float *transformed, double *power));

/// cross[2n], cross[2n + 1] += sum over paths f_n y_n^* (real, imaginary).
QN_DECLARE_KERNEL(void, qn_overlap_cross,
                  (size_t count, const float *transformed, const float *spectrum, double *cross));
