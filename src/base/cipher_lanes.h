/// The cipher inside kernels: four counters at a time.
#pragma once
#include "base/counter_cipher.h"
#include "base/vector_math.h"

#if defined(__AES__)
#include <immintrin.h>
#elif defined(__ARM_FEATURE_AES) || (defined(__ARM_FEATURE_CRYPTO) && defined(__aarch64__))
#include <arm_neon.h>
#define QN_CIPHER_ARM
#else
// The substitution of FIPS 197, section 5.1.1.
static const uint8_t lane_cipher_box[256] = {
    0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76, 0xca, 0x82, 0xc9,
    0x7d, 0xfa, 0x59, 0x47, 0xf0, 0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0, 0xb7, 0xfd, 0x93, 0x26, 0x36, 0x3f,
    0xf7, 0xcc, 0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15, 0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07,
    0x12, 0x80, 0xe2, 0xeb, 0x27, 0xb2, 0x75, 0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0, 0x52, 0x3b, 0xd6, 0xb3,
    0x29, 0xe3, 0x2f, 0x84, 0x53, 0xd1, 0x00, 0xed, 0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58,
    0xcf, 0xd0, 0xef, 0xaa, 0xfb, 0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f, 0x50, 0x3c, 0x9f, 0xa8, 0x51, 0xa3,
    0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5, 0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2, 0xcd, 0x0c, 0x13, 0xec, 0x5f,
    0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d, 0x64, 0x5d, 0x19, 0x73, 0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88,
    0x46, 0xee, 0xb8, 0x14, 0xde, 0x5e, 0x0b, 0xdb, 0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c, 0xc2, 0xd3, 0xac,
    0x62, 0x91, 0x95, 0xe4, 0x79, 0xe7, 0xc8, 0x37, 0x6d, 0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a,
    0xae, 0x08, 0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6, 0xe8, 0xdd, 0x74, 0x1f, 0x4b, 0xbd, 0x8b, 0x8a, 0x70,
    0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e, 0x61, 0x35, 0x57, 0xb9, 0x86, 0xc1, 0x1d, 0x9e, 0xe1, 0xf8, 0x98, 0x11,
    0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf, 0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42,
    0x68, 0x41, 0x99, 0x2d, 0x0f, 0xb0, 0x54, 0xbb, 0x16,
};

// Substitution and shift of rows of the column that begins with byte `first` of the state.
QN_LANE void lane_cipher_column(const uint8_t state[16], int first, uint8_t column[4])
{
    for (int row = 0; row < 4; ++row) column[row] = lane_cipher_box[state[(first + 5 * row) & 15]];
}

QN_LANE uint8_t lane_cipher_twice(uint8_t x) { return (uint8_t)(x << 1 ^ (x >> 7) * 0x1b); }

QN_LANE void lane_cipher_round(uint8_t state[16], const uint32_t key[4], int mix)
{
    uint8_t next[16], round[16];
    memcpy(round, key, sizeof round);
    for (int c = 0; c < 16; c += 4) {
        uint8_t s[4];
        lane_cipher_column(state, c, s);
        const uint8_t all = s[0] ^ s[1] ^ s[2] ^ s[3];
        for (int row = 0; row < 4; ++row) {
            const uint8_t mixed = s[row] ^ all ^ lane_cipher_twice(s[row] ^ s[(row + 1) & 3]);
            next[c + row] = (mix ? mixed : s[row]) ^ round[c + row];
        }
    }
    memcpy(state, next, sizeof next);
}
#endif

/// words = cipher of four counters of four words each.
QN_LANE void lane_cipher_four(const qn_cipher_key *key, const uint32_t counter[16], uint32_t words[16])
{
#if defined(__VAES__) && defined(__AVX512F__)
    __m512i v = _mm512_loadu_si512(counter);
    v = _mm512_xor_si512(v, _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)key->round[0])));
    for (int r = 1; r < QN_CIPHER_ROUNDS; ++r)
        v = _mm512_aesenc_epi128(v, _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)key->round[r])));
    v = _mm512_aesenclast_epi128(
        v, _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)key->round[QN_CIPHER_ROUNDS])));
    _mm512_storeu_si512(words, v);
#elif defined(__AES__)
    __m128i v[4];
    for (int i = 0; i < 4; ++i)
        v[i] = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(counter + 4 * i)),
                             _mm_loadu_si128((const __m128i *)key->round[0]));
    for (int r = 1; r < QN_CIPHER_ROUNDS; ++r)
        for (int i = 0; i < 4; ++i) v[i] = _mm_aesenc_si128(v[i], _mm_loadu_si128((const __m128i *)key->round[r]));
    for (int i = 0; i < 4; ++i)
        _mm_storeu_si128((__m128i *)(words + 4 * i),
                         _mm_aesenclast_si128(v[i], _mm_loadu_si128((const __m128i *)key->round[QN_CIPHER_ROUNDS])));
#elif defined(QN_CIPHER_ARM)
    // AESE adds its key before the substitution, AESENC after: start each round with the key before.
    for (int i = 0; i < 4; ++i) {
        uint8x16_t v = vld1q_u8((const uint8_t *)(counter + 4 * i));
        for (int r = 0; r < QN_CIPHER_ROUNDS; ++r) {
            v = vaeseq_u8(v, vld1q_u8((const uint8_t *)key->round[r]));
            if (r + 1 < QN_CIPHER_ROUNDS) v = vaesmcq_u8(v);
        }
        v = veorq_u8(v, vld1q_u8((const uint8_t *)key->round[QN_CIPHER_ROUNDS]));
        vst1q_u8((uint8_t *)(words + 4 * i), v);
    }
#else
    for (int i = 0; i < 4; ++i) {
        uint32_t block[4];
        uint8_t state[16];
        for (int w = 0; w < 4; ++w) block[w] = counter[4 * i + w] ^ key->round[0][w];
        memcpy(state, block, sizeof state);
        for (int r = 1; r <= QN_CIPHER_ROUNDS; ++r) lane_cipher_round(state, key->round[r], r < QN_CIPHER_ROUNDS);
        memcpy(words + 4 * i, state, sizeof state);
    }
#endif
}
