/// Counter-based random words by five rounds of AES: ARS4x32-5 of Salmon, Moraes, Dror & Shaw (2011), which passes
/// BigCrush. Where the processor has AES instructions it costs a fifth of Philox (random.h); the words are the same
/// where it has not.
///
/// For engines that compute the same word again and again; whoever draws a word once uses random.h.
#pragma once
#include "base/cpu.h"

#include <quenched/random.h>

enum { QN_CIPHER_ROUNDS = 5 };

/// Round keys; the first is added to the counter before the rounds.
typedef struct {
    uint32_t round[QN_CIPHER_ROUNDS + 1][4];
} qn_cipher_key;

/// The key named by a stream's (seed, purpose, index), as random.h names its streams (kind 3 there).
qn_cipher_key qn_cipher_key_of(const qn_stream *stream);

/// The key whose 128 bits are `word`.
qn_cipher_key qn_cipher_key_expand(const uint32_t word[4]);

/// The words of `count` counters: `counter` with word number `running` (0 to 3) increased by 0, 1, 2, ...
/// @param[out] words  4 x count
void qn_cipher_words(const qn_cipher_key *key, const uint32_t counter[4], int running, size_t count, uint32_t *words);

/// QN_DECLARE_KERNEL and QN_PICK_KERNEL for kernels that cipher. On x86 the AVX-512 one needs VAES, the AVX2 one
/// AES-NI; on 64-bit ARM there is one more beside the baseline, for processors with the cryptographic extension.
typedef enum { QN_CIPHER_BASELINE, QN_CIPHER_AES, QN_CIPHER_WIDE } qn_cipher_level;
qn_cipher_level qn_cipher_cpu(void);
#if defined(QN_HAS_X86_KERNELS)
#define QN_DECLARE_CIPHER_KERNEL(type, name, parameters) QN_DECLARE_KERNEL(type, name, parameters)
#define QN_PICK_CIPHER_KERNEL(name)                                                                                    \
    (qn_cipher_cpu() == QN_CIPHER_WIDE  ? name##_avx512                                                                \
     : qn_cipher_cpu() == QN_CIPHER_AES ? name##_avx2                                                                  \
                                        : name##_baseline)
#elif defined(QN_HAS_ARM_KERNELS)
#define QN_DECLARE_CIPHER_KERNEL(type, name, parameters)                                                               \
    type name##_baseline parameters;                                                                                   \
    type name##_crypto parameters
#define QN_PICK_CIPHER_KERNEL(name) (qn_cipher_cpu() == QN_CIPHER_AES ? name##_crypto : name##_baseline)
#else
#define QN_DECLARE_CIPHER_KERNEL(type, name, parameters) QN_DECLARE_KERNEL(type, name, parameters)
#define QN_PICK_CIPHER_KERNEL(name) (name##_baseline)
#endif

QN_DECLARE_CIPHER_KERNEL(void, qn_cipher_words_kernel,
                         (const qn_cipher_key *key, const uint32_t counter[4], int running, size_t count,
                          uint32_t *words));
