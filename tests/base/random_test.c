#include "testing.h"

#include "base/random_kernel.h"

#include <Random123/philox.h>
#include <stdlib.h>

enum { MANY = 1 << 20 };

static double *numbers, *others;
static float *floats;

static int take(void **state)
{
    (void)state;
    numbers = malloc(MANY * sizeof *numbers);
    others = malloc(MANY * sizeof *others);
    floats = malloc(MANY * sizeof *floats);
    return numbers && others && floats ? 0 : -1;
}

static int release(void **state)
{
    (void)state;
    free(numbers);
    free(others);
    free(floats);
    return 0;
}

typedef struct {
    uint32_t w[4];
} block_words;

static block_words block_of(const qn_random_name *name, uint64_t block)
{
    const philox4x32_ctr_t counter = {{(uint32_t)block, (uint32_t)(block >> 32), name->counter[0], name->counter[1]}};
    const philox4x32_key_t key = {{name->key[0], name->key[1]}};
    const philox4x32_ctr_t words = philox4x32_R(10, counter, key);
    return (block_words){{words.v[0], words.v[1], words.v[2], words.v[3]}};
}

static double unit_of(uint32_t high, uint32_t low)
{
    return ((double)((((uint64_t)high << 32) | low) >> 12) + 0.5) * 0x1p-52;
}

// The three vectors for philox4x32 10 of Random123's own file kat_vectors.
static void known_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], words[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        const qn_random_name name = {{known[i].key[0], known[i].key[1]}, {known[i].counter[2], known[i].counter[3]}};
        const uint64_t block = ((uint64_t)known[i].counter[1] << 32) | known[i].counter[0];
        double group[QN_RANDOM_GROUP];
        QN_PICK_KERNEL(qn_random_uniform)(&name, block / QN_RANDOM_BLOCKS, 1, group);
        const uint32_t *w = known[i].words;
        assert_true(group[block % QN_RANDOM_BLOCKS] == unit_of(w[0], w[1]));
        assert_true(group[QN_RANDOM_BLOCKS + block % QN_RANDOM_BLOCKS] == unit_of(w[2], w[3]));
    }
}

// The mapping that the header promises, against Random123 and libm.
static void deviates_are_those_the_header_names(void **state)
{
    (void)state;
    const qn_stream stream = {0x0123456789abcdefu, QN_PURPOSE_TEST, 0xfedcba9876543210u};
    const philox4x32_key_t seed = {{0x89abcdef, 0x01234567}};
    qn_random_name names[3];
    for (uint32_t kind = 0; kind < 3; ++kind) {
        const philox4x32_ctr_t counter = {{0x76543210, 0xfedcba98, QN_PURPOSE_TEST, kind}};
        const philox4x32_ctr_t n = philox4x32_R(10, counter, seed);
        names[kind] = (qn_random_name){{n.v[0], n.v[1]}, {n.v[2], n.v[3]}};
    }
    enum { COUNT = 3200 };
    const uint64_t first = (uint64_t)1 << 40;
    qn_uniform(&stream, first, COUNT, numbers);
    qn_normal(&stream, first, COUNT, others);
    qn_normal_float(&stream, first, COUNT, floats);
    for (uint64_t i = 0; i < COUNT; ++i) {
        const uint64_t group = (first + i) / 32, lane = (first + i) % 16, second = (first + i) / 16 % 2;
        const block_words u = block_of(&names[0], 16 * group + lane), n = block_of(&names[1], 16 * group + lane);
        assert_true(numbers[i] == unit_of(u.w[2 * second], u.w[2 * second + 1]));
        const double radius = sqrt(-2.0 * log(unit_of(n.w[0], n.w[1])));
        const double angle = 2.0 * M_PI * unit_of(n.w[2], n.w[3]);
        assert_within(others[i], radius * (second ? sin(angle) : cos(angle)), 8e-15);

        const uint64_t part = (first + i) / 16 % 4;
        const block_words f = block_of(&names[2], 16 * ((first + i) / 64) + lane);
        const uint32_t *pair = f.w + part / 2 * 2;
        const double radius_float = sqrt(-2.0 * log(((double)(pair[0] >> 1) + 0.5) * 0x1p-31));
        const double turn = 2.0 * M_PI * (double)(int32_t)pair[1] * 0x1p-32;
        // A unit just below 1 is rounded to 24 bits, so a radius near 0 is off by up to sqrt(2^-24).
        assert_within(floats[i], radius_float * (part % 2 ? sin(turn) : cos(turn)), radius_float < 0.01 ? 3e-4 : 4e-6);
    }
}

