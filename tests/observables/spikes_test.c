// Windows of records, their histogram, and what is refused.
#include "synthetic_spikes.h"

// Populations of 2, 0 and 1 neurons, steps 11 ... 20.
static synthetic small_record(void)
{
    synthetic s = synthetic_create(0.5, 10, 20, 3, (size_t[]){2, 0, 1});
    static const uint64_t spike[][2] = {{11, 0}, {11, 2}, {13, 1}, {14, 0}, {17, 2}, {20, 0}, {20, 1}};
    for (size_t k = 0; k < sizeof spike / sizeof *spike; ++k) synthetic_add(&s, spike[k][0], spike[k][1]);
    return s;
}

static void copies_hold_the_spikes_of_their_window(void **state)
{
    (void)state;
    synthetic s = small_record();
    for (uint64_t first = 10; first <= 20; ++first)
        for (uint64_t last = first; last <= 20; ++last) {
            qn_spikes copy;
            assert_ok(qn_spikes_copy(&s.record, first, last, &copy));
            size_t expected = 0;
            for (size_t k = 0; k < s.record.count; ++k) {
                if (s.record.step[k] <= first || s.record.step[k] > last) continue;
                assert_true(expected < copy.count);
                assert_int_equal(copy.step[expected], s.record.step[k]);
                assert_int_equal(copy.neuron[expected++], s.record.neuron[k]);
            }
            assert_int_equal(copy.count, expected);
            assert_int_equal(copy.first_step, first);
            assert_int_equal(copy.last_step, last);
            assert_int_equal(copy.population_count, 3);
            assert_memory_equal(copy.first_neuron, s.record.first_neuron, 4 * sizeof(size_t));
            assert_true(copy.time_step == 0.5);
            qn_spikes_clear(&copy);
            assert_null(copy.step);
        }
    qn_spikes copy = {.count = 77};
    assert_fails(qn_spikes_copy(&s.record, 9, 20, &copy), QN_BAD_VALUE, "steps 9 to 20; the record has 10 to 20");
    assert_fails(qn_spikes_copy(&s.record, 12, 21, &copy), QN_BAD_VALUE, "12 to 21");
    assert_fails(qn_spikes_copy(&s.record, 13, 12, &copy), QN_BAD_VALUE, "13 to 12");
    assert_int_equal(copy.count, 77);
    synthetic_clear(&s);
}

static void histograms_count_each_population(void **state)
{
    (void)state;
    synthetic s = small_record();
    static const uint32_t expected[4][3] = {{2, 1, 0}, {0, 0, 0}, {1, 0, 1}, {3, 1, 1}}; // bins of 3 steps
    for (size_t p = 0; p < 4; ++p) {
        qn_spike_histogram h;
        assert_ok(qn_spike_histogram_make(&s.record, p, 1.5, &h));
        assert_int_equal(h.count, 3); // the tenth step is left out
        assert_true(h.bin == 1.5);
        assert_memory_equal(h.values, expected[p], sizeof expected[p]);
        qn_spike_histogram_clear(&h);
    }
    qn_spike_histogram h;
    assert_ok(qn_spike_histogram_make(&s.record, 0, 0, &h));
    assert_int_equal(h.count, 5); // of 1 ms
    qn_spike_histogram_clear(&h);
    assert_fails(qn_spike_histogram_make(&s.record, 4, 0, &h), QN_BAD_VALUE, "population 4 of spikes; there are 3");
    assert_fails(qn_spike_histogram_make(&s.record, 0, 0.7, &h), QN_BAD_VALUE,
                 "0.7 ms; allowed: multiples of the time");
    assert_fails(qn_spike_histogram_make(&s.record, 0, -1, &h), QN_BAD_VALUE, "-1 ms");
    assert_fails(qn_spike_histogram_make(&s.record, 0, NAN, &h), QN_BAD_VALUE, "nan");
    assert_fails(qn_spike_histogram_make(&s.record, 0, 6, &h), QN_BAD_VALUE, "6 ms; the record has only 5 ms");
    synthetic_clear(&s);
}

static void records_that_break_their_rules_are_refused(void **state)
{
    (void)state;
    qn_spike_histogram h;
    synthetic s = small_record();
    s.record.step[3] = 12;
    assert_fails(qn_spike_histogram_make(&s.record, 0, 0, &h), QN_BAD_VALUE, "in order of time");
    s.record.step[3] = 21;
    assert_fails(qn_spike_histogram_make(&s.record, 0, 0, &h), QN_BAD_VALUE, "spike 3 is of neuron 0 at step 21");
    s.record.step[3] = 14, s.record.step[0] = 10;
    assert_fails(qn_spike_histogram_make(&s.record, 0, 0, &h), QN_BAD_VALUE, "at step 10; the record is of 3 neurons");
    s.record.step[0] = 11, s.record.neuron[2] = 3;
    assert_fails(qn_spike_histogram_make(&s.record, 0, 0, &h), QN_BAD_VALUE, "spike 2 is of neuron 3");
    s.record.neuron[2] = 1, s.record.time_step = 0;
    assert_fails(qn_spike_histogram_make(&s.record, 0, 0, &h), QN_BAD_VALUE, "time step of spikes is 0");
    s.record.time_step = 0.5, s.record.first_step = 20;
    assert_fails(qn_spike_histogram_make(&s.record, 0, 0, &h), QN_BAD_VALUE, "from step 20 to 20");
    s.record.first_step = 10;
    assert_ok(qn_spike_histogram_make(&s.record, 0, 0, &h));
    qn_spike_histogram_clear(&h);
    synthetic_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_hold_the_spikes_of_their_window),
        cmocka_unit_test(histograms_count_each_population),
        cmocka_unit_test(records_that_break_their_rules_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
