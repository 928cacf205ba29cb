/// A unit: a piece of a population, its membranes, and all synapses onto it. One thread advances it at a time; of other
/// units it reads only spikes that are a block old.
#pragma once
#include "observables/interval_record.h"
#include "simulation/active_rows.h"
#include "simulation/membrane_kernel.h"
#include "simulation/spike_lists.h"
#include "simulation/spiking_layout.h"
#include "simulation/spiking_rows.h"
#include "simulation/stored_rows.h"

#include <quenched/spiking_simulation.h>

enum { QN_SOURCE_SPIKES = 16 }; ///< most of a Poisson source in one step

/// Spikes and potentials that are kept of the first neurons of the population.
typedef struct {
    size_t neurons; ///< of this unit whose spikes are kept
    size_t traced;  ///< whose potentials are kept
    size_t count, capacity;
    uint32_t *step, *neuron;    ///< spikes, by time; number in the unit
    float *potential, *current; ///< [traced, measured step]
} qn_unit_record;

/// One source of Poisson input: always there, or for a while.
typedef struct {
    double start, stop; ///< steps: start < t <= stop
    double mean;        ///< of the counts of a step
    size_t draws;
    qn_poisson_table table;
    double weight; ///< of a count, pA or mV
} qn_unit_drive;

typedef struct {
    const qn_spiking_layout *layout;
    const qn_spiking_place *place;
    size_t number;
    qn_spiking_neuron neuron;          ///< resolved
    bool doubles;                      ///< precision
    uint64_t discard, steps;           ///< first step that is measured is discard + 1; all
    double local_variation_refractory; ///< steps
    uint64_t bin_steps;

    qn_membrane membrane;
    qn_membrane_state state; ///< sum points at the present slot of `ring`
    int32_t *ring;           ///< [slot, lane, padded]: input to come of stored synapses
    size_t slots;            ///< a power of 2
    size_t stride;           ///< lanes x padded

    size_t drive_count;
    qn_unit_drive *drives;
    size_t draw_room;
    qn_poisson_table *tables; ///< of the draws of a step
    double *table_weights;

    uint16_t *const *row_size; ///< [source population]: of computed projections
    qn_active_rows active;
    qn_delivery delivery;
    uint32_t *lanes; ///< per source population
    float *wide;     ///< per source population: log mean, spread, sign of lognormal weights
    qn_stored_rows stored;

    size_t dead_steps; ///< refractory time
    qn_spike_lists spikes;
    uint64_t *silent_until;                      ///< escape-rate neurons: no spike at or before this step
    uint32_t source_threshold[QN_SOURCE_SPIKES]; ///< Poisson sources: 2^32 P(at most k spikes in a step) - 1
    uint64_t source_start, source_stop;          ///< active for start < step <= stop
    size_t given_next;
    size_t given_count;
    uint64_t *given; ///< step << 32 | neuron in the unit, increasing

    qn_interval_record *intervals;
    uint32_t *first_half; ///< spikes of each neuron in the first half of what is measured
    uint32_t *histogram;
    qn_unit_record record;

    uint64_t events;
    uint64_t emitted; ///< spikes so far; 0 for sources
    double update_seconds, deliver_seconds, record_seconds;
} qn_spiking_unit;

/// What all units of a run share.
typedef struct {
    const qn_spiking_layout *layout;
    const qn_spiking_options *options; ///< without zeros that mean defaults
    qn_cipher_key couplings, input;
    qn_stream initial;
    const qn_spiking_rows *rows;
} qn_spiking_shared;

/// Take memory, draw stored synapses and initial potentials.
qn_status qn_spiking_unit_make(const qn_spiking_shared *shared, size_t number, qn_spiking_unit *unit);
void qn_spiking_unit_clear(qn_spiking_unit *unit);

/// Advance `unit` to `step`, from the spikes of `units` a block before.
qn_status qn_spiking_unit_step(const qn_spiking_shared *shared, const qn_spiking_unit *units, qn_spiking_unit *unit,
                               uint64_t step);

double qn_spiking_unit_bytes(const qn_spiking_unit *unit);
