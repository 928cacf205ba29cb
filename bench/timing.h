/// Time on the wall and the order of times, for programs that repeat what they measure.
#pragma once
#include <stdlib.h>
#include <time.h>

/// Seconds.
static inline double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static inline double now_ms(void) { return 1e3 * now(); }

static inline int by_size(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}
