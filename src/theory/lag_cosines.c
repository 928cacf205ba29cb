#include "theory/lag_cosines.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>

qn_status qn_lag_cosines_create(const qn_frequency_grid *grid, size_t count, const double *first_lag,
                                const double *second_lag, qn_lag_cosines *cosines)
{
    double *memory;
    QN_TRY(QN_NEW(&memory, 2 * grid->count * count, "four-point function at lags"));
    *cosines = (qn_lag_cosines){
        .grid = grid, .count = count, .first = first_lag, .cosine = memory, .sine = memory + grid->count * count};
    for (size_t j = 0; j < grid->count; ++j)
        for (size_t n = 0; n < count; ++n) {
            cosines->cosine[j * count + n] = cos(grid->frequency[j] * second_lag[n]);
            cosines->sine[j * count + n] = sin(grid->frequency[j] * second_lag[n]);
        }
    return QN_OK;
}

void qn_lag_cosines_clear(qn_lag_cosines *cosines)
{
    qn_release(cosines->cosine);
    *cosines = (qn_lag_cosines){0};
}

// cos(a - b) and cos(a + b) by products, so that what depends on the row is taken out of its sum.
void qn_lag_cosines_add(const qn_lag_cosines *cosines, size_t row, const double *minus, const double *plus, double *out)
{
    const size_t count = cosines->count;
    double even[QN_LAG_PAIRS] = {0}, odd[QN_LAG_PAIRS] = {0};
    for (size_t j = 0; j < cosines->grid->count; ++j) {
        const double sum = minus[j] + plus[j], difference = minus[j] - plus[j];
        const double *cosine = cosines->cosine + j * count, *sine = cosines->sine + j * count;
        for (size_t n = 0; n < count; ++n) {
            even[n] += sum * cosine[n];
            odd[n] += difference * sine[n];
        }
    }
    for (size_t n = 0; n < count; ++n) {
        const double phase = cosines->grid->frequency[row] * cosines->first[n];
        out[n] += cos(phase) * even[n] + sin(phase) * odd[n];
    }
}
