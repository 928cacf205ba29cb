#include "theory/orbit.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { COLUMNS = 9, MOST_NODES = 200000 };

static const double STEP_TOLERANCE = 1e-14;          // of u, in one step
static const double INTERPOLATION_TOLERANCE = 2e-11; // of u, at the middle of a double step (64 times what is used)

// Stoermer's rule for u'' = -A(u) in `count` substeps: errors have even powers of the substep only.
static void stoermer(const qn_force *force, const qn_orbit_node *from, double step, size_t count, double *u, double *v)
{
    const double h = step / (double)count;
    double place = from->u, change = h * (from->v + 0.5 * h * from->a), curvature;
    for (size_t k = 1;; ++k) {
        place += change;
        curvature = -qn_force_bend(force, place);
        if (k == count) break;
        change += h * h * curvature;
    }
    *u = place;
    *v = change / h + 0.5 * h * curvature;
}

// Gragg's extrapolation of Stoermer's rule to substep 0 (Hairer, Norsett & Wanner II.14). False when it does not
// settle.
static bool extrapolate(const qn_force *force, const qn_orbit_node *from, double step, qn_orbit_node *to)
{
    double u[COLUMNS], v[COLUMNS], best = INFINITY;
    for (size_t row = 0; row < COLUMNS; ++row) {
        stoermer(force, from, step, row + 1, &u[row], &v[row]);
        for (size_t back = row; back-- > 0;) {
            const double ratio = (double)(row + 1) / (double)(back + 1), divisor = ratio * ratio - 1.0;
            u[back] = u[back + 1] + (u[back + 1] - u[back]) / divisor;
            v[back] = v[back + 1] + (v[back + 1] - v[back]) / divisor;
        }
        if (row < 2) continue;
        // u[1] is the best value without the coarsest rule.
        const double error = fabs(u[0] - u[1]) + step * fabs(v[0] - v[1]);
        const double scale = 1.0 + fabs(u[0] - from->u);
        if (error <= STEP_TOLERANCE * scale || (error > best && best <= 30.0 * STEP_TOLERANCE * scale)) {
            *to = (qn_orbit_node){from->lag + step, u[0], v[0], -qn_force_bend(force, u[0])};
            return true;
        }
        best = fmin(best, error);
    }
    return false;
}

// Quintic Hermite interpolation of u.
static double between(const qn_orbit_node *from, const qn_orbit_node *to, double place)
{
    const double h = to->lag - from->lag, t = place, t3 = t * t * t;
    const double rise = to->u - from->u - h * from->v - 0.5 * h * h * from->a;
    const double turn = h * (to->v - from->v) - h * h * from->a;
    const double bend = h * h * (to->a - from->a);
    return from->u + t * h * from->v + 0.5 * t * t * h * h * from->a +
           t3 * (10.0 * rise - 4.0 * turn + 0.5 * bend +
                 t * (-15.0 * rise + 7.0 * turn - bend + t * (6.0 * rise - 3.0 * turn + 0.5 * bend)));
}

static double defect(const qn_force *force, const qn_orbit_node *node)
{
    return 0.5 * exp(2.0 * node->u) * fabs(node->v * node->v - qn_force_rate_squared(force, node->u));
}

static qn_status append(qn_orbit *orbit, size_t *capacity, const qn_orbit_node *node)
{
    QN_REQUIRE(orbit->count < MOST_NODES, QN_NOT_CONVERGED,
               "autocovariance: %d steps did not reach its exponential tail", MOST_NODES);
    if (orbit->count == *capacity) {
        qn_orbit_node *longer;
        QN_TRY(QN_NEW(&longer, 2 * *capacity + 512, "autocovariance"));
        if (orbit->count) memcpy(longer, orbit->nodes, orbit->count * sizeof *longer);
        qn_release(orbit->nodes);
        orbit->nodes = longer;
        *capacity = 2 * *capacity + 512;
    }
    orbit->nodes[orbit->count++] = *node;
    orbit->defect = fmax(orbit->defect, defect(orbit->force, node));
    return QN_OK;
}

// The straight line has begun when its bend no longer matters, or C is below rounding.
static bool has_decayed(const qn_orbit_node *node, double decay_rate)
{
    return node->u < -27.0 || -node->a < 1e-15 * decay_rate * decay_rate;
}

