#include "theory/ridge.h"

#include "base/fail.h"
#include "base/memory.h"

#include <complex.h>
#include <math.h>

enum { ORDER = QN_FREQUENCY_PANEL };

// |z - 1| + |z + 1| of the ellipse beyond which Q_ORDER is below 1e-11. Within it the recurrence, which amplifies
// rounding as Q_ORDER falls, is as good.
static const double far = 3.2;

qn_status qn_ridge_create(const qn_frequency_grid *grid, qn_ridge *ridge)
{
    double *memory;
    QN_TRY(QN_NEW(&memory, 4 * grid->count, "four-point function"));
    *ridge = (qn_ridge){.real = {memory, memory + grid->count},
                        .square = {memory + 2 * grid->count, memory + 3 * grid->count}};
    return QN_OK;
}

void qn_ridge_clear(qn_ridge *ridge)
{
    qn_release(ridge->real[0]);
    *ridge = (qn_ridge){0};
}

// Gauss-Legendre's weights: D's parts are (gap - omega1 omega2) + i (omega1 + omega2).
static void plain(const qn_frequency_grid *grid, double gap, double first, qn_ridge *ridge)
{
    for (int side = 0; side < 2; ++side) {
        const double sign = side ? 1.0 : -1.0;
        double *restrict to_real = ridge->real[side], *restrict to_square = ridge->square[side];
        const double *restrict frequency = grid->frequency, *restrict weight = grid->weight;
        for (size_t j = 0; j < grid->count; ++j) {
            const double second = sign * frequency[j], real = gap - first * second, imaginary = first + second;
            const double square = weight[j] / (real * real + imaginary * imaginary);
            to_square[j] = square;
            to_real[j] = real * square;
        }
    }
}

// Q_ORDER(z), Legendre function of the second kind, z off [-1, 1].
static double complex second_kind(double complex z)
{
    double complex before = 0.5 * clog((z + 1.0) / (z - 1.0)), last = z * before - 1.0;
    for (int n = 1; n < ORDER; ++n) {
        const double complex next = ((2 * n + 1) * z * last - n * before) / (n + 1);
        before = last;
        last = next;
    }
    return last;
}

// The pole's weights in one panel of one half line. On omega2 = -y, 1 / (omega2 - p) is -1 / (y - (-p)).
static void correct(const qn_frequency_grid *grid, double gap, double first, size_t panel, int side, double complex z,
                    double complex pole, qn_ridge *ridge)
{
    const double half = 0.5 * (grid->edge[panel + 1] - grid->edge[panel]), sign = side ? 1.0 : -1.0;
    const double complex share = half * second_kind(z);
    for (size_t k = 0; k < ORDER; ++k) {
        const size_t j = panel * ORDER + k;
        const double complex weight = sign * (grid->weight[j] + grid->pole[k] * share) / (grid->frequency[j] - pole);
        ridge->square[side][j] = cimag(weight) / (gap + first * first);
        ridge->real[side][j] = (cimag(weight) - first * creal(weight)) / (1.0 + first * first);
    }
}

void qn_ridge_at(const qn_frequency_grid *grid, double gap, double first, qn_ridge *ridge)
{
    plain(grid, gap, first, ridge);
    const double scale = 1.0 / (1.0 + first * first);
    const double complex p = scale * (-(1.0 - gap) * first + I * (gap + first * first));
    for (int side = 0; side < 2; ++side) {
        const double complex pole = side ? p : -p;
        for (size_t panel = 0; panel < grid->panels; ++panel) {
            const double low = grid->edge[panel], high = grid->edge[panel + 1];
            const double complex z = (2.0 * pole - low - high) / (high - low);
            if (cabs(z - 1.0) + cabs(z + 1.0) < far) correct(grid, gap, first, panel, side, z, pole, ridge);
        }
    }
}
