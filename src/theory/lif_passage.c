#include "theory/lif_passage.h"

#include "base/fail.h"

#include <math.h>

static const double MS_PER_S = 1000.0, TWO_PI = 6.28318530717958647693;
// From a start this far out (in y^2) the growing solution outgrows an error by exp(49); limits beyond FURTHEST would
// take too many steps.
static const double HEAD_START = 49.0, FURTHEST = 1000.0, LARGE = 1e100;
enum { MOST_TERMS = 80 };

typedef struct {
    double complex s, psi, slope, low, slope_low, rise;
} walker;

// psi and psi' from y to y + step by the Taylor series of the equation: (k+2)(k+1) a_(k+2) = 2 y (k+1) a_(k+1) + 2
// (k+s) a_k.
static void advance(walker *at, double y, double step)
{
    double complex here = at->psi, next = at->slope * step; // a_k step^k, k = 0, 1
    double complex change = next, slope = at->slope;
    double size = cabs(here) + cabs(next);
    for (int k = 0; k < MOST_TERMS; ++k) {
        const double complex after =
            (2.0 * y * (k + 1) * step * next + 2.0 * (k + at->s) * step * step * here) / ((double)(k + 2) * (k + 1));
        change += after;
        slope += after * (k + 2) / step;
        here = next;
        next = after;
        // Two terms in a row: at y = 0 every second one may vanish.
        if (k > 2 && cabs(here) + cabs(next) < 1e-18 * size && cabs(here) + cabs(next) < 1e-18 * cabs(change)) break;
        size = fmax(size, cabs(next));
    }
    at->psi += change;
    at->rise += change;
    at->slope = slope;
}

static void shrink(walker *at)
{
    if (cabs(at->psi) < LARGE) return;
    double complex *const parts[] = {&at->psi, &at->slope, &at->low, &at->slope_low, &at->rise};
    for (int k = 0; k < 5; ++k) *parts[k] /= LARGE;
}

static void walk(walker *at, double from, double to)
{
    double y = from;
    while (y < to) {
        // Two units of the faster of the two local growth rates.
        double step = 2.0 / (fabs(y) + sqrt(y * y + 2.0 * cabs(at->s)) + 1.0);
        if (y + 1.5 * step > to) step = y + step >= to ? to - y : 0.5 * (to - y);
        advance(at, y, step);
        shrink(at);
        y = y + step < to ? y + step : to;
    }
}

static qn_status check(const qn_siegert_neuron *neuron, double noise, const qn_lif_passage *passage)
{
    QN_REQUIRE(noise > 0.0, QN_BAD_VALUE, "response of a neuron: noise is %g mV; it must be above 0", noise);
    QN_REQUIRE(
        fabs(passage->low) <= FURTHEST && fabs(passage->high) <= FURTHEST, QN_BAD_VALUE,
        "response of a neuron: threshold %g and reset %g mV are further than %g times the noise, %g mV, from the "
        "mean",
        neuron->threshold, neuron->reset, FURTHEST, noise);
    return QN_OK;
}

qn_status qn_lif_passage_solve(const qn_siegert_neuron *neuron, double mean, double noise, double frequency,
                               qn_lif_passage *passage)
{
    const double omega = TWO_PI * frequency / MS_PER_S, shift = qn_siegert_shift(neuron);
    qn_lif_passage made = {.s = I * omega * neuron->membrane_time,
                           .low = (neuron->reset - mean) / noise + shift,
                           .high = (neuron->threshold - mean) / noise + shift};
    QN_TRY(check(neuron, noise, &made));

    // The bounded solution far below: psi' / psi = y + sqrt(y^2 + 2 s), without its cancellation.
    const double start = -sqrt((made.low < 0.0 ? made.low * made.low : 0.0) + HEAD_START);
    walker at = {.s = made.s, .psi = 1.0};
    at.slope = 2.0 * made.s / (csqrt(start * start + 2.0 * made.s) - start);
    walk(&at, start, made.low);
    at.low = at.psi;
    at.slope_low = at.slope;
    at.rise = 0.0;
    walk(&at, made.low, made.high);

    made.psi_low = at.low / at.psi;
    made.slope_low = at.slope_low / at.psi;
    made.slope_high = at.slope / at.psi;
    made.rise = at.rise / at.psi;
    // 1 - exp(-i x) without cancellation.
    const double dead = omega * neuron->refractory_time;
    const double complex waited = 2.0 * sin(0.5 * dead) * (sin(0.5 * dead) + I * cos(0.5 * dead));
    made.remaining = made.rise + waited * made.psi_low;
    *passage = made;
    return QN_OK;
}

double complex qn_lif_passage_by_mean(const qn_lif_passage *passage, double noise, double rate)
{
    return rate / (noise * (1.0 + passage->s)) * (passage->slope_high - passage->slope_low) / passage->remaining;
}

double complex qn_lif_passage_by_variance(const qn_lif_passage *passage, double noise, double rate, double shift)
{
    // psi'' = 2 (s psi + y psi'). The shift is fixed in units of the noise: it moves the limits when the noise changes.
    const double complex bend =
        2.0 * (passage->s * passage->rise + passage->high * passage->slope_high - passage->low * passage->slope_low);
    return rate / (2.0 * noise * noise * (2.0 + passage->s)) * bend / passage->remaining -
           shift / (2.0 * noise) * qn_lif_passage_by_mean(passage, noise, rate);
}

double qn_lif_passage_renewal(const qn_lif_passage *passage)
{
    // (1 - |p|^2) / |1 - p|^2 with p = 1 - remaining.
    const double square = creal(passage->remaining * conj(passage->remaining));
    return 2.0 * creal(passage->remaining) / square - 1.0;
}
