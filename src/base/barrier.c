#include "base/barrier.h"

#include <sched.h>

enum { SPINS = 4000 }; // some ten microseconds

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void qn_barrier_start(qn_barrier *barrier, unsigned threads)
{
    atomic_init(&barrier->arrived, 0);
    atomic_init(&barrier->round, 0);
    barrier->threads = threads;
}

void qn_barrier_wait(qn_barrier *barrier)
{
    if (barrier->threads < 2) return;
    const unsigned round = atomic_load_explicit(&barrier->round, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&barrier->arrived, 1, memory_order_acq_rel) + 1 == barrier->threads) {
        atomic_store_explicit(&barrier->arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&barrier->round, round + 1, memory_order_release);
        return;
    }
    for (int spins = 0; atomic_load_explicit(&barrier->round, memory_order_acquire) == round;)
        if (spins < SPINS) {
            ++spins;
            relax();
        } else
            sched_yield();
}
