#include "theory/overlap_map.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <quenched/stationary.h>
#include <string.h>

enum { E = QN_OVERLAP_RATES, RESPONSE_LAGS = 100 };

static const double WHOLE_TO = 0.35; // of the box: C^phi is tapered from there to half of it
static const double HIGHEST = 12.0;  // rad per tau: S is fitted below, its start is known
static const double TANGENT[QN_TANGENTS] = {0.0, 0.25, 0.7, 1.6, 4.0}; // rad per tau
static const double TANGENT_WEIGHT = 100.0; // of S from a tangent, over that from the field's own fluctuations
static const double MOST_FEEDBACK = 0.98, RIDGE = 1e-8;

size_t qn_overlap_lags(const qn_overlap_box *box) { return box->count / 2 + 1; }
size_t qn_overlap_state_length(const qn_overlap_box *box) { return qn_overlap_lags(box) + E + QN_OVERLAP_MEANS; }
double *qn_overlap_response_of(const qn_overlap_box *box, double *state) { return state + qn_overlap_lags(box); }
double *qn_overlap_means_of(const qn_overlap_box *box, double *state) { return state + qn_overlap_lags(box) + E; }

static double omega_of(const qn_overlap_box *box, size_t n)
{
    return 2.0 * M_PI * (double)n / ((double)box->count * box->step);
}

// Spectrum of exp(-|lag|), and what sampling makes of it.
static double smooth_leak(double omega) { return 2.0 / (1.0 + omega * omega); }
static double sampled_leak(double omega, double step)
{
    const double a = exp(-step);
    return step * (1.0 - a * a) / (1.0 - 2.0 * a * cos(omega * step) + a * a);
}

qn_status qn_overlap_field_create(const qn_overlap_box *box, qn_overlap_field *field)
{
    qn_overlap_field made = {0};
    const size_t lags = qn_overlap_lags(box);
    qn_status status = QN_NEW(&made.process.scale, lags, "amplitudes");
    if (status == QN_OK) status = QN_NEW(&made.linear, 3 * lags, "spectra of the field");
    if (status != QN_OK) {
        qn_overlap_field_clear(&made);
        return status;
    }
    made.sampled = made.linear + lags;
    made.rate = made.linear + 2 * lags;
    *field = made;
    return QN_OK;
}

void qn_overlap_field_clear(qn_overlap_field *field)
{
    qn_release(field->process.scale);
    qn_release(field->linear);
    *field = (qn_overlap_field){0};
}

// Weights of an integral against exp(-rate (step - s)) of what is linear over a step: of its value before and after.
static void linear_weights(double rate, double step, float *decay, float *before, float *after)
{
    const double x = rate * step, e = exp(-x), mean = -expm1(-x) / x;
    *decay = (float)e;
    *before = (float)((mean - e) / rate);
    *after = (float)((1.0 - mean) / rate);
}

// Fields whose frequencies are spread over those of a unit's response, each a mode of the box.
static void set_tangents(const qn_overlap_box *box, qn_overlap_step *step)
{
    for (size_t k = 0; k < QN_TANGENTS; ++k) {
        const size_t wanted = (size_t)lround(TANGENT[k] * (double)box->count * box->step / (2.0 * M_PI));
        const double omega = omega_of(box, wanted);
        step->mode[k] = wanted;
        step->in_phase[k] = (float)(1.0 / (1.0 + omega * omega));
        step->behind[k] = (float)(omega / (1.0 + omega * omega));
    }
    step->turns = box->turns;
}

static void set_step(const qn_overlap_box *box, const double *memory, qn_overlap_step *step)
{
    double at_once = box->law.instantaneous;
    step->count = box->count;
    step->warm_up = box->warm_up;
    step->transfer = box->transfer;
    linear_weights(1.0, box->step, &step->leak, &step->before, &step->after);
    for (size_t j = 0; j < E; ++j) {
        float early, late;
        linear_weights(qn_overlap_rate(j), box->step, &step->decay[j], &early, &late);
        step->entry[j] = (float)(memory[j] * ((double)step->decay[j] * (double)late + (double)early));
        at_once += memory[j] * (double)late;
    }
    step->instantaneous = (float)at_once;
    set_tangents(box, step);
}

// C^phi(omega): tapered where it is but noise, its cusp's share of the sampling error taken off.
static qn_status rate_spectrum(const qn_overlap_box *box, double *state, double *rate)
{
    qn_stationary lags = {0};
    qn_spectrum spectrum = {0};
    QN_TRY(qn_stationary_create(qn_overlap_lags(box), box->step, &lags));
    const size_t last = lags.count - 1, whole = (size_t)(WHOLE_TO * (double)box->count);
    for (size_t k = 0; k <= last; ++k) {
        const double c = k <= whole ? 1.0 : cos(0.5 * M_PI * (double)(k - whole) / (double)(last - whole));
        lags.values[k] = state[k] * c * c;
    }
    const qn_status status = qn_stationary_transform(&lags, (double)box->count * box->step, 0.0, &spectrum);
    qn_stationary_clear(&lags);
    QN_TRY(status);
    const double cusp = box->noise * box->noise * qn_overlap_means_of(box, state)[QN_OVERLAP_SQUARE_SLOPE];
    for (size_t n = 0; n <= last; ++n) {
        const double omega = omega_of(box, n);
        rate[n] = fmax(0.0, spectrum.values[n] - cusp * (sampled_leak(omega, box->step) - smooth_leak(omega)));
    }
    qn_spectrum_clear(&spectrum);
    return QN_OK;
}

