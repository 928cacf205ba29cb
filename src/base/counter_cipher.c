#include "base/counter_cipher.h"

#include <Random123/philox.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#if defined(QN_HAS_X86_KERNELS)
#include <cpuid.h>
#elif defined(QN_HAS_ARM_KERNELS) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

enum { KIND_CIPHER = 3 }; // beside the kinds of random.h

// The key schedule of ARS is a Weyl sequence, in two halves of 64 bits.
qn_cipher_key qn_cipher_key_expand(const uint32_t word[4])
{
    qn_cipher_key key;
    uint64_t low = word[0] | (uint64_t)word[1] << 32, high = word[2] | (uint64_t)word[3] << 32;
    for (int r = 0; r <= QN_CIPHER_ROUNDS; ++r) {
        key.round[r][0] = (uint32_t)low;
        key.round[r][1] = (uint32_t)(low >> 32);
        key.round[r][2] = (uint32_t)high;
        key.round[r][3] = (uint32_t)(high >> 32);
        low += UINT64_C(0x9E3779B97F4A7C15);
        high += UINT64_C(0xBB67AE8584CAA73B);
    }
    return key;
}

qn_cipher_key qn_cipher_key_of(const qn_stream *stream)
{
    const philox4x32_key_t seed = {{(uint32_t)stream->seed, (uint32_t)(stream->seed >> 32)}};
    const philox4x32_ctr_t name = {
        {(uint32_t)stream->index, (uint32_t)(stream->index >> 32), stream->purpose, KIND_CIPHER}};
    return qn_cipher_key_expand(philox4x32_R(10, name, seed).v);
}

void qn_cipher_words(const qn_cipher_key *key, const uint32_t counter[4], int running, size_t count, uint32_t *words)
{
    QN_PICK_CIPHER_KERNEL(qn_cipher_words_kernel)(key, counter, running, count, words);
}

#if defined(QN_HAS_X86_KERNELS)
static qn_cipher_level detect(void)
{
    enum { AES = 1 << 25, VAES = 1 << 9 };
    unsigned a, b, c = 0, d;
    const bool aes = __get_cpuid(1, &a, &b, &c, &d) && (c & AES);
    const bool vaes = aes && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & VAES);
    if (qn_cpu() == QN_CPU_AVX512 && vaes) return QN_CIPHER_WIDE;
    return qn_cpu() >= QN_CPU_AVX2 && aes ? QN_CIPHER_AES : QN_CIPHER_BASELINE;
}
#elif defined(QN_HAS_ARM_KERNELS)
static qn_cipher_level detect(void)
{
    const char *wanted = getenv("QUENCHED_INSTRUCTIONS");
    if (wanted && !strcmp(wanted, "baseline")) return QN_CIPHER_BASELINE;
#if defined(__linux__)
    return getauxval(AT_HWCAP) & HWCAP_AES ? QN_CIPHER_AES : QN_CIPHER_BASELINE;
#else
    return QN_CIPHER_AES; // every Apple processor
#endif
}
#else
static qn_cipher_level detect(void) { return QN_CIPHER_BASELINE; }
#endif

qn_cipher_level qn_cipher_cpu(void)
{
    static atomic_int known = -1;
    int level = atomic_load_explicit(&known, memory_order_relaxed);
    if (level < 0) {
        level = (int)detect();
        atomic_store_explicit(&known, level, memory_order_relaxed);
    }
    return (qn_cipher_level)level;
}
