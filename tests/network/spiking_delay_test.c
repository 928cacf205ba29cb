#include "testing.h"

static const double STEP = 0.1;
enum { MOST = 4096 };

static const qn_delay_law EXCITATORY = {.mean = 1.5, .relative_spread = 0.5};
static const qn_delay_law INHIBITORY = {.mean = 0.75, .relative_spread = 0.5};

typedef struct {
    size_t last, mode;
    double p[MOST], sum, mean, deviation;
} spectrum;

static spectrum spectrum_up_to(size_t last, const qn_delay_law *law, double step, double minimum)
{
    spectrum s = {.last = last, .mode = 1};
    assert_in_range(s.last, 1, MOST);
    qn_delay_probabilities(law, step, minimum, s.last, s.p);
    double square = 0.0;
    for (size_t d = 1; d <= s.last; ++d) {
        const double p = s.p[d - 1], delay = step * (double)d;
        assert_true(p >= 0.0);
        s.sum += p;
        s.mean += p * delay;
        square += p * delay * delay;
        if (p > s.p[s.mode - 1]) s.mode = d;
    }
    s.deviation = sqrt(square - s.mean * s.mean);
    return s;
}

static spectrum spectrum_of(const qn_delay_law *law, double step, double minimum)
{
    return spectrum_up_to(qn_delay_last(law, step, minimum), law, step, minimum);
}

static void assert_first(const spectrum *found, const double expected[5])
{
    for (size_t i = 0; i < 5; ++i) assert_within(found->p[i], expected[i], 1e-6);
    assert_within(found->sum, 1.0, 1e-14);
}

// Table 9.1, of the law without a last slot.
static void published_laws(void **state)
{
    (void)state;
    const spectrum slow = spectrum_up_to(100, &EXCITATORY, STEP, STEP),
                   fast = spectrum_up_to(100, &INHIBITORY, STEP, STEP);
    assert_first(&slow, (const double[]){.005115, .012239, .015280, .018740, .022580});
    assert_first(&fast, (const double[]){.013856, .037989, .054096, .071774, .088730});
    assert_within(slow.mean, 1.5540352, 1e-6);
    assert_within(slow.deviation, 0.6962904, 1e-6);
    assert_within(fast.mean, 0.7846471, 1e-6);
    assert_within(fast.deviation, 0.3432270, 1e-6);
    assert_int_equal(slow.mode, 15);
    assert_close(fast.p[6] / fast.p[7], 1.0, 1e-12); // 0.75 ms lies between slots 7 and 8: both are the mode
    assert_true(fast.mode == 7 || fast.mode == 8);
    assert_within(spectrum_of(&EXCITATORY, STEP, 0.5 * STEP).p[0], .009588, 1e-6);
    assert_within(spectrum_of(&INHIBITORY, STEP, 0.5 * STEP).p[0], .024587, 1e-6);
}

// Section 6.2: 47 and 24 slots, 569 for the longest distance of the multi-area model, 62.9168 mm at 3.5 mm/ms.
static void last_slots(void **state)
{
    (void)state;
    assert_int_equal(qn_delay_last(&EXCITATORY, STEP, STEP), 47);
    assert_int_equal(qn_delay_last(&INHIBITORY, STEP, STEP), 24);
    const qn_delay_law longest = {.mean = 62.9168 / 3.5, .relative_spread = 0.5};
    assert_int_equal(qn_delay_last(&longest, STEP, STEP), 569);
    // The definition: a share of 2^-17 at or beyond the last slot, less beyond the next.
    for (double mean = 0.02; mean < 100.0; mean *= 1.9)
        for (double spread = 0.01; spread <= 1.0; spread += 0.33) {
            const qn_delay_law law = {.mean = mean, .relative_spread = spread};
            const double minimum = 0.07;
            const size_t last = qn_delay_last(&law, STEP, minimum);
            static double p[MOST * 4];
            assert_true(last + 1 <= MOST * 4);
            qn_delay_probabilities(&law, STEP, minimum, last + 1, p);
            assert_true(p[last] < 0x1p-17);
            assert_true(last == 1 || p[last - 1] + p[last] >= 0x1p-17);
        }
}

// The law against what it describes: cut, then round. Sums over a fine grid of the normal density; a point of it at an
// edge carries 1.5e-6 ms of a density of at most 2.5 /ms.
static void the_law_is_cut_and_rounded(void **state)
{
    (void)state;
    static const double MINIMUM[] = {0.05, 0.08, 0.1};
    for (size_t m = 0; m < 3; ++m) {
        const qn_delay_law law = {.mean = 0.4, .relative_spread = 0.6};
        const spectrum found = spectrum_of(&law, STEP, MINIMUM[m]);
        double share[64] = {0.0}, all = 0.0;
        enum { POINTS = 2000000 };
        for (size_t i = 0; i < POINTS; ++i) {
            const double x = MINIMUM[m] + 3.0 * ((double)i + 0.5) / POINTS, z = (x - 0.4) / 0.24;
            const size_t d = (size_t)lround(x / STEP);
            share[d < 63 ? d : 63] += exp(-0.5 * z * z);
            all += exp(-0.5 * z * z);
        }
        assert_true(share[0] == 0.0);
        for (size_t d = 1; d < found.last; ++d) assert_within(found.p[d - 1], share[d] / all, 4e-6);
    }
}

static void one_delay_is_one_slot(void **state)
{
    (void)state;
    static const struct {
        double mean;
        size_t slot;
    } CASES[] = {{1.5, 15}, {0.01, 1}, {0.14, 1}, {0.16, 2}, {100.0, 1000}, {0.1, 1}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; ++i)
        for (int normal = 0; normal < 2; ++normal) {
            const qn_delay_law law = {.kind = normal ? QN_DELAY_NORMAL : QN_DELAY_CONSTANT, .mean = CASES[i].mean};
            const spectrum found = spectrum_of(&law, STEP, STEP);
            assert_int_equal(found.last, CASES[i].slot);
            assert_true(found.p[found.last - 1] == 1.0 && found.sum == 1.0);
        }
}

// All that is left of a mean far below the cut lies at the cut, even where the normal distribution underflows.
static void short_means_end_in_the_first_slot(void **state)
{
    (void)state;
    for (double spread = 1.0; spread > 1e-6; spread *= 0.3) {
        const spectrum found = spectrum_of(&(qn_delay_law){.mean = 1e-3, .relative_spread = spread}, STEP, STEP);
        assert_int_equal(found.last, 1);
        assert_true(found.p[0] == 1.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_laws),
        cmocka_unit_test(last_slots),
        cmocka_unit_test(the_law_is_cut_and_rounded),
        cmocka_unit_test(one_delay_is_one_slot),
        cmocka_unit_test(short_means_end_in_the_first_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
