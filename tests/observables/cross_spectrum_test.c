#include "autoregressive.h"

#include "observables/cross_spectrum.h"

#include <complex.h>

static const bool all_used[16] = {true, true, true, true, true, true, true, true,
                                  true, true, true, true, true, true, true, true};

// What the taper makes of C_ij(omega), exactly: its mean over activity.
static double complex seen(size_t i, size_t j, double omega, size_t segment)
{
    double square = 0;
    double complex sum = 0;
    for (size_t t = 0; t < segment; ++t) {
        const double w = pow(sin(M_PI * ((double)t + 0.5) / (double)segment), 2);
        square += w * w;
        for (size_t s = 0; s < segment; ++s) {
            const double v = pow(sin(M_PI * ((double)s + 0.5) / (double)segment), 2);
            const double apart = (double)s - (double)t;
            sum += w * v * lagged_covariance(i, j, (long)s - (long)t) * cexp(-I * omega * apart);
        }
    }
    return sum / square;
}

// C_ij(omega) of the sources themselves.
static double complex exact(size_t i, size_t j, double omega)
{
    double complex sum = 0;
    for (size_t m = 0; m < SOURCES; ++m)
        sum += weight_of(i, m) * weight_of(j, m) * (1 - pow(SOURCE_REGRESSION[m], 2)) /
               pow(cabs(1 - SOURCE_REGRESSION[m] * cexp(-I * omega)), 2);
    return sum * cexp(-I * omega * ((double)delay_of(j) - (double)delay_of(i)));
}

// Segments half overlapping, or one; an interval that is not 1. Delays make the matrix complex: its square in place of
// its squared norm would be far off.
static void neither_number_has_a_bias(void **state)
{
    (void)state;
    enum { SAMPLES = 1200, UNITS = 15, FREQUENCIES = 5, FRAMES = 32 };
    static double power[FREQUENCIES][SAMPLES], four[FREQUENCIES][SAMPLES];
    const double interval = 0.5;
    for (size_t segment = 16; segment <= 32; segment += 16) {
        const size_t count = segment / 4 + 1 < FREQUENCIES ? segment / 4 + 1 : FREQUENCIES;
        for (uint64_t s = 0; s < SAMPLES; ++s) {
            qn_activity_record record = autoregressive_record(
                (qn_cross_covariance_layout){.units = UNITS, .trials = 4, .frames = FRAMES, .lags = 1}, s);
            qn_spectrum c, theta;
            assert_ok(qn_cross_spectrum(&record, all_used, segment, interval, 0, NULL, &c, &theta));
            assert_int_equal(c.count, segment / 4 + 1);
            assert_close(theta.step, 2 * M_PI / ((double)segment * interval), 1e-14);
            for (size_t f = 0; f < count; ++f) power[f][s] = c.values[f], four[f][s] = theta.values[f];
            qn_spectrum_clear(&c), qn_spectrum_clear(&theta);
            qn_activity_record_clear(&record);
        }
        for (size_t f = 0; f < count; ++f) {
            const double omega = 2 * M_PI * (double)f / (double)segment;
            double trace = 0, norm = 0, square = 0;
            for (size_t i = 0; i < UNITS; ++i)
                for (size_t j = 0; j < UNITS; ++j) {
                    const double complex value = interval * seen(i, j, omega, segment);
                    norm += pow(cabs(value), 2), square += creal(value * value);
                    if (i == j) trace += creal(value);
                }
            assert_agrees(trace / UNITS, qn_estimate_of(SAMPLES, power[f]), .max_z = 4.5, .max_relative_error = 0.05,
                          .max_relative_bar = 0.02);
            assert_agrees(norm / UNITS, qn_estimate_of(SAMPLES, four[f]), .max_z = 4.5, .max_relative_error = 0.15,
                          .max_relative_bar = 0.04);
            if (f == 2) assert_true(norm > 1.5 * square);
        }
    }
}

