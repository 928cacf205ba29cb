#include "theory/lyapunov.h"

#include "base/fail.h"
#include "base/memory.h"
#include "numerics/roots.h"

#include <math.h>

// The potential 1 - g^2 F1 at the two Gauss points of every step, and the steps, from lag 0 outwards. Beyond it is
// constant.
typedef struct {
    size_t steps;
    double *length, *first, *second;
    double beyond; // kappa_inf^2
    double lowest;
} barrier;

static const double low = 0.211324865405187118, high = 0.788675134594812882; // Gauss points of [0, 1]

static qn_status barrier_room(size_t steps, double beyond, barrier *result)
{
    double *memory;
    QN_TRY(QN_NEW(&memory, 3 * steps + 1, "Lyapunov exponent"));
    *result = (barrier){
        .steps = steps, .length = memory, .first = memory + steps, .second = memory + 2 * steps, .beyond = beyond};
    return QN_OK;
}

static qn_status barrier_create(const qn_orbit *orbit, size_t split, barrier *result)
{
    const size_t steps = (orbit->count - 1) * split;
    QN_TRY(barrier_room(steps, orbit->force->decay_rate_squared, result));
    for (size_t i = 0; i + 1 < orbit->count; ++i)
        for (size_t k = 0; k < split; ++k) {
            const size_t j = i * split + k;
            result->length[j] = (orbit->nodes[i + 1].lag - orbit->nodes[i].lag) / (double)split;
            result->first[j] = qn_orbit_inside(orbit, i, ((double)k + low) / (double)split);
            result->second[j] = qn_orbit_inside(orbit, i, ((double)k + high) / (double)split);
        }
    const double g2 = orbit->force->strength * orbit->force->strength;
    qn_force_slope_product(orbit->force, 2 * steps, result->first, result->first);
    for (size_t j = 0; j < 2 * steps; ++j) result->first[j] = 1.0 - g2 * result->first[j];
    return QN_OK;
}

// Angle of (psi, psi') at lag 0 of the solution that decays at infinity, integrated inwards (the direction in which it
// grows, so errors die out). It increases with the energy and is 0 for the ground state; each node of psi adds pi.
// One step is the exponential of the fourth-order Magnus expansion: exact where the potential is constant.
static double angle(double above_lowest, void *context)
{
    const barrier *wall = context;
    const double energy = wall->lowest + above_lowest;
    double psi = 1.0, slope = -sqrt(fmax(0.0, wall->beyond - energy));
    int nodes = 0;
    for (size_t j = wall->steps; j-- > 0;) {
        const double h = wall->length[j], first = wall->first[j], second = wall->second[j];
        const double skew = h * h * 0.144337567297406441 * (second - first); // sqrt(3) / 12
        const double well = h * (0.5 * (first + second) - energy);
        const double square = skew * skew + h * well, root = sqrt(fabs(square));
        double even, odd; // cosh and sinh / root
        if (root < 1e-4) {
            even = 1.0 + 0.5 * square;
            odd = 1.0 + square / 6.0;
        } else if (square > 0.0) {
            const double grow = exp(root);
            even = 0.5 * (grow + 1.0 / grow);
            odd = 0.5 * (grow - 1.0 / grow) / root;
        } else {
            even = cos(root);
            odd = sin(root) / root;
        }
        const double psi_before = psi;
        psi = (even + odd * skew) * psi - odd * h * slope;
        slope = (even - odd * skew) * slope - odd * well * psi_before;
        if ((psi < 0.0) != (psi_before < 0.0)) ++nodes;
        const double size = fabs(psi) + fabs(slope);
        psi /= size;
        slope /= size;
    }
    return atan(slope / psi) + 3.141592653589793238 * nodes;
}

static qn_status ground_state(barrier *wall, double *energy)
{
    wall->lowest = wall->beyond;
    for (size_t j = 0; j < 2 * wall->steps; ++j) wall->lowest = fmin(wall->lowest, wall->first[j]);
    const double depth = wall->beyond - wall->lowest;
    *energy = wall->beyond;
    // A constant potential (linear transfer function) binds nothing.
    if (depth <= 1e-14 || angle(depth, wall) <= 0.0) return QN_OK;
    double above;
    wall->lowest -= 1e-3 * depth; // the Gauss points may have missed the very bottom
    QN_TRY(qn_find_root(angle, wall, 0.0, 1.001 * depth, 1e-14, &above));
    *energy = wall->lowest + above;
    return QN_OK;
}

// Once with two substeps an interval and once with four; the difference removes the leading error, of fourth order.
qn_status qn_ground_state(const qn_orbit *orbit, double *energy)
{
    double found[2];
    for (int level = 0; level < 2; ++level) {
        barrier wall;
        QN_TRY(barrier_create(orbit, level == 0 ? 2 : 4, &wall));
        const qn_status status = ground_state(&wall, &found[level]);
        qn_release(wall.length);
        QN_TRY(status);
    }
    *energy = found[1] + (found[1] - found[0]) / 15.0;
    return QN_OK;
}

static qn_status even_barrier(const qn_potential *potential, size_t steps, barrier *result)
{
    const double length = potential->last / (double)steps;
    QN_TRY(barrier_room(steps, potential->beyond, result));
    for (size_t j = 0; j < steps; ++j) {
        result->length[j] = length;
        result->first[j] = ((double)j + low) * length;
        result->second[j] = ((double)j + high) * length;
    }
    const qn_status status = potential->at(2 * steps, result->first, potential->context);
    if (status != QN_OK) qn_release(result->length);
    return status;
}

qn_status qn_ground_state_of(const qn_potential *potential, double *energy)
{
    double found[2];
    for (int level = 0; level < 2; ++level) {
        barrier wall;
        QN_TRY(even_barrier(potential, level == 0 ? potential->steps : 2 * potential->steps, &wall));
        const qn_status status = ground_state(&wall, &found[level]);
        qn_release(wall.length);
        QN_TRY(status);
    }
    *energy = found[1] + (found[1] - found[0]) / 15.0;
    return QN_OK;
}

double qn_lyapunov_exponent(double ground_state_energy) { return -1.0 + sqrt(fmax(0.0, 1.0 - ground_state_energy)); }
