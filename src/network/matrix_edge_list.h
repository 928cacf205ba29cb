/// Edge lists: lines "i,j,weight", the weight of the connection to unit i from unit j.
#pragma once
#include <quenched/matrix.h>

#include <stdio.h>

/// Read a sparse square matrix. A header line (three names) may come first; blank lines and lines that begin with '#'
/// are skipped. options->index_base must be 0 or 1. A connection given twice is refused, a unit's connection to itself
/// is kept. `stream` is seekable and at its beginning; `path` is for messages.
qn_status qn_matrix_read_edge_list(FILE *stream, const char *path, const qn_matrix_options *options, qn_matrix *result);
