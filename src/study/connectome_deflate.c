// Singular values that stand out, projected off the matrix.
#include "base/fail.h"
#include "base/memory.h"
#include "study/connectome_case.h"

#include <quenched/moments.h>
#include <quenched/outliers.h>

enum { MOST_UNITS = 5000 };

static void subtract(const qn_singular_values *values, size_t count, double *matrix)
{
    const size_t size = values->size;
    for (size_t a = 0; a < count; ++a)
        for (size_t i = 0; i < size; ++i) {
            const double left = values->values[a] * values->left[a * size + i];
            for (size_t j = 0; j < size; ++j) matrix[i * size + j] -= left * values->right[a * size + j];
        }
}

static qn_status find(const qn_matrix *matrix, bool keep_mean, const qn_progress *progress, qn_singular_values *values,
                      size_t *count)
{
    qn_moments moments;
    qn_outliers outliers;
    QN_TRY(qn_moments_find(matrix, &(qn_moments_options){.remove_mean = !keep_mean, .method = QN_MOMENTS_EXACT},
                           progress, &moments));
    QN_TRY(qn_singular_values_find(matrix, &(qn_singular_options){.remove_mean = !keep_mean}, progress, values));
    const qn_status status = qn_outliers_find(values, moments.m2, moments.m4, &outliers);
    if (status != QN_OK) qn_singular_values_clear(values);
    *count = status == QN_OK ? outliers.count : 0;
    return status;
}

// The matrix becomes dense: its deviations from the mean, or itself, without the outliers.
qn_status qn_connectome_deflate(const qn_connectome_study *study, const qn_progress *progress, qn_matrix *matrix,
                                size_t *count)
{
    const size_t size = matrix->rows;
    *count = 0;
    if (!study->matrix.deflate) return QN_OK;
    QN_REQUIRE(size <= MOST_UNITS, QN_BAD_VALUE,
               "matrix.deflate makes the matrix dense: %zu units; allowed: at most %d", size, MOST_UNITS);
    qn_singular_values values;
    QN_TRY(find(matrix, study->matrix.keep_mean, progress, &values, count));
    const qn_coupling coupling = {.kind = QN_COUPLING_GIVEN, .matrix = matrix, .remove_mean = !study->matrix.keep_mean};
    qn_matrix dense = {.rows = size, .columns = size};
    qn_status status = QN_OK;
    if (*count) {
        status = QN_NEW(&dense.values, size * size, "matrix without outliers");
        if (status == QN_OK) status = qn_coupling_draw(&coupling, size, 0, 0, dense.values);
        if (status == QN_OK) {
            subtract(&values, *count, dense.values);
            qn_matrix_clear(matrix);
            *matrix = dense;
        } else {
            qn_matrix_clear(&dense);
        }
    }
    qn_singular_values_clear(&values);
    return status;
}
