#include "testing.h"

#include "base/progress_meter.h"

#include <time.h>

typedef struct {
    int reports, stop_at;
    double fraction, seconds_left;
    char message[64];
} listener;

static bool listen(const qn_progress_report *report, void *context)
{
    listener *heard = context;
    heard->fraction = report->fraction;
    heard->seconds_left = report->seconds_left;
    snprintf(heard->message, sizeof heard->message, "%s", report->message);
    return ++heard->reports != heard->stop_at;
}

static double wall_seconds(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void wait_seconds(double seconds)
{
    nanosleep(&(struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)(1e9 * (seconds - floor(seconds)))}, NULL);
}

static void without_callback_nothing_happens(void **state)
{
    (void)state;
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, NULL);
    assert_ok(qn_progress_meter_tick(&meter, 0.5, "half"));
    qn_progress_meter_start(&meter, &(qn_progress){0});
    assert_ok(qn_progress_meter_tick(&meter, 0.5, "half"));
    assert_null(qn_progress_of_part(&(qn_progress_part){&meter, 0, 1, NULL}).report);
}

static void reports_at_most_ten_times_a_second(void **state)
{
    (void)state;
    listener heard = {0};
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, &(qn_progress){listen, &heard});
    assert_ok(qn_progress_meter_tick(&meter, 0.0, "network %d of %d", 1, 12));
    assert_int_equal(heard.reports, 1);
    assert_string_equal(heard.message, "network 1 of 12");
    assert_true(heard.seconds_left < 0);
    // By the clock on the wall, as the meter reports: on a busy machine the processor's own lags behind.
    const double start = wall_seconds();
    while (wall_seconds() - start < 0.05) assert_ok(qn_progress_meter_tick(&meter, 0.1, "busy"));
    assert_true(heard.reports <= 2);
}

static void time_left_follows_the_pace(void **state)
{
    (void)state;
    listener heard = {0};
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, &(qn_progress){listen, &heard});
    wait_seconds(0.2);
    assert_ok(qn_progress_meter_tick(&meter, 0.25, "quarter"));
    assert_true(heard.fraction == 0.25);
    assert_true(heard.seconds_left >= 0.6 && heard.seconds_left < 60); // the upper bound only for a busy machine
    wait_seconds(0.11);
    assert_ok(qn_progress_meter_tick(&meter, 7.0, "past the end"));
    assert_true(heard.fraction == 1.0 && heard.seconds_left == 0.0);
}

static void stopping_is_final(void **state)
{
    (void)state;
    listener heard = {.stop_at = 1};
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, &(qn_progress){listen, &heard});
    assert_fails(qn_progress_meter_tick(&meter, 0.42, "network 3 of 12"), QN_STOPPED, "42 % (network 3 of 12)");
    assert_fails(qn_progress_meter_tick(&meter, 0.43, "again"), QN_STOPPED, "stopped");
    assert_int_equal(heard.reports, 1);
}

static void part_reports_as_stretch_of_the_whole(void **state)
{
    (void)state;
    listener heard = {.stop_at = 2};
    qn_progress_meter whole, inner;
    qn_progress_meter_start(&whole, &(qn_progress){listen, &heard});
    qn_progress_part part = {&whole, 0.5, 0.75, "network 3 of 4"};
    const qn_progress progress = qn_progress_of_part(&part);
    qn_progress_meter_start(&inner, &progress);
    assert_ok(qn_progress_meter_tick(&inner, 0.5, "step 1"));
    assert_true(heard.fraction == 0.625);
    assert_string_equal(heard.message, "network 3 of 4");
    part.label = NULL;
    wait_seconds(0.11);
    assert_int_equal(qn_progress_meter_tick(&inner, 0.5, "step 2"), QN_STOPPED);
    assert_string_equal(heard.message, "step 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_callback_nothing_happens),     cmocka_unit_test(reports_at_most_ten_times_a_second),
        cmocka_unit_test(time_left_follows_the_pace),           cmocka_unit_test(stopping_is_final),
        cmocka_unit_test(part_reports_as_stretch_of_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
