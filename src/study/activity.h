/// The study kind `activity`: what one network, or a sweep of them, does; by theory and by simulation.
#pragma once
#include "study/study_kind.h"

#include <quenched/rate_network.h>
#include <quenched/rate_simulation.h>

/// Indices into the choices of theory.compute.
typedef enum {
    QN_COMPUTE_TWO_POINT,
    QN_COMPUTE_LYAPUNOV,
    QN_COMPUTE_RESPONSE,
    QN_COMPUTE_TRANSITION,
    QN_COMPUTE_DIMENSION
} qn_activity_compute;

typedef struct {
    int kind; ///< a qn_transfer_kind
    double gain, exponent, threshold;
    char *file;
} qn_activity_transfer;

typedef struct {
    int kind;                                                ///< a qn_spectrum_kind
    double effective_rank, exponent, ratio, fraction, modes; ///< 0: not said
    qn_list values;                                          ///< double
} qn_activity_spectrum;

typedef struct {
    qn_list values, weights; ///< double
} qn_activity_gain;

typedef struct {
    int kind; ///< a qn_coupling_kind
    double strength, mean;
    char *file;
    int64_t index_base; ///< -1: not said
    bool rescale, remove_mean;
    qn_activity_spectrum spectrum;
    double overlap, overlap_fraction, overlap_rest;
    double symmetry;
    int64_t rank;
    double rank_strength;
    qn_activity_gain gain;
} qn_activity_coupling;

typedef struct {
    int family;
    int64_t size; ///< 0: taken from the coupling file
    qn_activity_transfer transfer;
    double noise, input, time_constant;
    qn_activity_coupling coupling;
} qn_activity_network;

typedef struct {
    qn_list compute; ///< int: qn_activity_compute
    double tolerance, lag_step, lag_max;
    bool zscore;
} qn_activity_theory;

typedef struct {
    int64_t realisations, trials;
    double duration, burn_in, step, sample_interval, lag_max; ///< units of tau; 0: automatic
    int64_t tangents;                                         ///< -1: automatic
    int integrator, precision;                                ///< qn_integrator, qn_precision
    bool pca;
    int64_t dimension_map_lags; ///< frames
    qn_list extrapolate;        ///< char *
    qn_list sizes;              ///< int64_t
    bool naive;
} qn_activity_simulation;

typedef struct {
    qn_study_common common;
    qn_activity_network network;
    qn_activity_theory theory;
    qn_activity_simulation *simulation; ///< NULL: nothing is simulated
} qn_activity_study;

extern const qn_study_kind qn_activity_kind;
extern const qn_key qn_activity_network_keys[]; ///< of qn_activity_network

/// What theory says beyond one unit: the couplings' numbers and the dimension of activity. NAN: not there.
typedef struct {
    double effective_coupling, inverse_effective_rank, effective_rank;
    double participation_ratio, participation_ratio_field, four_point_variance, participation_ratio_zero_frequency;
    double participation_ratio_zscored;      ///< each rate divided by the standard deviation of its class
    double participation_ratio_unit_zscored; ///< by its own
    double rate_memory, collective_memory;   ///< see qn_activity_memory_lag()
    double participation_ratio_naive;        ///< what one trial's covariance gives when its bias is left in
} qn_activity_collective;

/// The scalars, in the order of the table; the first is "phase", which is text.
typedef struct {
    const char *name, *unit, *long_name;
    ptrdiff_t theory;      ///< offset in qn_two_point; -1: not there
    ptrdiff_t measurement; ///< offset in qn_rate_measurement; -1: not there
    ptrdiff_t per_square; ///< the estimate is <C>^2 / <measurement> over networks, C the variance at this offset; 0: no
    qn_activity_compute computed_by;
    bool collective; ///< `theory` is an offset in qn_activity_collective instead
    bool zscored;    ///< of rates divided by their standard deviations: shown when theory.zscore is asked for
    bool naive;      ///< shown when simulation.naive is
} qn_activity_quantity;

enum { QN_ACTIVITY_QUANTITIES = 24 };
extern const qn_activity_quantity qn_activity_quantities[QN_ACTIVITY_QUANTITIES];

/// The double at `offset` of a struct: a quantity's value in a qn_two_point or a qn_rate_measurement.
double qn_activity_value(const void *structure, ptrdiff_t offset);

bool qn_activity_computes(const qn_activity_study *activity, qn_activity_compute what);

qn_status qn_activity_check(const void *description, const char *folder, const qn_node *tree,
                            qn_complaints *complaints);
qn_status qn_activity_run(const qn_study *study, const qn_study_options *options, qn_result *result);
