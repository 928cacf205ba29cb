#include "observables/sorted_sample.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

qn_status qn_sorted_sample(size_t count, const double *values, double **sorted, size_t *left)
{
    double *copy;
    QN_TRY(QN_NEW(&copy, count, "sorted sample"));
    size_t there = 0;
    for (size_t i = 0; i < count; ++i)
        if (!isnan(values[i])) copy[there++] = values[i];
    if (there > 0) qsort(copy, there, sizeof *copy, ascending);
    *sorted = copy;
    *left = there;
    return QN_OK;
}
