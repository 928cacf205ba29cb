// The membranes' kernel against a second, scalar implementation written from section 4.1 and 6.6 of
// docs/theory/spiking.md: the same bits.
#include "simulation/membrane_kernel.h"
#include "simulation/spiking_propagators.h"
#include "testing.h"

enum { PADDED = 192, NEURONS = 150, STEPS = 400, DRAWS = 3, STREAM = 64, FIRST = 320 };

// ------------------------------------------------------------------------------------------------------- propagators

static void propagators_are_those_of_the_table(void **state)
{
    (void)state;
    assert_within(qn_propagator_decay(0.1, 10.0) / 0.9900498337491681, 1.0, 1e-12);
    assert_within(qn_propagator_decay(0.1, 0.5) / 0.8187307530779818, 1.0, 1e-12);
    assert_within(qn_propagator_couple(0.1, 10.0, 0.5, 250.0) / 3.606717487814e-4, 1.0, 1e-12);
    assert_within(qn_propagator_drift(0.1, 10.0, 250.0) / 3.98006650033e-4, 1.0, 1e-12);
}

// P21 by equation (2) where that does not cancel, its limit, and no jump near it.
static void coupling_is_smooth_where_the_times_are_equal(void **state)
{
    (void)state;
    for (double synaptic = 0.1; synaptic < 40.0; synaptic *= 1.3) {
        const double direct = 10.0 * synaptic / (10.0 - synaptic) * (exp(-0.1 / 10.0) - exp(-0.1 / synaptic)) / 250.0;
        assert_within(qn_propagator_couple(0.1, 10.0, synaptic, 250.0) / direct, 1.0, 1e-11);
    }
    const double limit = 0.1 / 250.0 * exp(-0.1 / 10.0);
    assert_within(qn_propagator_couple(0.1, 10.0, 10.0, 250.0) / limit, 1.0, 1e-14);
    // To first order P21 = limit (1 + x / 2) of times that differ by the part x tau / h.
    for (double part = 1e-15; part < 1e-2; part *= 10.0)
        for (double sign = -1.0; sign < 2.0; sign += 2.0) {
            const double ratio = qn_propagator_couple(0.1, 10.0, 10.0 * (1.0 + sign * part), 250.0) / limit;
            assert_within(ratio, 1.0 + sign * part * 0.005, 1e-5 * part + 2e-15);
        }
}

// ------------------------------------------------------------------------------------------------------------ kernel

typedef struct {
    double v[PADDED], ex[PADDED], in[PADDED];
    int32_t sum[2 * PADDED];
} reference;

typedef struct {
    const char *name;
    qn_membrane membrane;
    size_t draws;
    bool inhibitory;
    bool doubles;
} scenario;

// Fused, in the precision of the scenario.
static double fused(bool doubles, double a, double b, double c)
{
    return doubles ? fma(a, b, c) : (double)fmaf((float)a, (float)b, (float)c);
}

static double rounded(bool doubles, double x) { return doubles ? x : (double)(float)x; }

static uint32_t word_of(const qn_external *e, uint32_t neuron, uint32_t stream)
{
    const uint32_t counter[4] = {e->population, (e->first + neuron) >> 3, e->step, stream};
    uint32_t words[4];
    qn_cipher_words(&e->key, counter, 0, 1, words);
    const uint32_t half = (e->first + neuron) & 7;
    return words[half / 2] >> (half % 2 * 16) & 0xffff;
}

static int poisson_of(const qn_external *e, size_t draw, uint32_t neuron)
{
    const uint32_t stream = e->stream + (uint32_t)draw, word = word_of(e, neuron, stream);
    const qn_poisson_table *t = &e->table[draw];
    if (t->kept && word_of(e, neuron, stream + QN_EXTERNAL_SECOND) >= t->kept) return 0;
    return (word & 2047) < t->threshold[word >> 11] ? (int)(word >> 11) : t->alias[word >> 11];
}

static size_t step_slowly(const scenario *s, const qn_external *e, reference *r, uint32_t *spiked)
{
    const qn_membrane *m = &s->membrane;
    const bool d = s->doubles;
    const double decay = rounded(d, m->membrane_decay), drift = rounded(d, m->drift), q = rounded(d, m->quantum);
    const double couple_ex = rounded(d, m->excitatory_couple), couple_in = rounded(d, m->inhibitory_couple);
    const double decay_ex = rounded(d, m->excitatory_decay), decay_in = rounded(d, m->inhibitory_decay);
    size_t count = 0;
    for (uint32_t i = 0; i < PADDED; ++i) {
        double input = 0.0;
        for (size_t k = 0; k < e->count; ++k) input = fused(d, rounded(d, e->weight[k]), poisson_of(e, k, i), input);
        const double sum = rounded(d, r->sum[i]), sum_in = rounded(d, r->sum[PADDED + i]);
        double inner = m->two_currents ? fused(d, couple_in, r->in[i], drift) : drift;
        inner = m->delta ? fused(d, q, sum, rounded(d, input + drift)) : fused(d, couple_ex, r->ex[i], inner);
        r->v[i] = fused(d, decay, r->v[i], inner);
        if (!m->delta) {
            const bool apart = m->two_currents && e->inhibitory;
            r->ex[i] = fused(d, decay_ex, r->ex[i], fused(d, q, sum, apart ? 0.0 : input));
            if (m->two_currents) r->in[i] = fused(d, decay_in, r->in[i], fused(d, q, sum_in, apart ? input : 0.0));
        }
        if (r->v[i] < rounded(d, m->threshold)) continue;
        r->v[i] = -INFINITY;
        spiked[count++] = i;
    }
    return count;
}

