/// A coupling matrix made ready: self-loops and silent units left out.
#pragma once
#include <quenched/matrix.h>

#ifdef __cplusplus
extern "C" {
#endif

/// `{0}`: a copy.
typedef struct {
    bool drop_self_loops; ///< leave the diagonal out
    bool drop_silent;     ///< leave out units that neither receive nor send (self-loops, if dropped, do not count)
} qn_matrix_clean_options;

/// What was found, in the matrix as given.
typedef struct {
    size_t units, entries;              ///< entries other than zero
    size_t self_loops;                  ///< of them, on the diagonal
    size_t silent_rows, silent_columns; ///< units that receive nothing, that send nothing (without dropped self-loops)
    size_t dropped_units, dropped_entries;
} qn_matrix_clean_report;

/// @param[in]  matrix  square, entries finite
/// @param[in]  options NULL: `{0}`
/// @param[out] result  a new matrix, sparse or dense as `matrix` is, its units in their old order; zeros that a sparse
///                     matrix stores are left out. Free with qn_matrix_clear(). Untouched on error.
/// @param[out] report  may be NULL
/// @return QN_OK; QN_BAD_VALUE (not square, an entry that is not finite, nothing left); QN_NO_MEMORY with the figures.
/// Cost: two passes.
qn_status qn_matrix_clean(const qn_matrix *matrix, const qn_matrix_clean_options *options, qn_matrix *result,
                          qn_matrix_clean_report *report);

#ifdef __cplusplus
}
#endif
