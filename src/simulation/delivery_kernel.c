#include "simulation/delivery_kernel.h"

#include "base/cipher_lanes.h"

// Synapses are collected and added in a loop of their own: a loop that reads vectors stored just before waits for the
// store each time, at five times the cost.
enum { BUFFER = 4096 };

typedef struct {
    size_t count;
    _Alignas(64) uint32_t target[BUFFER];
    _Alignas(64) int16_t weight[BUFFER];
} synapses;

static inline void add_all(const synapses *s, int32_t *restrict sum)
{
    const uint32_t *restrict target = s->target;
    const int16_t *restrict weight = s->weight;
    size_t j = 0;
    for (; j + 4 <= s->count; j += 4) {
        sum[target[j]] += weight[j];
        sum[target[j + 1]] += weight[j + 1];
        sum[target[j + 2]] += weight[j + 2];
        sum[target[j + 3]] += weight[j + 3];
    }
    for (; j < s->count; ++j) sum[target[j]] += weight[j];
}

#if defined(__VAES__) && defined(__AVX512BW__)

void QN_KERNEL(qn_delivery_due)(const qn_delivery_rows *rows, uint32_t before, uint32_t now, uint32_t delay,
                                qn_delivery_items *items)
{
    const __m512i low = _mm512_set1_epi32(0xffff), sixteen = _mm512_set1_epi32(QN_ITEM_SYNAPSES);
    const __m512i from = _mm512_set1_epi32((int)before), to = _mm512_set1_epi32((int)now);
    size_t at = items->count;
    for (size_t r = 0; r < rows->count; r += 16) {
        const size_t left = rows->count - r;
        const __mmask16 there = left < 16 ? (__mmask16)((1u << left) - 1) : 0xffff;
        const __m512i packed = _mm512_maskz_loadu_epi32(there, rows->size_and_draw + r);
        const __m512i n = _mm512_and_si512(packed, low), u = _mm512_srli_epi32(packed, 16);
        const __m512i end = _mm512_srli_epi32(_mm512_add_epi32(_mm512_mullo_epi32(n, to), u), 16);
        const __m512i start = _mm512_srli_epi32(_mm512_add_epi32(_mm512_mullo_epi32(n, from), u), 16);
        __m512i due = _mm512_sub_epi32(end, start);
        __mmask16 some = _mm512_mask_test_epi32_mask(there, due, due);
        if (!some) continue;
        const __m512i source = _mm512_maskz_loadu_epi32(some, rows->source + r);
        const __m512i table = _mm512_maskz_loadu_epi32(some, rows->table + r);
        for (uint32_t block = delay << 16; some; block += QN_ITEM_SYNAPSES / 4) {
            const __m512i meta = _mm512_or_si512(table, _mm512_min_epu32(due, sixteen));
            _mm512_storeu_si512(items->source + at, _mm512_maskz_compress_epi32(some, source));
            _mm512_storeu_si512(items->meta + at, _mm512_maskz_compress_epi32(some, meta));
            _mm512_storeu_si512(items->block + at, _mm512_set1_epi32((int)block));
            at += (size_t)__builtin_popcount(some);
            some = _mm512_mask_cmpgt_epi32_mask(some, due, sixteen);
            due = _mm512_sub_epi32(due, sixteen);
        }
    }
    items->count = at;
}

// Weights of 16 random words: the tables' 128 entries lie in four registers.
QN_LANE __m256i look_up(const int16_t *table, __m512i word)
{
    const __m512i q = _mm512_and_si512(word, _mm512_set1_epi32(QN_WEIGHT_LEVELS - 1));
    const __m512i low = _mm512_permutex2var_epi16(_mm512_loadu_si512(table), q, _mm512_loadu_si512(table + 32));
    const __m512i high = _mm512_permutex2var_epi16(_mm512_loadu_si512(table + 64), q, _mm512_loadu_si512(table + 96));
    const __mmask16 upper = _mm512_test_epi32_mask(q, _mm512_set1_epi32(QN_WEIGHT_LEVELS / 2));
    return _mm512_cvtepi32_epi16(_mm512_mask_mov_epi32(low, upper, high));
}