typedef struct {
    double v[PADDED], ex[PADDED], in[PADDED];
    float v_float[PADDED], ex_float[PADDED], in_float[PADDED];
    int32_t sum[2 * PADDED];
    qn_membrane_state state;
} fast;

static double value(const scenario *s, const double *doubles, const float *floats, size_t i)
{
    return s->doubles ? doubles[i] : (double)floats[i];
}

static void begin(const scenario *s, reference *r, fast *f)
{
    memset(r, 0, sizeof *r);
    memset(f, 0, sizeof *f);
    for (int i = 0; i < PADDED; ++i) {
        r->v[i] = i < NEURONS ? rounded(s->doubles, -3.0 + 0.1 * i) : -INFINITY;
        f->v[i] = r->v[i];
        f->v_float[i] = (float)r->v[i];
    }
    f->state = s->doubles ? (qn_membrane_state){PADDED, f->v, f->ex, s->membrane.two_currents ? f->in : f->ex, f->sum}
                          : (qn_membrane_state){PADDED, f->v_float, f->ex_float,
                                                s->membrane.two_currents ? f->in_float : f->ex_float, f->sum};
}

static void put_sums(const scenario *s, uint32_t step, reference *r, fast *f)
{
    const qn_cipher_key key = qn_cipher_key_of(&(qn_stream){77, QN_PURPOSE_TEST, 0});
    uint32_t words[2 * PADDED];
    const uint32_t counter[4] = {0, step, 0, 0};
    qn_cipher_words(&key, counter, 0, PADDED / 2, words);
    for (int i = 0; i < 2 * PADDED; ++i) {
        const bool used = i < NEURONS || (s->membrane.two_currents && i >= PADDED && i < PADDED + NEURONS);
        // Now and then sums beyond 2^24, which floats do not hold.
        const int32_t sum = (int32_t)words[i] >> (i % 11 == 0 && step % 50 == 7 ? 4 : 21);
        r->sum[i] = f->sum[i] = used ? sum : 0;
    }
}

static void compare(const scenario *s, const reference *r, const fast *f)
{
    for (size_t i = 0; i < PADDED; ++i) {
        const double v = value(s, f->v, f->v_float, i), ex = value(s, f->ex, f->ex_float, i);
        const double in = value(s, f->in, f->in_float, i);
        if (v != r->v[i] || ex != r->ex[i] || in != r->in[i])
            fail_msg("%s: neuron %zu is at %.17g %.17g %.17g, not %.17g %.17g %.17g", s->name, i, v, ex, in, r->v[i],
                     r->ex[i], r->in[i]);
        assert_int_equal(f->sum[i], 0);
    }
}

static void check(const scenario *s)
{
    reference r;
    fast f;
    uint32_t spiked[PADDED], expected[PADDED];
    qn_poisson_table tables[DRAWS];
    const double means[DRAWS] = {1.3, 0.017, 9.7}, weights[DRAWS] = {87.8085, 20.25, 3.1};
    double signed_weights[DRAWS];
    for (int k = 0; k < DRAWS; ++k) {
        qn_poisson_table_make(means[k], &tables[k]);
        signed_weights[k] = (s->inhibitory ? -1 : 1) * weights[k] * (s->membrane.delta ? 0.002 : 1.0);
    }
    qn_external external = {
        s->draws, tables, signed_weights, s->inhibitory, qn_cipher_key_of(&(qn_stream){1, QN_PURPOSE_TEST, 2}), 5,
        FIRST,    0,      STREAM};
    size_t all = 0;
    begin(s, &r, &f);
    for (external.step = 1; external.step <= STEPS; ++external.step) {
        put_sums(s, external.step, &r, &f);
        const size_t found =
            s->doubles ? QN_PICK_CIPHER_KERNEL(qn_membrane_step_double)(&s->membrane, &external, &f.state, spiked)
                       : QN_PICK_CIPHER_KERNEL(qn_membrane_step_float)(&s->membrane, &external, &f.state, spiked);
        assert_int_equal(found, step_slowly(s, &external, &r, expected));
        assert_memory_equal(spiked, expected, found * sizeof *spiked);
        compare(s, &r, &f);
        all += found;
        for (size_t i = 0; i < found; ++i) {
            assert_in_range(spiked[i], 0, NEURONS - 1);
            r.v[spiked[i]] = f.v[spiked[i]] = 0.0;
            f.v_float[spiked[i]] = 0.0F;
        }
    }
    if (s->membrane.threshold == INFINITY) assert_int_equal(all, 0);
    if (s->membrane.threshold < INFINITY && !s->inhibitory) assert_true(all > 100);
}

