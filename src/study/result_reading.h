/// What the parts of qn_result_decode() share.
#pragma once
#include <quenched/result.h>

enum { QN_RESULT_SIZES = 8, QN_RESULT_MOST_ROWS = 10000000 };

typedef struct {
    int file;
    size_t points; ///< length of the dimension "point"
    qn_result *result;
} qn_result_reading;

/// A text attribute as an owned text; untouched where it is absent or not text.
qn_status qn_result_read_text(int file, int variable, const char *name, char **text);

/// Read the rows of quantity `name`, whose column NAME_theory is `variable`.
qn_status qn_result_read_quantity(const qn_result_reading *r, int variable, const char *name);
