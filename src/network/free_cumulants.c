#include <quenched/free_cumulants.h>

#include <math.h>

// tr J^n counts every closed walk through n different units n times, so that independent entries of variance s_ij give
// var tr J^n = n tr s^n; for s_ij = r_i c_j / (N m2) tr s^n = g^(2n). The diagonal alone gives tr J^2 a mean.
static void find_null(const qn_moments *moments, qn_free_cumulants *found)
{
    const double n = (double)moments->size, g = sqrt(moments->matched_m2);
    found->null_mean[1] = moments->diagonal_square;
    found->null_deviation[0] = g / n;
    found->null_deviation[1] = sqrt(2.0) * g * g / n;
    found->null_deviation[2] = sqrt(3.0) * g * g * g / n;
}

void qn_free_cumulants_of(const qn_moments *moments, qn_free_cumulants *result)
{
    const double m1 = moments->trace[0], m2 = moments->trace[1], m3 = moments->trace[2];
    qn_free_cumulants found = {
        .value = {m1, m2 - m1 * m1, m3 - 3.0 * m1 * m2 + 2.0 * m1 * m1 * m1},
        .estimate_error = {0.0, 0.0, moments->trace3_error},
    };
    find_null(moments, &found);
    for (size_t k = 0; k < 3; ++k) {
        const double deviation = hypot(found.null_deviation[k], found.estimate_error[k]);
        found.z[k] = deviation > 0.0 ? (found.value[k] - found.null_mean[k]) / deviation : NAN;
    }
    *result = found;
}
