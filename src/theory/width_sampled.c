// V and m by quasi-Monte-Carlo over one unit of the network: h = L z with L the Cholesky factor of the kernel.
//
// With delta_p(z) = phi_s phi_t - Cbar_p the fluctuation that this unit contributes and X = R delta what becomes of it,
//     V = <X X^T>,  m_H = R <H X X / 2>,  m_resp = R <r>, r by width_response.h.
#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "theory/width_corrections.h"
#include "theory/width_response.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_qrng.h>
#include <math.h>
#include <quenched/random.h>
#include <string.h>

enum { SOBOL_DIMENSIONS = 40, SOBOL_BITS = 30, DEFAULT_REPLICATES = 16, DEFAULT_POINTS = 8192 };

typedef struct {
    const qn_width_expansion *expansion;
    const qn_transfer *activation;
    size_t count;
    const size_t *element;
    size_t points;
    uint64_t seed;
    double *factor; // lower triangle L, S x S
    qn_width_response response;
} sampling;

// What one thread works on, all parts of one array.
typedef struct {
    double *z, *h, *value, *slope; // S
    double *x, *curve, *response;  // pairs: X, sums of H X X / 2 and of r
    double *scratch;               // of the response
} workspace;

static size_t workspace_size(const qn_width_expansion *e)
{
    return 4 * e->size + 3 * e->count + 2 * e->size * (e->size + 1);
}

static workspace divide(const qn_width_expansion *e, double *memory)
{
    const size_t n = e->size;
    double *pairs = memory + 4 * n;
    return (workspace){.z = memory,
                       .h = memory + n,
                       .value = memory + 2 * n,
                       .slope = memory + 3 * n,
                       .x = pairs,
                       .curve = pairs + e->count,
                       .response = pairs + 2 * e->count,
                       .scratch = pairs + 3 * e->count};
}

// Cholesky; a pivot that vanishes drops its column: one Gaussian is then a sum of earlier ones.
static void factorise(const qn_width_expansion *e, double *factor)
{
    const size_t n = e->size;
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j <= i; ++j) {
            double rest = e->kernel[i * n + j];
            for (size_t k = 0; k < j; ++k) rest -= factor[i * n + k] * factor[j * n + k];
            if (j < i)
                factor[i * n + j] = factor[j * n + j] > 0 ? rest / factor[j * n + j] : 0;
            else
                factor[i * n + i] = rest <= 1e-10 * e->kernel[i * n + i] ? 0 : sqrt(rest);
        }
}

static double product(size_t p, size_t q, const void *context)
{
    const double *x = context;
    return x[p] * x[q];
}

static void add_point(const sampling *task, workspace *w, double *fluctuation)
{
    const qn_width_expansion *e = task->expansion;
    const size_t n = e->size;
    for (size_t i = 0; i < n; ++i) {
        w->h[i] = 0;
        for (size_t j = 0; j <= i; ++j) w->h[i] += task->factor[i * n + j] * w->z[j];
    }
    qn_transfer_value(task->activation, n, w->h, w->value);
    for (size_t p = 0; p < e->count; ++p) {
        const qn_width_pair *pair = &e->pair[p];
        w->x[p] = sqrt(e->ratio[pair->s]) * (w->value[pair->s] * w->value[pair->t] - pair->mean);
    }
    qn_width_respond(e, 1, w->x);
    for (size_t i = 0; i < task->count; ++i)
        for (size_t j = 0; j < task->count; ++j)
            fluctuation[i * task->count + j] += w->x[task->element[i]] * w->x[task->element[j]];
    for (size_t p = 0; p < e->count; ++p) w->curve[p] += qn_width_curve(&e->pair[p], product, w->x);
    if (!e->recurrent || e->size == e->inputs) return;
    qn_transfer_slope(task->activation, n, w->h, w->slope);
    const qn_width_sample sample = {w->z, w->h, w->value, w->slope, w->x};
    qn_width_response_add(&task->response, &sample, w->scratch, w->response);
}

// A net of `points` Sobol points with one random digital shift: V, m_H, m_resp of the elements into `out`.
static void sample(const sampling *task, size_t replicate, void *state, workspace *w, double *out)
{
    const qn_width_expansion *e = task->expansion;
    const size_t n = e->size, count = task->count;
    const qn_stream stream = {task->seed, QN_PURPOSE_POINT_SHIFT, replicate};
    double shift[SOBOL_DIMENSIONS], point[SOBOL_DIMENSIONS] = {0};
    const double range = (double)(1u << SOBOL_BITS);
    qn_uniform(&stream, 0, n, shift);
    gsl_qrng_sobol->init_state(state, (unsigned)n);

    memset(w->curve, 0, e->count * sizeof *w->curve);
    memset(w->response, 0, e->count * sizeof *w->response);
    for (size_t m = 0; m < task->points; ++m) {
        if (m > 0) gsl_qrng_sobol->get(state, (unsigned)n, point); // GSL leaves out the origin, which the net has
        for (size_t i = 0; i < n; ++i) {
            const uint32_t digits = (uint32_t)(point[i] * range) ^ (uint32_t)(shift[i] * range);
            w->z[i] = gsl_cdf_ugaussian_Pinv(((double)digits + 0.5) / range);
        }
        add_point(task, w, out);
    }
    qn_width_respond(e, 1, w->curve);
    qn_width_respond(e, 1, w->response);
    for (size_t i = 0; i < count; ++i) {
        out[count * count + i] = w->curve[task->element[i]];
        out[count * count + count + i] = w->response[task->element[i]];
    }
    for (size_t i = 0; i < count * (count + 2); ++i) out[i] /= (double)task->points;
}

