/// A run of a spiking study: its points, each with its network, its mean field and its realisations.
#pragma once
#include "study/spiking_build.h"
#include "study/spiking_measure.h"
#include "study/study_data.h"

#include <quenched/lif_mean_field.h>
#include <quenched/spiking_simulation.h>

typedef struct {
    const qn_spiking_study *study;
    char *label;                       ///< "network.external.rate = 8"; "" without sweep
    qn_spiking_built full;             ///< as the keys have it, before scaling
    qn_spiking_network scaled;         ///< where network.scale is said; else empty
    const qn_spiking_network *network; ///< what is simulated: one of the two

    qn_status solved;         ///< how theory went; QN_STOPPED: not asked
    char *trouble;            ///< why it did not go well
    qn_lif_mean_field theory; ///< of `network`
    double *cv;               ///< of each population by theory; NULL: not there

    qn_spiking_options options;
    qn_spiking_plan plan; ///< of one realisation, at theory's rates
    bool planned;
    size_t realisations; ///< 0: nothing is simulated
    qn_spiking_measurement *measurements;
} qn_spiking_point;

typedef struct {
    const qn_study *study;
    const qn_study_variant *variant;
    const qn_study_options *options;
    size_t count;
    qn_spiking_point *points;
} qn_spiking_execution;

/// Make the points of a run, up to their theory; to be closed also on failure.
qn_status qn_spiking_open(const qn_study *study, const qn_study_options *options, qn_result *result,
                          qn_spiking_execution *run);
void qn_spiking_close(qn_spiking_execution *run);

/// Build the network of a point, at scale; solve its mean field. Warnings go to `result`.
qn_status qn_spiking_prepare_point(const qn_spiking_execution *run, qn_spiking_point *point, qn_result *result);
void qn_spiking_point_clear(qn_spiking_point *point);

/// The state of the mean field, or NULL where there is none.
const qn_lif_state *qn_spiking_state_of(const qn_spiking_point *point);

/// Intervals' variation by theory: of a neuron with white noise, averaged over the spread of mean inputs.
qn_status qn_spiking_solve_cv(qn_spiking_point *point);

/// Spectra of the populations' rates by linear response into values[population, frequency]; NANs and a warning where
/// there are none.
qn_status qn_spiking_theory_spectra(const qn_spiking_point *point, size_t count, const double *frequencies,
                                    double *values, qn_result *result);
/// The options behind a point's mean field.
qn_lif_mean_field_options qn_spiking_mean_field_options(const qn_spiking_study *study);

/// A warning that says at which point.
qn_status qn_spiking_warn(const qn_spiking_point *point, qn_result *result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// What regimes the network is in that a reader must know of.
qn_status qn_spiking_warn_of_regime(const qn_spiking_execution *run, const qn_spiking_point *point, qn_result *result);

/// Plan every point that is simulated; refuse what exceeds the limits.
qn_status qn_spiking_plan_points(qn_spiking_execution *run);
qn_status qn_spiking_refuse_beyond_limits(const qn_spiking_execution *run);

/// Simulate every realisation of every point, with checkpoint and progress.
qn_status qn_spiking_simulate_points(qn_spiking_execution *run);

/// Estimate of a family of one population over realisations.
qn_status qn_spiking_estimate(const qn_spiking_point *point, size_t family, size_t population, qn_estimate *estimate);
qn_status qn_spiking_add_rows(const qn_spiking_execution *run, qn_result *result);
qn_status qn_spiking_add_arrays(const qn_spiking_execution *run, qn_result *result);
