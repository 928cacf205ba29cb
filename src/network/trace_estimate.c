// tr J^3 and tr (J J^T)^2 by random probes, sixteen at a time.
#include "network/trace_parts.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/progress_meter.h"
#include "numerics/linear_algebra.h"

#include <cblas.h>
#include <math.h>
#include <quenched/random.h>
#include <string.h>

enum { WIDTH = 16 };

typedef struct {
    const qn_reduced_matrix *matrix;
    qn_stream stream;
    size_t leading;
    double *directions;              // leading x size: orthonormal
    double *in, *back, *twice, *one; // size x WIDTH: x, J^T x, J J^T x or J J x, J x
    double *draws, *small;           // size; rank x WIDTH or leading x WIDTH
    double *third, *fourth;          // of every probe
} probing;

static qn_status reserve(probing *work, size_t probes)
{
    const size_t size = work->matrix->view->size, rank = work->matrix->rank;
    const size_t rows = rank > work->leading ? rank : work->leading;
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "leading directions of the matrix", (double)size * (double)work->leading, sizeof(double));
    qn_memory_plan_add(&plan, "probes of the matrix", (double)size * (4.0 * WIDTH + 1.0), sizeof(double));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    QN_TRY(QN_NEW(&work->directions, size * work->leading + 1, "leading directions of the matrix"));
    QN_TRY(QN_NEW(&work->in, size * (4 * WIDTH + 1), "probes of the matrix"));
    work->back = work->in + size * WIDTH;
    work->twice = work->back + size * WIDTH;
    work->one = work->twice + size * WIDTH;
    work->draws = work->one + size * WIDTH;
    QN_TRY(QN_NEW(&work->small, (rows + 1) * WIDTH, "probes of the matrix"));
    QN_TRY(QN_NEW(&work->third, 2 * probes, "results of probes"));
    work->fourth = work->third + probes;
    return QN_OK;
}

static void release(probing *work)
{
    qn_release(work->directions);
    qn_release(work->in);
    qn_release(work->small);
    qn_release(work->third);
}

// out = (J - U V^T) in, or transposed.
static void apply(const probing *work, bool transposed, size_t width, const double *in, double *out)
{
    const qn_reduced_matrix *matrix = work->matrix;
    const size_t size = matrix->view->size, rank = matrix->rank;
    qn_matrix_view_multiply(matrix->view, transposed, width, in, out);
    if (rank == 0) return;
    const double *before = transposed ? matrix->left : matrix->right,
                 *after = transposed ? matrix->right : matrix->left;
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)rank, (int)width, (int)size, 1.0, before, (int)rank, in,
                (int)width, 0.0, work->small, (int)width);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)size, (int)width, (int)rank, -1.0, after, (int)rank,
                work->small, (int)width, 1.0, out, (int)width);
}

static void draw_signs(const probing *work, size_t first, size_t width)
{
    const size_t size = work->matrix->view->size;
    for (size_t c = 0; c < width; ++c) {
        qn_uniform(&work->stream, (uint64_t)(first + c) * size, size, work->draws);
        for (size_t i = 0; i < size; ++i) work->in[i * width + c] = work->draws[i] < 0.5 ? -1.0 : 1.0;
    }
}

// What the leading directions carry is summed exactly: probes must not see it.
static void project_out(const probing *work, size_t width)
{
    const size_t size = work->matrix->view->size;
    if (work->leading == 0) return;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)work->leading, (int)width, (int)size, 1.0,
                work->directions, (int)size, work->in, (int)width, 0.0, work->small, (int)width);
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)size, (int)width, (int)work->leading, -1.0,
                work->directions, (int)size, work->small, (int)width, 1.0, work->in, (int)width);
}

static void column_dots(size_t size, size_t width, const double *left, const double *right, double *out)
{
    memset(out, 0, width * sizeof *out);
    for (size_t i = 0; i < size; ++i)
        for (size_t c = 0; c < width; ++c) out[c] += left[i * width + c] * right[i * width + c];
}

