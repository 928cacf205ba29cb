/// The self-consistent state of one unit: at rest, frozen, or in motion.
#pragma once
#include "theory/force.h"

typedef enum {
    QN_MOTION_NONE,   ///< every unit rests at the same value: variance 0
    QN_MOTION_FROZEN, ///< every unit rests at its own value: variance = frozen
    QN_MOTION_LIVELY  ///< units fluctuate: variance > frozen
} qn_motion_kind;

typedef struct {
    qn_motion_kind kind;
    qn_site_state state;
    qn_gaussian_average *average; ///< of the state, owned
    qn_force force;               ///< lively only
} qn_motion;

/// Find the stable state. `tolerance` relative, on the variance.
/// @return QN_NO_SOLUTION ("no stationary state: ...") when activity grows without bound; QN_NOT_CONVERGED.
/// *motion is untouched on error; clear with qn_motion_clear().
qn_status qn_motion_solve(const qn_site *site, double tolerance, qn_motion *motion);
void qn_motion_clear(qn_motion *motion);

/// The parts of qn_motion_solve(), which decides between them. Each leaves the average unset (NULL) and knows only the
/// state. `uniform` receives whether a uniform shift of all units would grow (Jbar <phi'> > 1): then this state is not
/// the one.
qn_status qn_odd_state(const qn_site *site, double tolerance, qn_motion_kind *kind, qn_site_state *state,
                       bool *uniform);
qn_status qn_shifted_state(const qn_site *site, double tolerance, qn_motion_kind *kind, qn_site_state *state);
qn_status qn_linear_state(const qn_site *site, qn_motion_kind *kind, qn_site_state *state);

/// The state in which every unit rests, stable or not, and its <phi'^2>. Without noise only.
qn_status qn_frozen_state(const qn_site *site, double tolerance, qn_motion_kind *kind, qn_site_state *state,
                          double *slope_square);

/// <phi'^2> where all units rest at `mean`: the limit of small variance, for at a kink a perturbation sees both slopes.
qn_status qn_rest_slope_square(const qn_site *site, double mean, double *slope_square);

/// The state with `variance` given: mean and frozen variance follow (E18). Used to polish the variance.
qn_status qn_shifted_state_at(const qn_site *site, double variance, qn_site_state *state);

/// Record "no stationary state: ..." with the numbers of this network.
qn_status qn_motion_diverges(const qn_site *site);
