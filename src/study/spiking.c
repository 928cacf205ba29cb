// The schema of `spiking`: what is computed, simulated and shown. Its network's is in spiking_network_keys.c.
#include "study/spiking.h"

#include <math.h>

#define THEORY(member) offsetof(qn_spiking_theory_keys, member)
#define SIMULATION(member) offsetof(qn_spiking_simulation_keys, member)

static const char *const computations[] = {"mean-field", "heterogeneity", "stability", "spectra", NULL};
static const char *const precisions[] = {"single", "double", NULL};
static const char *const spike_formats[] = {"none", "sonata", "npy", "both", NULL};

const char *const qn_spiking_families[] = {"rate",        "rate_spread", "cv",          "lvr", "synchrony",
                                           "correlation", "mean_input",  "input_noise", NULL};
const char *const qn_spiking_scalars[] = {"fano_factor", "stability", NULL};
const char *const qn_spiking_functions[] = {"raster",        "time_course",    "rate_distribution",
                                            "rate_spectrum", "spike_spectrum", NULL};

static const qn_key theory_keys[] = {
    {.name = "compute",
     .type = QN_KEY_LIST,
     .item = QN_KEY_CHOICE,
     .choices = computations,
     .fallback = "[\"mean-field\", \"heterogeneity\", \"stability\"]",
     .fallback_doc = "mean-field, heterogeneity, stability",
     .doc = "mean-field: stationary rates; heterogeneity: neurons differ in their inputs; stability: largest real part "
            "of the eigenvalues of the gain matrix; spectra: of the populations' rates, by linear response",
     .offset = THEORY(compute)},
    {.name = "weight_variance",
     .type = QN_KEY_FLAG,
     .fallback = "true",
     .doc = "count the spread of the weights in the noise of the input; false reproduces published theories that leave "
            "it out",
     .offset = THEORY(weight_variance)},
    {.name = "average_synaptic_time",
     .type = QN_KEY_FLAG,
     .fallback = "false",
     .doc = "where excitatory and inhibitory synaptic times differ: use their mean, weighted with the variances; "
            "else theory refuses",
     .offset = THEORY(average_synaptic_time)},
    {.name = "starts",
     .type = QN_KEY_LIST,
     .item = QN_KEY_NUMBER,
     .bounds = QN_AT_LEAST,
     .unit = "1/s",
     .fallback_doc = "0 and 100",
     .doc = "rates of all populations from which fixed points are sought; the first that leads to one is the theory",
     .offset = THEORY(starts)},
    {.name = "tolerance",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 1e-3,
     .fallback_doc = "1e-11",
     .doc = "largest relative change of a rate left at a fixed point",
     .offset = THEORY(tolerance)},
    {0}};

