/// A square matrix as whole-matrix analyses want it: its entries other than zero by rows and by columns, or dense for
/// BLAS where more than an eighth of the pairs has an entry.
#pragma once
#include <quenched/matrix.h>

/// `start[i] ... start[i + 1]` are the entries of row (column) i; indices increase.
typedef struct {
    size_t *start;
    uint32_t *index;
    double *value;
} qn_matrix_side;

typedef struct {
    size_t size, entries;       ///< N; entries other than zero
    size_t self_loops;          ///< of the matrix as given, other than zero
    const double *dense;        ///< size x size, row-major; NULL: sparse
    double *copy;               ///< behind `dense` where it is not the caller's
    qn_matrix_side row, column; ///< sparse only
} qn_matrix_view;

/// QN_BAD_VALUE: empty, not square, nothing but zeros; QN_NO_MEMORY with the figures. Needs `matrix` as long as the
/// view lives. Free with qn_matrix_view_clear(). Memory: 24 bytes per entry; dense: nothing where the matrix is dense
/// and keeps its self-loops, else 8 N^2 bytes.
qn_status qn_matrix_view_of(const qn_matrix *matrix, bool drop_self_loops, qn_matrix_view *result);
void qn_matrix_view_clear(qn_matrix_view *view);

/// The same by rows and by columns however full it is, all entries kept.
qn_status qn_matrix_view_sparse_of(const qn_matrix *matrix, qn_matrix_view *result);

/// Rows from columns or the reverse: `to` has the room of `from`. Within each, indices increase whatever their order
/// was.
void qn_matrix_side_transpose(size_t size, const qn_matrix_side *from, qn_matrix_side *to);

/// J_ii.
double qn_matrix_view_diagonal(const qn_matrix_view *view, size_t i);

/// out = J in (or J^T in): size x columns, row-major, in != out. The same bits for any number of threads.
void qn_matrix_view_multiply(const qn_matrix_view *view, bool transposed, size_t columns, const double *in,
                             double *out);

/// Sums over rows and over columns of J_ij^2, `size` each.
void qn_matrix_view_squares(const qn_matrix_view *view, double *rows, double *columns);