// Mean and standard error over replicates of one number.
static void gather(size_t replicates, size_t stride, const double *values, double *mean, double *error)
{
    double sum = 0, squares = 0;
    for (size_t r = 0; r < replicates; ++r) sum += values[r * stride];
    *mean = sum / (double)replicates;
    for (size_t r = 0; r < replicates; ++r) squares += pow(values[r * stride] - *mean, 2);
    *error = sqrt(squares / ((double)replicates * ((double)replicates - 1)));
}

static void collect(size_t replicates, size_t count, double *values, qn_finite_width *result)
{
    const size_t stride = count * (count + 3);
    for (size_t i = 0; i < count * count; ++i)
        gather(replicates, stride, values + i, &result->fluctuation[i], &result->fluctuation_error[i]);
    for (size_t i = 0; i < count; ++i) {
        double sum, *curve = values + count * count + i;
        for (size_t r = 0; r < replicates; ++r)
            curve[r * stride + 2 * count] = curve[r * stride] + curve[r * stride + count];
        gather(replicates, stride, curve + 2 * count, &sum, &result->shift_error[i]);
        gather(replicates, stride, curve, &result->curvature[i], &result->shift_error[count + i]);
        gather(replicates, stride, curve + count, &result->response[i], &result->shift_error[2 * count + i]);
    }
}

static qn_status run(sampling *task, size_t replicates, double **values, double **memory, char **states)
{
    const qn_width_expansion *e = task->expansion;
    const size_t stride = task->count * (task->count + 3), work = workspace_size(e);
    const size_t state = gsl_qrng_sobol->state_size((unsigned)e->size);
    QN_TRY(QN_NEW(&task->factor, e->size * e->size, "Cholesky factor"));
    factorise(e, task->factor);
    if (e->recurrent) QN_TRY(qn_width_response_prepare(e, task->activation, task->factor, &task->response));
    QN_TRY(QN_NEW(values, replicates * stride, "averages of replicates"));
    QN_TRY(QN_NEW(memory, replicates * work, "quasi-Monte-Carlo points"));
    QN_TRY(QN_NEW(states, replicates * state, "Sobol sequences"));
#pragma omp parallel for schedule(dynamic) num_threads(qn_threads_for(replicates))
    for (size_t r = 0; r < replicates; ++r) {
        workspace w = divide(e, *memory + r * work);
        sample(task, r, *states + r * state, &w, *values + r * stride);
    }
    return QN_OK;
}

qn_status qn_width_sampled(const qn_width_expansion *expansion, const qn_transfer *activation, size_t count,
                           const size_t *element, const qn_finite_width_options *options, qn_finite_width *result)
{
    QN_REQUIRE(expansion->size <= SOBOL_DIMENSIONS, QN_BAD_VALUE,
               "finite width: %zu (time, input) pairs; allowed for this activation: at most %d (dimensions of Sobol "
               "points)",
               expansion->size, SOBOL_DIMENSIONS);
    const size_t replicates = options->replicates > 0 ? options->replicates : DEFAULT_REPLICATES;
    const size_t least = options->points > 0 ? options->points : DEFAULT_POINTS;
    QN_REQUIRE(replicates >= 4 && replicates <= 4096, QN_BAD_VALUE, "replicates is %zu; allowed: 4 to 4096",
               replicates);
    QN_REQUIRE(least <= (size_t)1 << 24, QN_BAD_VALUE, "points is %zu; allowed: at most 2^24", least);
    sampling task = {.expansion = expansion,
                     .activation = activation,
                     .count = count,
                     .element = element,
                     .points = 1,
                     .seed = options->seed};
    while (task.points < least) task.points *= 2;

    double *values = NULL, *memory = NULL;
    char *states = NULL;
    const qn_status status = run(&task, replicates, &values, &memory, &states);
    if (status == QN_OK) collect(replicates, count, values, result);
    qn_release(task.factor);
    qn_width_response_clear(&task.response);
    qn_release(values);
    qn_release(memory);
    qn_release(states);
    return status;
}
