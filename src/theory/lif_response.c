#include <quenched/lif_response.h>

#include "base/fail.h"
#include "theory/lif_passage.h"

#include <math.h>

// At this phase per mean interval the interval statistics have their limit of zero frequency to 1e-8.
static const double SLOW = 1e-4 / 6.28318530717958647693;

static qn_status check(size_t count, const double *frequencies)
{
    for (size_t k = 0; k < count; ++k)
        QN_REQUIRE(frequencies[k] >= 0.0 && isfinite(frequencies[k]), QN_BAD_VALUE,
                   "response of a neuron: frequencies[%zu] is %g Hz; it must be finite and at least 0", k,
                   frequencies[k]);
    return QN_OK;
}

static void store(double *pairs, size_t k, double complex value)
{
    if (!pairs) return;
    pairs[2 * k] = creal(value);
    pairs[2 * k + 1] = cimag(value);
}

qn_status qn_lif_transfer(const qn_siegert_neuron *neuron, double mean, double noise, size_t count,
                          const double *frequencies, double *by_mean, double *by_variance)
{
    QN_TRY(check(count, frequencies));
    qn_siegert_response still;
    QN_TRY(qn_siegert(neuron, mean, noise, &still));
    qn_lif_passage passage;
    QN_TRY(qn_lif_passage_solve(neuron, mean, noise, 1.0,
                                &passage)); // what is refused is refused before anything is written
    const double shift = qn_siegert_shift(neuron);
    for (size_t k = 0; k < count; ++k) {
        if (frequencies[k] == 0.0) {
            store(by_mean, k, still.by_mean);
            store(by_variance, k, still.by_variance);
            continue;
        }
        QN_TRY(qn_lif_passage_solve(neuron, mean, noise, frequencies[k], &passage));
        store(by_mean, k, qn_lif_passage_by_mean(&passage, noise, still.rate));
        store(by_variance, k, qn_lif_passage_by_variance(&passage, noise, still.rate, shift));
    }
    return QN_OK;
}

static qn_status renewal_at(const qn_siegert_neuron *neuron, double mean, double noise, double rate, double frequency,
                            double *ratio)
{
    qn_lif_passage passage;
    QN_TRY(qn_lif_passage_solve(neuron, mean, noise, fmax(frequency, SLOW * rate), &passage));
    *ratio = rate > 0.0 ? qn_lif_passage_renewal(&passage) : 1.0; // a spike now and then is a Poisson process
    return QN_OK;
}

qn_status qn_lif_spectrum(const qn_siegert_neuron *neuron, double mean, double noise, size_t count,
                          const double *frequencies, double *power)
{
    QN_TRY(check(count, frequencies));
    qn_siegert_response still;
    QN_TRY(qn_siegert(neuron, mean, noise, &still));
    double ratio;
    QN_TRY(renewal_at(neuron, mean, noise, still.rate, 0.0, &ratio));
    for (size_t k = 0; k < count; ++k) {
        QN_TRY(renewal_at(neuron, mean, noise, still.rate, frequencies[k], &ratio));
        power[k] = still.rate * ratio;
    }
    return QN_OK;
}

qn_status qn_lif_interval_variation(const qn_siegert_neuron *neuron, double mean, double noise, double *variation)
{
    qn_siegert_response still;
    QN_TRY(qn_siegert(neuron, mean, noise, &still));
    double ratio;
    QN_TRY(renewal_at(neuron, mean, noise, still.rate, 0.0, &ratio));
    *variation = sqrt(fmax(ratio, 0.0));
    return QN_OK;
}
