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
// Substitution and mixing of columns of FIPS 197, sections 5.1.1 and 5.1.3, in one: of S, the bytes (2 S, S, S, 3 S).
static const uint32_t lane_cipher_table[256] = {
    0xa56363c6, 0x847c7cf8, 0x997777ee, 0x8d7b7bf6, 0x0df2f2ff, 0xbd6b6bd6, 0xb16f6fde, 0x54c5c591, 0x50303060,
    0x03010102, 0xa96767ce, 0x7d2b2b56, 0x19fefee7, 0x62d7d7b5, 0xe6abab4d, 0x9a7676ec, 0x45caca8f, 0x9d82821f,
    0x40c9c989, 0x877d7dfa, 0x15fafaef, 0xeb5959b2, 0xc947478e, 0x0bf0f0fb, 0xecadad41, 0x67d4d4b3, 0xfda2a25f,
    0xeaafaf45, 0xbf9c9c23, 0xf7a4a453, 0x967272e4, 0x5bc0c09b, 0xc2b7b775, 0x1cfdfde1, 0xae93933d, 0x6a26264c,
    0x5a36366c, 0x413f3f7e, 0x02f7f7f5, 0x4fcccc83, 0x5c343468, 0xf4a5a551, 0x34e5e5d1, 0x08f1f1f9, 0x937171e2,
    0x73d8d8ab, 0x53313162, 0x3f15152a, 0x0c040408, 0x52c7c795, 0x65232346, 0x5ec3c39d, 0x28181830, 0xa1969637,
    0x0f05050a, 0xb59a9a2f, 0x0907070e, 0x36121224, 0x9b80801b, 0x3de2e2df, 0x26ebebcd, 0x6927274e, 0xcdb2b27f,
    0x9f7575ea, 0x1b090912, 0x9e83831d, 0x742c2c58, 0x2e1a1a34, 0x2d1b1b36, 0xb26e6edc, 0xee5a5ab4, 0xfba0a05b,
    0xf65252a4, 0x4d3b3b76, 0x61d6d6b7, 0xceb3b37d, 0x7b292952, 0x3ee3e3dd, 0x712f2f5e, 0x97848413, 0xf55353a6,
    0x68d1d1b9, 0x00000000, 0x2cededc1, 0x60202040, 0x1ffcfce3, 0xc8b1b179, 0xed5b5bb6, 0xbe6a6ad4, 0x46cbcb8d,
    0xd9bebe67, 0x4b393972, 0xde4a4a94, 0xd44c4c98, 0xe85858b0, 0x4acfcf85, 0x6bd0d0bb, 0x2aefefc5, 0xe5aaaa4f,
    0x16fbfbed, 0xc5434386, 0xd74d4d9a, 0x55333366, 0x94858511, 0xcf45458a, 0x10f9f9e9, 0x06020204, 0x817f7ffe,
    0xf05050a0, 0x443c3c78, 0xba9f9f25, 0xe3a8a84b, 0xf35151a2, 0xfea3a35d, 0xc0404080, 0x8a8f8f05, 0xad92923f,
    0xbc9d9d21, 0x48383870, 0x04f5f5f1, 0xdfbcbc63, 0xc1b6b677, 0x75dadaaf, 0x63212142, 0x30101020, 0x1affffe5,
    0x0ef3f3fd, 0x6dd2d2bf, 0x4ccdcd81, 0x140c0c18, 0x35131326, 0x2fececc3, 0xe15f5fbe, 0xa2979735, 0xcc444488,
    0x3917172e, 0x57c4c493, 0xf2a7a755, 0x827e7efc, 0x473d3d7a, 0xac6464c8, 0xe75d5dba, 0x2b191932, 0x957373e6,
    0xa06060c0, 0x98818119, 0xd14f4f9e, 0x7fdcdca3, 0x66222244, 0x7e2a2a54, 0xab90903b, 0x8388880b, 0xca46468c,
    0x29eeeec7, 0xd3b8b86b, 0x3c141428, 0x79dedea7, 0xe25e5ebc, 0x1d0b0b16, 0x76dbdbad, 0x3be0e0db, 0x56323264,
    0x4e3a3a74, 0x1e0a0a14, 0xdb494992, 0x0a06060c, 0x6c242448, 0xe45c5cb8, 0x5dc2c29f, 0x6ed3d3bd, 0xefacac43,
    0xa66262c4, 0xa8919139, 0xa4959531, 0x37e4e4d3, 0x8b7979f2, 0x32e7e7d5, 0x43c8c88b, 0x5937376e, 0xb76d6dda,
    0x8c8d8d01, 0x64d5d5b1, 0xd24e4e9c, 0xe0a9a949, 0xb46c6cd8, 0xfa5656ac, 0x07f4f4f3, 0x25eaeacf, 0xaf6565ca,
    0x8e7a7af4, 0xe9aeae47, 0x18080810, 0xd5baba6f, 0x887878f0, 0x6f25254a, 0x722e2e5c, 0x241c1c38, 0xf1a6a657,
    0xc7b4b473, 0x51c6c697, 0x23e8e8cb, 0x7cdddda1, 0x9c7474e8, 0x211f1f3e, 0xdd4b4b96, 0xdcbdbd61, 0x868b8b0d,
    0x858a8a0f, 0x907070e0, 0x423e3e7c, 0xc4b5b571, 0xaa6666cc, 0xd8484890, 0x05030306, 0x01f6f6f7, 0x120e0e1c,
    0xa36161c2, 0x5f35356a, 0xf95757ae, 0xd0b9b969, 0x91868617, 0x58c1c199, 0x271d1d3a, 0xb99e9e27, 0x38e1e1d9,
    0x13f8f8eb, 0xb398982b, 0x33111122, 0xbb6969d2, 0x70d9d9a9, 0x898e8e07, 0xa7949433, 0xb69b9b2d, 0x221e1e3c,
    0x92878715, 0x20e9e9c9, 0x49cece87, 0xff5555aa, 0x78282850, 0x7adfdfa5, 0x8f8c8c03, 0xf8a1a159, 0x80898909,
    0x170d0d1a, 0xdabfbf65, 0x31e6e6d7, 0xc6424284, 0xb86868d0, 0xc3414182, 0xb0999929, 0x772d2d5a, 0x110f0f1e,
    0xcbb0b07b, 0xfc5454a8, 0xd6bbbb6d, 0x3a16162c,
};

