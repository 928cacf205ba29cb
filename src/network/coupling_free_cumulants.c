// k_n of ensembles, by their modes or their symmetry.
#include <quenched/free_cumulants.h>

#include "base/fail.h"

#include <math.h>
#include <stdlib.h>

static qn_status of_modes(const qn_coupling *coupling, size_t size, size_t count, double *result)
{
    size_t modes;
    double *d, *rho;
    QN_TRY(qn_coupling_modes(coupling, size, &modes, &d, &rho));
    for (size_t n = 0; n < count; ++n) result[n] = 0.0;
    for (size_t a = 0; a < modes; ++a) {
        double power = 1.0 / (double)size;
        for (size_t n = 0; n < count; ++n) {
            power *= d[a] * rho[a];
            result[n] += power;
        }
    }
    free(d);
    free(rho);
    return QN_OK;
}

static qn_status of_matrix(const qn_coupling *coupling, size_t size, size_t count, double *result)
{
    QN_REQUIRE(count <= 3, QN_BAD_VALUE, "%zu free cumulants of a given matrix are asked for; allowed: 1 to 3", count);
    qn_coupling_statistics wanted;
    QN_TRY(qn_coupling_statistics_of(coupling, size, &wanted));
    if (wanted.strength == 0.0) {
        for (size_t n = 0; n < count; ++n) result[n] = 0.0;
        return QN_OK;
    }
    qn_moments moments;
    QN_TRY(qn_moments_find(coupling->matrix, &(qn_moments_options){.remove_mean = true}, NULL, &moments));
    qn_free_cumulants found;
    qn_free_cumulants_of(&moments, &found);
    const double scale = wanted.strength / sqrt(moments.m2);
    for (size_t n = 0; n < count; ++n) result[n] = pow(scale, (double)n + 1.0) * found.value[n];
    return QN_OK;
}

qn_status qn_coupling_free_cumulants(const qn_coupling *coupling, size_t size, size_t count, double *result)
{
    QN_REQUIRE(count >= 1, QN_BAD_VALUE, "%zu free cumulants are asked for; allowed: at least 1", count);
    QN_TRY(qn_coupling_check(coupling, size));
    switch (coupling->kind) {
    case QN_COUPLING_GIVEN: return of_matrix(coupling, size, count, result);
    case QN_COUPLING_OVERLAPPING: return of_modes(coupling, size, count, result);
    case QN_COUPLING_IID:
    case QN_COUPLING_ELLIPTIC:
    case QN_COUPLING_LOW_RANK:
    case QN_COUPLING_RANDOM_MODE:
    case QN_COUPLING_ORTHOGONAL_MODE: break;
    }
    for (size_t n = 0; n < count; ++n) result[n] = 0.0;
    if (coupling->kind == QN_COUPLING_ELLIPTIC && count >= 2)
        result[1] = coupling->symmetry * coupling->strength * coupling->strength;
    return QN_OK;
}