// Two steps at a time: the middle node tells how well the interpolant of the double step does.
static qn_status integrate(qn_orbit *orbit)
{
    const qn_force *force = orbit->force;
    const double kappa = orbit->decay_rate, start = force->noise * force->noise / force->amplitude;
    const double fastest = fmax(start, sqrt(qn_force_bend(force, 0.0)));
    size_t capacity = 0;
    qn_orbit_node node = {.lag = 0.0, .u = 0.0, .v = -start, .a = -qn_force_bend(force, 0.0)};
    QN_TRY(append(orbit, &capacity, &node));
    double step = fmin(0.1 / fmax(fastest, kappa), 0.25 / kappa);
    const double least = 1e-9 * step;
    while (!has_decayed(&node, kappa)) {
        qn_orbit_node middle, end;
        const bool settled = extrapolate(force, &node, step, &middle) && extrapolate(force, &middle, step, &end);
        const double error = settled ? fabs(between(&node, &end, 0.5) - middle.u) : INFINITY;
        if (error > INTERPOLATION_TOLERANCE && step > least) {
            step *= 0.5;
            continue;
        }
        QN_REQUIRE(settled, QN_NOT_CONVERGED, "autocovariance: no step is short enough at lag %g", node.lag);
        QN_TRY(append(orbit, &capacity, &middle));
        QN_TRY(append(orbit, &capacity, &end));
        node = end;
        if (error < INTERPOLATION_TOLERANCE / 100.0) step = fmin(2.0 * step, 0.25 / kappa);
    }
    return QN_OK;
}

qn_status qn_orbit_create(const qn_force *force, qn_orbit *orbit)
{
    QN_REQUIRE(force->decay_rate_squared > 0.0, QN_NOT_CONVERGED,
               "autocovariance does not decay: kappa_inf^2 = 1 - g^2 F1 is %.3g, it must be positive",
               force->decay_rate_squared);
    qn_orbit fresh = {.force = force, .decay_rate = sqrt(force->decay_rate_squared)};
    const qn_status status = integrate(&fresh);
    if (status != QN_OK) {
        qn_release(fresh.nodes);
        return status;
    }
    *orbit = fresh;
    return QN_OK;
}

void qn_orbit_clear(qn_orbit *orbit)
{
    qn_release(orbit->nodes);
    *orbit = (qn_orbit){0};
}

double qn_orbit_inside(const qn_orbit *orbit, size_t i, double place)
{
    return between(&orbit->nodes[i], &orbit->nodes[i + 1], place);
}

void qn_orbit_sample(const qn_orbit *orbit, size_t count, double step, double *u)
{
    const qn_orbit_node *last = &orbit->nodes[orbit->count - 1];
    size_t i = 0;
    for (size_t k = 0; k < count; ++k) {
        const double lag = (double)k * step;
        if (lag >= last->lag) {
            u[k] = last->u - orbit->decay_rate * (lag - last->lag);
            continue;
        }
        while (orbit->nodes[i + 1].lag <= lag) ++i;
        const qn_orbit_node *from = &orbit->nodes[i];
        u[k] = between(from, from + 1, (lag - from->lag) / (from[1].lag - from->lag));
    }
}

// Five-point Gauss-Legendre between nodes, and the exponential tail.
double qn_orbit_integral(const qn_orbit *orbit)
{
    static const double node[5] = {0.0469100770306680036, 0.230765344947158454, 0.5, 0.769234655052841546,
                                   0.953089922969331996};
    static const double weight[5] = {0.118463442528094544, 0.239314335249683234, 0.284444444444444444,
                                     0.239314335249683234, 0.118463442528094544};
    const qn_orbit_node *last = &orbit->nodes[orbit->count - 1];
    double sum = exp(last->u) / orbit->decay_rate;
    for (size_t i = 0; i + 1 < orbit->count; ++i) {
        const double length = orbit->nodes[i + 1].lag - orbit->nodes[i].lag;
        for (int k = 0; k < 5; ++k) sum += length * weight[k] * exp(qn_orbit_inside(orbit, i, node[k]));
    }
    return sum;
}
