/// Matrices from files: dense NPY, Matrix Market, CSV edge lists.
#pragma once
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A real matrix, dense or compressed by rows. `{0}` is empty.
typedef struct {
    size_t rows, columns;
    bool sparse;
    double *values;       ///< dense: rows * columns, row-major; sparse: `entries` values
    size_t entries;       ///< sparse: number stored
    size_t *row_start;    ///< sparse: rows + 1
    uint32_t *column;     ///< sparse: entries, increasing within a row
} qn_matrix;

typedef struct {
    int index_base;    ///< CSV edge lists: 0 or 1, the number of the first unit; must be said. -1 means not said (refused where it matters)
    size_t size;       ///< CSV edge lists: number of units; 0 means the largest index found
    bool square;       ///< refuse a matrix that is not square
} qn_matrix_options;

/// Read by ending: .npy (float32/float64/integers, C or Fortran order, either byte order), .mtx (coordinate or array; real, integer, pattern;
/// general, symmetric, skew-symmetric), .csv (lines "i,j,weight": weight of the connection to unit i from unit j; header line allowed).
/// NaN and infinite entries are refused with their place. Memory is estimated before it is taken.
/// @return QN_BAD_FILE with "path:line: ..." or "path: ..."; QN_NO_MEMORY. *result is untouched on error; free with qn_matrix_clear().
qn_status qn_matrix_read(const char *path, const qn_matrix_options *options, qn_matrix *result);
void qn_matrix_clear(qn_matrix *matrix);

#ifdef __cplusplus
}
#endif
