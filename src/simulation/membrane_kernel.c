// Compiled without contraction (src/CMakeLists.txt): only what is written as one fused operation is one.
#include "simulation/membrane_kernel.h"

#include "base/cipher_lanes.h"

enum { CHUNK = QN_MEMBRANE_CHUNK, HALF = 32 }; // a vector of four counters makes 32 words of 16 bits

QN_LANE void words_of_half(const qn_external *external, uint32_t draw, uint32_t neuron, uint32_t words[16])
{
    uint32_t counters[16];
    for (uint32_t b = 0; b < 4; ++b) {
        counters[4 * b] = external->population;
        counters[4 * b + 1] = (neuron >> 3) + b;
        counters[4 * b + 2] = external->step;
        counters[4 * b + 3] = external->stream + draw;
    }
    lane_cipher_four(&external->key, counters, words);
}

QN_LANE void counts_of_half(const qn_poisson_table *table, const uint32_t words[16], uint16_t counts[HALF])
{
#if defined(__AVX512BW__)
    const __m512i word = _mm512_loadu_si512(words), bin = _mm512_srli_epi16(word, 11);
    const __m512i threshold = _mm512_permutexvar_epi16(bin, _mm512_loadu_si512(table->threshold));
    const __m512i alias = _mm512_permutexvar_epi16(bin, _mm512_loadu_si512(table->alias));
    const __mmask32 own = _mm512_cmplt_epu16_mask(_mm512_and_si512(word, _mm512_set1_epi16(2047)), threshold);
    _mm512_storeu_si512(counts, _mm512_mask_mov_epi16(alias, own, bin));
#else
    for (int i = 0; i < HALF; ++i) {
        const uint32_t word = words[i >> 1] >> (i & 1) * 16 & 0xffff, bin = word >> 11;
        counts[i] = (word & 2047) < table->threshold[bin] ? (uint16_t)bin : table->alias[bin];
    }
#endif
}

// Second words, of streams of their own, for numbers that are rare.
QN_LANE void thin_half(const qn_external *external, uint32_t draw, uint32_t neuron, uint16_t counts[HALF])
{
    uint32_t words[16];
    words_of_half(external, draw + QN_EXTERNAL_SECOND, neuron, words);
    const uint32_t kept = external->table[draw].kept;
    for (int i = 0; i < HALF; ++i)
        if ((words[i >> 1] >> (i & 1) * 16 & 0xffff) >= kept) counts[i] = 0;
}

#define REAL float
#define FUSED(a, b, c) __builtin_fmaf((a), (b), (c))
#define STEP QN_KERNEL(qn_membrane_step_float)
#define EXTERNAL external_float
#include "simulation/membrane_step.h"

#define REAL double
#define FUSED(a, b, c) __builtin_fma((a), (b), (c))
#define STEP QN_KERNEL(qn_membrane_step_double)
#define EXTERNAL external_double
#include "simulation/membrane_step.h"
