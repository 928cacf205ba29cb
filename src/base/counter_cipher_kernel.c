#include "base/cipher_lanes.h"

void QN_KERNEL(qn_cipher_words_kernel)(const qn_cipher_key *key, const uint32_t counter[4], int running, size_t count,
                                       uint32_t *words)
{
    for (size_t first = 0; first < count; first += 4) {
        uint32_t four[16], c[4];
        memcpy(c, counter, sizeof c);
        c[running] += (uint32_t)first;
        lane_cipher_run(key, c[0], c[1], c[2], c[3], running, four);
        const size_t left = count - first < 4 ? count - first : 4;
        memcpy(words + 4 * first, four, 4 * left * sizeof *words);
    }
}
