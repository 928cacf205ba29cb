/// A barrier for threads that meet thousands of times a second: it spins for a while, then yields the processor, so
/// that a thread whose neighbour is not running does not burn the core it needs.
#pragma once
#include <stdatomic.h>

typedef struct {
    atomic_uint arrived;
    atomic_uint round;
    unsigned threads;
} qn_barrier;

void qn_barrier_start(qn_barrier *barrier, unsigned threads);

/// Returns when all threads have called it; what they wrote before is visible to all after.
void qn_barrier_wait(qn_barrier *barrier);
