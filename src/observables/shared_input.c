#include <quenched/shared_input.h>

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <quenched/spike_spectrum.h>

static const double MS_PER_S = 1000;

static qn_status check(const qn_neuron_input *input)
{
    QN_REQUIRE(input->sources > 0, QN_BAD_VALUE, "shared input: there are no sources");
    QN_REQUIRE(isfinite(input->external) && input->external >= 0, QN_BAD_VALUE,
               "shared input: the external spectrum is %g; it must be finite and not negative", input->external);
    for (size_t b = 0; b < input->sources; ++b) {
        const qn_population_counts *counts = &input->counts[b], *first = &input->counts[0];
        QN_REQUIRE(counts->bins == first->bins && counts->bin == first->bin, QN_BAD_VALUE,
                   "shared input: source %zu has %zu bins of %g ms, the first %zu of %g ms", b, counts->bins,
                   counts->bin, first->bins, first->bin);
        QN_REQUIRE(counts->neurons > 0 && isfinite(counts->bin) && counts->bin > 0, QN_BAD_VALUE,
                   "shared input: source %zu has %zu neurons and bins of %g ms; both must be positive", b,
                   counts->neurons, counts->bin);
    }
    return QN_OK;
}

static qn_status spectrum_of_all(const qn_neuron_input *input, double segment, qn_spectrum *result)
{
    const size_t bins = input->counts[0].bins;
    const double bin = input->counts[0].bin, length = nearbyint(segment / bin);
    QN_REQUIRE(length >= 0 && length <= (double)bins, QN_BAD_VALUE,
               "segment of the shared input is %g ms; allowed: up to the record's %g ms", segment, (double)bins * bin);
    double *signal;
    QN_TRY(QN_NEW(&signal, bins, "shared input"));
    for (size_t b = 0; b < input->sources; ++b) {
        const double scale = input->mean_weight[b] * MS_PER_S / ((double)input->counts[b].neurons * bin);
        for (size_t t = 0; t < bins; ++t) signal[t] += scale * input->counts[b].histogram[t];
    }
    const qn_status status = qn_signal_spectrum(bins, signal, bin, (size_t)length, result);
    qn_release(signal);
    return status;
}

static qn_status divide(const qn_neuron_input *input, qn_spectrum *shared)
{
    for (size_t b = 0; b < input->sources; ++b) {
        const qn_spectrum *single = &input->single_neuron[b];
        QN_REQUIRE(fabs(single->step - shared->step) <= 1e-9 * shared->step, QN_BAD_VALUE,
                   "shared input: frequencies of source %zu are %g rad/s apart, those of the rates %g; choose segments "
                   "of one duration",
                   b, single->step, shared->step);
        if (single->count < shared->count) shared->count = single->count;
    }
    for (size_t k = 0; k < shared->count; ++k) {
        double independent = input->external;
        for (size_t b = 0; b < input->sources; ++b)
            independent += input->square_weight[b] * input->single_neuron[b].values[k];
        shared->values[k] /= independent;
    }
    return QN_OK;
}

qn_status qn_shared_input_share(const qn_neuron_input *input, double segment, qn_spectrum *share)
{
    QN_TRY(check(input));
    qn_spectrum fresh;
    QN_TRY(spectrum_of_all(input, segment, &fresh));
    const qn_status status = divide(input, &fresh);
    if (status == QN_OK)
        *share = fresh;
    else
        qn_spectrum_clear(&fresh);
    return status;
}
