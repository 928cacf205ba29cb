/// Running the cortical microcircuit and comparing its rates with section 9.5 of docs/theory/spiking.md.
#pragma once
#include "testing.h"

enum { COLUMN = QN_MICROCIRCUIT_POPULATIONS };

typedef struct {
    double rate[COLUMN], cv[COLUMN]; // 1/s
    double mean, fano, next;         // spikes of the whole network in 1 ms: mean, Fano factor, autocorrelation at lag 1
} column_activity;

static inline void count_column(const qn_spiking_activity *a, column_activity *c)
{
    for (size_t p = 0; p < COLUMN; ++p) {
        double spikes = 0.0, cv = 0.0, known = 0.0;
        for (size_t i = a->first_neuron[p]; i < a->first_neuron[p + 1]; ++i) {
            spikes += a->spike_count[i];
            if (isnan(a->cv[i])) continue;
            cv += a->cv[i];
            known += 1.0;
        }
        c->rate[p] = spikes / (double)(a->first_neuron[p + 1] - a->first_neuron[p]) / (a->duration * 1e-3);
        c->cv[p] = cv / known;
    }
    double sum = 0.0, squares = 0.0, products = 0.0, before = 0.0, n = (double)a->bin_count;
    for (size_t b = 0; b < a->bin_count; ++b) {
        double all = 0.0;
        for (size_t p = 0; p < COLUMN; ++p) all += a->histogram[p * a->bin_count + b];
        sum += all;
        squares += all * all;
        products += b ? before * all : 0.0;
        before = all;
    }
    c->mean = sum / n;
    const double variance = squares / n - c->mean * c->mean;
    c->fano = variance / c->mean;
    c->next = (products / (n - 1.0) - c->mean * c->mean) / variance;
}

static inline column_activity run_column(const qn_spiking_network *network, uint64_t seed, double discard)
{
    const qn_spiking_options options = {.seed = seed, .duration = 3000.0, .discard = discard};
    qn_spiking_activity a;
    column_activity c;
    assert_ok(qn_spiking_simulate(network, &options, 0, NULL, &a));
    assert_false(a.ran_away);
    count_column(&a, &c);
    qn_spiking_activity_clear(&a);
    return c;
}

static inline void expect_rates(const double *found, const double *expected, const double *tolerance)
{
    for (size_t p = 0; p < COLUMN; ++p) {
        print_message("population %zu: %.4f /s, expected %.4f within %.0f %%\n", p, found[p], expected[p],
                      100.0 * tolerance[p]);
        assert_within(found[p] / expected[p], 1.0, tolerance[p]);
    }
}
