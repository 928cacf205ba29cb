/// A simulation under way, and what it comes to.
#pragma once
#include "observables/activity.h"
#include "simulation/kinetics.h"
#include "simulation/rate_plan.h"
#include "simulation/settling.h"

typedef struct {
    qn_rate_plan plan;
    qn_coupling_operator *coupling;
    qn_rate_block block;
    qn_activity *activity;
    qn_activity_record fields, rates; ///< empty unless the dimension is asked for
    qn_activity_record sums;          ///< of the rates over all steps of a frame's interval; likewise
    void *sum;                        ///< the next frame of it: units x stride
    qn_kinetics kinetics;             ///< the last look
    qn_settling *settling;
    double *slope, *velocity_square; ///< per trial, summed over frames
    double *growth;                  ///< per tangent: log of its growth over measured_time
    double measured_time;            ///< units of tau; 0 when the run was over before
    size_t frames;
    bool diverged;
    bool at_rest; ///< all trials have settled
} qn_rate_run;

/// phi for the block `context` (see qn_activity_function).
void qn_rate_run_transfer(const void *context, size_t count, const void *in, void *out);

/// No theory here: odd means that nothing is static, so that the tail's first correction is that of an odd phi.
bool qn_rate_run_is_odd(const qn_rate_network *network);

/// Normalises the records in place.
qn_status qn_rate_run_outcome(qn_rate_run *run, qn_rate_measurement *result);
