// Compiled without contraction (src/CMakeLists.txt): only what is written as one fused operation is one.
#include "simulation/membrane_kernel.h"

#include "base/cipher_lanes.h"

enum { CHUNK = QN_MEMBRANE_CHUNK, HALF = 32 }; // a vector of four counters makes 32 words of 16 bits

QN_LANE void counts_of_half(const qn_poisson_table *table, const uint32_t words[16], uint16_t counts[HALF])
{
#if defined(__AVX512BW__)
    const __m512i word = _mm512_loadu_si512(words), bin = _mm512_srli_epi16(word, 11);
    const __m512i threshold = _mm512_permutexvar_epi16(bin, _mm512_loadu_si512(table->threshold));
    const __m512i alias = _mm512_permutexvar_epi16(bin, _mm512_loadu_si512(table->alias));
    const __mmask32 own = _mm512_cmplt_epu16_mask(_mm512_and_si512(word, _mm512_set1_epi16(2047)), threshold);
    _mm512_storeu_si512(counts, _mm512_mask_mov_epi16(alias, own, bin));
#elif defined(__AVX2__)
    const __m256i low = _mm256_set1_epi32(0xffff), within = _mm256_set1_epi32(2047);
    for (int part = 0; part < 16; part += 8) {
        const __m256i pair = _mm256_set_m128i(_mm_loadu_si128((const __m128i *)(words + part + 4)),
                                              _mm_loadu_si128((const __m128i *)(words + part)));
        __m256i count[2];
        for (int side = 0; side < 2; ++side) {
            const __m256i word = side ? _mm256_srli_epi32(pair, 16) : _mm256_and_si256(pair, low);
            const __m256i bin = _mm256_srli_epi32(word, 11);
            const __m256i entry = _mm256_i32gather_epi32((const int *)table->packed, bin, 4);
            const __m256i own = _mm256_cmpgt_epi32(_mm256_and_si256(entry, low), _mm256_and_si256(word, within));
            count[side] = _mm256_blendv_epi8(_mm256_srli_epi32(entry, 16), bin, own);
        }
        _mm256_storeu_si256((__m256i *)(counts + 2 * part), _mm256_or_si256(count[0], _mm256_slli_epi32(count[1], 16)));
    }
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
    lane_cipher_run(&external->key, external->population, neuron >> 3, external->step,
                    external->stream + draw + QN_EXTERNAL_SECOND, 1, words);
    const uint32_t kept = external->table[draw].kept;
    for (int i = 0; i < HALF; ++i)
        if ((words[i >> 1] >> (i & 1) * 16 & 0xffff) >= kept) counts[i] = 0;
}

#define REAL float
#define FUSED(a, b, c) lane_fused_float((a), (b), (c))
#define STEP QN_KERNEL(qn_membrane_step_float)
#define EXTERNAL external_float
#include "simulation/membrane_step.h"

#define REAL double
#define FUSED(a, b, c) __builtin_fma((a), (b), (c))
#define STEP QN_KERNEL(qn_membrane_step_double)
#define EXTERNAL external_double
#include "simulation/membrane_step.h"
