/// Matrices from files: dense NPY, sparse NPZ, Matrix Market, CSV edge lists.
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
    double *values;    ///< dense: rows * columns, row-major; sparse: `entries` values
    size_t entries;    ///< sparse: number stored
    size_t *row_start; ///< sparse: rows + 1
    uint32_t *column;  ///< sparse: entries, increasing within a row
} qn_matrix;

typedef struct {
    int index_base; ///< CSV edge lists: 0 or 1, the number of the first unit; must be said. -1 means not said (refused
                    ///< where it matters)
    size_t size;    ///< CSV edge lists: number of units; 0 means the largest index found
    bool square;    ///< refuse a matrix that is not square
} qn_matrix_options;

/// Read a matrix from a file, by its ending:
/// .npy (NumPy, versions 1 to 3): float32, float64, int8 to int64, uint8 to uint64, bool; C or Fortran order, either
/// byte order; dense. .npz (SciPy, scipy.sparse.save_npz with or without compression): formats csr, csc and coo, the
/// numbers of any type that .npy may have, indices of any integer type and in any order; sparse. .mtx (Matrix Market):
/// coordinate (sparse) or array (dense); real, integer or pattern; general, symmetric or skew-symmetric. .csv (edge
/// list): lines "i,j,weight", the weight of the connection to unit i from unit j; a header line, blank lines and lines
/// that begin with '#' are allowed; sparse. Numbers have a decimal point whatever the locale.
///
/// What is not finite, given twice, out of range, truncated or left over is refused with its place. Memory is estimated
/// before it is taken: the matrix, and for sparse files one number per row; dense files are read in pieces of about one
/// megabyte, .npz files in pieces of 32 kilobytes per array.
/// @param[in]  path     a regular file
/// @param[in]  options  NULL: nothing said ({.index_base = -1})
/// @param[out] result   owned by the caller; free with qn_matrix_clear(). Untouched on error.
/// @return QN_OK; QN_BAD_FILE with "path:line: ..." or "path: ..."; QN_NO_MEMORY with the figures; QN_BAD_VALUE for an
///         index_base other than -1, 0 and 1.
/// Cost: dense .npy at the speed of the disk; text about 0.3 us per line and pass, two or three passes; .npz two
/// passes, each inflating what is deflated. Thread-safe.
qn_status qn_matrix_read(const char *path, const qn_matrix_options *options, qn_matrix *result);
void qn_matrix_clear(qn_matrix *matrix);

#ifdef __cplusplus
}
#endif
