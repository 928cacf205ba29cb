#include "observables/principal_components.h"

#include "base/fail.h"
#include "base/parallel.h"
#include "numerics/linear_algebra.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>

enum { TILE = 128, COLUMNS = 1024 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }
static size_t tile_count(size_t size) { return (size + TILE - 1) / TILE; }

void qn_principal_variances_plan(const qn_cross_covariance_layout *layout, qn_memory_plan *plan)
{
    const double samples = (double)layout->trials * (double)layout->frames, units = (double)layout->units;
    const double size = fmin(samples, units);
    qn_memory_plan_add(plan, "principal components", size * size, sizeof(double));
    qn_memory_plan_add(plan, "principal components", (double)qn_threads() * TILE * fmax(size, (double)layout->frames),
                       sizeof(float));
}

// Rows begin ... of the covariances of units, up to the diagonal.
static void unit_tile(const qn_activity_record *record, size_t count, const size_t *list, size_t begin, float *product,
                      double *matrix)
{
    const size_t units = record->layout.units, rows = least(TILE, units - begin), columns = begin + rows;
    for (size_t k = 0; k < count; ++k) {
        const float *frames = qn_activity_record_frame(record, list[k], 0);
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)rows, (int)columns, (int)record->recorded, 1,
                    frames + begin, (int)units, frames, (int)units, 0, product, (int)columns);
        for (size_t i = 0; i < rows; ++i)
            for (size_t j = 0; j < columns; ++j) matrix[(begin + i) * units + j] += product[i * columns + j];
    }
}

static void units_matrix(const qn_activity_record *record, size_t count, const size_t *list, int threads,
                         float *products, double *matrix)
{
    const size_t units = record->layout.units, tiles = tile_count(units);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t tile = 0; tile < tiles; ++tile)
        unit_tile(record, count, list, tile * TILE, products + (size_t)omp_get_thread_num() * TILE * units, matrix);
}

// The Gram matrix of samples has the same eigenvalues but for zeros. Rows begin ... of the block of trials a, b.
static void sample_tile(const qn_activity_record *record, size_t samples, const size_t *list, size_t a, size_t b,
                        size_t begin, float *product, double *matrix)
{
    const size_t units = record->layout.units, frames = record->recorded, rows = least(TILE, frames - begin);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)frames, (int)units, 1,
                qn_activity_record_frame(record, list[a], begin), (int)units,
                qn_activity_record_frame(record, list[b], 0), (int)units, 0, product, (int)frames);
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < frames; ++j)
            matrix[(a * frames + begin + i) * samples + b * frames + j] = product[i * frames + j];
}

static void samples_matrix(const qn_activity_record *record, size_t count, const size_t *list, int threads,
                           float *products, double *matrix)
{
    const size_t frames = record->recorded, tiles = tile_count(frames), samples = count * frames;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t piece = 0; piece < count * count * tiles; ++piece) {
        const size_t a = piece / tiles / count, b = piece / tiles % count;
        if (b > a) continue;
        sample_tile(record, samples, list, a, b, piece % tiles * TILE,
                    products + (size_t)omp_get_thread_num() * TILE * frames, matrix);
    }
}

static void decreasing(size_t size, double samples, const double *eigenvalues, size_t units, double *variances)
{
    // What rounding leaves below zero is zero.
    for (size_t k = 0; k < units; ++k) variances[k] = k < size ? fmax(0.0, eigenvalues[size - 1 - k] / samples) : 0.0;
}

qn_status qn_principal_variances(const qn_activity_record *record, const bool *used, double *variances)
{
    size_t list[COLUMNS];
    const size_t count = qn_activity_record_used(record, used, list), units = record->layout.units;
    const size_t frames = record->recorded, samples = count * frames, size = least(samples, units);
    QN_REQUIRE(samples > 0, QN_BAD_VALUE, "samples for principal components: 0; needed: at least 1");
    const int threads = qn_threads();
    float *products = NULL;
    double *matrix = NULL, *eigenvalues = NULL;
    qn_status status = QN_NEW(&matrix, size * size, "principal components");
    if (status == QN_OK)
        status = QN_NEW(&products, (size_t)threads * TILE * (samples < units ? frames : units), "principal components");
    if (status == QN_OK) status = QN_NEW(&eigenvalues, size, "principal components");
    qn_blas_single_thread();
    if (status == QN_OK)
        (samples < units ? samples_matrix : units_matrix)(record, count, list, threads, products, matrix);
    if (status == QN_OK) status = qn_symmetric_eigenvalues(size, matrix, false, eigenvalues);
    if (status == QN_OK) decreasing(size, (double)samples, eigenvalues, units, variances);
    qn_release(matrix);
    qn_release(products);
    qn_release(eigenvalues);
    return status;
}
