/// The study kind `spiking`: populations of spiking neurons, by mean-field theory and by direct simulation.
#pragma once
#include "study/study_kind.h"

#include <quenched/spiking_network.h>

/// Stands for a number that the study does not say, where 0 would mean something.
#define QN_UNSAID (-1e300)
bool qn_is_said(double value);

/// Indices into the choices of theory.compute.
typedef enum {
    QN_SPIKING_MEAN_FIELD,
    QN_SPIKING_HETEROGENEITY,
    QN_SPIKING_STABILITY,
    QN_SPIKING_SPECTRA
} qn_spiking_compute;

typedef struct {
    char *kind; ///< NULL: not said
    double rate, potential, width;
    qn_list potentials, rates; ///< double
} qn_spiking_link_keys;

typedef struct {
    char *kind, *synapse; ///< NULL: not said
    double membrane_time, synaptic_time, inhibitory_synaptic_time, capacitance, rest, threshold, reset, refractory_time;
    qn_spiking_link_keys link;
} qn_spiking_neuron_keys;

/// A weight in one of three units.
typedef struct {
    double value, excursion, jump;
} qn_spiking_strength_keys;

typedef struct {
    char *drive; ///< "poisson", "constant"; NULL: not said
    double count, rate;
    qn_spiking_strength_keys weight;
} qn_spiking_external_keys;

typedef struct {
    double mean, spread;
} qn_spiking_initial_keys;

typedef struct {
    double rate, start, stop;
} qn_spiking_source_keys;

typedef struct {
    char *name;
    int64_t size;
    bool inhibitory;
    qn_spiking_neuron_keys neuron;
    double constant_current;
    qn_spiking_external_keys external;
    qn_spiking_initial_keys initial;
    qn_spiking_source_keys source;
    char *spikes; ///< file of given spikes
} qn_spiking_population_keys;

typedef struct {
    int law; ///< a qn_weight_kind
    qn_table value, excursion, jump, factor;
    double relative_inhibition, spread;
} qn_spiking_weight_keys;

typedef struct {
    int law; ///< a qn_delay_kind
    qn_table mean, distance;
    double excitatory, inhibitory, velocity, spread;
} qn_spiking_delay_keys;

typedef struct {
    qn_table probability, total_number, in_degree, bernoulli;
    bool multapses, autapses;
    qn_spiking_weight_keys weight;
    qn_spiking_delay_keys delay;
} qn_spiking_connectivity_keys;

typedef struct {
    char *source, *target;
    double probability, total_number, in_degree, bernoulli;
    char *edges;
    int64_t index_base; ///< -1: not said
    bool multapses, autapses;
    qn_spiking_weight_keys *weight; ///< NULL: as the connectivity says
    qn_spiking_delay_keys *delay;
} qn_spiking_projection_keys;

typedef struct {
    char *population;
    double start, stop, current, rate;
} qn_spiking_stimulus_keys;

typedef struct {
    double size, degree;
    qn_list rates; ///< double; empty: of the full network's mean field
} qn_spiking_scale_keys;

typedef struct {
    double time_step, delay_minimum;
    int64_t unit_size;
    int delay_split;
    qn_spiking_neuron_keys neuron;
    double constant_current;
    qn_spiking_external_keys external;
    qn_spiking_initial_keys initial;
    qn_list populations; ///< qn_spiking_population_keys
    qn_spiking_connectivity_keys connectivity;
    qn_list projections; ///< qn_spiking_projection_keys
    qn_list stimuli;     ///< qn_spiking_stimulus_keys
    qn_spiking_scale_keys scale;
} qn_spiking_network_keys;

typedef struct {
    qn_list compute; ///< int: qn_spiking_compute
    bool weight_variance, average_synaptic_time;
    qn_list starts; ///< double
    double tolerance;
} qn_spiking_theory_keys;

typedef struct {
    int64_t realisations;
    double duration, discard, bin;
    int64_t recorded, traced, raster;
    double raster_duration;
    double local_variation_refractory, rate_limit, checkpoint_interval;
    double correlation_bin;
    int64_t correlation_neurons;
    double spectrum_segment, spectrum_bin;
    int precision, spikes;
} qn_spiking_simulation_keys;

typedef struct {
    qn_study_common common;
    qn_spiking_network_keys network;
    qn_spiking_theory_keys theory;
    qn_spiking_simulation_keys *simulation; ///< NULL: nothing is simulated
} qn_spiking_study;

/// How spikes are written.
typedef enum { QN_SPIKES_NONE, QN_SPIKES_SONATA, QN_SPIKES_NPY, QN_SPIKES_BOTH } qn_spikes_format;

extern const qn_study_kind qn_spiking_kind;
extern const qn_key qn_spiking_network_schema[];      ///< of qn_spiking_network_keys
extern const qn_key qn_spiking_neuron_schema[];       ///< of qn_spiking_neuron_keys
extern const qn_key qn_spiking_external_schema[];     ///< of qn_spiking_external_keys
extern const qn_key qn_spiking_initial_schema[];      ///< of qn_spiking_initial_keys
extern const qn_key qn_spiking_connectivity_schema[]; ///< of qn_spiking_connectivity_keys
extern const qn_key qn_spiking_projection_schema[];   ///< of qn_spiking_projection_keys
extern const char *const qn_spiking_families[];       ///< quantities that every population has
extern const char *const qn_spiking_scalars[];        ///< quantities of the whole network
extern const char *const qn_spiking_functions[];      ///< arrays that figures may show

bool qn_spiking_computes(const qn_spiking_study *study, qn_spiking_compute what);

/// Index of the population of that name, or -1.
int qn_spiking_population_named(const qn_spiking_network_keys *keys, const char *name);

/// The entry of a table for (target, source); NAN where it is not said.
double qn_table_at(const qn_table *table, size_t target, size_t source);
bool qn_table_is_said(const qn_table *table);

qn_status qn_spiking_check(const void *description, const char *folder, const qn_node *tree, qn_complaints *complaints);
qn_status qn_spiking_run(const qn_study *study, const qn_study_options *options, qn_result *result);
qn_status qn_spiking_plan_text(const qn_study *study, const qn_study_options *options, char **text);
