#include "theory/tiled_cholesky.h"

#include "base/parallel.h"

#include <cblas.h>

void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info, size_t);

enum { TILE = 256 }; // a tile of doubles fits the second cache; smaller matrices are one call of LAPACK or two

// Rows of the tile that begins here.
static size_t height(size_t count, size_t begin) { return count - begin < TILE ? count - begin : TILE; }

// Row and column of entry `number` of a lower triangle, row by row: the number is small, counting is exact and cheap.
static void place(size_t number, size_t *row, size_t *column)
{
    size_t i = 0;
    while ((i + 1) * (i + 2) / 2 <= number) ++i;
    *row = i;
    *column = number - i * (i + 1) / 2;
}

// Row-major lower is LAPACK's upper.
#define FACTOR(NAME, TYPE, POTRF, TRSM, SYRK, GEMM)                                                                    \
    static void update_##NAME(size_t count, TYPE *matrix, size_t pivot, size_t row, size_t column)                     \
    {                                                                                                                  \
        const int stride = (int)count, rows = (int)height(count, row), columns = (int)height(count, column);           \
        const TYPE *left = matrix + row * count + pivot, *right = matrix + column * count + pivot;                     \
        TYPE *out = matrix + row * count + column;                                                                     \
        if (row == column)                                                                                             \
            SYRK(CblasRowMajor, CblasLower, CblasNoTrans, rows, TILE, -1, left, stride, 1, out, stride);               \
        else                                                                                                           \
            GEMM(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, TILE, -1, left, stride, right, stride, 1,     \
                 out, stride);                                                                                         \
    }                                                                                                                  \
    size_t NAME(size_t count, TYPE *matrix)                                                                            \
    {                                                                                                                  \
        const int stride = (int)count;                                                                                 \
        qn_blas_single_thread();                                                                                       \
        for (size_t pivot = 0; pivot < count; pivot += TILE) {                                                         \
            const size_t first = pivot + TILE, left = first < count ? (count - first + TILE - 1) / TILE : 0;           \
            const size_t tiles = left * (left + 1) / 2;                                                                \
            const int size = (int)height(count, pivot);                                                                \
            int info = 0;                                                                                              \
            TYPE *diagonal = matrix + pivot * count + pivot;                                                           \
            POTRF("U", &size, diagonal, &stride, &info, 1);                                                            \
            if (info != 0) return pivot + (size_t)info;                                                                \
            _Pragma("omp parallel for schedule(dynamic, 1) num_threads(qn_threads_for(left))") for (size_t t = 0;      \
                                                                                                    t < left; ++t)     \
                TRSM(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit,                                  \
                     (int)height(count, first + t * TILE), size, 1, diagonal, stride,                                  \
                     matrix + (first + t * TILE) * count + pivot, stride);                                             \
            _Pragma("omp parallel for schedule(dynamic, 1) num_threads(qn_threads_for(tiles))") for (size_t t = 0;     \
                                                                                                     t < tiles; ++t)   \
            {                                                                                                          \
                size_t row, column;                                                                                    \
                place(t, &row, &column);                                                                               \
                update_##NAME(count, matrix, pivot, first + row * TILE, first + column * TILE);                        \
            }                                                                                                          \
        }                                                                                                              \
        return 0;                                                                                                      \
    }

FACTOR(qn_tiled_cholesky, double, dpotrf_, cblas_dtrsm, cblas_dsyrk, cblas_dgemm)
FACTOR(qn_tiled_cholesky_float, float, spotrf_, cblas_strsm, cblas_ssyrk, cblas_sgemm)
