/// A network of populations of spiking neurons: what its neurons do, how they are wired, what drives them.
///
/// Source: sections 2 and 4.1 of docs/theory/spiking.md (Potjans & Diesmann 2014; Brunel 2000; van Meegen & van Albada
/// 2021). Times in ms, potentials in mV, currents in pA, capacitances in pF, rates in 1/s. A matrix of populations is
/// [target, source], row-major.
#pragma once
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_NEURON_INTEGRATE_AND_FIRE = 0, ///< leaky; spikes where V reaches the threshold, then reset and dead time
    QN_NEURON_ESCAPE_RATE,            ///< V is never reset; spikes at random with intensity link(V), then dead time
    QN_NEURON_POISSON,                ///< a source: Poisson trains of `source_rate`, without input
    QN_NEURON_GIVEN                   ///< a source: the spike trains of `given`, without input
} qn_neuron_kind;

typedef enum {
    QN_SYNAPSE_EXPONENTIAL = 0, ///< a spike adds its weight (pA) to a current that decays with the synaptic time
    QN_SYNAPSE_DELTA            ///< a spike adds its weight (mV) to the potential at once
} qn_synapse_kind;

typedef enum {
    QN_LINK_EXPONENTIAL = 0, ///< link_rate exp((V - link_potential) / link_width)
    QN_LINK_ERF,             ///< link_rate Phi((V - link_potential) / link_width), Phi the normal distribution function
    QN_LINK_TABLE            ///< linear between (table_potential, table_rate), constant beyond its ends
} qn_link_kind;

/// Membrane: C dV/dt = -C (V - rest) / membrane_time + I_ex + I_in + constant current.
typedef struct {
    qn_neuron_kind kind;
    qn_synapse_kind synapse;
    double membrane_time;              ///< ms, > 0; 0 means 10
    double synaptic_time;              ///< of excitatory currents, ms, > 0; 0 means 0.5. Not for delta synapses
    double inhibitory_synaptic_time;   ///< ms; 0: as the excitatory
    double capacitance;                ///< pF, > 0; 0 means 250
    double rest, threshold, reset;     ///< mV; all three 0 mean -65, -50, -65. reset < threshold. Escape-rate neurons
                                       ///< use rest alone: for a rest of 0 give another threshold than 0
    double refractory_time;            ///< ms, a multiple of the time step, >= 0
    qn_link_kind link;                 ///< escape rate only
    double link_rate;                  ///< 1/s, > 0
    double link_potential, link_width; ///< mV, absolute; width > 0
    size_t table_count;                ///< of QN_LINK_TABLE, at least 2
    const double *table_potential, *table_rate; ///< mV, increasing; 1/s, >= 0
} qn_spiking_neuron;

/// Spike trains that are given: a spike of `neuron`, counting from 0 within the population, at `time`, a multiple of
/// the time step > 0. In any order; several at once count as several.
typedef struct {
    size_t count;
    const uint32_t *neuron;
    const double *time; ///< ms
} qn_given_spikes;

typedef struct {
    const char *name; ///< such as "4E", of its own; NULL: its number
    size_t size;      ///< neurons; 0: an empty population, never projected from or to
    qn_spiking_neuron neuron;
    double constant_current;          ///< pA; for delta synapses too
    double external_count;            ///< K_ext: independent Poisson trains per neuron, >= 0, need not be whole
    double external_rate;             ///< of each, 1/s
    double external_weight;           ///< pA, or mV for delta synapses; >= 0 where the two synaptic times differ
    double initial_mean;              ///< potential at time 0, mV (0 is 0 mV), normal over neurons. Currents: 0
    double initial_spread;            ///< mV, >= 0
    double source_rate;               ///< QN_NEURON_POISSON: 1/s, per neuron
    double source_start, source_stop; ///< ms: active for source_start < t <= source_stop; stop 0: always
    qn_given_spikes given;            ///< QN_NEURON_GIVEN
} qn_spiking_population;

typedef enum {
    QN_RULE_TOTAL_NUMBER = 0, ///< exactly `count` synapses, each with source and target uniform, independent
    QN_RULE_IN_DEGREE,        ///< exactly `count` per target neuron, sources uniform
    QN_RULE_BERNOULLI,        ///< each ordered pair with probability `count`
    QN_RULE_EDGES             ///< the list `edges`
} qn_connection_rule;

typedef enum {
    QN_WEIGHT_NORMAL = 0, ///< redrawn until it has the sign of the mean
    QN_WEIGHT_LOGNORMAL,  ///< of the mean's sign; mean and spread are those of the weight, not of its logarithm
    QN_WEIGHT_CONSTANT
} qn_weight_kind;

typedef struct {
    qn_weight_kind kind;
    double mean;            ///< pA, or mV onto delta synapses; its sign makes the synapse excitatory or inhibitory
    double relative_spread; ///< standard deviation over |mean|, >= 0; normal: at most 0.3; constant: 0
} qn_weight_law;

typedef enum {
    QN_DELAY_NORMAL = 0, ///< redrawn until at least `delay_minimum`, then rounded to the time step
    QN_DELAY_CONSTANT    ///< rounded to the time step, at least one
} qn_delay_kind;

typedef struct {
    qn_delay_kind kind;
    double mean;            ///< ms, > 0, at most 100. Distance-based: distance / velocity, by the caller
    double relative_spread; ///< 0 to 1; constant: 0
} qn_delay_law;

