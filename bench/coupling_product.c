// The product of a coupling matrix with a block of vectors, against sgemm of the BLAS that is linked and against the
// machine's peak, measured by a loop of multiply-adds that never leaves the registers.
//
//     bench_coupling_product [threads]
//
// Every figure is the best of many repetitions. "of peak" and "x sgemm" are the ratios that carry over to other
// machines.
#include "timing.h"

#include <quenched/quenched.h>

#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHAINS = 7, TURNS = 200000 };

// 2 CHAINS independent sums of vectors of BYTES, few enough for the registers and for the compiler to unroll; returns
// flops. The result is stored so that the work cannot be dropped.
#define DEFINE_CHAINS(name, BYTES, attributes)                                                                         \
    attributes static double name(volatile float *sink)                                                                \
    {                                                                                                                  \
        typedef float vector __attribute__((vector_size(BYTES)));                                                      \
        vector first[CHAINS], second[CHAINS], factor = (vector){0} + 0.999f, term = (vector){0} + 0.001f;              \
        for (int c = 0; c < CHAINS; ++c) first[c] = second[c] = (vector){0} + *sink;                                   \
        for (long turn = 0; turn < TURNS; ++turn) {                                                                    \
            for (int c = 0; c < CHAINS; ++c) first[c] = first[c] * factor + term;                                      \
            for (int c = 0; c < CHAINS; ++c) second[c] = second[c] * term + factor;                                    \
        }                                                                                                              \
        for (int c = 0; c < CHAINS; ++c) *sink = first[c][0] + second[c][0];                                           \
        enum { LANES = BYTES / sizeof(float) };                                                                        \
        return 4.0 * TURNS * CHAINS * (double)LANES;                                                                   \
    }

#ifdef __x86_64__
DEFINE_CHAINS(chains_avx512, 64, __attribute__((target("avx512f,fma"))))
DEFINE_CHAINS(chains_avx2, 32, __attribute__((target("avx2,fma"))))
#endif
DEFINE_CHAINS(chains_baseline, 16, )

static double chains(volatile float *sink)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f")) return chains_avx512(sink);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return chains_avx2(sink);
#endif
    return chains_baseline(sink);
}

// Every thread by its own clock, all at once: nothing waits for a thread that another process keeps from running.
static double peak(int threads)
{
    double sum = 0.0;
#pragma omp parallel num_threads(threads) reduction(+ : sum)
    {
        volatile float sink = 0.5f;
        double best = 0.0;
        const double until = now() + 0.5;
        while (now() < until) {
            const double start = now(), flops = chains(&sink);
            best = fmax(best, flops / (now() - start));
        }
        sum += best;
    }
    return sum;
}

static void *block(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!memory) {
        fprintf(stderr, "no memory for %zu bytes\n", bytes);
        exit(1);
    }
    memset(memory, 0, bytes);
    return memory;
}

typedef struct {
    size_t size, vectors;
    const qn_coupling_operator *product;
    const float *matrix, *in;
    float *out;
} job;

static void by_quenched(const job *j) { qn_coupling_operator_apply(j->product, j->vectors, j->vectors, j->in, j->out); }

static void by_blas(const job *j)
{
    const int size = (int)j->size, vectors = (int)j->vectors;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size, vectors, size, 1.0f, j->matrix, size, j->in, vectors,
                0.0f, j->out, vectors);
}

static double flops_per_second(void (*run)(const job *), const job *j)
{
    const double flops = 2.0 * (double)j->size * (double)j->size * (double)j->vectors;
    const double until = now() + 0.4;
    double best = INFINITY;
    int repetitions = 0;
    do {
        const double start = now();
        run(j);
        best = fmin(best, now() - start);
    } while (++repetitions < 5 || now() < until);
    return flops / best;
}

static void compare(size_t size, size_t vectors, const qn_coupling_operator *product, const float *matrix,
                    double peak_flops)
{
    float *in = block(size * vectors * sizeof *in), *out = block(size * vectors * sizeof *out);
    qn_normal_float(&(qn_stream){1, QN_PURPOSE_TEST, 0}, 0, size * vectors, in);
    const job j = {size, vectors, product, matrix, in, out};
    const double ours = flops_per_second(by_quenched, &j), theirs = flops_per_second(by_blas, &j);
    printf("%6zu %8zu %10.1f %9.0f %% %10.1f %9.2f x\n", size, vectors, ours * 1e-9, 100 * ours / peak_flops,
           theirs * 1e-9, ours / theirs);
    fflush(stdout);
    free(in);
    free(out);
}

int main(int count, char **words)
{
    const int threads = count > 1 ? atoi(words[1]) : qn_threads();
    static const size_t sizes[] = {500, 1000, 2000, 4000, 8000}, vectors[] = {16, 32, 64, 128};
    qn_set_threads(threads);
    openblas_set_num_threads(threads);
    const double peak_flops = peak(threads);
    printf("quenched %s, %d threads, single precision; peak of multiply-add %.1f Gflop/s; %s, core %s\n", qn_version(),
           threads, peak_flops * 1e-9, openblas_get_config(), openblas_get_corename());
    printf("%6s %8s %10s %11s %10s %11s\n", "size", "vectors", "Gflop/s", "of peak", "sgemm", "x sgemm");
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
        qn_coupling_operator *product;
        const double start = now();
        if (qn_coupling_operator_create(&(qn_coupling){.strength = 2}, sizes[s], 1, 0, QN_PRECISION_SINGLE, &product)) {
            fprintf(stderr, "%s\n", qn_last_error());
            return 1;
        }
        const double seconds = now() - start;
        float *matrix = block(sizes[s] * sizes[s] * sizeof *matrix);
        qn_normal_float(&(qn_stream){2, QN_PURPOSE_TEST, 0}, 0, sizes[s] * sizes[s], matrix);
        for (size_t v = 0; v < sizeof vectors / sizeof *vectors; ++v)
            compare(sizes[s], vectors[v], product, matrix, peak_flops);
        printf("%6zu drawn and packed in %.4f s (%.2f ns per entry)\n", sizes[s], seconds,
               1e9 * seconds / (double)(sizes[s] * sizes[s]));
        qn_coupling_operator_destroy(product);
        free(matrix);
    }
    return 0;
}
