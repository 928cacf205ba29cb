#include "base/barrier.h"
#include "testing.h"

#include <pthread.h>

enum { ROUNDS = 3000, MOST = 5 };

typedef struct {
    qn_barrier barrier;
    int place[2][MOST];
    int threads;
} meeting;

typedef struct {
    meeting *meeting;
    pthread_t thread;
    int number, wrong;
} visitor;

static void *visit(void *context)
{
    visitor *v = context;
    meeting *m = v->meeting;
    for (int round = 1; round <= ROUNDS; ++round) {
        m->place[round & 1][v->number] = round;
        qn_barrier_wait(&m->barrier);
        for (int t = 0; t < m->threads; ++t) v->wrong += m->place[round & 1][t] != round;
    }
    return NULL;
}

// In every round each thread writes its own place and, after the barrier, reads all others': none may be behind or
// ahead.
static void nobody_is_behind_or_ahead(void **state)
{
    (void)state;
    for (int threads = 1; threads <= MOST; ++threads) {
        meeting m = {.threads = threads};
        visitor visitors[MOST];
        qn_barrier_start(&m.barrier, (unsigned)threads);
        for (int t = 0; t < threads; ++t) {
            visitors[t] = (visitor){.meeting = &m, .number = t};
            assert_int_equal(pthread_create(&visitors[t].thread, NULL, visit, &visitors[t]), 0);
        }
        for (int t = 0; t < threads; ++t) {
            assert_int_equal(pthread_join(visitors[t].thread, NULL), 0);
            assert_int_equal(visitors[t].wrong, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_behind_or_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