// x^T J^3 x = (J^T x).(J J x) and x^T (J J^T)^2 x = |J J^T x|^2 of every column x of `in`.
static void evaluate(const probing *work, size_t width, double *third, double *fourth)
{
    const size_t size = work->matrix->view->size;
    apply(work, true, width, work->in, work->back);
    apply(work, false, width, work->back, work->twice);
    column_dots(size, width, work->twice, work->twice, fourth);
    apply(work, false, width, work->in, work->one);
    apply(work, false, width, work->one, work->twice);
    column_dots(size, width, work->back, work->twice, third);
}

static size_t width_at(size_t first, size_t count) { return count - first < WIDTH ? count - first : WIDTH; }

// The range of J J^T S with random signs S holds the directions of the largest singular values.
static qn_status find_directions(const probing *work, qn_progress_meter *meter, double share)
{
    const size_t size = work->matrix->view->size;
    for (size_t first = 0; first < work->leading; first += WIDTH) {
        QN_TRY(qn_progress_meter_tick(meter, share * (double)first / (double)work->leading, "leading directions"));
        const size_t width = width_at(first, work->leading);
        draw_signs(work, first, width);
        apply(work, true, width, work->in, work->back);
        apply(work, false, width, work->back, work->twice);
        for (size_t c = 0; c < width; ++c)
            for (size_t i = 0; i < size; ++i) work->directions[(first + c) * size + i] = work->twice[i * width + c];
    }
    if (work->leading == 0) return QN_OK;
    return qn_orthonormalise(size, work->leading, work->directions);
}

static void sum_directions(const probing *work, qn_dear_traces *found)
{
    const size_t size = work->matrix->view->size;
    double third[WIDTH], fourth[WIDTH];
    for (size_t first = 0; first < work->leading; first += WIDTH) {
        const size_t width = width_at(first, work->leading);
        for (size_t c = 0; c < width; ++c)
            for (size_t i = 0; i < size; ++i) work->in[i * width + c] = work->directions[(first + c) * size + i];
        evaluate(work, width, third, fourth);
        for (size_t c = 0; c < width; ++c) {
            found->trace3 += third[c];
            found->fourth += fourth[c];
        }
    }
}

static double mean_of(size_t count, const double *samples, double *error)
{
    double mean = 0.0, square = 0.0;
    for (size_t p = 0; p < count; ++p) mean += samples[p] / (double)count;
    for (size_t p = 0; p < count; ++p) square += (samples[p] - mean) * (samples[p] - mean);
    *error = sqrt(square / ((double)count * ((double)count - 1.0)));
    return mean;
}

static qn_status probe(const probing *work, size_t probes, const qn_progress *progress, qn_dear_traces *found)
{
    const double share = 6.0 * (double)work->leading / (6.0 * (double)work->leading + 4.0 * (double)probes);
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    qn_blas_single_thread();
    QN_TRY(find_directions(work, &meter, share));
    sum_directions(work, found);
    for (size_t first = 0; first < probes; first += WIDTH) {
        const double done = share + (1.0 - share) * (double)first / (double)probes;
        QN_TRY(qn_progress_meter_tick(&meter, done, "random probes of the matrix"));
        const size_t width = width_at(first, probes);
        draw_signs(work, work->leading + first, width);
        project_out(work, width);
        evaluate(work, width, work->third + first, work->fourth + first);
    }
    found->trace3 += mean_of(probes, work->third, &found->trace3_error);
    found->fourth += mean_of(probes, work->fourth, &found->fourth_error);
    // Where the leading directions are all there is (a low rank), rounding is what is left of the error.
    const double size = (double)work->matrix->view->size;
    found->fourth_error = hypot(found->fourth_error, 1e-14 * found->fourth);
    found->trace3_error = hypot(found->trace3_error, 1e-14 * pow(size, 0.25) * pow(found->fourth, 0.75));
    return QN_OK;
}

qn_status qn_dear_traces_estimate(const qn_reduced_matrix *matrix, const qn_moments_options *options,
                                  const qn_progress *progress, qn_dear_traces *result)
{
    probing work = {.matrix = matrix, .stream = {options->seed, QN_PURPOSE_PROBE, 0}, .leading = options->leading};
    qn_dear_traces found = {0};
    qn_status status = reserve(&work, options->probes);
    if (status == QN_OK) status = probe(&work, options->probes, progress, &found);
    release(&work);
    if (status == QN_OK) *result = found;
    return status;
}
