// What the dimension of activity costs. Without arguments, a table of its theory on one core: one point, a second
// effective rank at the same point, Theta at lags, and a grid of strengths and effective ranks. With one, figures for
// bench/dimension.sh, which sets them beside what a user would write, one a line: "name case value".
//
//     bench_dimension [grid | values | simulate | floor | fixed-point]
//
// grid         theory of 50 strengths x 20 effective ranks, erf, without noise, one core: seconds
// values       the same theory: A and B of 1/PR = A + B/PR^D
// simulate     dimension of one network from a simulation, all included: seconds, dimension
// floor        sgemm of the linked BLAS and our own product, flop/s; the flops of the products a simulation consists of
// fixed-point  Monte-Carlo theory of two couplings with feedback, two threads: seconds, dimension and its error bar
//
// Of the table: best and median of repetitions. The bounds the library promises: 30 ms per point from g = 1.01 on,
// two-point part included; 0.1 ms per further effective rank; 1 s for 50 strengths x 20 effective ranks.
#include "timing.h"

#include <quenched/quenched.h>

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS = 11, RANKS = 20, STRENGTHS = 50, LAGS = 10 };

typedef struct {
    double two_point, four_point, rank, lags; // ms
} times;

static double inverse_rank(int i) { return -1.0 + 0.5 * (double)i; }

// Per further effective rank, from enough of them to be seen by the clock.
static qn_status time_ranks(const qn_four_point *four_point, double *each)
{
    enum { MANY = 20000 };
    qn_dimension found;
    double sum = 0.0;
    const double start = now_ms();
    for (int i = 0; i < MANY; ++i) {
        const qn_status status = qn_four_point_dimension(four_point, inverse_rank(i % RANKS), &found);
        if (status != QN_OK) return status;
        sum += found.participation_ratio;
    }
    *each = sum > 0.0 ? (now_ms() - start) / MANY : NAN;
    return QN_OK;
}

static qn_status time_point(const qn_rate_network *network, times *result)
{
    qn_two_point two_point = {0};
    qn_four_point *four_point = NULL;
    double lags[LAGS], theta[LAGS];
    for (int i = 0; i < LAGS; ++i) lags[i] = (double)i;
    const double start = now_ms();
    qn_status status = qn_two_point_solve(network, NULL, &two_point);
    if (status != QN_OK) return status;
    const double solved = now_ms();
    status = qn_four_point_create(network, &two_point, &four_point);
    const double created = now_ms();
    if (status == QN_OK) status = qn_four_point_at_lags(four_point, 0.0, LAGS, lags, lags, theta);
    *result = (times){.two_point = solved - start, .four_point = created - solved, .lags = now_ms() - created};
    if (status == QN_OK) status = time_ranks(four_point, &result->rank);
    qn_four_point_destroy(four_point);
    qn_two_point_clear(&two_point);
    return status;
}

static void measure(const char *name, const qn_rate_network *network)
{
    double total[REPEATS];
    times least = {INFINITY, INFINITY, INFINITY, INFINITY};
    for (int i = 0; i < REPEATS; ++i) {
        times one;
        if (time_point(network, &one) != QN_OK) {
            printf("%-24s %s\n", name, qn_last_error());
            return;
        }
        total[i] = one.two_point + one.four_point;
        least.two_point = fmin(least.two_point, one.two_point);
        least.four_point = fmin(least.four_point, one.four_point);
        least.rank = fmin(least.rank, one.rank);
        least.lags = fmin(least.lags, one.lags);
    }
    qsort(total, REPEATS, sizeof *total, by_size);
    printf("%-24s %10.2f %10.2f %10.2f %10.2f %10.1f %10.1f\n", name, least.two_point, least.four_point, total[0],
           total[REPEATS / 2], 1e6 * least.rank, least.lags);
}

static qn_status grid(qn_transfer_kind kind, double noise, double *duration)
{
    const double start = now_ms();
    for (int i = 0; i < STRENGTHS; ++i) {
        const qn_rate_network network = {
            .size = 1000, .transfer = {.kind = kind}, .coupling = {.strength = 1.1 + 0.1 * (double)i}, .noise = noise};
        qn_two_point two_point;
        qn_four_point *four_point = NULL;
        qn_status status = qn_two_point_solve(&network, NULL, &two_point);
        if (status != QN_OK) return status;
        status = qn_four_point_create(&network, &two_point, &four_point);
        qn_dimension found;
        for (int r = 0; status == QN_OK && r < RANKS; ++r)
            status = qn_four_point_dimension(four_point, inverse_rank(r), &found);
        qn_four_point_destroy(four_point);
        qn_two_point_clear(&two_point);
        if (status != QN_OK) return status;
    }
    *duration = now_ms() - start;
    return QN_OK;
}

