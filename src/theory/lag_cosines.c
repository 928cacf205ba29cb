#include "theory/lag_cosines.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>

enum { ORDER = QN_FREQUENCY_PANEL };

// Half of what a panel beside the ridge may hold (frequency_grid.c), and a little for rounding.
static const double RESOLVED = 2.5001;

// P_k at the nodes of a panel.
static void legendre(const qn_frequency_grid *grid, double values[ORDER][ORDER])
{
    for (size_t j = 0; j < ORDER; ++j) {
        const double t = 2.0 * grid->frequency[j] / grid->edge[1] - 1.0;
        values[0][j] = 1.0;
        values[1][j] = t;
        for (size_t k = 1; k + 1 < ORDER; ++k)
            values[k + 1][j] =
                ((double)(2 * k + 1) * t * values[k][j] - (double)k * values[k - 1][j]) / (double)(k + 1);
    }
}

// Even part sum_k even (2 k + 1) (-1)^(k/2) j_k P_k and odd part likewise of exp(i theta t), for theta > RESOLVED, from
// where the upward recurrence of the spherical Bessel functions j_k loses no more than 1e-10.
static void project(double theta, const double polynomial[ORDER][ORDER], double even[ORDER], double odd[ORDER])
{
    double before = cos(theta) / theta, bessel = sin(theta) / theta;
    for (size_t j = 0; j < ORDER; ++j) even[j] = odd[j] = 0.0;
    for (size_t k = 0; k < ORDER; ++k) {
        const double factor = (double)(2 * k + 1) * (k / 2 % 2 ? -bessel : bessel);
        double *part = k % 2 ? odd : even;
        for (size_t j = 0; j < ORDER; ++j) part[j] += factor * polynomial[k][j];
        const double next = (double)(2 * k + 1) / theta * bessel - before;
        before = bessel;
        bessel = next;
    }
}

// One panel's cosines and sines of one lag, `stride` apart.
static void panel_of(const qn_frequency_grid *grid, const double polynomial[ORDER][ORDER], size_t panel, double lag,
                     size_t stride, double *cosine, double *sine)
{
    const double low = grid->edge[panel], high = grid->edge[panel + 1], theta = 0.5 * (high - low) * fabs(lag);
    if (theta <= RESOLVED) {
        for (size_t k = 0; k < ORDER; ++k) {
            cosine[k * stride] = cos(grid->frequency[panel * ORDER + k] * lag);
            sine[k * stride] = sin(grid->frequency[panel * ORDER + k] * lag);
        }
        return;
    }
    double even[ORDER], odd[ORDER];
    const double phase = 0.5 * (low + high) * fabs(lag), sign = lag < 0.0 ? -1.0 : 1.0;
    project(theta, polynomial, even, odd);
    for (size_t k = 0; k < ORDER; ++k) {
        cosine[k * stride] = cos(phase) * even[k] - sin(phase) * odd[k];
        sine[k * stride] = sign * (sin(phase) * even[k] + cos(phase) * odd[k]);
    }
}

static void fill(const qn_frequency_grid *grid, size_t count, const double *lag, double *cosine, double *sine)
{
    double polynomial[ORDER][ORDER];
    legendre(grid, polynomial);
    for (size_t panel = 0; panel < grid->panels; ++panel)
        for (size_t n = 0; n < count; ++n) {
            const size_t place = panel * ORDER * count + n;
            panel_of(grid, (const double(*)[ORDER])polynomial, panel, lag[n], count, cosine + place, sine + place);
        }
}

qn_status qn_lag_cosines_create(const qn_frequency_grid *grid, size_t count, const double *first_lag,
                                const double *second_lag, qn_lag_cosines *cosines)
{
    const size_t size = grid->count * count;
    double *memory;
    QN_TRY(QN_NEW(&memory, 4 * size, "four-point function at lags"));
    *cosines = (qn_lag_cosines){.grid = grid,
                                .count = count,
                                .first_cosine = memory,
                                .first_sine = memory + size,
                                .second_cosine = memory + 2 * size,
                                .second_sine = memory + 3 * size};
    fill(grid, count, first_lag, cosines->first_cosine, cosines->first_sine);
    fill(grid, count, second_lag, cosines->second_cosine, cosines->second_sine);
    return QN_OK;
}

void qn_lag_cosines_clear(qn_lag_cosines *cosines)
{
    qn_release(cosines->first_cosine);
    *cosines = (qn_lag_cosines){0};
}

// cos(a - b) and cos(a + b) by products, so that what depends on the row is taken out of its sum.
void qn_lag_cosines_add(const qn_lag_cosines *cosines, size_t row, const double *minus, const double *plus, double *out)
{
    const size_t count = cosines->count;
    double even[QN_LAG_PAIRS] = {0}, odd[QN_LAG_PAIRS] = {0};
    for (size_t j = 0; j < cosines->grid->count; ++j) {
        const double sum = minus[j] + plus[j], difference = minus[j] - plus[j];
        const double *cosine = cosines->second_cosine + j * count, *sine = cosines->second_sine + j * count;
        for (size_t n = 0; n < count; ++n) {
            even[n] += sum * cosine[n];
            odd[n] += difference * sine[n];
        }
    }
    const double *cosine = cosines->first_cosine + row * count, *sine = cosines->first_sine + row * count;
    for (size_t n = 0; n < count; ++n) out[n] += cosine[n] * even[n] + sine[n] * odd[n];
}
