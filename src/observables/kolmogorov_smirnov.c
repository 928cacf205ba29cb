#include <quenched/kolmogorov_smirnov.h>

#include "base/fail.h"
#include "base/memory.h"
#include "observables/sorted_sample.h"

#include <math.h>

// Both distributions step at a tie before they are compared.
static double largest_difference(size_t n, const double *first, size_t m, const double *second)
{
    if (n == 0 || m == 0) return NAN;
    double largest = 0;
    size_t i = 0, j = 0;
    while (i < n && j < m) {
        const double at = fmin(first[i], second[j]);
        while (i < n && first[i] <= at) ++i;
        while (j < m && second[j] <= at) ++j;
        largest = fmax(largest, fabs((double)i / (double)n - (double)j / (double)m));
    }
    return largest;
}

qn_status qn_kolmogorov_smirnov(size_t first_count, const double *first, size_t second_count, const double *second,
                                double *distance)
{
    double *a, *b;
    size_t n, m;
    QN_TRY(qn_sorted_sample(first_count, first, &a, &n));
    const qn_status status = qn_sorted_sample(second_count, second, &b, &m);
    if (status == QN_OK) {
        *distance = largest_difference(n, a, m, b);
        qn_release(b);
    }
    qn_release(a);
    return status;
}