// Values of the first release. They must never change.
static void streams_are_the_same_for_ever(void **state)
{
    (void)state;
    const qn_stream stream = {1, QN_PURPOSE_COUPLING, 0};
    double u[2], z[2];
    float f[2];
    qn_uniform(&stream, 0, 2, u);
    qn_normal(&stream, 12345678901, 2, z);
    qn_normal_float(&stream, 7, 2, f);
    assert_true(u[0] == 0x1.b8e9564c66881p-1 && u[1] == 0x1.295adef62fb07p-1);
    assert_true(z[0] == -0x1.9cb49c2ecd984p-1 && z[1] == -0x1.e0773fff4c1b6p-2);
    assert_true(f[0] == 0x1.378812p-2f && f[1] == -0x1.8c1b68p-2f);
}

static void any_cut_gives_the_same(void **state)
{
    (void)state;
    const qn_stream stream = {7, QN_PURPOSE_TEST, 3};
    enum { COUNT = 500 };
    double whole[COUNT], part[COUNT];
    float whole_float[COUNT], part_float[COUNT];
    const uint64_t first = 12345;
    for (size_t block = 1; block <= COUNT; block += 1 + block / 3) {
        qn_normal(&stream, first, COUNT, whole);
        for (size_t i = 0; i < COUNT; i += block)
            qn_normal(&stream, first + i, i + block < COUNT ? block : COUNT - i, part + i);
        assert_memory_equal(whole, part, sizeof whole);
        qn_uniform(&stream, first, COUNT, whole);
        for (size_t i = 0; i < COUNT; i += block)
            qn_uniform(&stream, first + i, i + block < COUNT ? block : COUNT - i, part + i);
        assert_memory_equal(whole, part, sizeof whole);
        qn_normal_float(&stream, first, COUNT, whole_float);
        for (size_t i = 0; i < COUNT; i += block)
            qn_normal_float(&stream, first + i, i + block < COUNT ? block : COUNT - i, part_float + i);
        assert_memory_equal(whole_float, part_float, sizeof whole_float);
    }
    whole[0] = 5.0;
    qn_normal(&stream, 0, 0, whole);
    assert_true(whole[0] == 5.0);
}

// E z^k for k = 1 ... 8 within 4.5 standard errors each; the error follows from E z^2k = (2k - 1)!!.
static void check_normal_moments(double scale_of_n, const double sums[9])
{
    static const double double_factorial[9] = {1, 1, 3, 15, 105, 945, 10395, 135135, 2027025};
    for (int k = 1; k <= 8; ++k) {
        const double mean = k % 2 ? 0.0 : double_factorial[k / 2];
        const double error = sqrt((double_factorial[k] - mean * mean) / scale_of_n);
        assert_within(sums[k] / scale_of_n, mean, 4.5 * error);
    }
}

