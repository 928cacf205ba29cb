/// What no engine of this design goes below on this machine, each measured bare, in ns on one core: random words, sums
/// onto random targets, the membranes' arithmetic and memory.
#pragma once
#include "timing.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

enum { CEILING_TARGETS = 16384, CEILING_BUFFER = 4096, CEILING_ROUNDS = 9 };

static inline double median_of(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_size);
    return values[count / 2];
}

#if defined(__x86_64__)
// Five rounds of AES on four counters at once, and nothing else; the words are folded so that none is left out.
__attribute__((target("avx512f,vaes"))) static inline double words_once(size_t vectors)
{
    __m512i sum = _mm512_setzero_si512();
    const __m512i key = _mm512_set1_epi32(0x5bd1e995);
    const double start = now();
    for (size_t i = 0; i < vectors; ++i) {
        __m512i v = _mm512_xor_si512(_mm512_set1_epi64((long long)i), key);
        for (int r = 0; r < 5; ++r) v = _mm512_aesenc_epi128(v, key);
        sum = _mm512_xor_si512(sum, v);
    }
    const double seconds = now() - start;
    volatile int used = _mm512_reduce_add_epi32(sum);
    (void)used;
    return 1e9 * seconds / (16.0 * (double)vectors);
}
#endif

/// ns per 32 random bits; NAN where the processor lacks the instructions.
static inline double ceiling_of_words(void)
{
#if defined(__x86_64__)
    double found[CEILING_ROUNDS];
    const char *wanted = getenv("QUENCHED_INSTRUCTIONS");
    unsigned a, b, c = 0, d; // not every compiler knows the feature by name
    const int vaes = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & 1u << 9);
    if (!__builtin_cpu_supports("avx512f") || !vaes || (wanted && strcmp(wanted, "avx512"))) return NAN;
    for (int i = 0; i < CEILING_ROUNDS; ++i) found[i] = words_once(1 << 20);
    return median_of(found, CEILING_ROUNDS);
#else
    return NAN;
#endif
}

/// ns per addition of a weight to the sum of a random target.
static inline double ceiling_of_sums(void)
{
    static int32_t sum[CEILING_TARGETS];
    static uint32_t target[CEILING_BUFFER];
    static int16_t weight[CEILING_BUFFER];
    double found[CEILING_ROUNDS];
    uint64_t random = 88172645463325252u;
    for (size_t j = 0; j < CEILING_BUFFER; ++j) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        target[j] = (uint32_t)(random >> 50);
        weight[j] = (int16_t)(random >> 40);
    }
    for (int i = 0; i < CEILING_ROUNDS; ++i) {
        const double start = now();
        for (int repeat = 0; repeat < 1000; ++repeat) {
            for (size_t j = 0; j < CEILING_BUFFER; ++j) sum[target[j]] += weight[j];
            __asm__ volatile("" ::: "memory");
        }
        found[i] = 1e9 * (now() - start) / (1000.0 * CEILING_BUFFER);
    }
    return median_of(found, CEILING_ROUNDS);
}

/// ns per neuron and step: two multiply-adds of potential and current each, the sums read and cleared; no input drawn,
/// no threshold.
static inline double ceiling_of_membranes(void)
{
    static float v[CEILING_TARGETS], current[CEILING_TARGETS];
    static int32_t sum[CEILING_TARGETS];
    double found[CEILING_ROUNDS];
    for (int i = 0; i < CEILING_ROUNDS; ++i) {
        const double start = now();
        for (int repeat = 0; repeat < 1000; ++repeat) {
            for (size_t j = 0; j < CEILING_TARGETS; ++j) {
                v[j] = 0.99f * v[j] + (3.6e-4f * current[j] + 0.01f);
                current[j] = 0.82f * current[j] + 0.7f * (float)sum[j];
                sum[j] = 0;
            }
            __asm__ volatile("" ::: "memory");
        }
        found[i] = 1e9 * (now() - start) / (1000.0 * CEILING_TARGETS);
    }
    return median_of(found, CEILING_ROUNDS);
}