static void measure_grid(const char *name, qn_transfer_kind kind, double noise)
{
    double best = INFINITY, duration;
    for (int i = 0; i < 3; ++i) {
        if (grid(kind, noise, &duration) != QN_OK) {
            printf("%-24s %s\n", name, qn_last_error());
            return;
        }
        best = fmin(best, duration);
    }
    printf("%-24s %10.0f\n", name, best);
}

static void measure_point(qn_transfer_kind kind, double strength, double noise)
{
    char name[32];
    snprintf(name, sizeof name, noise > 0.0 ? "%s g=%g sigma=%g" : "%s g=%g", qn_transfer_name(kind), strength, noise);
    measure(name, &(qn_rate_network){
                      .size = 1000, .transfer = {.kind = kind}, .coupling = {.strength = strength}, .noise = noise});
}

static void table(void)
{
    static const qn_transfer_kind kinds[] = {QN_TRANSFER_ERF, QN_TRANSFER_TANH};
    static const double strengths[] = {1.01, 1.05, 1.5, 2.0, 3.0, 5.0}, noises[] = {0.0, 0.5};
    printf("%-24s %10s %10s %10s %10s %10s %10s\n", "best, ms", "two-point", "dimension", "both", "median", "rank, ns",
           "10 lags");
    for (size_t n = 0; n < 2; ++n)
        for (size_t k = 0; k < 2; ++k)
            for (size_t i = 0; i < sizeof strengths / sizeof *strengths; ++i)
                measure_point(kinds[k], strengths[i], noises[n]);
    measure_point(QN_TRANSFER_ERF, 1.001, 0.0);
    measure_point(QN_TRANSFER_TANH, 10.0, 10.0);
    printf("\n%-24s %10s\n", "50 g (1.1 to 6) x 20 PR^D", "best, ms");
    measure_grid("erf", QN_TRANSFER_ERF, 0.0);
    measure_grid("tanh", QN_TRANSFER_TANH, 0.0);
    measure_grid("tanh sigma=0.5", QN_TRANSFER_TANH, 0.5);
}

static void check(qn_status status)
{
    if (status == QN_OK) return;
    fprintf(stderr, "bench_dimension: %s\n", qn_last_error());
    exit(1);
}

static void show(const char *name, const char *of, double value) { printf("%s %s %.6g\n", name, of, value); }

static void time_grid(void)
{
    double best = INFINITY, duration;
    for (int i = 0; i < 5; ++i) {
        check(grid(QN_TRANSFER_ERF, 0.0, &duration));
        best = fmin(best, duration);
    }
    show("quenched", "grid", 1e-3 * best);
}

static void values(void)
{
    for (int i = 0; i < STRENGTHS; ++i) {
        const double g = 1.1 + 0.1 * (double)i;
        const qn_rate_network network = {
            .size = 1000, .transfer = {.kind = QN_TRANSFER_ERF}, .coupling = {.strength = g}};
        qn_two_point two_point;
        qn_four_point *four_point;
        qn_dimension found;
        check(qn_two_point_solve(&network, NULL, &two_point));
        check(qn_four_point_create(&network, &two_point, &four_point));
        check(qn_four_point_dimension(four_point, 0.0, &found));
        printf("value_quenched %.1f %.8g %.8g\n", g, found.intercept, found.slope);
        qn_four_point_destroy(four_point);
        qn_two_point_clear(&two_point);
    }
}

// One network, measured such that its dimension has a standard error of 3 % (the spread of 48 networks):
// 32 trials of 20 frames, one per time constant. bench/dimension_peers.py simulates the same.
enum { UNITS = 1000, TRIALS = 32, FRAMES = 20, BURN_IN = 20 };
static const double STEPS_PER_TIME_CONSTANT = 10, EVALUATIONS_PER_STEP = 2; // exponential Euler, dt 0.1

static double simulated(uint64_t realisation, bool dimension, double *ratio)
{
    const qn_rate_network network = {
        .size = UNITS, .transfer = {.kind = QN_TRANSFER_TANH}, .coupling = {.strength = 1.2}, .noise = 0.5};
    const qn_rate_simulation_options options = {
        .seed = 1, .trials = TRIALS, .burn_in = BURN_IN, .duration = FRAMES, .dimension = dimension};
    qn_rate_measurement found;
    const double start = now_ms();
    check(qn_rate_simulate(&network, &options, realisation, NULL, &found));
    const double duration = 1e-3 * (now_ms() - start);
    *ratio = found.participation_ratio;
    qn_rate_measurement_clear(&found);
    return duration;
}