/// An explicit list of synapses; sources and targets count from 0 within their populations.
typedef struct {
    size_t count;
    const uint32_t *source, *target;
    const float *weight; ///< pA (mV onto delta synapses), of the sign of the law's mean, any sign where that is 0; or
                         ///< NULL: by the weight law
    const float *delay;  ///< ms, > 0, at most 100; or NULL: by the delay law
} qn_spiking_edges;

/// At most one projection per (target, source). At most 2^31 synapses; of a total number, at most about 63000 per
/// source neuron and unit of the target population.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of reading, what a projection is before how
typedef struct {
    size_t target, source; ///< populations
    qn_connection_rule rule;
    double count;      ///< of the rule: S, K (rounded to the nearest), or a probability
    bool no_multapses; ///< a pair at most once; not for QN_RULE_TOTAL_NUMBER
    bool no_autapses;  ///< no neuron to itself; not for QN_RULE_TOTAL_NUMBER
    qn_weight_law weight;
    qn_delay_law delay;
    qn_spiking_edges edges;
} qn_spiking_projection;

/// Something added to a population for a while: start < t <= stop.
typedef struct {
    size_t population;
    double start, stop; ///< ms
    double current;     ///< pA
    double rate;        ///< further Poisson input per neuron, 1/s in all, of the population's external weight
} qn_spiking_stimulus;

typedef enum {
    QN_DELAY_SPLIT_SYSTEMATIC = 0, ///< a row's synapses over the delay slots by systematic sampling: right marginal law
    QN_DELAY_SPLIT_INDEPENDENT     ///< each delay independent
} qn_delay_split;

typedef struct {
    size_t population_count;
    const qn_spiking_population *populations;
    size_t projection_count;
    const qn_spiking_projection *projections;
    size_t stimulus_count;
    const qn_spiking_stimulus *stimuli;
    double time_step;     ///< h, ms; 0 means 0.1
    double delay_minimum; ///< ms, h / 2 <= minimum <= h: where normal delays are cut; 0 means h
    qn_delay_split delay_split;
    size_t unit_size; ///< most neurons of a unit, the piece of a population that one thread works on; 0 means 16384,
                      ///< at most 131072. Units are cut at multiples of 64 neurons, so no unit is smaller than that.
                      ///< Part of what the network is: another size is another realisation
} qn_spiking_network;

/// QN_BAD_VALUE naming the entry ("populations[3] (4I): neuron.reset is -40 mV; allowed: below the threshold, -50 mV"),
/// or QN_OK. What an entry would not use (a link table of an integrate-and-fire neuron, the spread of a constant
/// weight) has to be 0. Cost: one pass over explicit edges, and sorting them where no_multapses is set.
qn_status qn_spiking_network_check(const qn_spiking_network *network);

/// A copy with arrays and names of its own, checked; free with qn_spiking_network_clear().
qn_status qn_spiking_network_copy(const qn_spiking_network *network, qn_spiking_network *copy);
/// Free what qn_spiking_network_copy() or another maker of networks took; {0} and NULL are allowed.
void qn_spiking_network_clear(qn_spiking_network *network);

/// The neuron with every 0 that means a default replaced by it; synaptic times of delta synapses stay 0.
qn_spiking_neuron qn_spiking_neuron_resolved(const qn_spiking_neuron *neuron);
/// Time step and least delay, defaults replaced, ms; most neurons of a unit.
double qn_spiking_time_step(const qn_spiking_network *network);
double qn_spiking_delay_minimum(const qn_spiking_network *network);
size_t qn_spiking_unit_size(const qn_spiking_network *network);

size_t qn_spiking_neuron_count(const qn_spiking_network *network);  ///< all populations
double qn_spiking_synapse_count(const qn_spiking_network *network); ///< expected where it is random
/// Synapses of one projection of this network; expected where it is random.
double qn_spiking_projection_count(const qn_spiking_network *network, const qn_spiking_projection *projection);
/// Mean number of synapses per target neuron from each source population (K): `in_degree`[target, source]. 0 for an
/// empty target population.
void qn_spiking_in_degrees(const qn_spiking_network *network, double *in_degree);

/// Current (pA) whose largest excursion of the potential is `potential` mV: equation (4), also where the two time
/// constants are equal. A negative excursion is that of an inhibitory synapse, with its synaptic time. Delta synapses:
/// `potential` itself.
double qn_weight_of_excursion(const qn_spiking_neuron *neuron, double potential);
/// Current (pA) that carries the charge of a jump by `jump` mV: jump C / synaptic time, equation (5). Signs and delta
/// synapses as above.
double qn_weight_of_jump(const qn_spiking_neuron *neuron, double jump);
/// The reverse: J in mV of a weight in pA, equation (5). Delta synapses: `weight` itself.
double qn_jump_of_weight(const qn_spiking_neuron *neuron, double weight);

/// Number of synapses at which each of `targets` x `sources` pairs has at least one with `probability` (multapses
/// allowed): round(ln(1 - p) / ln(1 - 1 / (N_t N_s))). The plain logarithm, as the published scripts do, below 2^40
/// pairs. 0 without neurons; infinite at probability 1.
double qn_total_number_of_probability(double probability, size_t targets, size_t sources);

/// Probabilities of delays of 1, 2, ... `last` steps, the tail in the last; `last` from qn_delay_last(). Law 2.4.3.
/// `time_step` and `minimum` in ms, defaults replaced. They sum to 1 up to rounding.
void qn_delay_probabilities(const qn_delay_law *law, double time_step, double minimum, size_t last,
                            double *probabilities);
/// The last delay, in steps, that has a share of at least 2^-17 at or beyond it; at least 1.
size_t qn_delay_last(const qn_delay_law *law, double time_step, double minimum);

#ifdef __cplusplus
}
#endif