uint64_t QN_KERNEL(qn_delivery_add)(const qn_delivery *delivery, const qn_delivery_items *items)
{
    synapses s = {.count = 0};
    __m512i key[QN_CIPHER_ROUNDS + 1];
    for (int r = 0; r <= QN_CIPHER_ROUNDS; ++r)
        key[r] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)delivery->key.round[r]));
    const int unit = (int)delivery->unit, stream = (int)delivery->stream;
    // Blocks number in fours, so that adding the lane's number to the block is the same as exclusive or.
    const __m512i fixed = _mm512_xor_si512(
        key[0], _mm512_set_epi32(stream, 3, unit, 0, stream, 2, unit, 0, stream, 1, unit, 0, stream, 0, unit, 0));
    // Exact: rounded towards zero, the product of a 24-bit number and size / 2^24 never crosses an integer from above.
    const __m512 scale = _mm512_set1_ps((float)delivery->size * 0x1p-24f);
    uint64_t events = 0;
    for (size_t i = 0; i < items->count; ++i) {
        const uint32_t meta = items->meta[i];
        __m512i v = _mm512_maskz_set1_epi32(0x1111, (int)items->source[i]);
        v = _mm512_mask_set1_epi32(v, 0x4444, (int)items->block[i]);
        v = _mm512_xor_si512(v, fixed);
        for (int r = 1; r < QN_CIPHER_ROUNDS; ++r) v = _mm512_aesenc_epi128(v, key[r]);
        v = _mm512_aesenclast_epi128(v, key[QN_CIPHER_ROUNDS]);
        const __m512 place = _mm512_mul_round_ps(_mm512_cvtepi32_ps(_mm512_srli_epi32(v, 8)), scale,
                                                 _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
        const __m512i target =
            _mm512_add_epi32(_mm512_cvttps_epi32(place), _mm512_set1_epi32((int)delivery->lane[meta >> 8]));
        _mm512_storeu_si512(s.target + s.count, target);
        _mm256_storeu_si256((__m256i *)(s.weight + s.count),
                            look_up(delivery->weights + (size_t)(meta >> 8) * QN_WEIGHT_LEVELS, v));
        s.count += meta & 0xff;
        if (s.count > BUFFER - QN_ITEM_SYNAPSES) {
            events += s.count;
            add_all(&s, delivery->sum);
            s.count = 0;
        }
    }
    add_all(&s, delivery->sum);
    return events + s.count;
}

#else

void QN_KERNEL(qn_delivery_due)(const qn_delivery_rows *rows, uint32_t before, uint32_t now, uint32_t delay,
                                qn_delivery_items *items)
{
    size_t at = items->count;
    for (size_t r = 0; r < rows->count; ++r) {
        const uint32_t n = rows->size_and_draw[r] & 0xffff, u = rows->size_and_draw[r] >> 16;
        uint32_t due = ((n * now + u) >> 16) - ((n * before + u) >> 16);
        for (uint32_t block = delay << 16; due > 0; block += QN_ITEM_SYNAPSES / 4) {
            const uint32_t part = due < QN_ITEM_SYNAPSES ? due : QN_ITEM_SYNAPSES;
            items->source[at] = rows->source[r];
            items->block[at] = block;
            items->meta[at++] = rows->table[r] | part;
            due -= part;
        }
    }
    items->count = at;
}

// The targets and weights of 16 random words.
QN_LANE void put_item(synapses *s, const uint32_t word[QN_ITEM_SYNAPSES], uint32_t size, uint32_t lane,
                      const int16_t *table)
{
#if defined(__AVX2__)
    const __m256i sizes = _mm256_set1_epi64x(size), lanes = _mm256_set1_epi32((int)lane);
    const __m256i level = _mm256_set1_epi32(QN_WEIGHT_LEVELS - 1), low = _mm256_set1_epi32(0xffff);
    __m256i weight[2];
    for (int half = 0; half < 2; ++half) {
        const __m256i w = _mm256_set_m128i(_mm_loadu_si128((const __m128i *)(word + 8 * half + 4)),
                                           _mm_loadu_si128((const __m128i *)(word + 8 * half)));
        const __m256i random = _mm256_srli_epi32(w, 8);
        const __m256i even = _mm256_srli_epi64(_mm256_mul_epu32(random, sizes), 24);
        const __m256i odd = _mm256_srli_epi64(_mm256_mul_epu32(_mm256_srli_epi64(random, 32), sizes), 24);
        const __m256i target = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
        _mm256_storeu_si256((__m256i *)(s->target + s->count + 8 * half), _mm256_add_epi32(target, lanes));
        // Reads 32 bits at each weight: tables have an entry to spare.
        weight[half] = _mm256_and_si256(
            _mm256_i32gather_epi32((const int *)(const void *)table, _mm256_and_si256(w, level), 2), low);
    }
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(weight[0], weight[1]), 0xd8);
    _mm256_storeu_si256((__m256i *)(s->weight + s->count), packed);
#else
    for (int j = 0; j < QN_ITEM_SYNAPSES; ++j)
        s->target[s->count + (size_t)j] = (uint32_t)((uint64_t)(word[j] >> 8) * size >> 24) + lane;
    for (int j = 0; j < QN_ITEM_SYNAPSES; ++j)
        s->weight[s->count + (size_t)j] = table[word[j] & (QN_WEIGHT_LEVELS - 1)];
#endif
}

uint64_t QN_KERNEL(qn_delivery_add)(const qn_delivery *delivery, const qn_delivery_items *items)
{
    synapses s = {.count = 0};
    const qn_cipher_key key = delivery->key;
    const uint32_t size = delivery->size;
    uint64_t events = 0;
    for (size_t i = 0; i < items->count; ++i) {
        const uint32_t meta = items->meta[i], lane = delivery->lane[meta >> 8];
        const int16_t *table = delivery->weights + (size_t)(meta >> 8) * QN_WEIGHT_LEVELS;
        uint32_t word[16];
        lane_cipher_run(&key, items->source[i], delivery->unit, items->block[i], delivery->stream, 2, word);
        put_item(&s, word, size, lane, table);
        s.count += meta & 0xff;
        if (s.count > BUFFER - QN_ITEM_SYNAPSES) {
            events += s.count;
            add_all(&s, delivery->sum);
            s.count = 0;
        }
    }
    add_all(&s, delivery->sum);
    return events + s.count;
}

#endif
