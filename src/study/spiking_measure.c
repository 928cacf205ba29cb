#include "study/spiking_measure.h"

#include "base/fail.h"

#include <quenched/spike_correlation.h>
#include <quenched/spike_spectrum.h>
#include <quenched/spike_statistics.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COURSE_PLACES = 400 }; // about so many places of the time course: one pixel each

typedef struct {
    const qn_spiking_network *network;
    const qn_spiking_simulation_keys *keys;
    const qn_spiking_activity *activity;
    qn_spiking_measurement *m;
} measuring;

static double *family(const measuring *of, size_t which, size_t population)
{
    return &of->m->families[which * of->m->population_count + population];
}

static size_t neurons_of(const measuring *of, size_t population)
{
    return of->activity->first_neuron[population + 1] - of->activity->first_neuron[population];
}

static qn_status make_function(const char *what, size_t populations, size_t count, double step,
                               qn_measured_function *function)
{
    function->values = calloc(populations * count + 1, sizeof *function->values);
    QN_REQUIRE(function->values, QN_NO_MEMORY, "no memory for %s", what);
    function->count = count;
    function->step = step;
    return QN_OK;
}

static qn_status measure_counts(const measuring *of)
{
    const qn_spiking_activity *a = of->activity;
    const size_t populations = of->m->population_count;
    uint32_t most = 0;
    for (size_t i = 0; i < a->first_neuron[populations]; ++i)
        if (a->spike_count[i] > most) most = a->spike_count[i];
    QN_TRY(make_function("spike counts", populations, (size_t)most + 1, 1000.0 / a->duration, &of->m->counts));
    for (size_t p = 0; p < populations; ++p)
        for (size_t i = a->first_neuron[p]; i < a->first_neuron[p + 1]; ++i)
            of->m->counts.values[p * of->m->counts.count + a->spike_count[i]] += 1.0;
    return QN_OK;
}

static qn_status measure_populations(const measuring *of)
{
    const qn_spiking_activity *a = of->activity;
    for (size_t p = 0; p < of->m->population_count; ++p) {
        const size_t first = a->first_neuron[p];
        const bool halves = a->first_half_duration < a->duration; // not where the run ended early
        const qn_population_record record = {.neurons = neurons_of(of, p),
                                             .duration = a->duration,
                                             .spike_count = a->spike_count + first,
                                             .first_half = halves ? a->first_half + first : NULL,
                                             .first_duration = halves ? a->first_half_duration : 0.0,
                                             .cv = a->cv + first,
                                             .lvr = a->lvr + first,
                                             .bin_count = a->bin_count,
                                             .histogram = a->histogram + p * a->bin_count};
        qn_population_statistics found;
        QN_TRY(qn_population_statistics_of(&record, &found));
        *family(of, QN_MEASURED_RATE, p) = found.rate;
        *family(of, QN_MEASURED_RATE_SPREAD, p) = found.rate_spread;
        *family(of, QN_MEASURED_CV, p) = found.cv;
        *family(of, QN_MEASURED_LVR, p) = found.lvr;
        *family(of, QN_MEASURED_SYNCHRONY, p) = found.synchrony;
    }
    return QN_OK;
}

// Of the whole network's spike counts: variance over mean.
static double fano_factor(const qn_spiking_activity *a)
{
    double mean = 0.0, variance = 0.0;
    const size_t bins = a->bin_count;
    if (bins < 2) return NAN;
    for (size_t b = 0; b < bins; ++b)
        for (size_t p = 0; p < a->population_count; ++p) mean += (double)a->histogram[p * bins + b];
    mean /= (double)bins;
    for (size_t b = 0; b < bins; ++b) {
        double sum = -mean;
        for (size_t p = 0; p < a->population_count; ++p) sum += (double)a->histogram[p * bins + b];
        variance += sum * sum;
    }
    return mean > 0.0 ? variance / (double)(bins - 1) / mean : NAN;
}

// Whole bins together, so that the course has about COURSE_PLACES places.
static qn_status measure_course(const measuring *of)
{
    const qn_spiking_activity *a = of->activity;
    const size_t merged = a->bin_count / COURSE_PLACES + 1, places = a->bin_count / merged;
    QN_TRY(make_function("the time course", of->m->population_count, places, (double)merged * a->bin, &of->m->course));
    for (size_t p = 0; p < of->m->population_count; ++p)
        for (size_t k = 0; k < places; ++k) {
            double spikes = 0.0;
            for (size_t b = k * merged; b < (k + 1) * merged; ++b) spikes += a->histogram[p * a->bin_count + b];
            of->m->course.values[p * places + k] = 1000.0 * spikes / ((double)neurons_of(of, p) * of->m->course.step);
        }
    return QN_OK;
}