static void steps_have_the_bits_of_a_scalar_implementation(void **state)
{
    (void)state;
    const qn_membrane one = {.membrane_decay = exp(-0.01),
                             .excitatory_couple = qn_propagator_couple(0.1, 10.0, 0.5, 250.0),
                             .inhibitory_couple = qn_propagator_couple(0.1, 10.0, 2.0, 250.0),
                             .excitatory_decay = exp(-0.2),
                             .inhibitory_decay = exp(-0.05),
                             .drift = qn_propagator_drift(0.1, 10.0, 250.0) * 300.0,
                             .quantum = 87.8085 / 128.0,
                             .threshold = 15.0};
    qn_membrane two = one, delta = one, free = one;
    two.two_currents = true;
    delta.delta = true;
    delta.quantum = 0.1 / 128.0;
    free.threshold = INFINITY;
    const scenario scenarios[] = {
        {"one current", one, 0, false, false},
        {"one current, input", one, 2, false, false},
        {"one current, inhibition", one, 1, true, false},
        {"two currents", two, 3, false, false},
        {"two currents, inhibition", two, 1, true, false},
        {"delta", delta, 0, false, false},
        {"delta, input", delta, 3, false, false},
        {"delta, inhibition", delta, 1, true, false},
        {"no threshold", free, 2, false, false},
    };
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; ++i) {
        scenario s = scenarios[i];
        check(&s);
        s.doubles = true;
        check(&s);
    }
}

// Pads start at minus infinity and stay there, whatever the drift, and draw no spikes.
static void pads_never_fire(void **state)
{
    (void)state;
    const scenario s = {.membrane = {.membrane_decay = exp(-0.01),
                                     .excitatory_couple = qn_propagator_couple(0.1, 10.0, 0.5, 250.0),
                                     .excitatory_decay = exp(-0.2),
                                     .drift = 1e4,
                                     .quantum = 1.0,
                                     .threshold = 15.0}};
    qn_poisson_table table;
    qn_poisson_table_make(10.0, &table);
    const double weight = 1e5;
    qn_external external = {1, &table, &weight, false, qn_cipher_key_of(&(qn_stream){1, QN_PURPOSE_TEST, 2}),
                            0, 0,      0,       STREAM};
    reference r;
    fast f;
    uint32_t spiked[PADDED];
    begin(&s, &r, &f);
    for (external.step = 1; external.step <= 30000; ++external.step) {
        const size_t count = QN_PICK_CIPHER_KERNEL(qn_membrane_step_float)(&s.membrane, &external, &f.state, spiked);
        assert_true(external.step > 1 ? count == 0 : count == NEURONS);
    }
}

// Table 9.1: a current of 1000 pA, no further input, ten steps.
static void a_current_charges_the_membrane_as_the_table_says(void **state)
{
    (void)state;
    for (int doubles = 0; doubles < 2; ++doubles) {
        const scenario s = {.membrane = {.membrane_decay = exp(-0.01),
                                         .excitatory_couple = qn_propagator_couple(0.1, 10.0, 0.5, 250.0),
                                         .excitatory_decay = exp(-0.2),
                                         .quantum = 1.0,
                                         .threshold = 15.0},
                            .doubles = doubles};
        const qn_external none = {0};
        reference r;
        fast f;
        uint32_t spiked[PADDED];
        begin(&s, &r, &f);
        f.v[0] = f.v_float[0] = 0.0F;
        f.ex[0] = f.ex_float[0] = 1000.0F;
        for (int step = 0; step < 10; ++step)
            (void)(doubles ? QN_PICK_CIPHER_KERNEL(qn_membrane_step_double)(&s.membrane, &none, &f.state, spiked)
                           : QN_PICK_CIPHER_KERNEL(qn_membrane_step_float)(&s.membrane, &none, &f.state, spiked));
        const double tolerance = doubles ? 1e-10 : 1e-5;
        assert_within(value(&s, f.v, f.v_float, 0), 1.6200044943, tolerance);
        assert_close(value(&s, f.ex, f.ex_float, 0), 135.3352832366, tolerance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(propagators_are_those_of_the_table),
        cmocka_unit_test(coupling_is_smooth_where_the_times_are_equal),
        cmocka_unit_test(steps_have_the_bits_of_a_scalar_implementation),
        cmocka_unit_test(pads_never_fire),
        cmocka_unit_test(a_current_charges_the_membrane_as_the_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
