// Time of one point of two-point theory: state, orbit, Lyapunov exponent and functions of lag, all to 1e-10; and of a
// transition strength, which is some tens of points.
//
//     bench_two_point
//
// Best and median of repetitions, in ms. The bound the library promises is 20 ms per point for tanh and erf.
#include "timing.h"

#include <quenched/quenched.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { REPEATS = 21 };

static void measure(const char *name, const qn_rate_network *network)
{
    double times[REPEATS];
    qn_two_point found = {0};
    for (int i = 0; i < REPEATS; ++i) {
        qn_two_point_clear(&found);
        const double start = now_ms();
        if (qn_two_point_solve(network, NULL, &found) != QN_OK) {
            printf("%-34s %s\n", name, qn_last_error());
            return;
        }
        times[i] = now_ms() - start;
    }
    qsort(times, REPEATS, sizeof *times, by_size);
    printf("%-34s %8.2f %8.2f   %-12s %6zu lags   defect %.0e\n", name, times[0], times[REPEATS / 2],
           qn_phase_name(found.phase), found.field.count, found.energy_defect);
    qn_two_point_clear(&found);
}

static void measure_transition(const char *name, const qn_rate_network *network)
{
    double best = INFINITY, critical = NAN;
    for (int i = 0; i < 3; ++i) {
        const double start = now_ms();
        if (qn_transition_strength(network, &critical) != QN_OK) {
            printf("%-34s %s\n", name, qn_last_error());
            return;
        }
        best = fmin(best, now_ms() - start);
    }
    printf("%-34s %8.2f            g_c = %.9f\n", name, best, critical);
}

int main(void)
{
    static const struct {
        const char *name;
        qn_transfer_kind kind;
        double g, sigma, mean_coupling, input;
    } cases[] = {{"erf g=2", QN_TRANSFER_ERF, 2.0, 0.0, 0.0, 0.0},
                 {"erf g=1.001", QN_TRANSFER_ERF, 1.001, 0.0, 0.0, 0.0},
                 {"erf g=30", QN_TRANSFER_ERF, 30.0, 0.0, 0.0, 0.0},
                 {"erf g=2 sigma=0.5", QN_TRANSFER_ERF, 2.0, 0.5, 0.0, 0.0},
                 {"erf g=2 b=0.5", QN_TRANSFER_ERF, 2.0, 0.0, 0.0, 0.5},
                 {"erf g=2 Jbar=-2 b=0.5 sigma=0.3", QN_TRANSFER_ERF, 2.0, 0.3, -2.0, 0.5},
                 {"tanh g=1.05", QN_TRANSFER_TANH, 1.05, 0.0, 0.0, 0.0},
                 {"tanh g=2", QN_TRANSFER_TANH, 2.0, 0.0, 0.0, 0.0},
                 {"tanh g=5", QN_TRANSFER_TANH, 5.0, 0.0, 0.0, 0.0},
                 {"tanh g=30", QN_TRANSFER_TANH, 30.0, 0.0, 0.0, 0.0},
                 {"tanh g=1.2 sigma=0.5", QN_TRANSFER_TANH, 1.2, 0.5, 0.0, 0.0},
                 {"tanh g=2 b=0.5", QN_TRANSFER_TANH, 2.0, 0.0, 0.0, 0.5},
                 {"tanh g=2 Jbar=-2 b=0.5", QN_TRANSFER_TANH, 2.0, 0.0, -2.0, 0.5},
                 {"relu g=2 Jbar=-12 b=1", QN_TRANSFER_RELU, 2.0, 0.0, -12.0, 1.0}};
    printf("%-34s %8s %8s\n", "one point, ms", "best", "median");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const qn_rate_network network = {.size = 1000,
                                         .transfer = {.kind = cases[i].kind},
                                         .coupling = {.strength = cases[i].g, .mean = cases[i].mean_coupling},
                                         .noise = cases[i].sigma,
                                         .input = cases[i].input};
        measure(cases[i].name, &network);
    }
    printf("\n%-34s %8s\n", "transition strength, ms", "best");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const qn_rate_network network = {.size = 1000,
                                         .transfer = {.kind = cases[i].kind},
                                         .coupling = {.strength = 1.0, .mean = cases[i].mean_coupling},
                                         .noise = cases[i].sigma,
                                         .input = cases[i].input};
        if (cases[i].sigma > 0.0 || cases[i].input != 0.0) measure_transition(cases[i].name, &network);
    }
    return 0;
}
