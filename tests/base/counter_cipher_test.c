#include "base/counter_cipher.h"
#include "testing.h"

#include <string.h>

// Computed with ars4x32_R(5, ...) of Random123 on a processor with AES instructions.
static void words_are_those_of_random123(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[4], words[4];
    } known[] = {
        {{0}, {0}, {0x7ecce06f, 0x7cdc3bca, 0x15513c87, 0x29d24c9b}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0x524f3d4c, 0x870acd82, 0x835b5954, 0x915b1320}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89},
         {0x9150862d, 0x525af535, 0x6612f4fa, 0xe2a60648}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        const qn_cipher_key key = qn_cipher_key_expand(known[i].key);
        uint32_t words[4];
        qn_cipher_words(&key, known[i].counter, 0, 1, words);
        assert_memory_equal(words, known[i].words, sizeof words);
    }
}

static void a_run_of_counters_is_its_counters_one_by_one(void **state)
{
    (void)state;
    enum { COUNT = 11 };
    const qn_cipher_key key = qn_cipher_key_of(&(qn_stream){3, QN_PURPOSE_TEST, 1});
    for (int running = 0; running < 4; ++running) {
        const uint32_t counter[4] = {5, 6, 7, 8};
        uint32_t together[4 * COUNT], alone[4];
        qn_cipher_words(&key, counter, running, COUNT, together);
        for (uint32_t i = 0; i < COUNT; ++i) {
            uint32_t one[4];
            memcpy(one, counter, sizeof one);
            one[running] += i;
            qn_cipher_words(&key, one, 0, 1, alone);
            assert_memory_equal(alone, together + 4 * i, sizeof alone);
        }
    }
}

static void streams_have_keys_of_their_own(void **state)
{
    (void)state;
    const qn_stream names[] = {
        {1, QN_PURPOSE_TEST, 0}, {2, QN_PURPOSE_TEST, 0}, {1, QN_PURPOSE_TEST, 1}, {1, QN_PURPOSE_NOISE, 0}};
    for (size_t i = 0; i < 4; ++i)
        for (size_t j = 0; j < i; ++j) {
            const qn_cipher_key a = qn_cipher_key_of(&names[i]), b = qn_cipher_key_of(&names[j]);
            assert_memory_not_equal(&a, &b, sizeof a);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_those_of_random123),
        cmocka_unit_test(a_run_of_counters_is_its_counters_one_by_one),
        cmocka_unit_test(streams_have_keys_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
