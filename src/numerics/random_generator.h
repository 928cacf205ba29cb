/// GSL's distributions, drawn from a counter-based stream.
#pragma once
#include <quenched/random.h>

#include <gsl/gsl_rng.h>

typedef struct {
    qn_stream stream;
    uint64_t position; ///< deviates drawn
} qn_random_generator;

/// A gsl_rng that draws the stream's uniform deviates one by one. `rng` points at `generator`: keep both together.
void qn_random_generator_start(qn_random_generator *generator, const qn_stream *stream, gsl_rng *rng);
