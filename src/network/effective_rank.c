// The number by which couplings enter theory of the population (C3, C4).
#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"

#include <quenched/connectivity.h>
#include <quenched/coupling.h>

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

enum { BLOCK_ROWS = 64 };

static double inverse_rank(size_t size, size_t count, const double *d)
{
    double squares = 0.0, fourths = 0.0;
    for (size_t a = 0; a < count; ++a) squares += d[a] * d[a], fourths += d[a] * d[a] * d[a] * d[a];
    return (double)size * fourths / (squares * squares);
}

static qn_status of_modes(const qn_coupling *coupling, size_t size, double *result)
{
    size_t modes;
    double *d, *rho;
    QN_TRY(qn_coupling_modes(coupling, size, &modes, &d, &rho));
    *result = inverse_rank(size, modes, d) - (coupling->kind == QN_COUPLING_ORTHOGONAL_MODE ? 2.0 : 0.0);
    free(d);
    free(rho);
    return QN_OK;
}

// Sum over a block of rows of |J J^T|^2; a row of J J^T at a time.
static double block_square(size_t size, const double *matrix, size_t row, size_t rows, double *products)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)size, (int)size, 1.0, matrix + row * size,
                (int)size, matrix, (int)size, 0.0, products, (int)size);
    double sum = 0.0;
    for (size_t i = 0; i < rows * size; ++i) sum += products[i] * products[i];
    return sum;
}

// Deviations from the mean, as fractions of the largest, so that no fourth power of them overflows or vanishes.
static double centre(size_t entries, double *matrix)
{
    double mean = 0.0, largest = 0.0, squares = 0.0;
    for (size_t i = 0; i < entries; ++i) mean += matrix[i] / (double)entries;
    for (size_t i = 0; i < entries; ++i) matrix[i] -= mean, largest = fmax(largest, fabs(matrix[i]));
    for (size_t i = 0; i < entries && largest > 0.0; ++i) matrix[i] /= largest, squares += matrix[i] * matrix[i];
    return squares;
}

static double fourth_moment(size_t size, const double *matrix, double *products)
{
    double fourth = 0.0;
    qn_blas_single_thread();
    for (size_t row = 0; row < size; row += BLOCK_ROWS)
        fourth += block_square(size, matrix, row, size - row < BLOCK_ROWS ? size - row : BLOCK_ROWS, products);
    return fourth;
}

// No more than the entries are touched; strength and mean that the coupling asks for change nothing.
static qn_status of_sparse_matrix(const qn_matrix *matrix, double *result)
{
    qn_connectivity found;
    QN_TRY(qn_connectivity_analyse(matrix, NULL, NULL, &found));
    *result = found.deviation_inverse_effective_rank;
    return QN_OK;
}

static qn_status of_matrix(const qn_coupling *coupling, size_t size, double *result)
{
    qn_coupling_statistics known;
    QN_TRY(qn_coupling_statistics_of(coupling, size, &known));
    QN_REQUIRE(known.strength > 0.0, QN_BAD_VALUE,
               "all entries of network.coupling.matrix are equal: it has no effective rank");
    if (coupling->matrix->sparse) return of_sparse_matrix(coupling->matrix, result);
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "effective rank of the couplings", 2.0 * (double)size * (double)size, sizeof(double));
    QN_TRY(qn_memory_plan_check(&plan, 0));
    qn_coupling without_gains = *coupling;
    without_gains.gains = (qn_unit_gains){0};
    double *matrix = NULL, *products = NULL;
    qn_status status = QN_NEW(&matrix, size * size, "effective rank");
    if (status == QN_OK) status = QN_NEW(&products, BLOCK_ROWS * size, "effective rank");
    if (status == QN_OK) status = qn_coupling_draw(&without_gains, size, 0, 0, matrix);
    if (status == QN_OK) {
        const double squares = centre(size * size, matrix);
        *result = (double)size * fourth_moment(size, matrix, products) / (squares * squares) - 2.0;
    }
    qn_release(products);
    qn_release(matrix);
    return status;
}

qn_status qn_coupling_inverse_effective_rank(const qn_coupling *coupling, size_t size, double *result)
{
    QN_TRY(qn_coupling_check(coupling, size));
    switch (coupling->kind) {
    case QN_COUPLING_GIVEN: return of_matrix(coupling, size, result);
    case QN_COUPLING_RANDOM_MODE:
    case QN_COUPLING_OVERLAPPING:
    case QN_COUPLING_ORTHOGONAL_MODE: return of_modes(coupling, size, result);
    case QN_COUPLING_IID:
    case QN_COUPLING_ELLIPTIC:
    case QN_COUPLING_LOW_RANK: break;
    }
    *result = 0.0;
    return QN_OK;
}
