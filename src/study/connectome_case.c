#include "study/connectome_case.h"

#include "base/fail.h"
#include "study/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void qn_connectome_case_begin(const char *name, qn_matrix *matrix, qn_connectome_case *made)
{
    *made = (qn_connectome_case){.name = name, .matrix = *matrix};
    *matrix = (qn_matrix){0};
    for (size_t row = 0; row < QN_CONNECTOME_QUANTITIES; ++row)
        made->values[row] = (qn_connectome_value){NAN, {NAN, NAN, 0}};
}

static void clear_function(qn_connectome_function *function)
{
    free(function->place);
    free(function->theory);
    free(function->measured);
    free(function->error);
    *function = (qn_connectome_function){0};
}

void qn_connectome_case_clear(qn_connectome_case *one)
{
    qn_matrix_clear(&one->matrix);
    clear_function(&one->singular_values);
    clear_function(&one->overlaps);
    clear_function(&one->components);
    for (size_t i = 0; i < one->warning_count; ++i) free(one->warnings[i]);
    *one = (qn_connectome_case){0};
}

qn_status qn_connectome_case_warn(qn_connectome_case *one, const char *format, ...)
{
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (one->warning_count == sizeof one->warnings / sizeof *one->warnings) return QN_OK;
    QN_TRY(qn_text_copy(text, &one->warnings[one->warning_count]));
    ++one->warning_count;
    return QN_OK;
}

void qn_connectome_set_theory(qn_connectome_case *one, size_t row, double theory) { one->values[row].theory = theory; }

void qn_connectome_set_measured(qn_connectome_case *one, size_t row, double value, double error)
{
    // What rounding leaves is neither a value nor an error.
    if (fabs(value) < 1e-13) value = 0.0;
    if (!(error > 1e-12 * (1.0 + fabs(value)))) error = NAN;
    one->values[row].measured = (qn_estimate){value, error, isnan(error) ? 0 : 2};
}

qn_status qn_connectome_function_create(size_t count, qn_connectome_function *function)
{
    qn_connectome_function made = {.count = count,
                                   .place = malloc(count * sizeof(double)),
                                   .theory = malloc(count * sizeof(double)),
                                   .measured = malloc(count * sizeof(double)),
                                   .error = malloc(count * sizeof(double))};
    if (!made.place || !made.theory || !made.measured || !made.error) {
        clear_function(&made);
        return qn_fail(QN_NO_MEMORY, "no memory for %zu values", count);
    }
    for (size_t i = 0; i < count; ++i) {
        made.place[i] = (double)(i + 1);
        made.theory[i] = made.measured[i] = made.error[i] = NAN;
    }
    clear_function(function);
    *function = made;
    return QN_OK;
}

qn_rate_network qn_connectome_network(const qn_connectome_study *study, const qn_connectome_case *one)
{
    return (qn_rate_network){
        .size = one->matrix.rows,
        .transfer = {.kind = study->units.transfer ? QN_TRANSFER_ERF : QN_TRANSFER_TANH, .gain = 1.0},
        .noise = study->units.noise,
        .coupling = {.kind = QN_COUPLING_GIVEN,
                     .matrix = &one->matrix,
                     .strength = study->matrix.strength,
                     .remove_mean = !study->matrix.keep_mean}};
}
