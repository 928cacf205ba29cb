#include <quenched/wide_simulation.h>

#include "base/fail.h"
#include "base/parallel.h"
#include "base/progress_meter.h"
#include "simulation/wide_outcome.h"
#include "simulation/wide_state.h"

#include <math.h>
#include <omp.h>

// Realisations are done in waves: those of a wave in any order, each writing to a place of its own; then they are added
// up in their order. So neither the number of threads nor the length of a wave changes a bit.
enum { LONGEST_WAVE = 4096 };
static const double WAVE_NANOSECONDS = 5e7;

typedef enum { DONE = 0, OVERFLOWED, NOT_POSITIVE } outcome;

typedef struct {
    const qn_wide_plan *plan;
    qn_wide_simulation *result;
    qn_wide_sums sums;
    size_t elements, tangent_elements;
    size_t workers, wave;
    qn_wide_state *states;   // one a worker
    unsigned char *outcomes; // of a wave
} wide_run;

static size_t wave_of(const qn_wide_plan *plan, size_t workers, double numbers)
{
    const double by_time = WAVE_NANOSECONDS * (double)workers / qn_wide_plan_cost(plan),
                 by_memory = QN_WIDE_WAVE_BYTES / (numbers * sizeof(double));
    const double wave = fmin(fmin(by_time, by_memory), LONGEST_WAVE);
    const size_t whole = wave < 1 ? workers : workers * ((size_t)wave / workers + 1);
    return whole < plan->options.realisations ? whole : plan->options.realisations;
}

static qn_status begin(wide_run *run)
{
    const qn_wide_plan *plan = run->plan;
    const qn_wide_simulation_options *options = &plan->options;
    const size_t rows = plan->readouts * plan->points;
    run->elements = plan->pair_count * plan->block_count;
    run->tangent_elements = options->tangent_kernel ? rows * rows : 0;
    run->workers = (size_t)qn_threads_for(options->realisations);
    if (run->workers > plan->most_threads) run->workers = plan->most_threads;
    run->wave = wave_of(plan, run->workers, (double)(run->elements + run->tangent_elements));
    const bool all = options->keep_kernels || options->covariance;
    QN_TRY(qn_wide_outcome_begin(plan, run->result));
    QN_TRY(qn_wide_moments_create(run->elements, &run->sums.kernel));
    QN_TRY(QN_NEW(&run->sums.kernels, (all ? options->realisations : run->wave) * run->elements, "kernels"));
    if (options->tangent_kernel) {
        QN_TRY(qn_wide_moments_create(run->tangent_elements, &run->sums.tangent));
        QN_TRY(QN_NEW(&run->sums.tangents, run->wave * run->tangent_elements, "tangent kernels"));
    }
    QN_TRY(QN_NEW(&run->outcomes, run->wave, "outcomes of networks"));
    QN_TRY(QN_NEW(&run->states, run->workers, "networks"));
    for (size_t i = 0; i < run->workers; ++i) QN_TRY(qn_wide_state_create(plan, &run->states[i]));
    return QN_OK;
}

static void end(wide_run *run)
{
    for (size_t i = 0; run->states && i < run->workers; ++i) qn_wide_state_clear(&run->states[i]);
    qn_release(run->states);
    qn_release(run->outcomes);
    qn_release(run->sums.kernels);
    qn_release(run->sums.tangents);
    qn_wide_moments_clear(&run->sums.kernel);
    qn_wide_moments_clear(&run->sums.tangent);
}

// Kernels of the pairs asked for; false where one is not finite.
static bool hand_out(const qn_wide_plan *plan, const double *kernel, double *to)
{
    const size_t points = plan->points;
    bool finite = true;
    for (size_t i = 0; i < plan->pair_count; ++i) {
        const size_t a = plan->pairs[i].row, b = plan->pairs[i].column;
        const double *block = kernel + plan->block[a >= b ? a * plan->layers + b : b * plan->layers + a];
        const size_t row = a >= b ? plan->stride : 1, column = a >= b ? 1 : plan->stride;
        for (size_t alpha = 0; alpha < points; ++alpha)
            for (size_t beta = 0; beta < points; ++beta) {
                *to = block[alpha * row + beta * column];
                finite = finite && isfinite(*to);
                ++to;
            }
    }
    return finite;
}