QN_LANE uint32_t lane_cipher_byte(const uint32_t state[4], int column, int row)
{
    return state[(column + row) & 3] >> 8 * row & 0xff; // rows are shifted by their number
}

QN_LANE uint32_t lane_cipher_turned(uint32_t x, int bytes)
{
    return bytes ? x << 8 * bytes | x >> (32 - 8 * bytes) : x;
}

QN_LANE void lane_cipher_round(uint32_t state[4], const uint32_t key[4], int mix)
{
    uint32_t next[4];
    for (int column = 0; column < 4; ++column) {
        next[column] = key[column];
        for (int row = 0; row < 4; ++row) {
            const uint32_t entry = lane_cipher_table[lane_cipher_byte(state, column, row)];
            next[column] ^= mix ? lane_cipher_turned(entry, row) : (entry >> 8 & 0xff) << 8 * row;
        }
    }
    memcpy(state, next, sizeof next);
}
#endif

/// words = cipher of the counters (c0, c1, c2, c3) with word number `running` increased by 0, 1, 2, 3.
QN_LANE void lane_cipher_run(const qn_cipher_key *key, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, int running,
                             uint32_t words[16])
{
    // Vectors are put together in registers: a load of what was just stored in parts would wait for the stores.
#if defined(__AES__)
    const __m128i counter = _mm_set_epi32((int)c3, (int)c2, (int)c1, (int)c0);
    const __m128i one = _mm_set_epi32(running == 3, running == 2, running == 1, running == 0);
#endif
#if defined(__VAES__) && defined(__AVX512F__)
    const __m512i number =
        _mm512_set_epi64(0x300000003, 0x300000003, 0x200000002, 0x200000002, 0x100000001, 0x100000001, 0, 0);
    const __m512i running_word = _mm512_broadcast_i32x4(_mm_sub_epi32(_mm_setzero_si128(), one));
    __m512i v = _mm512_add_epi32(_mm512_broadcast_i32x4(counter), _mm512_and_si512(number, running_word));
    v = _mm512_xor_si512(v, _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)key->round[0])));
    for (int r = 1; r < QN_CIPHER_ROUNDS; ++r)
        v = _mm512_aesenc_epi128(v, _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)key->round[r])));
    v = _mm512_aesenclast_epi128(
        v, _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)key->round[QN_CIPHER_ROUNDS])));
    _mm512_storeu_si512(words, v);
#elif defined(__AES__)
    __m128i v[4], next = counter;
    for (int i = 0; i < 4; ++i, next = _mm_add_epi32(next, one))
        v[i] = _mm_xor_si128(next, _mm_loadu_si128((const __m128i *)key->round[0]));
    for (int r = 1; r < QN_CIPHER_ROUNDS; ++r)
        for (int i = 0; i < 4; ++i) v[i] = _mm_aesenc_si128(v[i], _mm_loadu_si128((const __m128i *)key->round[r]));
    for (int i = 0; i < 4; ++i)
        _mm_storeu_si128((__m128i *)(words + 4 * i),
                         _mm_aesenclast_si128(v[i], _mm_loadu_si128((const __m128i *)key->round[QN_CIPHER_ROUNDS])));
#else
    const uint32_t first[4] = {c0, c1, c2, c3};
    for (uint32_t i = 0; i < 4; ++i) {
        uint32_t block[4];
        memcpy(block, first, sizeof block);
        block[running] += i;
#if defined(QN_CIPHER_ARM)
        // AESE adds its key before the substitution, AESENC after: start each round with the key before.
        uint8x16_t v = vld1q_u8((const uint8_t *)block);
        for (int r = 0; r < QN_CIPHER_ROUNDS; ++r) {
            v = vaeseq_u8(v, vld1q_u8((const uint8_t *)key->round[r]));
            if (r + 1 < QN_CIPHER_ROUNDS) v = vaesmcq_u8(v);
        }
        v = veorq_u8(v, vld1q_u8((const uint8_t *)key->round[QN_CIPHER_ROUNDS]));
        vst1q_u8((uint8_t *)(words + 4 * i), v);
#else
        for (int w = 0; w < 4; ++w) block[w] ^= key->round[0][w];
        for (int r = 1; r <= QN_CIPHER_ROUNDS; ++r) lane_cipher_round(block, key->round[r], r < QN_CIPHER_ROUNDS);
        memcpy(words + 4 * i, block, sizeof block);
#endif
    }
#endif
}
