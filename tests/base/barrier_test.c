#include "base/barrier.h"
#include "testing.h"

#include <omp.h>

enum { ROUNDS = 3000, MOST = 5 };

// In every round each thread writes its own place and, after the barrier, reads all others': none may be behind or
// ahead.
static void nobody_is_behind_or_ahead(void **state)
{
    (void)state;
    for (int threads = 1; threads <= MOST; ++threads) {
        static int place[2][MOST];
        qn_barrier barrier;
        int wrong = 0, team = 0;
        memset(place, 0, sizeof place);
#pragma omp parallel num_threads(threads) reduction(+ : wrong)
        {
#pragma omp single
            {
                team = omp_get_num_threads();
                qn_barrier_start(&barrier, (unsigned)team);
            }
            for (int round = 1; round <= ROUNDS; ++round) {
                place[round & 1][omp_get_thread_num()] = round;
                qn_barrier_wait(&barrier);
                for (int t = 0; t < team; ++t) wrong += place[round & 1][t] != round;
            }
        }
        assert_int_equal(wrong, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_behind_or_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
