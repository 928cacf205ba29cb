/// One round of a matrix reader: what it accepts is a matrix, what it refuses leaves the result alone.
#pragma once
#include "fuzz.h"

#include <quenched/matrix.h>

#include <math.h>

typedef qn_status fuzz_matrix_reader(FILE *stream, const char *path, const qn_matrix_options *options,
                                     qn_matrix *result);

static inline void fuzz_check_rows(const qn_matrix *matrix)
{
    FUZZ_CHECK(matrix->row_start[0] == 0 && matrix->row_start[matrix->rows] == matrix->entries);
    for (size_t row = 0; row < matrix->rows; ++row)
        for (size_t i = matrix->row_start[row]; i < matrix->row_start[row + 1]; ++i) {
            FUZZ_CHECK(matrix->column[i] < matrix->columns);
            FUZZ_CHECK(i == matrix->row_start[row] || matrix->column[i - 1] < matrix->column[i]);
        }
}

static inline void fuzz_matrix(fuzz_matrix_reader *read, const qn_matrix_options *options, const uint8_t *data,
                               size_t size)
{
    FILE *stream = fuzz_stream(data, size);
    if (stream == NULL) return;
    qn_matrix matrix = {.rows = 77};
    const qn_status status = read(stream, "input", options, &matrix);
    fclose(stream);
    if (status != QN_OK) {
        fuzz_check_refusal(status);
        FUZZ_CHECK(matrix.rows == 77 && matrix.values == NULL && matrix.row_start == NULL && matrix.column == NULL);
        return;
    }
    FUZZ_CHECK(matrix.rows > 0 && matrix.columns > 0);
    FUZZ_CHECK(!options->square || matrix.rows == matrix.columns);
    if (matrix.sparse) fuzz_check_rows(&matrix);
    const size_t count = matrix.sparse ? matrix.entries : matrix.rows * matrix.columns;
    for (size_t i = 0; i < count; ++i) FUZZ_CHECK(isfinite(matrix.values[i]));
    qn_matrix_clear(&matrix);
}
