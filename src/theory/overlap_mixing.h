/// Anderson's extrapolation of a fixed-point iteration (Anderson 1965), for maps that contract slowly.
#pragma once
#include <quenched/status.h>

#include <stddef.h>

enum { QN_MIXING_DEPTH = 6 };

/// `image` is what distances are measured in, a linear function of the state.
typedef struct {
    size_t length, image_length, pairs; ///< of steps kept; the oldest is overwritten
    double *last_mapped, *last_image;   ///< of the round before
    int started;
    double *mapped_step, *image_step; ///< QN_MIXING_DEPTH of each: of the map, of the residual's image
} qn_mixing;

qn_status qn_mixing_create(size_t length, size_t image_length, qn_mixing *mixing);
void qn_mixing_clear(qn_mixing *mixing);
/// Forget where the last round was, but not what the map is like: for the next map of the same kind.
void qn_mixing_restart(qn_mixing *mixing);
/// Forget everything.
void qn_mixing_forget(qn_mixing *mixing);

/// `mapped` is the map of `state`, `residual` the image of mapped - state: overwrite `state` by the next one to try.
qn_status qn_mixing_next(qn_mixing *mixing, const double *mapped, const double *residual, double *state);
