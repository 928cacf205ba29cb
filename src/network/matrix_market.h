/// Matrix Market files (Boisvert, Pozo & Remington 1996, NISTIR 5935).
#pragma once
#include <quenched/matrix.h>

#include <stdio.h>

/// Read a coordinate file as a sparse matrix, an array file as a dense one; real, integer or pattern (every entry 1);
/// general, symmetric or skew-symmetric (the other triangle is filled in). An entry given twice, also once in each
/// triangle of a symmetric file, is refused. `stream` is seekable and at its beginning; `path` is for messages.
qn_status qn_matrix_read_market(FILE *stream, const char *path, const qn_matrix_options *options, qn_matrix *result);
