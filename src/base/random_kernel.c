// Compiled without contraction into FMA (src/CMakeLists.txt): every instruction set draws the same bits.
#include "base/random_kernel.h"

#include "base/vector_math.h"

// 64-bit lanes of which the generator uses the lower 32 bits. Their product is one instruction of every x86 processor,
// but the compilers' own 64-bit multiplication costs three or more.
#if defined(__AVX512F__)
#include <immintrin.h>
typedef uint64_t lanes __attribute__((vector_size(64)));
static inline lanes product(lanes a, lanes b) { return (lanes)_mm512_mul_epu32((__m512i)a, (__m512i)b); }
#elif defined(__AVX2__)
#include <immintrin.h>
typedef uint64_t lanes __attribute__((vector_size(32)));
static inline lanes product(lanes a, lanes b) { return (lanes)_mm256_mul_epu32((__m256i)a, (__m256i)b); }
#elif defined(__SSE2__)
#include <emmintrin.h>
typedef uint64_t lanes __attribute__((vector_size(16)));
static inline lanes product(lanes a, lanes b) { return (lanes)_mm_mul_epu32((__m128i)a, (__m128i)b); }
#else
typedef uint64_t lanes __attribute__((vector_size(16)));
static inline lanes product(lanes a, lanes b) { return (a & 0xffffffffu) * (b & 0xffffffffu); }
#endif

enum { WIDTH = sizeof(lanes) / sizeof(uint64_t), BLOCKS = QN_RANDOM_BLOCKS, ROUNDS = 10 };

// Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011) of the group's counters. Word w of block b is the lower half of
// words[w][b]; the upper half is of no meaning.
static inline void draw_group(const qn_random_name *name, uint64_t group, uint64_t words[4][BLOCKS])
{
    static const uint64_t order[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    lanes first;
    memcpy(&first, order, sizeof first);
    first += group * BLOCKS;
    for (int b = 0; b < BLOCKS; b += WIDTH) {
        const lanes block = first + (uint64_t)b;
        lanes c0 = block, c1 = block >> 32, c2 = (lanes){0} + name->counter[0], c3 = (lanes){0} + name->counter[1];
        uint32_t k0 = name->key[0], k1 = name->key[1];
        for (int round = 0; round < ROUNDS; ++round) {
            const lanes p0 = product(c0, (lanes){0} + 0xD2511F53u), p2 = product(c2, (lanes){0} + 0xCD9E8D57u);
            c0 = (p2 >> 32) ^ c1 ^ ((lanes){0} + k0);
            c2 = (p0 >> 32) ^ c3 ^ ((lanes){0} + k1);
            c1 = p2;
            c3 = p0;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        memcpy(&words[0][b], &c0, sizeof c0);
        memcpy(&words[1][b], &c1, sizeof c1);
        memcpy(&words[2][b], &c2, sizeof c2);
        memcpy(&words[3][b], &c3, sizeof c3);
    }
}

// (k + 1/2) / 2^52 with k the upper 52 bits of high:low, exactly: the bits of 1 + k / 2^52, less 1 - 2^-53.
QN_LANE double open_unit(uint64_t high, uint64_t low)
{
    const uint64_t k = ((high << 32) | (low & 0xffffffffu)) >> 12;
    return lane_from_bits(k | 0x3ff0000000000000u) - (1.0 - 0x1p-53);
}

void QN_KERNEL(qn_random_uniform)(const qn_random_name *name, uint64_t group, size_t groups, double *out)
{
    for (size_t g = 0; g < groups; ++g, out += QN_RANDOM_GROUP) {
        uint64_t words[4][BLOCKS];
        draw_group(name, group + g, words);
#pragma omp simd
        for (int b = 0; b < BLOCKS; ++b) {
            out[b] = open_unit(words[0][b], words[1][b]);
            out[BLOCKS + b] = open_unit(words[2][b], words[3][b]);
        }
    }
}

// Box & Muller (1958): radius and angle of a point of the plane.
void QN_KERNEL(qn_random_normal)(const qn_random_name *name, uint64_t group, size_t groups, double *out)
{
    for (size_t g = 0; g < groups; ++g, out += QN_RANDOM_GROUP) {
        uint64_t words[4][BLOCKS];
        draw_group(name, group + g, words);
#pragma omp simd
        for (int b = 0; b < BLOCKS; ++b) {
            double sine, cosine;
            const double radius = sqrt(-2.0 * lane_log(open_unit(words[0][b], words[1][b])));
            lane_sincos_turns(open_unit(words[2][b], words[3][b]), &sine, &cosine);
            out[b] = radius * cosine;
            out[BLOCKS + b] = radius * sine;
        }
    }
}

// 31 bits: radii up to 6.7. The unit keeps its relative precision where it is small, that is in the tails.
QN_LANE float radius_float(uint32_t word)
{
    const float unit = ((float)(int32_t)(word >> 1) + 0.5f) * 0x1p-31f;
    return sqrtf(-2.0f * lane_log_normal_float(unit));
}

void QN_KERNEL(qn_random_normal_float)(const qn_random_name *name, uint64_t group, size_t groups, float *out)
{
    for (size_t g = 0; g < groups; ++g, out += QN_RANDOM_GROUP_FLOAT) {
        uint64_t words[4][BLOCKS];
        uint32_t narrow[4][BLOCKS];
        draw_group(name, group + g, words);
        for (int w = 0; w < 4; ++w)
            for (int b = 0; b < BLOCKS; ++b) narrow[w][b] = (uint32_t)words[w][b];
        for (int pair = 0; pair < 4; pair += 2) {
            float *pairs = out + pair * BLOCKS;
#pragma omp simd
            for (int b = 0; b < BLOCKS; ++b) {
                float sine, cosine;
                const float radius = radius_float(narrow[pair][b]);
                lane_sincos_turns_float((float)(int32_t)narrow[pair + 1][b] * 0x1p-32f, &sine, &cosine);
                pairs[b] = radius * cosine;
                pairs[BLOCKS + b] = radius * sine;
            }
        }
    }
}
