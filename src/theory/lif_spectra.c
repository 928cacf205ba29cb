// Population rates as linear response to their own finite-size noise: y = M(omega) y + x with x of power S_x / N,
// so C = (1 - M)^-1 diag(S_x / N) (1 - M)^-dagger, S_x the spectrum of one neuron without the network's fluctuations.
#include <quenched/lif_response.h>

#include "base/fail.h"
#include "base/memory.h"
#include "numerics/complex_matrix.h"
#include "numerics/quadrature.h"
#include "theory/lif_delays.h"
#include "theory/lif_input.h"
#include "theory/lif_passage.h"

#include <math.h>

static const double TWO_PI = 6.28318530717958647693, MS_PER_S = 1000.0;
static const double SLOW = 1e-5; // of the rate: at this frequency a spectrum has its limit of zero frequency
// Phase steps of the determinant that are surely not a turn, and how near to a multiple of pi its ends must be.
static const double RESOLVED = 1.0, SETTLED = 0.5;

typedef struct {
    const qn_spiking_network *network;
    const qn_lif_state *state;
    qn_lif_input input;
    qn_lif_delays delays;
    bool mean_only, poisson_noise;
    size_t nodes;
    double *node, *weight;
    double complex *by_mean, *by_variance; // per population
    double *own;                           // S_x, 1/s
    double complex *delay;                 // per delay law
    double complex *loop, *work, *values;  // populations^2, twice; populations
} spectra;

// Averages over neurons at one frequency.
static qn_status transfer(spectra *s, size_t population, double frequency)
{
    const qn_siegert_neuron *neuron = &s->state->neuron[population];
    const double noise = s->state->input_noise[population], shift = qn_siegert_shift(neuron);
    const double spread = s->state->input_spread[population];
    const size_t nodes = spread > 0.0 ? s->nodes : 1;
    double complex by_mean = 0.0, by_variance = 0.0;
    double own = 0.0;
    for (size_t k = 0; k < nodes; ++k) {
        const double z = nodes > 1 ? s->node[k] : 0.0, weight = nodes > 1 ? s->weight[k] : 1.0;
        const double mean = s->state->mean_input[population] + spread * z;
        qn_siegert_response still;
        QN_TRY(qn_siegert(neuron, mean, noise, &still));
        const double low = SLOW * still.rate, at = frequency > low ? frequency : low;
        qn_lif_passage passage;
        QN_TRY(qn_lif_passage_solve(neuron, mean, noise, at, &passage));
        own += weight * still.rate * (s->poisson_noise || still.rate == 0.0 ? 1.0 : qn_lif_passage_renewal(&passage));
        const bool slow = frequency == 0.0;
        by_mean += weight * (slow ? still.by_mean : qn_lif_passage_by_mean(&passage, noise, still.rate));
        by_variance +=
            weight * (slow ? still.by_variance : qn_lif_passage_by_variance(&passage, noise, still.rate, shift));
    }
    s->own[population] = own;
    s->by_mean[population] = by_mean;
    s->by_variance[population] = s->mean_only ? 0.0 : by_variance;
    return QN_OK;
}

// M(omega) of (16).
static qn_status loop_gain(spectra *s, double frequency)
{
    const size_t n = s->input.populations;
    char name[64];
    for (size_t i = 0; i < n; ++i) {
        s->own[i] = s->state->rate[i]; // of a Poisson source
        if (!s->input.fires[i]) continue;
        const qn_status status = transfer(s, i, frequency);
        if (status != QN_OK)
            return qn_fail_in(status, "%s", qn_lif_population_name(&s->network->populations[i], i, name));
    }
    for (size_t k = 0; k < n * n; ++k) s->loop[k] = 0.0;
    qn_lif_delays_transform(&s->delays, frequency, s->delay);
    const double omega = TWO_PI * frequency / MS_PER_S;
    for (size_t k = 0; k < s->network->projection_count; ++k) {
        const size_t target = s->network->projections[k].target;
        const size_t at = target * n + s->network->projections[k].source;
        if (!s->input.fires[target]) continue;
        // A synapse spreads what it passes: the mean current, and the growth of the variance of its integral, whose
        // kernel is 2 (exp(-t / tau_s) - exp(-2 t / tau_s)) / tau_s.
        const double complex slow = I * omega * s->input.synaptic_time[at];
        const double complex arrives = s->delay[s->delays.of_projection[k]] / (1.0 + slow);
        s->loop[at] = arrives * (s->by_mean[target] * s->input.mean_gain[at] +
                                 s->by_variance[target] * s->input.variance_gain[at] / (1.0 + 0.5 * slow));
    }
    return QN_OK;
}

