#include "base/cipher_lanes.h"

void QN_KERNEL(qn_cipher_words_kernel)(const qn_cipher_key *key, const uint32_t counter[4], int running, size_t count,
                                       uint32_t *words)
{
    for (size_t first = 0; first < count; first += 4) {
        uint32_t counters[16], four[16];
        for (uint32_t i = 0; i < 4; ++i) {
            memcpy(counters + 4 * i, counter, 4 * sizeof *counter);
            counters[4 * i + (uint32_t)running] += (uint32_t)first + i;
        }
        lane_cipher_four(key, counters, four);
        const size_t left = count - first < 4 ? count - first : 4;
        memcpy(words + 4 * first, four, 4 * left * sizeof *words);
    }
}
