/// Direct simulation of one realisation of a spiking network, step by step on the time grid.
///
/// Source: sections 4.1 and 6 of docs/theory/spiking.md. Connectivity of projections of a fixed total number is not
/// stored: it is a function of the seed, computed again whenever a synapse is due.
#pragma once
#include <quenched/progress.h>
#include <quenched/spikes.h>
#include <quenched/spiking_network.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint64_t seed;
    double duration; ///< measured, ms, >= one step; 0 means 1000
    double discard;  ///< simulated before that and not measured, ms, >= 0
    double bin;      ///< of the histograms, ms, a multiple of the time step; 0 means 1, or what is nearest
                     ///< to it, and no more than the duration
    double local_variation_refractory; ///< R of LvR, ms; 0 means 5
    size_t recorded;                   ///< of each population, the first so many neurons have their spikes kept
    size_t traced;          ///< of each population, the first so many neurons have their potentials kept, every step
    bool double_precision;  ///< potentials and currents in double: for validation, at half the speed
    double rate_limit;      ///< 1/s: stop when the mean over the network exceeds it for 50 ms; 0 means 100
    double memory_limit;    ///< bytes; 0: what the machine has
    const char *checkpoint; ///< path of the checkpoint file, or NULL for none. It stays when the run ends
    double checkpoint_interval; ///< ms of the network's time; 0 means 1000
    bool resume;                ///< continue from the checkpoint if it is of this very run
} qn_spiking_options;

/// Seconds spent, by what they were spent on; of all threads together but for `wall`.
typedef struct {
    double build, update, deliver, wait, record, wall; ///< wall: of the steps, without build
} qn_spiking_seconds;

typedef struct {
    size_t population_count;
    size_t *first_neuron;       ///< population_count + 1
    uint32_t *first_half;       ///< of spike_count: those of the first half, for the spread of rates
    double first_half_duration; ///< ms
    uint32_t *spike_count;      ///< per neuron, measured part
    double *cv, *lvr;           ///< per neuron: NAN below 3 and 4 spikes
    size_t bin_count;
    double bin;          ///< ms
    uint32_t *histogram; ///< spikes [population, bin]
    qn_spikes spikes;    ///< of the recorded neurons, measured part
    size_t traced_count; ///< neurons
    size_t traced_steps;
    float *potential, *current; ///< [traced neuron, step]: mV absolute, pA (sum of currents; 0 for delta synapses)
    double duration;            ///< measured, ms: shorter than asked when the network ran away
    bool ran_away;              ///< the rate limit was exceeded: the run ended there
    double highest_rate;        ///< mean over the network in the busiest 50 ms, 1/s
    uint64_t events;            ///< synaptic events delivered, all of the run
    uint64_t steps;             ///< of the run
    qn_spiking_seconds seconds;
    size_t bytes; ///< peak of what this call held
} qn_spiking_activity;

/// Simulate realisation `realisation` of the network: couplings, initial potentials and external input from streams
/// named by (seed, purpose, realisation).
/// @param[in]  options   NULL for defaults
/// @param[in]  progress  NULL or a callback
/// @param[out] activity  free with qn_spiking_activity_clear(); untouched on error
/// @return QN_OK, also when the network ran away (see `ran_away`); QN_BAD_VALUE naming the entry or option;
/// QN_NO_MEMORY
///         with the figures before anything is taken; QN_STOPPED, the checkpoint written; QN_BAD_FILE for a checkpoint
///         that is damaged or of another run.
/// The same spikes for any number of threads and any instruction set. Cost: about 0.3 ns per neuron and step and 1 ns
/// per synaptic event and core; memory 24 bytes per neuron and 2 bytes per source neuron and unit, and 8 bytes per
/// synapse of projections that are stored (all rules but the total number).
qn_status qn_spiking_simulate(const qn_spiking_network *network, const qn_spiking_options *options,
                              uint64_t realisation, const qn_progress *progress, qn_spiking_activity *activity);
void qn_spiking_activity_clear(qn_spiking_activity *activity);

/// What a run takes, before it is run.
typedef struct {
    double bytes;  ///< peak memory
    double events; ///< synaptic events
    double spikes;
    double neuron_steps;
    double seconds;           ///< on qn_threads() threads, from a measurement of this machine (0.1 s)
    double stored_synapses;   ///< kept in memory
    double computed_synapses; ///< computed when due
} qn_spiking_plan;

/// Plan for given rates of the populations (1/s), such as a mean-field theory's.
qn_status qn_spiking_plan_make(const qn_spiking_network *network, const qn_spiking_options *options, const double *rate,
                               qn_spiking_plan *plan);

#ifdef __cplusplus
}
#endif
