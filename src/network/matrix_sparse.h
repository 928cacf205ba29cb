/// Building a matrix compressed by rows from entries in any order, in two passes over a file: count, then put. Nothing
/// but the matrix itself and one number per row is held.
#pragma once
#include <quenched/matrix.h>

typedef struct {
    const char *path; ///< for messages; not owned
    qn_matrix matrix; ///< under construction
    size_t *next;     ///< where the next entry of each row goes
} qn_sparse_builder;

/// Take the row table. Release with qn_sparse_abandon() unless qn_sparse_finish() succeeds.
qn_status qn_sparse_begin(const char *path, size_t rows, size_t columns, qn_sparse_builder *builder);
/// First pass: one more entry in this row (below `rows`).
void qn_sparse_count(qn_sparse_builder *builder, size_t row);
/// Between the passes: take the entries.
qn_status qn_sparse_allocate(qn_sparse_builder *builder);
/// Second pass; fails when the file gives more entries than it did in the first.
qn_status qn_sparse_put(qn_sparse_builder *builder, size_t row, size_t column, double value);

/// An entry given more than once.
typedef struct {
    bool found;
    size_t row, column;
} qn_sparse_duplicate;

/// Order each row by column and hand the matrix over, unless an entry was given twice: then only *duplicate is set.
qn_status qn_sparse_finish(qn_sparse_builder *builder, qn_sparse_duplicate *duplicate, qn_matrix *result);
void qn_sparse_abandon(qn_sparse_builder *builder);
