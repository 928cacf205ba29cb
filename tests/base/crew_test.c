#include "testing.h"

#include "base/crew.h"
#include "base/fail.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { JOBS = 23 };

typedef struct {
    int worked[JOBS], finished[JOBS], inside, order[JOBS], ended;
    int threads; // the most that a job saw
    size_t failing;
    pthread_mutex_t lock;
    bool endless, overlap; // finish() was entered twice at a time
} shop;

static void pause_briefly(void) { nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL); }

static qn_status work(size_t job, const qn_progress *progress, void *context)
{
    shop *s = context;
    pthread_mutex_lock(&s->lock);
    ++s->worked[job];
    if (qn_threads() > s->threads) s->threads = qn_threads();
    pthread_mutex_unlock(&s->lock);
    for (int step = 0; s->endless || step < 3; ++step) {
        pause_briefly();
        const qn_progress_report report = {step / 3.0, -1, "a step"};
        if (progress->report && !progress->report(&report, progress->context))
            return qn_fail(QN_STOPPED, "job %zu was told to stop", job);
        if (job == s->failing) return qn_fail(QN_NOT_CONVERGED, "job %zu has no answer", job);
    }
    return QN_OK;
}

static qn_status finish(size_t job, void *context)
{
    shop *s = context;
    if (s->inside++) s->overlap = true;
    pause_briefly();
    --s->inside;
    ++s->finished[job];
    s->order[s->ended++] = (int)job;
    return QN_OK;
}

static void label(size_t job, char *text, size_t size, void *context)
{
    (void)context;
    snprintf(text, size, "job %zu", job);
}

typedef struct {
    pthread_t caller;
    int reports, stop_after;
    double last;
    bool elsewhere, backwards;
} listener;

static bool listen(const qn_progress_report *report, void *context)
{
    listener *l = context;
    if (!pthread_equal(pthread_self(), l->caller)) l->elsewhere = true;
    if (report->fraction < l->last - 1e-12 || report->fraction > 1.0) l->backwards = true;
    l->last = report->fraction;
    return ++l->reports != l->stop_after;
}

static shop open_shop(void) { return (shop){.failing = JOBS, .lock = PTHREAD_MUTEX_INITIALIZER}; }

static qn_crew crew_of(shop *s, size_t workers, const double *cost)
{
    return (qn_crew){
        .count = JOBS, .cost = cost, .workers = workers, .context = s, .work = work, .finish = finish, .label = label};
}

static void costs(double *cost)
{
    for (int i = 0; i < JOBS; ++i) cost[i] = 1 + i % 3;
}

static void every_job_is_done_once_whatever_the_crew(void **state)
{
    (void)state;
    double cost[JOBS];
    bool done[JOBS] = {[0] = true, [7] = true, [JOBS - 1] = true};
    costs(cost);
    for (size_t workers = 0; workers <= 4; ++workers) {
        shop s = open_shop();
        listener l = {.caller = pthread_self()};
        qn_crew crew = crew_of(&s, workers, cost);
        crew.done = done;
        assert_ok(qn_crew_run(&crew, &(qn_progress){listen, &l}));
        for (int i = 0; i < JOBS; ++i) {
            assert_int_equal(s.worked[i], !done[i]);
            assert_int_equal(s.finished[i], !done[i]);
        }
        assert_false(s.overlap);
        assert_true(l.reports >= 1);
        assert_false(l.elsewhere);
        assert_false(l.backwards);
    }
    shop s = open_shop();
    const qn_crew crew = crew_of(&s, 3, cost);
    assert_ok(qn_crew_run(&crew, &(qn_progress){0})); // nobody listens
    assert_int_equal(s.ended, JOBS);
}

static void alone_they_go_in_order(void **state)
{
    (void)state;
    double cost[JOBS];
    costs(cost);
    shop s = open_shop();
    const qn_crew crew = crew_of(&s, 1, cost);
    assert_ok(qn_crew_run(&crew, &(qn_progress){0}));
    for (int i = 0; i < JOBS; ++i) assert_int_equal(s.order[i], i);
}

// Two workers of five threads have three and two; three workers of two have one each.
static void threads_are_shared_out(void **state)
{
    (void)state;
    double cost[JOBS];
    costs(cost);
    const int threads[][3] = {{5, 2, 3}, {2, 3, 1}, {4, 1, 4}}; // threads, workers, the most of one
    for (int i = 0; i < 3; ++i) {
        shop s = open_shop();
        const qn_crew crew = crew_of(&s, (size_t)threads[i][1], cost);
        qn_set_threads(threads[i][0]);
        assert_ok(qn_crew_run(&crew, &(qn_progress){0}));
        assert_int_equal(qn_threads(), threads[i][0]);
        qn_set_threads(0);
        assert_int_equal(s.threads, threads[i][2]);
    }
}

static void a_failure_stops_all_and_is_told(void **state)
{
    (void)state;
    double cost[JOBS];
    costs(cost);
    for (size_t workers = 1; workers <= 3; ++workers) {
        shop s = open_shop();
        s.failing = 5;
        const qn_crew crew = crew_of(&s, workers, cost);
        assert_fails(qn_crew_run(&crew, &(qn_progress){0}), QN_NOT_CONVERGED, "job 5 has no answer");
        assert_int_equal(s.finished[5], 0);
        assert_int_equal(s.finished[0], 1);
        assert_int_equal(s.worked[JOBS - 1], 0);
    }
}

// Jobs that would never end by themselves do when the caller has had enough.
static void a_request_to_stop_ends_all(void **state)
{
    (void)state;
    double cost[JOBS];
    costs(cost);
    for (size_t workers = 1; workers <= 3; ++workers) {
        shop s = open_shop();
        s.endless = true;
        listener l = {.caller = pthread_self(), .stop_after = 3};
        const qn_crew crew = crew_of(&s, workers, cost);
        assert_fails(qn_crew_run(&crew, &(qn_progress){listen, &l}), QN_STOPPED, "stopped on request after");
        assert_int_equal(l.reports, 3);
        assert_int_equal(s.ended, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_is_done_once_whatever_the_crew),
        cmocka_unit_test(alone_they_go_in_order),
        cmocka_unit_test(threads_are_shared_out),
        cmocka_unit_test(a_failure_stops_all_and_is_told),
        cmocka_unit_test(a_request_to_stop_ends_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