// `number` counts from the first realisation; `place` within the wave.
static outcome realise(wide_run *run, qn_wide_state *state, size_t number, size_t place, double *kernels)
{
    const qn_wide_plan *plan = run->plan;
    const qn_wide_simulation_options *options = &plan->options;
    const uint64_t realisation = options->first + number;
    if (plan->weights)
        qn_wide_weights_draw(state, realisation);
    else
        qn_wide_rows_draw(state, realisation);
    if (!hand_out(plan, state->kernel, kernels + place * run->elements)) return OVERFLOWED;
    if (!options->outputs && !options->training && !options->tangent_kernel) return DONE;
    qn_wide_readout_kernel(state);
    const size_t rows = plan->readouts * plan->points;
    for (size_t i = 0; i < rows; ++i)
        if (!isfinite(state->output_kernel[i * rows + i])) return OVERFLOWED;
    if (options->outputs) qn_wide_readout_draw(state, run->result->outputs + number * options->outputs * rows);
    if (options->tangent_kernel)
        qn_wide_drawn_tangent_kernel(state, run->sums.tangents + place * run->tangent_elements);
    if (!options->training) return DONE;
    const size_t tests = options->training->test_count,
                 columns = options->training->target_count ? options->training->target_count : 1;
    const bool trained = qn_wide_readout_train(state, run->result->predictions + number * tests * columns,
                                               run->result->prediction_variances + number * tests);
    return trained ? DONE : NOT_POSITIVE;
}

static qn_status judge(const wide_run *run, size_t first, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        const uint64_t realisation = run->plan->options.first + first + i;
        QN_REQUIRE(
            run->outcomes[i] != OVERFLOWED, QN_NO_SOLUTION,
            "activity of realisation %llu overflows: strength or bias make it grow from layer to layer; allowed: "
            "a smaller strength or depth",
            (unsigned long long)realisation);
        QN_REQUIRE(run->outcomes[i] != NOT_POSITIVE, QN_NO_SOLUTION,
                   "trained readout of realisation %llu: the covariance of training points is not positive definite "
                   "with training.noise = %g; allowed: a larger noise, or fewer training points than units",
                   (unsigned long long)realisation, run->plan->options.training->noise);
    }
    return QN_OK;
}

static int workers_for(const wide_run *run, size_t count) { return (int)(run->workers < count ? run->workers : count); }

static qn_status do_wave(wide_run *run, size_t first, size_t count)
{
    const bool all = run->plan->options.keep_kernels || run->plan->options.covariance;
    double *kernels = run->sums.kernels + (all ? first * run->elements : 0);
#pragma omp parallel for schedule(dynamic) num_threads(workers_for(run, count))
    for (size_t i = 0; i < count; ++i)
        run->outcomes[i] = (unsigned char)realise(run, &run->states[omp_get_thread_num()], first + i, i, kernels);
    QN_TRY(judge(run, first, count));
    qn_wide_moments_add(&run->sums.kernel, count, kernels);
    if (run->sums.tangents) qn_wide_moments_add(&run->sums.tangent, count, run->sums.tangents);
    return QN_OK;
}

static qn_status carry_out(wide_run *run, const qn_progress *progress)
{
    const size_t all = run->plan->options.realisations;
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    QN_TRY(begin(run));
    for (size_t first = 0; first < all; first += run->wave) {
        QN_TRY(qn_progress_meter_tick(&meter, (double)first / (double)all, "network %zu of %zu", first + 1, all));
        QN_TRY(do_wave(run, first, run->wave < all - first ? run->wave : all - first));
    }
    return qn_wide_outcome_finish(run->plan, &run->sums, run->result);
}

qn_status qn_wide_simulate(const qn_wide_network *network, const qn_wide_inputs *inputs,
                           const qn_wide_simulation_options *options, const qn_progress *progress,
                           qn_wide_simulation *result)
{
    qn_wide_plan plan;
    qn_wide_simulation simulation = {0};
    qn_status status = qn_wide_plan_make(network, inputs, options, &plan);
    if (status == QN_OK) {
        wide_run run = {.plan = &plan, .result = &simulation};
        status = carry_out(&run, progress);
        end(&run);
    }
    qn_wide_plan_clear(&plan);
    if (status == QN_OK)
        *result = simulation;
    else
        qn_wide_simulation_clear(&simulation);
    return status;
}