// What only the recorded spikes tell.
static qn_status measure_correlation(const measuring *of)
{
    const qn_correlation_options correlation = {.bin = of->keys->correlation_bin,
                                                .neurons = (size_t)of->keys->correlation_neurons};
    for (size_t p = 0; p < of->m->population_count; ++p) {
        qn_pair_correlation pair;
        QN_TRY(qn_spike_correlation(&of->activity->spikes, p, &correlation, &pair));
        *family(of, QN_MEASURED_CORRELATION, p) = pair.mean;
    }
    return QN_OK;
}

static double whole_steps(double time, double step) { return step * floor(time / step + 1e-9); }

static qn_status take_spectrum(const qn_spectrum *spectrum, const char *what, size_t population, size_t populations,
                               qn_measured_function *function)
{
    // Steps of angular frequency become those of frequency.
    if (!function->values)
        QN_TRY(make_function(what, populations, spectrum->count, spectrum->step / (2.0 * acos(-1.0)), function));
    if (spectrum->count == function->count)
        memcpy(function->values + population * function->count, spectrum->values,
               function->count * sizeof *function->values);
    return QN_OK;
}

static qn_status measure_spectra(const measuring *of)
{
    const qn_spiking_activity *a = of->activity;
    const size_t populations = of->m->population_count;
    const double segment = whole_steps(fmin(of->keys->spectrum_segment, a->duration), a->bin);
    const double short_segment = whole_steps(fmin(of->keys->spectrum_segment, a->duration), of->keys->spectrum_bin);
    if (segment < 4.0 * a->bin || short_segment < 4.0 * of->keys->spectrum_bin) return QN_OK;
    for (size_t p = 0; p < populations; ++p) {
        qn_spectrum spectrum;
        if (!neurons_of(of, p)) continue;
        const qn_population_counts counts = {.bins = a->bin_count,
                                             .bin = a->bin,
                                             .histogram = a->histogram + p * a->bin_count,
                                             .neurons = neurons_of(of, p)};
        QN_TRY(qn_population_rate_spectrum(&counts, segment, &spectrum));
        qn_status status = take_spectrum(&spectrum, "rate spectra", p, populations, &of->m->rate);
        qn_spectrum_clear(&spectrum);
        QN_TRY(status);
        if (a->spikes.first_neuron[p + 1] == a->spikes.first_neuron[p]) continue;
        const qn_single_neuron_spectrum_options options = {.bin = of->keys->spectrum_bin, .segment = short_segment};
        QN_TRY(qn_single_neuron_spectrum(&a->spikes, p, &options, &spectrum));
        status = take_spectrum(&spectrum, "spectra of neurons", p, populations, &of->m->spike);
        qn_spectrum_clear(&spectrum);
        QN_TRY(status);
    }
    return QN_OK;
}

// Mean over traced neurons of the mean and of the variance of their currents in time.
static size_t moments_of(const measuring *of, size_t first_trace, size_t traced, double *mean, double *variance)
{
    const qn_spiking_activity *a = of->activity;
    const size_t steps = a->traced_steps;
    size_t count = 0;
    *mean = *variance = 0.0;
    for (; count < traced && first_trace + count < a->traced_count; ++count) {
        const float *current = a->current + (first_trace + count) * steps;
        double sum = 0.0, squares = 0.0;
        for (size_t k = 0; k < steps; ++k) sum += (double)current[k];
        for (size_t k = 0; k < steps; ++k) squares += pow((double)current[k] - sum / (double)steps, 2);
        *mean += sum / (double)steps / (double)traced;
        *variance += squares / (double)(steps - 1) / (double)traced;
    }
    return count;
}

// Mean and noise of the input by the currents that flowed, which are sampled at the steps, just after what arrived was
// added. There a train of rate nu and weight W has the mean W nu h / (1 - P) and the variance W^2 nu h / (1 - P^2), P
// the decay in a step; its mu is tau_m tau_s W nu / C and its sigma^2 tau_m (tau_s W / C)^2 nu.
static void measure_input(const measuring *of)
{
    const qn_spiking_activity *a = of->activity;
    const double step = qn_spiking_time_step(of->network);
    size_t first = 0;
    for (size_t p = 0; p < of->m->population_count && a->traced_steps > 1; ++p) {
        const qn_spiking_population *population = &of->network->populations[p];
        const size_t traced = (size_t)fmin((double)of->keys->traced, (double)population->size);
        const qn_spiking_neuron n = qn_spiking_neuron_resolved(&population->neuron);
        double mean, variance;
        const size_t found = moments_of(of, first, traced, &mean, &variance);
        first += found;
        const bool one_time = n.inhibitory_synaptic_time == 0.0 || n.inhibitory_synaptic_time == n.synaptic_time;
        const bool is_driven = n.kind == QN_NEURON_INTEGRATE_AND_FIRE || n.kind == QN_NEURON_ESCAPE_RATE;
        if (!found || !is_driven || n.synapse != QN_SYNAPSE_EXPONENTIAL || !one_time) continue;
        const double decay = exp(-step / n.synaptic_time), charge = n.synaptic_time / n.capacitance;
        const double input = n.membrane_time * charge * mean * (1.0 - decay) / step;
        *family(of, QN_MEASURED_MEAN_INPUT, p) = input + n.membrane_time / n.capacitance * population->constant_current;
        *family(of, QN_MEASURED_INPUT_NOISE, p) =
            charge * sqrt(n.membrane_time * variance * (1.0 - decay * decay) / step);
    }
}

