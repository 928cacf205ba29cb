#include "numerics/random_generator.h"

static double draw(void *state)
{
    qn_random_generator *generator = state;
    double deviate;
    qn_uniform(&generator->stream, generator->position++, 1, &deviate);
    return deviate;
}

static unsigned long draw_integer(void *state) { return (unsigned long)(draw(state) * 4294967296.0); }

static void no_seed(void *state, unsigned long seed)
{
    (void)state;
    (void)seed;
}

void qn_random_generator_start(qn_random_generator *generator, const qn_stream *stream, gsl_rng *rng)
{
    static const gsl_rng_type type = {"quenched", 4294967295UL, 0,   sizeof(qn_random_generator),
                                      no_seed,    draw_integer, draw};
    *generator = (qn_random_generator){.stream = *stream};
    *rng = (gsl_rng){&type, generator};
}