static void moments_are_normal(void **state)
{
    (void)state;
    double sums[9] = {0}, sums_float[9] = {0};
    enum { CHUNKS = 8 };
    const qn_stream stream = {2024, QN_PURPOSE_TEST, 0};
    for (uint64_t chunk = 0; chunk < CHUNKS; ++chunk) {
        qn_normal(&stream, chunk * MANY, MANY, numbers);
        qn_normal_float(&stream, chunk * MANY, MANY, floats);
        for (size_t i = 0; i < MANY; ++i) {
            double power = 1, power_float = 1;
            for (int k = 1; k <= 8; ++k) {
                sums[k] += power *= numbers[i];
                sums_float[k] += power_float *= (double)floats[i];
            }
        }
    }
    check_normal_moments((double)CHUNKS * MANY, sums);
    check_normal_moments((double)CHUNKS * MANY, sums_float);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Kolmogorov-Smirnov: sqrt(n) D > 1.95 has probability 0.001.
static void check_distribution(size_t count, double (*distribution)(double))
{
    qsort(numbers, count, sizeof *numbers, by_size);
    double distance = 0;
    for (size_t i = 0; i < count; ++i) {
        const double p = distribution(numbers[i]);
        distance = fmax(distance, fmax(p - (double)i / (double)count, (double)(i + 1) / (double)count - p));
    }
    assert_true(distance * sqrt((double)count) < 1.95);
    assert_true(distance * sqrt((double)count) > 0.2); // even more even would be as suspect
}

static double uniform_distribution(double x) { return x; }
static double normal_distribution(double x) { return 0.5 * erfc(-x * M_SQRT1_2); }

static void distributions_pass_kolmogorov_smirnov(void **state)
{
    (void)state;
    enum { COUNT = 400000 };
    for (uint64_t index = 0; index < 2; ++index) {
        const qn_stream stream = {99, QN_PURPOSE_TEST, index};
        qn_uniform(&stream, 0, COUNT, numbers);
        for (size_t i = 0; i < COUNT; ++i) assert_true(numbers[i] > 0.0 && numbers[i] < 1.0);
        check_distribution(COUNT, uniform_distribution);
        qn_normal(&stream, 0, COUNT, numbers);
        check_distribution(COUNT, normal_distribution);
        qn_normal_float(&stream, 0, COUNT, floats);
        for (size_t i = 0; i < COUNT; ++i) numbers[i] = (double)floats[i];
        check_distribution(COUNT, normal_distribution);
    }
}

// Counts beyond 3, 4 and 5 standard deviations within 4.5 Poisson standard deviations.
static void tails_have_the_right_weight(void **state)
{
    (void)state;
    const qn_stream stream = {5, QN_PURPOSE_TEST, 0};
    enum { CHUNKS = 64 };
    size_t beyond[2][3] = {{0}};
    for (uint64_t chunk = 0; chunk < CHUNKS; ++chunk) {
        qn_normal(&stream, chunk * MANY, MANY, numbers);
        qn_normal_float(&stream, chunk * MANY, MANY, floats);
        for (size_t i = 0; i < MANY; ++i)
            for (int t = 0; t < 3; ++t) {
                beyond[0][t] += fabs(numbers[i]) > 3.0 + t;
                beyond[1][t] += fabsf(floats[i]) > 3.0f + (float)t;
            }
    }
    for (int kind = 0; kind < 2; ++kind)
        for (int t = 0; t < 3; ++t) {
            const double expected = (double)CHUNKS * MANY * erfc((3.0 + t) * M_SQRT1_2);
            assert_within((double)beyond[kind][t], expected, 4.5 * sqrt(expected));
        }
}

// Under key 0 this block's first word is 1 of 2^32: the radius is 6.5 and must come out in full precision.
static void far_tail_is_exact(void **state)
{
    (void)state;
    const uint64_t block = 826190408;
    const qn_random_name name = {{0, 0}, {0, 0}};
    const block_words words = block_of(&name, block);
    double group[QN_RANDOM_GROUP];
    float group_float[QN_RANDOM_GROUP_FLOAT];
    QN_PICK_KERNEL(qn_random_normal)(&name, block / 16, 1, group);
    const double radius = hypot(group[block % 16], group[16 + block % 16]);
    assert_true(radius > 6.5);
    assert_close(radius, sqrt(-2.0 * log(unit_of(words.w[0], words.w[1]))), 1e-15);
    QN_PICK_KERNEL(qn_random_normal_float)(&name, block / 16, 1, group_float);
    const double radius_float = hypot((double)group_float[block % 16], (double)group_float[16 + block % 16]);
    assert_close(radius_float, sqrt(-2.0 * log(((double)(words.w[0] >> 1) + 0.5) * 0x1p-31)), 3e-7);
}

// Correlations of values and of squares between two series, each within 4.5 standard errors of 0.
static void check_independence(const double *a, const double *b, size_t count)
{
    double values = 0, squares = 0;
    for (size_t i = 0; i < count; ++i) {
        values += a[i] * b[i];
        squares += (a[i] * a[i] - 1) * (b[i] * b[i] - 1);
    }
    assert_within(values / sqrt((double)count), 0.0, 4.5);
    assert_within(squares / 2 / sqrt((double)count), 0.0, 4.5);
}

static void neighbouring_streams_are_independent(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    const qn_stream base = {1, QN_PURPOSE_TEST, 0};
    const qn_stream neighbours[] = {
        {2, QN_PURPOSE_TEST, 0},     {0, QN_PURPOSE_TEST, 0},
        {1, QN_PURPOSE_TEST + 1, 0}, {1, QN_PURPOSE_TEST, 1},
        {1, QN_PURPOSE_TEST, 2},     {((uint64_t)1 << 32) + 1, QN_PURPOSE_TEST, 0},
        {1, 0, QN_PURPOSE_TEST},     {1, QN_PURPOSE_TEST, (uint64_t)1 << 32},
        {0, QN_PURPOSE_TEST, 1},     {1, QN_PURPOSE_TEST, UINT64_MAX},
    };
    qn_normal(&base, 0, COUNT, numbers);
    for (size_t i = 0; i < sizeof neighbours / sizeof *neighbours; ++i) {
        qn_normal(&neighbours[i], 0, COUNT, others);
        check_independence(numbers, others, COUNT);
    }
    for (size_t lag = 1; lag <= 64; ++lag) check_independence(numbers, numbers + lag, COUNT - lag);
    qn_normal_float(&base, 0, COUNT, floats);
    for (size_t i = 0; i < COUNT; ++i) others[i] = (double)floats[i];
    check_independence(numbers, others, COUNT);
    for (size_t lag = 1; lag <= 64; ++lag) check_independence(others, others + lag, COUNT - lag);
    qn_uniform(&base, 0, COUNT, others);
    for (size_t i = 0; i < COUNT; ++i) others[i] = sqrt(12.0) * (others[i] - 0.5);
    check_independence(numbers, others, COUNT);
}

static void every_instruction_set_draws_the_same_bits(void **state)
{
    (void)state;
#ifdef QN_HAS_X86_KERNELS
    enum { GROUPS = 2000 };
    const qn_random_name name = {{123, 456}, {789, 1011}};
    const size_t bytes = GROUPS * QN_RANDOM_GROUP * sizeof *numbers;
    qn_random_normal_baseline(&name, 77, GROUPS, numbers);
    if (qn_cpu() >= QN_CPU_AVX2) {
        qn_random_normal_avx2(&name, 77, GROUPS, others);
        assert_memory_equal(numbers, others, bytes);
    }
    if (qn_cpu() >= QN_CPU_AVX512) {
        qn_random_normal_avx512(&name, 77, GROUPS, others);
        assert_memory_equal(numbers, others, bytes);
    }
    float *some = floats, *more = floats + MANY / 2;
    const size_t bytes_float = GROUPS * QN_RANDOM_GROUP_FLOAT * sizeof *floats;
    qn_random_normal_float_baseline(&name, 77, GROUPS, some);
    if (qn_cpu() >= QN_CPU_AVX2) {
        qn_random_normal_float_avx2(&name, 77, GROUPS, more);
        assert_memory_equal(some, more, bytes_float);
    }
    if (qn_cpu() >= QN_CPU_AVX512) {
        qn_random_normal_float_avx512(&name, 77, GROUPS, more);
        assert_memory_equal(some, more, bytes_float);
    }
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(deviates_are_those_the_header_names),
        cmocka_unit_test(streams_are_the_same_for_ever),
        cmocka_unit_test(any_cut_gives_the_same),
        cmocka_unit_test(moments_are_normal),
        cmocka_unit_test(distributions_pass_kolmogorov_smirnov),
        cmocka_unit_test(tails_have_the_right_weight),
        cmocka_unit_test(far_tail_is_exact),
        cmocka_unit_test(neighbouring_streams_are_independent),
        cmocka_unit_test(every_instruction_set_draws_the_same_bits),
    };
    return cmocka_run_group_tests(tests, take, release);
}
