#include <quenched/spike_spectrum.h>

#include "base/fail.h"
#include "base/memory.h"
#include "numerics/fourier.h"

#include <math.h>

static const double PI = 3.141592653589793238;
static const double MS_PER_S = 1000;

typedef struct {
    double *taper, *piece;
    double complex *transform;
    qn_fourier *fourier;
    qn_spectrum spectrum;
} workspace;

static qn_status take_room(size_t segment, workspace *room)
{
    QN_TRY(QN_NEW(&room->taper, segment, "taper"));
    QN_TRY(QN_NEW(&room->piece, segment, "segment"));
    QN_TRY(QN_NEW(&room->transform, segment / 2 + 1, "spectrum"));
    QN_TRY(QN_NEW(&room->spectrum.values, segment / 2 + 1, "spectrum"));
    return qn_fourier_create(segment, &room->fourier);
}

static void work(size_t count, const double *signal, double interval, size_t segment, workspace *room)
{
    double mean = 0, square = 0;
    for (size_t t = 0; t < count; ++t) mean += signal[t] / (double)count;
    for (size_t t = 0; t < segment; ++t) {
        const double sine = sin(PI * (double)t / (double)segment);
        room->taper[t] = sine * sine;
        square += room->taper[t] * room->taper[t];
    }
    double *values = room->spectrum.values;
    const size_t hop = segment / 2, frequencies = segment / 2 + 1, segments = 1 + (count - segment) / hop;
    for (size_t s = 0; s < segments; ++s) {
        for (size_t t = 0; t < segment; ++t) room->piece[t] = room->taper[t] * (signal[s * hop + t] - mean);
        qn_fourier_transform(room->fourier, room->piece, room->transform);
        for (size_t k = 0; k < frequencies; ++k) values[k] += creal(room->transform[k] * conj(room->transform[k]));
    }
    const double seconds = interval / MS_PER_S;
    for (size_t k = 0; k < frequencies; ++k) values[k] *= seconds / (square * (double)segments);
    room->spectrum.count = frequencies;
    room->spectrum.step = 2 * PI / ((double)segment * seconds);
}

qn_status qn_signal_spectrum(size_t count, const double *signal, double interval, size_t segment, qn_spectrum *result)
{
    const size_t length = segment > 0 ? segment : 1024;
    QN_REQUIRE(isfinite(interval) && interval > 0, QN_BAD_VALUE,
               "interval of the signal is %g ms; it must be positive and finite", interval);
    QN_REQUIRE(length >= 2 && length <= count, QN_BAD_VALUE,
               "segment of a spectrum is %zu samples; allowed: 2 to the %zu of the signal", length, count);
    workspace room = {0};
    const qn_status status = take_room(length, &room);
    if (status == QN_OK) work(count, signal, interval, length, &room);
    qn_fourier_destroy(room.fourier);
    qn_release(room.taper);
    qn_release(room.piece);
    qn_release(room.transform);
    if (status == QN_OK)
        *result = room.spectrum;
    else
        qn_release(room.spectrum.values);
    return status;
}

qn_status qn_population_rate_spectrum(const qn_population_counts *population, double segment, qn_spectrum *result)
{
    const double bin = population->bin;
    QN_REQUIRE(population->neurons > 0, QN_BAD_VALUE, "spectrum of a rate: the population has no neurons");
    QN_REQUIRE(isfinite(bin) && bin > 0, QN_BAD_VALUE, "bin of the histogram is %g ms; it must be positive and finite",
               bin);
    const double length = segment == 0 ? 1024 : segment / bin, whole = nearbyint(length);
    QN_REQUIRE(
        whole >= 2 && whole <= (double)population->bins && fabs(length - whole) <= 1e-6 * whole, QN_BAD_VALUE,
        "segment of the rate's spectrum is %g ms; allowed: multiples of the bin, %g ms, up to the record's %g ms",
        length * bin, bin, (double)population->bins * bin);
    double *rate;
    QN_TRY(QN_NEW(&rate, population->bins, "rate"));
    const double scale = MS_PER_S / ((double)population->neurons * bin);
    for (size_t b = 0; b < population->bins; ++b) rate[b] = scale * population->histogram[b];
    const qn_status status = qn_signal_spectrum(population->bins, rate, bin, (size_t)whole, result);
    qn_release(rate);
    return status;
}

qn_status qn_spectrum_ratio(const qn_spectrum *population_rate, size_t neurons, const qn_spectrum *single_neuron,
                            qn_spectrum *result)
{
    QN_REQUIRE(fabs(population_rate->step - single_neuron->step) <= 1e-9 * single_neuron->step, QN_BAD_VALUE,
               "ratio of spectra: their frequencies are %g and %g rad/s apart; choose segments of one duration",
               population_rate->step, single_neuron->step);
    const size_t count = population_rate->count < single_neuron->count ? population_rate->count : single_neuron->count;
    qn_spectrum fresh = {.count = count, .step = single_neuron->step};
    QN_TRY(QN_NEW(&fresh.values, count, "ratio of spectra"));
    for (size_t k = 0; k < count; ++k)
        fresh.values[k] = (double)neurons * population_rate->values[k] / single_neuron->values[k];
    *result = fresh;
    return QN_OK;
}
