// Time of the theory of the dimension of activity: one point, a second effective rank at the same point, Theta at lags,
// and a grid of strengths and effective ranks, all on one core.
//
//     bench_dimension
//
// Best and median of repetitions. The bounds the library promises: 30 ms per point from g = 1.01 on, two-point part
// included; 0.1 ms per further effective rank; 1 s for 50 strengths x 20 effective ranks.
#include <quenched/quenched.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { REPEATS = 11, RANKS = 20, STRENGTHS = 50, LAGS = 10 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return 1e3 * (double)time.tv_sec + 1e-6 * (double)time.tv_nsec;
}

static int by_size(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

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
    const double start = now();
    for (int i = 0; i < MANY; ++i) {
        const qn_status status = qn_four_point_dimension(four_point, inverse_rank(i % RANKS), &found);
        if (status != QN_OK) return status;
        sum += found.participation_ratio;
    }
    *each = sum > 0.0 ? (now() - start) / MANY : NAN;
    return QN_OK;
}

static qn_status time_point(const qn_rate_network *network, times *result)
{
    qn_two_point two_point = {0};
    qn_four_point *four_point = NULL;
    double lags[LAGS], theta[LAGS];
    for (int i = 0; i < LAGS; ++i) lags[i] = (double)i;
    const double start = now();
    qn_status status = qn_two_point_solve(network, NULL, &two_point);
    if (status != QN_OK) return status;
    const double solved = now();
    status = qn_four_point_create(network, &two_point, &four_point);
    const double created = now();
    if (status == QN_OK) status = qn_four_point_at_lags(four_point, 0.0, LAGS, lags, lags, theta);
    *result = (times){.two_point = solved - start, .four_point = created - solved, .lags = now() - created};
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
    const double start = now();
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
    *duration = now() - start;
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

int main(void)
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
    return 0;
}