// The eigenvalue of M nearest to 1, and the phase of det(1 - M), principal value by factor.
static qn_status stability(spectra *s, double complex *nearest, double *phase, bool *small)
{
    const size_t n = s->input.populations;
    for (size_t k = 0; k < n * n; ++k) s->work[k] = s->loop[k];
    QN_TRY(qn_complex_eigenvalues(n, s->work, s->values));
    *nearest = s->values[0];
    *phase = 0.0;
    *small = true;
    for (size_t k = 0; k < n; ++k) {
        if (cabs(1.0 - s->values[k]) < cabs(1.0 - *nearest)) *nearest = s->values[k];
        *phase += carg(1.0 - s->values[k]);
        *small = *small && cabs(s->values[k]) < 1.0;
    }
    return QN_OK;
}

static qn_status power_at(spectra *s, size_t k, qn_lif_spectra *made)
{
    const size_t n = s->input.populations;
    for (size_t i = 0; i < n * n; ++i) s->work[i] = (i % (n + 1) == 0 ? 1.0 : 0.0) - s->loop[i];
    QN_TRY(qn_complex_inverse(n, s->work));
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) {
            if (i != j && !made->cross) continue;
            double complex sum = 0.0;
            for (size_t l = 0; l < n; ++l) {
                const double neurons = (double)s->network->populations[l].size;
                if (neurons == 0.0) continue;
                sum += s->work[i * n + l] * conj(s->work[j * n + l]) * s->own[l] / neurons;
            }
            if (i == j) made->power[k * n + i] = creal(sum);
            if (!made->cross) continue;
            made->cross[2 * ((k * n + i) * n + j)] = creal(sum);
            made->cross[2 * ((k * n + i) * n + j) + 1] = cimag(sum);
        }
    return QN_OK;
}

// Winding of det(1 - M) about 0 as the frequency falls from infinity, where the determinant is 1: each growing pair of
// modes adds a turn, each growing real mode half of one. `phase` is known up to turns and is unwrapped from its end.
static int count_unstable(size_t count, const double *phase, bool small_at_end)
{
    const double pi = 0.5 * TWO_PI;
    if (count == 0 || !small_at_end) return -1;
    double unwrapped = phase[count - 1];
    for (size_t k = count - 1; k-- > 0;) {
        const double step = remainder(phase[k] - unwrapped, TWO_PI);
        if (fabs(step) > RESOLVED) return -1;
        unwrapped += step;
    }
    const double turns = round(unwrapped / pi);
    if (fabs(unwrapped - turns * pi) > SETTLED || turns < 0.0) return -1;
    return (int)turns;
}

static qn_status run(spectra *s, size_t count, const double *frequencies, bool eigenvalues, double *phase,
                     qn_lif_spectra *made)
{
    bool small = false;
    double best = INFINITY;
    made->unstable_modes = -1;
    made->critical_frequency = made->critical_real = made->critical_imaginary = NAN;
    for (size_t k = 0; k < count; ++k) {
        QN_TRY(loop_gain(s, frequencies[k]));
        made->distance[k] = NAN;
        if (eigenvalues) {
            double complex nearest;
            QN_TRY(stability(s, &nearest, &phase[k], &small));
            made->distance[k] = cabs(1.0 - nearest);
            if (made->distance[k] < best) {
                best = made->distance[k];
                made->critical_frequency = frequencies[k];
                made->critical_real = creal(nearest);
                made->critical_imaginary = cimag(nearest);
            }
        }
        const qn_status status = power_at(s, k, made);
        if (status != QN_OK) return qn_fail_in(status, "linear response diverges at %g Hz", frequencies[k]);
    }
    if (eigenvalues) made->unstable_modes = count_unstable(count, phase, small);
    return QN_OK;
}