static qn_status keep_raster(const measuring *of)
{
    const qn_spikes *spikes = &of->activity->spikes;
    const size_t populations = of->m->population_count;
    const double all = (double)of->activity->first_neuron[populations];
    size_t *shown = calloc(populations + 1, sizeof *shown), *below = calloc(populations + 1, sizeof *below);
    double *raster = malloc((3 * spikes->count + 1) * sizeof *raster);
    if (!shown || !below || !raster) {
        free(shown);
        free(below);
        free(raster);
        return qn_fail(QN_NO_MEMORY, "no memory for a raster");
    }
    // Shares by size, but every population is to be seen; those recorded are the first of their population.
    const double least = ceil((double)of->keys->raster / 40.0);
    for (size_t p = 0, sum = 0; p < populations; sum += shown[p++]) {
        const double share = fmax(least, round((double)of->keys->raster * (double)neurons_of(of, p) / fmax(all, 1.0)));
        shown[p] = (size_t)fmin(share, (double)(spikes->first_neuron[p + 1] - spikes->first_neuron[p]));
        below[p] = sum;
    }
    size_t count = 0, population = 0;
    for (size_t k = 0; k < spikes->count; ++k) {
        const double time = (double)(spikes->step[k] - spikes->first_step) * spikes->time_step;
        if (time > of->keys->raster_duration) break;
        const size_t neuron = spikes->neuron[k];
        for (population = 0; neuron >= spikes->first_neuron[population + 1]; ++population)
            ;
        const size_t within = neuron - spikes->first_neuron[population];
        if (within >= shown[population]) continue;
        raster[3 * count] = time;
        raster[3 * count + 1] = (double)(below[population] + within);
        raster[3 * count++ + 2] = (double)population;
    }
    free(shown);
    free(below);
    of->m->raster = raster;
    of->m->raster_count = count;
    return QN_OK;
}

static void note_run(const measuring *of)
{
    const qn_spiking_activity *a = of->activity;
    double *scalars = of->m->scalars;
    scalars[QN_MEASURED_FANO_FACTOR] = fano_factor(a);
    scalars[QN_MEASURED_DURATION] = a->duration;
    scalars[QN_MEASURED_RAN_AWAY] = a->ran_away;
    scalars[QN_MEASURED_HIGHEST] = a->highest_rate;
    scalars[QN_MEASURED_EVENTS] = (double)a->events;
    scalars[QN_MEASURED_SIMULATED] = (double)a->steps * qn_spiking_time_step(of->network);
    scalars[QN_MEASURED_SECONDS] = a->seconds.wall;
    scalars[QN_MEASURED_BUILD] = a->seconds.build;
    scalars[QN_MEASURED_BYTES] = (double)a->bytes;
}

static qn_status measure(const measuring *of, bool raster)
{
    const size_t families = QN_MEASURED_FAMILIES * of->m->population_count;
    of->m->families = malloc((families + 1) * sizeof *of->m->families);
    QN_REQUIRE(of->m->families, QN_NO_MEMORY, "no memory for %zu populations", of->m->population_count);
    for (size_t i = 0; i < families; ++i) of->m->families[i] = NAN;
    note_run(of);
    if (!(of->activity->duration > 0.0)) return QN_OK; // ran away before anything was measured
    QN_TRY(measure_populations(of));
    QN_TRY(measure_counts(of));
    QN_TRY(measure_course(of));
    const bool recorded = of->keys->recorded > 0 && of->activity->bin_count > 1;
    if (recorded) QN_TRY(measure_correlation(of));
    if (recorded) QN_TRY(measure_spectra(of));
    measure_input(of);
    return raster && recorded ? keep_raster(of) : QN_OK;
}

qn_status qn_spiking_measure(const qn_spiking_network *network, const qn_spiking_simulation_keys *keys,
                             const qn_spiking_activity *activity, bool raster, qn_spiking_measurement *measurement)
{
    qn_spiking_measurement made = {.population_count = network->population_count};
    const measuring of = {network, keys, activity, &made};
    const qn_status status = measure(&of, raster);
    if (status == QN_OK)
        *measurement = made;
    else
        qn_spiking_measurement_clear(&made);
    return status;
}