// A segment long enough resolves the dimension, also where a slow source is a hundred times stronger than what is left
// at high frequency: nothing leaks.
static void long_segments_give_the_dimension_of_the_sources(void **state)
{
    (void)state;
    enum { UNITS = 15, TRIALS = 16, FRAMES = 128, SAMPLES = 250, FREQUENCIES = FRAMES / 4 + 1 };
    static double power[FREQUENCIES][SAMPLES], four[FREQUENCIES][SAMPLES];
    for (uint64_t s = 0; s < SAMPLES; ++s) {
        qn_activity_record record = autoregressive_record(
            (qn_cross_covariance_layout){.units = UNITS, .trials = TRIALS, .frames = FRAMES, .lags = 1}, 5000 + s);
        // A drift common to all, much slower than a segment and large.
        for (size_t a = 0; a < TRIALS; ++a)
            for (size_t t = 0; t < FRAMES; ++t)
                for (size_t i = 0; i < UNITS; ++i)
                    record.values[(a * FRAMES + t) * UNITS + i] +=
                        (float)(10 * cos(2 * M_PI * (0.7 * (double)t / FRAMES + (double)a / TRIALS)));
        qn_spectrum c, theta;
        assert_ok(qn_cross_spectrum(&record, all_used, FRAMES, 1, 0, NULL, &c, &theta));
        assert_int_equal(c.count, FREQUENCIES);
        for (size_t f = 0; f < FREQUENCIES; ++f) power[f][s] = c.values[f], four[f][s] = theta.values[f];
        qn_spectrum_clear(&c), qn_spectrum_clear(&theta);
        qn_activity_record_clear(&record);
    }
    for (size_t f = 12; f < FREQUENCIES; f += 4) {
        const double omega = 2 * M_PI * (double)f / FRAMES;
        double trace = 0, norm = 0;
        for (size_t i = 0; i < UNITS; ++i)
            for (size_t j = 0; j < UNITS; ++j) norm += pow(cabs(exact(i, j, omega)), 2);
        for (size_t i = 0; i < UNITS; ++i) trace += creal(exact(i, i, omega));
        assert_agrees(trace / UNITS, qn_estimate_of(SAMPLES, power[f]), .max_z = 4.5, .max_relative_error = 0.05,
                      .max_relative_bar = 0.015);
        assert_agrees(norm / UNITS, qn_estimate_of(SAMPLES, four[f]), .max_z = 4.5, .max_relative_error = 0.12,
                      .max_relative_bar = 0.03);
    }
}

// Units alike and independent, with a spectrum that falls by a factor 400: whitened, the taper has nothing to smooth,
// and the mean is the spectrum itself. Without, the flank is filled.
static void whitening_spares_steep_flanks(void **state)
{
    (void)state;
    enum { UNITS = 8, TRIALS = 4, FRAMES = 24, SAMPLES = 1500, FREQUENCIES = FRAMES / 4 + 1 };
    static double power[2][FREQUENCIES][SAMPLES], four[FREQUENCIES][SAMPLES];
    const double regression = 0.9, autocorrelation[3] = {1, 0.9, 0.81}, innovation = sqrt(1 - 0.81);
    for (uint64_t sample = 0; sample < SAMPLES; ++sample) {
        const qn_stream stream = {.seed = 9, .purpose = QN_PURPOSE_TEST, .index = sample};
        double deviates[TRIALS * FRAMES * UNITS];
        qn_activity_record record;
        assert_ok(qn_activity_record_create(
            &(qn_cross_covariance_layout){.units = UNITS, .trials = TRIALS, .frames = FRAMES, .lags = 1}, &record));
        qn_normal(&stream, 0, TRIALS * FRAMES * UNITS, deviates);
        for (size_t k = 0; k < TRIALS * FRAMES * UNITS; ++k) {
            const bool first = k % (FRAMES * UNITS) < UNITS;
            record.values[k] =
                (float)(first ? deviates[k] : regression * record.values[k - UNITS] + innovation * deviates[k]);
        }
        record.recorded = FRAMES;
        for (int whitened = 0; whitened < 2; ++whitened) {
            qn_spectrum c, theta;
            assert_ok(qn_cross_spectrum(&record, all_used, FRAMES, 1, whitened ? 2 : 0,
                                        whitened ? autocorrelation : NULL, &c, &theta));
            for (size_t f = 0; f < FREQUENCIES; ++f) {
                power[whitened][f][sample] = c.values[f];
                if (whitened) four[f][sample] = theta.values[f];
            }
            qn_spectrum_clear(&c), qn_spectrum_clear(&theta);
        }
        qn_activity_record_clear(&record);
    }
    for (size_t f = 0; f < FREQUENCIES; ++f) {
        const double exactly = (1 - 0.81) / pow(cabs(1 - regression * cexp(-2 * M_PI * I * (double)f / FRAMES)), 2);
        assert_agrees(exactly, qn_estimate_of(SAMPLES, power[1][f]), .max_z = 4.5, .max_relative_error = 0.02,
                      .max_relative_bar = 0.01);
        assert_agrees(exactly * exactly, qn_estimate_of(SAMPLES, four[f]), .max_z = 4.5, .max_relative_error = 0.05,
                      .max_relative_bar = 0.02);
        if (f == 1) assert_true(qn_estimate_of(SAMPLES, power[0][f]).value > 1.3 * exactly);
    }
}