static qn_status allocate(spectra *s, size_t count, bool cross, double **phase, qn_lif_spectra *made)
{
    const size_t n = s->input.populations;
    QN_TRY(QN_NEW(&s->node, 2 * s->nodes, "spectra"));
    s->weight = s->node + s->nodes;
    QN_TRY(qn_gauss_hermite(s->nodes, s->node, s->weight));
    QN_TRY(QN_NEW(&s->by_mean, 3 * n, "spectra"));
    s->by_variance = s->by_mean + n;
    s->values = s->by_mean + 2 * n;
    QN_TRY(QN_NEW(&s->own, n, "spectra"));
    QN_TRY(QN_NEW(&s->delay, s->delays.count + 1, "spectra"));
    QN_TRY(QN_NEW(&s->loop, 2 * n * n, "spectra"));
    s->work = s->loop + n * n;
    QN_TRY(QN_NEW(phase, count + 1, "spectra"));
    QN_TRY(QN_NEW(&made->power, count * n + 1, "spectra"));
    QN_TRY(QN_NEW(&made->distance, count + 1, "spectra"));
    if (cross) QN_TRY(QN_NEW(&made->cross, 2 * count * n * n + 1, "spectra"));
    made->population_count = n;
    made->count = count;
    return QN_OK;
}

static qn_status check(const qn_lif_mean_field_options *mean_field, size_t count, const double *frequencies)
{
    QN_REQUIRE(mean_field->nodes <= 101, QN_BAD_VALUE, "spectra: nodes is %zu; allowed: up to 101", mean_field->nodes);
    for (size_t k = 0; k < count; ++k)
        QN_REQUIRE(isfinite(frequencies[k]) && frequencies[k] >= 0.0 && (k == 0 || frequencies[k] > frequencies[k - 1]),
                   QN_BAD_VALUE, "spectra: frequencies[%zu] is %g Hz; allowed: increasing, at least 0", k,
                   frequencies[k]);
    return QN_OK;
}

qn_status qn_lif_spectra_solve(const qn_spiking_network *network, const qn_lif_mean_field_options *mean_field,
                               const qn_lif_state *state, size_t count, const double *frequencies,
                               const qn_lif_spectra_options *options, qn_lif_spectra *result)
{
    const qn_lif_mean_field_options chosen = mean_field ? *mean_field : (qn_lif_mean_field_options){0};
    const qn_lif_spectra_options wanted = options ? *options : (qn_lif_spectra_options){0};
    QN_TRY(check(&chosen, count, frequencies));
    spectra s = {.network = network,
                 .state = state,
                 .mean_only = wanted.mean_only,
                 .poisson_noise = wanted.poisson_noise,
                 .nodes = chosen.nodes == 0 ? 11 : chosen.nodes};
    QN_TRY(qn_lif_input_create(network, &chosen, &s.input));
    qn_lif_spectra made = {0};
    double *phase = NULL;
    qn_status status = qn_lif_delays_create(network, &s.delays);
    if (status == QN_OK) status = allocate(&s, count, wanted.cross, &phase, &made);
    if (status == QN_OK) status = run(&s, count, frequencies, !wanted.no_eigenvalues, phase, &made);
    void *const scratch[] = {s.node, s.by_mean, s.own, s.delay, s.loop, phase};
    for (size_t k = 0; k < sizeof scratch / sizeof *scratch; ++k) qn_release(scratch[k]);
    qn_lif_delays_clear(&s.delays);
    qn_lif_input_clear(&s.input);
    if (status == QN_OK)
        *result = made;
    else
        qn_lif_spectra_clear(&made);
    return status;
}

void qn_lif_spectra_clear(qn_lif_spectra *result)
{
    if (!result) return;
    qn_release(result->power);
    qn_release(result->cross);
    qn_release(result->distance);
    *result = (qn_lif_spectra){0};
}