static void simulate(void)
{
    double with = INFINITY, without = INFINITY, ratio = NAN, none;
    for (uint64_t i = 0; i < 4; ++i) {
        with = fmin(with, simulated(0, true, &ratio));
        without = fmin(without, simulated(0, false, &none));
    }
    show("quenched", "simulated", with);
    show("quenched_without", "simulated", without);
    show("quenched_ratio", "simulated", ratio);
}

static void *block(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!memory) {
        fprintf(stderr, "bench_dimension: no memory for %zu bytes\n", bytes);
        exit(1);
    }
    memset(memory, 0, bytes);
    return memory;
}

static void linked_sgemm(void)
{
    enum { CUBE = 2048 };
    float *a = block(CUBE * CUBE * sizeof *a), *c = block(CUBE * CUBE * sizeof *c);
    qn_normal_float(&(qn_stream){1, QN_PURPOSE_TEST, 0}, 0, CUBE * CUBE, a);
    openblas_set_num_threads(qn_threads());
    double best = INFINITY;
    for (int i = 0; i < 5; ++i) {
        const double start = now_ms();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, CUBE, CUBE, CUBE, 1, a, CUBE, a, CUBE, 0, c, CUBE);
        best = fmin(best, now_ms() - start);
    }
    show("sgemm_linked", "floor", 2e3 * CUBE * CUBE * CUBE / best);
    free(a);
    free(c);
}

static void our_product(void)
{
    qn_coupling_operator *coupling;
    check(qn_coupling_operator_create(&(qn_coupling){.strength = 1.2}, UNITS, 1, 0, QN_PRECISION_SINGLE, &coupling));
    float *in = block(UNITS * TRIALS * sizeof *in), *out = block(UNITS * TRIALS * sizeof *out);
    qn_normal_float(&(qn_stream){1, QN_PURPOSE_TEST, 0}, 0, UNITS * TRIALS, in);
    double best = INFINITY;
    for (int i = 0; i < 3000; ++i) {
        const double start = now_ms();
        qn_coupling_operator_apply(coupling, TRIALS, TRIALS, in, out);
        best = fmin(best, now_ms() - start);
    }
    show("product", "floor", 2e3 * UNITS * UNITS * TRIALS / best);
    qn_coupling_operator_destroy(coupling);
    free(in);
    free(out);
}

// The products nobody can do without: those of the equations of motion, and one Theta(0, 0), by the cheaper of its two
// forms (trials' covariances of units, their lower triangle; or overlaps of trials, one of each pair).
static void floor_of_simulation(void)
{
    const double units = UNITS, trials = TRIALS, frames = FRAMES, steps = (BURN_IN + FRAMES) * STEPS_PER_TIME_CONSTANT;
    show("flops_motion", "floor", steps * EVALUATIONS_PER_STEP * 2 * units * units * trials);
    show("flops_estimator", "floor",
         fmin(trials * frames * units * units, trials * (trials + 1) * frames * frames * units));
    linked_sgemm();
    our_product();
}

static void fixed_point(const char *name, const qn_coupling *coupling)
{
    const qn_rate_network network = {
        .size = 1000, .transfer = {.kind = QN_TRANSFER_TANH}, .coupling = *coupling, .noise = 0.5};
    qn_overlap found;
    const double start = now_ms();
    check(qn_overlap_solve(&network, &(qn_overlap_options){.seed = 1, .target = 0.01}, NULL, &found));
    show("fixed_point", name, 1e-3 * (now_ms() - start));
    printf("fixed_point_ratio %s %.5g %.2g\n", name, found.participation_ratio.value,
           found.participation_ratio.standard_error);
    qn_overlap_clear(&found);
}

static void fixed_points(void)
{
    qn_set_threads(2);
    fixed_point("overlapping", &(qn_coupling){.kind = QN_COUPLING_OVERLAPPING,
                                              .strength = 1.4,
                                              .overlap = -0.6,
                                              .overlap_fraction = 0.5,
                                              .spectrum = {.effective_rank = 1.0}});
    fixed_point("elliptic", &(qn_coupling){.kind = QN_COUPLING_ELLIPTIC, .strength = 0.8, .symmetry = 0.4});
}

int main(int count, char **words)
{
    static const struct {
        const char *word;
        void (*run)(void);
    } runs[] = {{"grid", time_grid},
                {"values", values},
                {"simulate", simulate},
                {"floor", floor_of_simulation},
                {"fixed-point", fixed_points}};
    if (count == 1) {
        table();
        return 0;
    }
    for (size_t i = 0; count == 2 && i < sizeof runs / sizeof *runs; ++i)
        if (!strcmp(words[1], runs[i].word)) {
            runs[i].run();
            return 0;
        }
    fprintf(stderr, "usage: bench_dimension [grid | values | simulate | floor | fixed-point]\n");
    return 2;
}
