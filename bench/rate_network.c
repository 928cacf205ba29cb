// What quenched costs, for bench/rate_network.sh, which sets it beside what a user would write.
//
//     bench_rate_network ceiling | SIZE erf | SIZE tanh
//
// ceiling: sgemm of the linked BLAS, our own product, and copying: what this machine can do. SIZE: time per trial and
// time constant, all included (RK4, dt 0.2, 32 trials, float).
//
// One figure a line: "name size value".
#include "timing.h"

#include <quenched/quenched.h>

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { TRIALS = 32, CUBE = 4096 };
static const double EVALUATIONS = 20; // of the right-hand side per time constant: RK4, dt 0.2

static void check(qn_status status)
{
    if (status == QN_OK) return;
    fprintf(stderr, "bench_rate_network: %s\n", qn_last_error());
    exit(1);
}

static void *block(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!memory) {
        fprintf(stderr, "bench_rate_network: no memory for %zu bytes\n", bytes);
        exit(1);
    }
    memset(memory, 0, bytes);
    return memory;
}

static double peak_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
    return (double)usage.ru_maxrss;
#else
    return 1024.0 * (double)usage.ru_maxrss;
#endif
}

static void blas_ceiling(void)
{
    const size_t bytes = (size_t)CUBE * CUBE * sizeof(float);
    float *a = block(bytes), *b = block(bytes), *c = block(bytes);
    const qn_stream stream = {1, QN_PURPOSE_TEST, 0};
    qn_normal_float(&stream, 0, (size_t)CUBE * CUBE, a);
    qn_normal_float(&stream, 0, (size_t)CUBE * CUBE, b);
    openblas_set_num_threads(qn_threads());
    double best = INFINITY;
    for (int i = 0; i < 4; ++i) {
        const double start = now();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, CUBE, CUBE, CUBE, 1, a, CUBE, b, CUBE, 0, c, CUBE);
        best = fmin(best, now() - start);
    }
    printf("sgemm_linked %d %.4g\n", CUBE, 2.0 * CUBE * CUBE * CUBE / best);

    best = INFINITY; // copying: bytes read and written; written memory is read first unless stores bypass the cache
    for (int i = 0; i < 10; ++i) {
        const double start = now();
#pragma omp parallel for schedule(static)
        for (int part = 0; part < 64; ++part)
            memcpy((char *)c + bytes / 64 * (size_t)part, (char *)a + bytes / 64 * (size_t)part, bytes / 64);
        best = fmin(best, now() - start);
    }
    printf("copy %d %.4g\n", CUBE, 2.0 * (double)bytes / best);
    free(a);
    free(b);
    free(c);
}

// The product alone, with the vectors a simulation has.
static void product(size_t size)
{
    qn_coupling_operator *coupling;
    check(qn_coupling_operator_create(&(qn_coupling){.strength = 2}, size, 1, 0, QN_PRECISION_SINGLE, &coupling));
    float *in = block(size * TRIALS * sizeof *in), *out = block(size * TRIALS * sizeof *out);
    const qn_stream stream = {1, QN_PURPOSE_TEST, 0};
    qn_normal_float(&stream, 0, size * TRIALS, in);
    double best = INFINITY;
    const double until = now() + 1;
    for (int i = 0; i < 5 || now() < until; ++i) {
        const double start = now();
        qn_coupling_operator_apply(coupling, TRIALS, TRIALS, in, out);
        best = fmin(best, now() - start);
    }
    printf("product %zu %.4g\n", size, 2.0 * (double)size * (double)size * TRIALS / best);
    qn_coupling_operator_destroy(coupling);
    free(in);
    free(out);
}

static qn_rate_measurement run(const qn_rate_network *network, const qn_rate_simulation_options *options)
{
    qn_rate_measurement found;
    check(qn_rate_simulate(network, options, 0, NULL, &found));
    qn_rate_measurement_clear(&found);
    return found;
}

static double seconds_for(const qn_rate_network *network, double duration)
{
    const qn_rate_simulation_options options = {.seed = 1, .trials = TRIALS, .burn_in = 1, .duration = duration};
    const double start = now();
    run(network, &options);
    return now() - start;
}

// The first large run after a small one that brings in threads and libraries; with as many reference frames as there
// can be.
static void memory(const qn_rate_network *network)
{
    const qn_rate_simulation_options options = {
        .trials = TRIALS, .burn_in = 1, .duration = 4, .sample_interval = 0.4, .lag_max = 3.2};
    const qn_rate_network small = {.size = 64, .transfer = network->transfer, .coupling = {.strength = 2}};
    run(&small, &options);
    const double before = peak_bytes(),
                 needed = (double)network->size * (double)(network->size + TRIALS) * sizeof(float);
    const qn_rate_measurement found = run(network, &options);
    printf("memory_peak %zu %.4f\n", network->size, (peak_bytes() - before) / needed);
    printf("memory_counted %zu %.4f\n", network->size, (double)found.bytes / needed);
}

// The difference between a long run and a short one is what the time constants in between cost: drawing J is paid once.
static void simulate(const qn_rate_network *network)
{
    const double size = (double)network->size, per_time_constant = 2 * size * size * TRIALS * EVALUATIONS;
    const double shorter = 2, longer = shorter + fmin(400, fmax(3, floor(2e10 / per_time_constant)));
    double best_short = INFINITY, best_long = INFINITY;
    const double until = now() + 4;
    for (int i = 0; i < 3 || now() < until; ++i) {
        best_short = fmin(best_short, seconds_for(network, shorter));
        best_long = fmin(best_long, seconds_for(network, longer));
    }
    printf("quenched_%s %zu %.6g\n", qn_transfer_name(network->transfer.kind), network->size,
           (best_long - best_short) / (longer - shorter) / TRIALS);
}

int main(int count, char **words)
{
    if (count == 2 && !strcmp(words[1], "ceiling")) {
        blas_ceiling();
        return 0;
    }
    if (count != 3 || (strcmp(words[2], "erf") && strcmp(words[2], "tanh"))) {
        fprintf(stderr, "usage: bench_rate_network ceiling | SIZE erf|tanh\n");
        return 2;
    }
    const size_t size = (size_t)strtoul(words[1], NULL, 10);
    const qn_transfer_kind kind = strcmp(words[2], "erf") ? QN_TRANSFER_TANH : QN_TRANSFER_ERF;
    const qn_rate_network network = {.size = size, .transfer = {.kind = kind}, .coupling = {.strength = 2}};
    memory(&network);
    simulate(&network);
    product(size);
    return 0;
}
