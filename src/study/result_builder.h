/// Building a result piece by piece: everything added is copied, so that the result owns all it holds.
///
/// Whatever a builder returns, the result stays consistent: qn_result_clear() frees what was added so far.
#pragma once
#include <quenched/result.h>

/// Replace an owned text field: qn_result_set_text(&result->title, "...").
qn_status qn_result_set_text(char **field, const char *text);

/// Append a copy of `quantity`: its texts are copied, its numbers taken as they are.
qn_status qn_result_add_quantity(qn_result *result, const qn_quantity *quantity);

/// Append a copy of `array`, values included (NULL values: an array of NANs, to be filled in through
/// qn_result_array()).
qn_status qn_result_add_array(qn_result *result, const qn_named_array *array);

/// Append a point of a sweep with `count` keys and values; 0 for the one point of a study without sweep.
qn_status qn_result_add_point(qn_result *result, size_t count, char *const *keys, char *const *values);

qn_status qn_result_add_figure(qn_result *result, const qn_figure_request *figure);
qn_status qn_result_add_warning(qn_result *result, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Append the outcome of a check; one that failed clears must_see_passed.
qn_status qn_result_add_must_see(qn_result *result, bool passed, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
