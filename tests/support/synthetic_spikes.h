// Records of spikes with a law that is known, for tests of estimators.
#pragma once
#include "testing.h"

#include <stdlib.h>

typedef struct {
    qn_spikes record;
    size_t room;
} synthetic;

// Deviates of a stream, one at a time.
typedef struct {
    qn_stream stream;
    uint64_t at;
    double drawn[256];
} deviates;

static inline deviates deviates_of(uint64_t seed, uint64_t index)
{
    return (deviates){.stream = {seed, QN_PURPOSE_TEST, index}};
}

static inline double next_uniform(deviates *d)
{
    if (d->at % 256 == 0) qn_uniform(&d->stream, d->at, 256, d->drawn);
    return d->drawn[d->at++ % 256];
}

static inline double next_exponential(deviates *d) { return -log(next_uniform(d)); }

static inline synthetic synthetic_create(double time_step, uint64_t first, uint64_t last, size_t populations,
                                         const size_t *neurons)
{
    synthetic s = {.record = {.time_step = time_step,
                              .first_step = first,
                              .last_step = last,
                              .population_count = populations,
                              .first_neuron = calloc(populations + 1, sizeof(size_t))}};
    assert_non_null(s.record.first_neuron);
    for (size_t p = 0; p < populations; ++p) s.record.first_neuron[p + 1] = s.record.first_neuron[p] + neurons[p];
    return s;
}

static inline void synthetic_add(synthetic *s, uint64_t step, size_t neuron)
{
    if (step <= s->record.first_step || step > s->record.last_step) return;
    if (s->record.count == s->room) {
        s->room = 2 * s->room + 1024;
        s->record.step = realloc(s->record.step, s->room * sizeof(uint32_t));
        s->record.neuron = realloc(s->record.neuron, s->room * sizeof(uint32_t));
        assert_non_null(s->record.step);
        assert_non_null(s->record.neuron);
    }
    s->record.step[s->record.count] = (uint32_t)step;
    s->record.neuron[s->record.count++] = (uint32_t)neuron;
}

static inline int by_step_then_neuron(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

// To be called once all spikes are there.
static inline void synthetic_sort(synthetic *s)
{
    uint64_t *both = malloc((s->record.count + 1) * sizeof *both);
    assert_non_null(both);
    for (size_t k = 0; k < s->record.count; ++k) both[k] = (uint64_t)s->record.step[k] << 32 | s->record.neuron[k];
    qsort(both, s->record.count, sizeof *both, by_step_then_neuron);
    for (size_t k = 0; k < s->record.count; ++k)
        s->record.step[k] = (uint32_t)(both[k] >> 32), s->record.neuron[k] = (uint32_t)both[k];
    free(both);
}

static inline void synthetic_clear(synthetic *s)
{
    free(s->record.first_neuron);
    free(s->record.step);
    free(s->record.neuron);
}

// Renewal trains in equilibrium (as far as a start 20 mean intervals before the record makes it): intervals are `dead`
// ms plus a gamma deviate of whole `shape`, the rate is `rate` per second. Times are rounded up to steps.
static inline void add_renewal(synthetic *s, size_t neuron, double rate, unsigned shape, double dead, uint64_t seed)
{
    deviates d = deviates_of(seed, neuron);
    const double h = s->record.time_step, mean = 1000 / rate, scale = (mean - dead) / shape;
    const double start = (double)s->record.first_step * h, end = (double)s->record.last_step * h;
    double time = start - mean * (20 + next_uniform(&d));
    while (time <= end) {
        time += dead;
        for (unsigned k = 0; k < shape; ++k) time += scale * next_exponential(&d);
        if (time > start) synthetic_add(s, (uint64_t)ceil(time / h), neuron);
    }
}