qn_status qn_overlap_field_set(const qn_overlap_box *box, double *state, qn_overlap_field *field)
{
    double response[E], memory[E];
    memcpy(response, qn_overlap_response_of(box, state), sizeof response);
    const double most = qn_overlap_strongest(&box->law) * creal(qn_overlap_response_at(response, 0.0));
    field->limited = most > MOST_FEEDBACK;
    if (field->limited)
        for (size_t j = 0; j < E; ++j) response[j] *= MOST_FEEDBACK / most;
    QN_TRY(qn_overlap_memory_of(&box->law, response, box->first_rate, memory, &field->missed));
    memcpy(field->response, response, sizeof response);
    QN_TRY(rate_spectrum(box, state, field->rate));
    set_step(box, memory, &field->process.step);
    const double noise = box->noise * box->noise, length = (double)box->count * box->step;
    for (size_t n = 0; n < qn_overlap_lags(box); ++n) {
        const double omega = omega_of(box, n);
        const double power = field->rate[n] *
                             qn_overlap_field_power(&box->law, qn_overlap_response_at(response, omega)) * 0.5 *
                             smooth_leak(omega);
        field->linear[n] = power + noise * smooth_leak(omega);
        field->sampled[n] = power + noise * sampled_leak(omega, box->step);
        QN_REQUIRE(isfinite(field->sampled[n]), QN_NO_SOLUTION,
                   "no stationary state: activity of strength %g grows without bound", box->law.strength);
        field->process.scale[n] = (float)sqrt(field->sampled[n] / length);
    }
    return QN_OK;
}

qn_status qn_overlap_sums_create(const qn_overlap_box *box, bool with_field, qn_overlap_sums *sums)
{
    const size_t lags = qn_overlap_lags(box);
    double *values;
    QN_TRY(QN_NEW(&values, (with_field ? 5 : 4) * lags, "sums over paths"));
    *sums = (qn_overlap_sums){.power = values,
                              .cross = values + lags,
                              .linear = values + 3 * lags,
                              .field = with_field ? values + 4 * lags : NULL};
    return QN_OK;
}

void qn_overlap_sums_clear(qn_overlap_sums *sums)
{
    qn_release(sums->power);
    *sums = (qn_overlap_sums){0};
}

void qn_overlap_sums_reset(const qn_overlap_box *box, qn_overlap_sums *sums)
{
    memset(sums->power, 0, (sums->field ? 5 : 4) * qn_overlap_lags(box) * sizeof *sums->power);
    sums->moments = (qn_overlap_moments){0};
}

void qn_overlap_sums_add(const qn_overlap_box *box, const qn_overlap_sums *part, qn_overlap_sums *sums)
{
    const size_t values = (sums->field ? 5 : 4) * qn_overlap_lags(box);
    for (size_t i = 0; i < values; ++i) sums->power[i] += part->power[i];
    sums->moments.slope += part->moments.slope;
    sums->moments.square_slope += part->moments.square_slope;
    sums->moments.field_square += part->moments.field_square;
    for (size_t k = 0; k < QN_TANGENTS; ++k) {
        sums->moments.tangent[k][0] += part->moments.tangent[k][0];
        sums->moments.tangent[k][1] += part->moments.tangent[k][1];
    }
}

// The linear part of phi is known: what its sample has too much or too little is taken off, mode by mode. That
// changes no expectation.
static double known_excess(const qn_overlap_box *box, const qn_overlap_field *field, const qn_overlap_sums *sums,
                           const double *response, size_t paths, size_t n)
{
    const double omega = omega_of(box, n), length = (double)box->count * box->step;
    const double complex s = qn_overlap_response_at(response, omega);
    const double gain = creal(s * conj(s)) * (1.0 + omega * omega);
    return gain * (sums->linear[n] * length / (double)paths - field->sampled[n]);
}

static qn_status covariance(const qn_overlap_box *box, const double *power, const double *excess, size_t paths,
                            double *lags)
{
    const double count = (double)box->count, length = count * box->step,
                 scale = length / (count * count * (double)paths);
    qn_spectrum spectrum = {.count = qn_overlap_lags(box), .step = 2.0 * M_PI / length};
    qn_stationary result;
    QN_TRY(QN_NEW(&spectrum.values, spectrum.count, "spectrum"));
    for (size_t n = 0; n < spectrum.count; ++n) spectrum.values[n] = power[n] * scale - (excess ? excess[n] : 0.0);
    const qn_status status = qn_spectrum_transform(&spectrum, &result);
    qn_spectrum_clear(&spectrum);
    QN_TRY(status);
    memcpy(lags, result.values, result.count * sizeof *lags);
    qn_stationary_clear(&result);
    return QN_OK;
}

