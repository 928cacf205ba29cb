#include "theory/lif_search.h"

#include "base/fail.h"
#include "base/memory.h"
#include "numerics/linear_algebra.h"

#include <math.h>
#include <string.h>

static const double FLOOR = 1e-3; // 1/s: below it rates need no relative accuracy
enum { MOST_ITERATIONS = 60, MOST_HALVINGS = 30 };

double qn_lif_residual(const qn_lif_map *map, const double *x, const double *image)
{
    double residual = 0.0;
    for (size_t i = 0; i < map->unknowns; ++i) {
        const double off = fabs(image[i] - x[i]) / (fabs(x[i]) + FLOOR);
        if (!(off <= residual)) residual = off;
    }
    return residual;
}

typedef struct {
    double *x, *image, *step, *trial, *jacobian; // jacobian last: unknowns^2
} workspace;

// step = (1 - F')^-1 (F(x) - x)
static qn_status newton_step(const qn_lif_map *map, workspace *work)
{
    const size_t all = map->unknowns;
    qn_lif_map_jacobian(map, work->x, work->jacobian);
    for (size_t i = 0; i < all * all; ++i) work->jacobian[i] = -work->jacobian[i];
    for (size_t i = 0; i < all; ++i) {
        work->jacobian[i * all + i] += 1.0;
        work->step[i] = work->image[i] - work->x[i];
    }
    return qn_solve_linear(all, work->jacobian, 1, work->step);
}

// The longest of the steps 1, 1/2, 1/4, ... that makes the residual smaller; *residual is that of the new x.
static qn_status backtrack(qn_lif_map *map, workspace *work, double *residual, bool *improved)
{
    double length = 1.0;
    *improved = false;
    for (int halving = 0; halving < MOST_HALVINGS; ++halving, length *= 0.5) {
        for (size_t i = 0; i < map->unknowns; ++i) work->trial[i] = fmax(work->x[i] + length * work->step[i], 0.0);
        QN_TRY(qn_lif_map_evaluate(map, work->trial, work->image));
        const double reached = qn_lif_residual(map, work->trial, work->image);
        if (!(reached < *residual * (1.0 - 1e-4 * length))) continue;
        memcpy(work->x, work->trial, map->unknowns * sizeof *work->x);
        *residual = reached;
        *improved = true;
        return QN_OK;
    }
    return qn_lif_map_evaluate(map, work->x, work->image);
}

static qn_status iterate(qn_lif_map *map, double tolerance, workspace *work)
{
    QN_TRY(qn_lif_map_evaluate(map, work->x, work->image));
    double residual = qn_lif_residual(map, work->x, work->image);
    bool improved = true;
    for (int k = 0; k < MOST_ITERATIONS && improved && residual > 0.0; ++k) {
        // One step more than the tolerance asks for costs little and leaves rounding alone.
        const bool last = residual <= tolerance;
        QN_TRY(newton_step(map, work));
        QN_TRY(backtrack(map, work, &residual, &improved));
        if (last) break;
    }
    QN_REQUIRE(residual <= tolerance, QN_NOT_CONVERGED,
               "mean field: Newton's method stopped at a relative residual of %.3g; wanted %.3g", residual, tolerance);
    return QN_OK;
}

qn_status qn_lif_newton(qn_lif_map *map, double tolerance, double *x)
{
    const size_t all = map->unknowns;
    double *memory;
    QN_TRY(QN_NEW(&memory, all * (all + 4), "mean field"));
    workspace work = {memory, memory + all, memory + 2 * all, memory + 3 * all, memory + 4 * all};
    memcpy(work.x, x, all * sizeof *x);
    const qn_status status = iterate(map, tolerance, &work);
    if (status == QN_OK) memcpy(x, work.x, all * sizeof *x);
    qn_release(memory);
    return status;
}

// Populations whose rate is given have no dynamics: without their rows and columns no eigenvalue is spurious.
static size_t gather_unknown(const qn_lif_map *map, const double *full, double *reduced)
{
    const size_t n = map->input->populations, all = map->unknowns;
    size_t rows = 0, written = 0;
    for (size_t i = 0; i < all; ++i) {
        if (!map->input->fires[i % n]) continue;
        ++rows;
        for (size_t j = 0; j < all; ++j)
            if (map->input->fires[j % n]) reduced[written++] = full[i * all + j];
    }
    return rows;
}

qn_status qn_lif_stability(const qn_lif_map *map, const double *x, double *real_part, double *modulus)
{
    const size_t all = map->unknowns;
    double *jacobian;
    double complex *values = NULL;
    QN_TRY(QN_NEW(&jacobian, 2 * all * all, "mean field"));
    qn_status status = QN_NEW(&values, all, "mean field");
    if (status == QN_OK) {
        qn_lif_map_jacobian(map, x, jacobian);
        const size_t rows = gather_unknown(map, jacobian, jacobian + all * all);
        status = qn_general_eigenvalues(rows, jacobian + all * all, values);
        if (status == QN_OK) {
            *real_part = -INFINITY;
            *modulus = 0.0;
            for (size_t k = 0; k < rows; ++k) {
                *real_part = fmax(*real_part, creal(values[k]));
                *modulus = fmax(*modulus, cabs(values[k]));
            }
        }
    }
    qn_release(values);
    qn_release(jacobian);
    return status;
}