static const qn_key simulation_keys[] = {
    {.name = "realisations",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 1,
     .most = 1e6,
     .fallback = "4",
     .unit = "networks",
     .doc = "independent networks, one after another, each on all threads; error bars are over them",
     .offset = SIMULATION(realisations)},
    {.name = "duration",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 1e9,
     .fallback = "1000",
     .unit = "ms",
     .doc = "measured time of each",
     .offset = SIMULATION(duration)},
    {.name = "discard",
     .type = QN_KEY_NUMBER,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .most = 1e9,
     .fallback = "500",
     .unit = "ms",
     .doc = "time before that is not measured",
     .offset = SIMULATION(discard)},
    {.name = "bin",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback = "1",
     .unit = "ms",
     .doc = "of the spike counts behind synchrony and fano_factor",
     .offset = SIMULATION(bin)},
    {.name = "recorded",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .most = 2147483647,
     .fallback = "2000",
     .unit = "neurons",
     .doc = "the first so many of each population have their spikes kept; rate_spread, correlation and spectra of "
            "neurons are over these",
     .offset = SIMULATION(recorded)},
    {.name = "traced",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .most = 10000,
     .fallback = "0",
     .unit = "neurons",
     .doc = "the first so many of each population have their currents kept: mean_input and input_noise are over these",
     .offset = SIMULATION(traced)},
    {.name = "spikes",
     .type = QN_KEY_CHOICE,
     .choices = spike_formats,
     .fallback = "none",
     .doc = "write the recorded spikes of every realisation beside the result: sonata (HDF5), npy (NumPy)",
     .offset = SIMULATION(spikes)},
    {.name = "raster",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .most = 100000,
     .fallback = "2500",
     .unit = "neurons",
     .doc = "shown in the raster, in all; populations have their shares, small ones a little more",
     .offset = SIMULATION(raster)},
    {.name = "raster_duration",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback = "400",
     .unit = "ms",
     .doc = "shown in the raster, from the beginning of the measurement",
     .offset = SIMULATION(raster_duration)},
    {.name = "local_variation_refractory",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback = "5",
     .unit = "ms",
     .doc = "R of the local variation LvR",
     .offset = SIMULATION(local_variation_refractory)},
    {.name = "correlation_bin",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback = "1",
     .unit = "ms",
     .doc = "of the spike counts behind correlation",
     .offset = SIMULATION(correlation_bin)},
    {.name = "correlation_neurons",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 2,
     .most = 1e6,
     .fallback = "2000",
     .unit = "neurons",
     .doc = "at most so many of each population, the silent left out",
     .offset = SIMULATION(correlation_neurons)},
    {.name = "spectrum_segment",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback = "512",
     .unit = "ms",
     .doc = "of spectra: their frequencies are 1 / segment apart; at most the duration",
     .offset = SIMULATION(spectrum_segment)},
    {.name = "spectrum_bin",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback = "0.5",
     .unit = "ms",
     .doc = "of spectra of single neurons; those of populations have `bin`",
     .offset = SIMULATION(spectrum_bin)},
    {.name = "rate_limit",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback = "100",
     .unit = "1/s",
     .doc = "a run whose mean rate exceeds this for 50 ms is stopped: it has run away",
     .offset = SIMULATION(rate_limit)},
    {.name = "checkpoint_interval",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback = "1000",
     .unit = "ms",
     .doc = "time of the network after which its state is saved: no more is lost by an interruption",
     .offset = SIMULATION(checkpoint_interval)},
    {.name = "precision",
     .type = QN_KEY_CHOICE,
     .choices = precisions,
     .fallback = "single",
     .doc = "of potentials and currents; double is for validation",
     .offset = SIMULATION(precision)},
    {0}};

static const qn_key figure_keys[] = QN_FIGURE_KEYS(NULL);
static const qn_key must_see_keys[] = QN_MUST_SEE_KEYS(NULL);

static const qn_key keys[] = {QN_STUDY_COMMON_KEYS(figure_keys, must_see_keys),
                              {.name = "network",
                               .type = QN_KEY_MAPPING,
                               .required = true,
                               .keys = qn_spiking_network_schema,
                               .size = sizeof(qn_spiking_network_keys),
                               .doc = "what the network is",
                               .offset = offsetof(qn_spiking_study, network)},
                              {.name = "theory",
                               .type = QN_KEY_MAPPING,
                               .keys = theory_keys,
                               .size = sizeof(qn_spiking_theory_keys),
                               .fallback_doc = "its defaults",
                               .doc = "what theory computes",
                               .offset = offsetof(qn_spiking_study, theory)},
                              {.name = "simulation",
                               .type = QN_KEY_MAPPING,
                               .pointer = true,
                               .keys = simulation_keys,
                               .size = sizeof(qn_spiking_simulation_keys),
                               .fallback_doc = "no simulation",
                               .doc = "how the network is simulated",
                               .offset = offsetof(qn_spiking_study, simulation)},
                              {0}};

bool qn_spiking_computes(const qn_spiking_study *study, qn_spiking_compute what)
{
    const int *computed = study->theory.compute.items;
    for (size_t i = 0; i < study->theory.compute.count; ++i)
        if (computed[i] == (int)what) return true;
    return false;
}

static void quicken(void *description)
{
    qn_spiking_study *study = description;
    qn_spiking_simulation_keys *s = study->simulation;
    if (!s) return;
    const double step = study->network.time_step;
    s->realisations = s->realisations > 2 ? 2 : s->realisations;
    // Half as long, in whole bins, but never too short for regularity.
    const double half = s->bin * ceil(fmax(s->duration / 2, fmin(s->duration, 500.0)) / s->bin);
    s->duration = step * round(half / step);
}

const qn_study_kind qn_spiking_kind = {
    .name = "spiking",
    .summary = "A network of populations of spiking neurons, such as a cortical microcircuit: rates, their spread over "
               "neurons, irregularity, synchrony, correlations and spectra by direct simulation, beside the mean field "
               "of integrate-and-fire neurons.",
    .keys = keys,
    .size = sizeof(qn_spiking_study),
    .check = qn_spiking_check,
    .quicken = quicken,
    .run = qn_spiking_run,
    .plan = qn_spiking_plan_text,
};