// One tone in all units, its phase another in every trial: at `cycles` per segment.
static void measure_tone(double cycles, qn_spectrum *c, qn_spectrum *theta)
{
    enum { UNITS = 3, TRIALS = 16, FRAMES = 64 };
    qn_activity_record record;
    assert_ok(qn_activity_record_create(
        &(qn_cross_covariance_layout){.units = UNITS, .trials = TRIALS, .frames = FRAMES, .lags = 1}, &record));
    for (size_t a = 0; a < TRIALS; ++a)
        for (size_t t = 0; t < FRAMES; ++t)
            for (size_t i = 0; i < UNITS; ++i)
                record.values[(a * FRAMES + t) * UNITS + i] =
                    (float)cos(2 * M_PI * (cycles * (double)t / FRAMES + (double)a / TRIALS));
    record.recorded = FRAMES;
    assert_ok(qn_cross_spectrum(&record, all_used, FRAMES, 1, 0, NULL, c, theta));
    qn_activity_record_clear(&record);
}

// The taper passes as little as is said; a tone fills one dimension; one above the frames' own frequencies is folded
// down.
static void a_tone_stays_where_it_is(void **state)
{
    (void)state;
    qn_spectrum on, on_four, off, off_four, fast, fast_four;
    measure_tone(8, &on, &on_four);
    measure_tone(8.5, &off, &off_four);
    measure_tone(64 - 8, &fast, &fast_four);
    assert_close(on.values[8] * on.values[8] / on_four.values[8], 1.0 / 3, 1e-5);
    for (size_t f = 12; f < off.count; ++f) {
        const double apart = 2 * M_PI * ((double)f - 8.5) / 64;
        assert_true(off.values[f] < on.values[8] * pow(64 * apart / 6, -6));
    }
    for (size_t f = 0; f < on.count; ++f) assert_within(fast.values[f], on.values[f], 1e-4 * on.values[8]);
    qn_spectrum_clear(&on), qn_spectrum_clear(&on_four);
    qn_spectrum_clear(&off), qn_spectrum_clear(&off_four);
    qn_spectrum_clear(&fast), qn_spectrum_clear(&fast_four);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    qn_activity_record record =
        autoregressive_record((qn_cross_covariance_layout){.units = 150, .trials = 6, .frames = 40, .lags = 1}, 2);
    qn_spectrum c[3], theta[3];
    for (int threads = 1; threads <= 3; ++threads) {
        const int k = threads - 1;
        qn_set_threads(threads);
        assert_ok(qn_cross_spectrum(&record, all_used, 20, 1, 0, NULL, &c[k], &theta[k]));
        assert_memory_equal(c[k].values, c[0].values, c[0].count * sizeof(double));
        assert_memory_equal(theta[k].values, theta[0].values, c[0].count * sizeof(double));
    }
    qn_set_threads(0);
    for (int k = 0; k < 3; ++k) qn_spectrum_clear(&c[k]), qn_spectrum_clear(&theta[k]);
    qn_activity_record_clear(&record);
}

// Few units and many short segments: they are lengthened until segments are no more than units.
static void segments_grow_where_they_are_too_many(void **state)
{
    (void)state;
    qn_activity_record record =
        autoregressive_record((qn_cross_covariance_layout){.units = 20, .trials = 5, .frames = 200, .lags = 1}, 2);
    qn_spectrum c, theta;
    assert_ok(qn_cross_spectrum(&record, all_used, 8, 1, 0, NULL, &c, &theta));
    const double segment = 2 * M_PI / c.step; // 5 trials x (1 + (200 - segment) / half a segment) <= 20
    assert_true(segment >= 66 && segment <= 200);
    qn_spectrum_clear(&c), qn_spectrum_clear(&theta);
    assert_fails(
        qn_cross_spectrum(&record, (const bool[]){true, false, false, false, false}, 8, 1, 0, NULL, &c, &theta),
        QN_BAD_VALUE, "at least 2");
    assert_fails(qn_cross_spectrum(&record, all_used, 201, 1, 0, NULL, &c, &theta), QN_BAD_VALUE, "allowed: 1 to 200");
    assert_fails(qn_cross_spectrum(&record, all_used, 4, 1, 4, (double[5]){1}, &c, &theta), QN_BAD_VALUE,
                 "allowed: 0 to 3");
    qn_activity_record_clear(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neither_number_has_a_bias),
        cmocka_unit_test(long_segments_give_the_dimension_of_the_sources),
        cmocka_unit_test(whitening_spares_steep_flanks),
        cmocka_unit_test(a_tone_stays_where_it_is),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(segments_grow_where_they_are_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