qn_status qn_overlap_collect_field(const qn_overlap_box *box, const qn_overlap_sums *sums, size_t paths, double *lags)
{
    return covariance(box, sums->field, NULL, paths, lags);
}

// The response to cos(omega t), followed along the paths: far less noisy, at a few frequencies.
static void add_tangents(const qn_overlap_box *box, const qn_overlap_field *field, const qn_overlap_sums *sums,
                         size_t paths, qn_overlap_fit *fit)
{
    const double samples = (double)paths * (double)box->count;
    for (size_t k = 0; k < QN_TANGENTS; ++k) {
        const size_t mode = field->process.step.mode[k];
        const double *sum = sums->moments.tangent[k], scale = (mode == 0 ? 1.0 : 2.0) / samples;
        const double complex value = scale * (sum[0] + I * sum[1]);
        qn_overlap_fit_add(fit, omega_of(box, mode), value, TANGENT_WEIGHT);
    }
}

// <phi y*> = S (1 + i omega) C^y: Gaussian integration by parts, exact for every phi. At high frequency it goes to
// <phi'>, which takes care of what sampling adds to both sides.
static qn_status fit_response(const qn_overlap_box *box, const qn_overlap_field *field, const qn_overlap_sums *sums,
                              size_t paths, double slope, double *response)
{
    qn_overlap_fit fit = {0};
    const double scale = (double)box->count, last = fmin(HIGHEST, 0.4 * M_PI / box->step);
    double most = 0.0;
    for (size_t n = 0; n < qn_overlap_lags(box); ++n) most = fmax(most, field->rate[n]);
    for (size_t n = 0; n < qn_overlap_lags(box) && omega_of(box, n) <= last; ++n) {
        const double omega = omega_of(box, n), linear = field->linear[n];
        if (!(linear > 0.0) || !(sums->linear[n] > 0.0)) continue;
        const double complex cross =
            field->sampled[n] / (scale * sums->linear[n]) * (sums->cross[2 * n] + I * sums->cross[2 * n + 1]);
        const double complex value = (cross - slope * (field->sampled[n] - linear)) / (linear * (1.0 + I * omega));
        const double weight = linear * (1.0 + omega * omega) / (field->rate[n] + 1e-6 * most);
        qn_overlap_fit_add(&fit, omega, value, n == 0 ? 0.5 * weight : weight);
    }
    add_tangents(box, field, sums, paths, &fit);
    qn_overlap_fit_start(&fit, slope, 1e4 * (double)box->count);
    return qn_overlap_fit_solve(&fit, RIDGE, box->first_rate, response);
}

qn_status qn_overlap_collect(const qn_overlap_box *box, const qn_overlap_field *field, const qn_overlap_sums *sums,
                             size_t paths, double *state)
{
    const double samples = (double)paths * (double)box->count;
    double *means = qn_overlap_means_of(box, state), *excess;
    QN_REQUIRE(isfinite(sums->moments.field_square) && isfinite(sums->power[0]), QN_NO_SOLUTION,
               "no stationary state: activity of strength %g grows without bound", box->law.strength);
    means[QN_OVERLAP_SLOPE] = sums->moments.slope / samples;
    means[QN_OVERLAP_SQUARE_SLOPE] = sums->moments.square_slope / samples;
    means[QN_OVERLAP_FIELD_SQUARE] = sums->moments.field_square / samples;
    QN_TRY(QN_NEW(&excess, qn_overlap_lags(box), "spectrum"));
    for (size_t n = 0; n < qn_overlap_lags(box); ++n)
        excess[n] = known_excess(box, field, sums, field->response, paths, n);
    const qn_status status = covariance(box, sums->power, excess, paths, state);
    qn_release(excess);
    QN_TRY(status);
    return fit_response(box, field, sums, paths, means[QN_OVERLAP_SLOPE], qn_overlap_response_of(box, state));
}

static size_t whole_lags(const qn_overlap_box *box) { return (size_t)(WHOLE_TO * (double)box->count); }

size_t qn_overlap_image_length(const qn_overlap_box *box) { return whole_lags(box) + RESPONSE_LAGS; }

void qn_overlap_image(const qn_overlap_box *box, double *state, double *image)
{
    const size_t whole = whole_lags(box);
    memcpy(image, state, whole * sizeof *image);
    const double *response = qn_overlap_response_of(box, state), spacing = 0.2, weight = sqrt(spacing / box->step);
    for (size_t k = 0; k < RESPONSE_LAGS; ++k)
        image[whole + k] = weight * qn_overlap_response_after(response, spacing * (double)k);
}
