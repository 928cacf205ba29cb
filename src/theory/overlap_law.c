#include "theory/overlap_law.h"

#include "base/fail.h"
#include "numerics/linear_algebra.h"

#include <math.h>
#include <stdlib.h>

enum { NODES = QN_OVERLAP_GROUPS / 2, MOST_ROUNDS = 20000 };

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Runs of equal strengths; NODES + 1 when there are more.
static size_t distinct(size_t count, const double *sorted, double *value, double *number)
{
    size_t found = 0;
    for (size_t i = 0; i < count; ++i) {
        if (found > 0 && sorted[i] - value[found - 1] <= 1e-12 * sorted[i]) {
            number[found - 1] += 1.0;
            continue;
        }
        if (found == NODES) return NODES + 1;
        value[found] = sorted[i];
        number[found++] = 1.0;
    }
    return found;
}

static double product(size_t count, const double *points, const double *p, const double *q)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i) sum += points[i] * p[i] * q[i];
    return sum;
}

// Stieltjes' procedure, then Golub and Welsch's: nodes and weights from the recurrence of the polynomials orthogonal
// on the strengths.
static qn_status quadrature(size_t count, const double *points, double *value, double *number)
{
    double jacobi[NODES * NODES] = {0}, *p = calloc(3 * count, sizeof *p), last = (double)count;
    QN_REQUIRE(p, QN_NO_MEMORY, "no memory for %zu modes", count);
    double *before = p + count, *ones = p + 2 * count;
    for (size_t i = 0; i < count; ++i) p[i] = 1.0, ones[i] = 1.0;
    for (size_t k = 0; k < NODES; ++k) {
        const double square = product(count, ones, p, p), centre = product(count, points, p, p) / square;
        const double ratio = square / last;
        jacobi[k * NODES + k] = centre;
        if (k > 0) jacobi[k * NODES + k - 1] = jacobi[(k - 1) * NODES + k] = sqrt(ratio);
        for (size_t i = 0; i < count; ++i) {
            const double next = (points[i] - centre) * p[i] - (k > 0 ? ratio * before[i] : 0.0);
            before[i] = p[i];
            p[i] = next;
        }
        last = square;
    }
    free(p);
    QN_TRY(qn_symmetric_eigenvalues(NODES, jacobi, true, value));
    for (size_t k = 0; k < NODES; ++k) number[k] = (double)count * jacobi[k * NODES] * jacobi[k * NODES];
    return QN_OK;
}

static qn_status add_groups(size_t count, double *strengths, double overlap, size_t size, qn_overlap_law *law)
{
    double value[NODES + 1], number[NODES + 1];
    qsort(strengths, count, sizeof *strengths, ascending);
    size_t found = distinct(count, strengths, value, number);
    if (found > NODES) {
        QN_TRY(quadrature(count, strengths, value, number));
        found = NODES;
    }
    for (size_t k = 0; k < found; ++k) {
        const double strength = fmax(value[k], 0.0);
        law->modes[law->count++] = (qn_overlapping_modes){strength, overlap, number[k] / (double)size};
        law->instantaneous += number[k] / (double)size * overlap * strength;
    }
    return QN_OK;
}

// Modes with D = 0 do nothing and are left out; the list is overwritten.
static qn_status group(const qn_coupling *coupling, size_t size, size_t count, double *strengths,
                       const double *overlaps, qn_overlap_law *law)
{
    double *chosen = malloc(count * sizeof *chosen);
    QN_REQUIRE(chosen, QN_NO_MEMORY, "no memory for %zu modes", count);
    const double kinds[2] = {coupling->overlap, coupling->overlap_rest};
    qn_status status = QN_OK;
    for (size_t kind = 0; status == QN_OK && kind < (kinds[0] == kinds[1] ? 1 : 2); ++kind) {
        size_t found = 0;
        for (size_t a = 0; a < count; ++a)
            if (overlaps[a] == kinds[kind] && strengths[a] > 0.0) chosen[found++] = strengths[a];
        if (found > 0) status = add_groups(found, chosen, kinds[kind], size, law);
    }
    free(chosen);
    return status;
}

qn_status qn_overlap_law_of(const qn_coupling *coupling, size_t size, qn_overlap_law *law)
{
    QN_REQUIRE(coupling->kind == QN_COUPLING_OVERLAPPING || coupling->kind == QN_COUPLING_ELLIPTIC, QN_BAD_VALUE,
               "theory of overlaps: network.coupling.kind is neither overlapping nor elliptic");
    QN_TRY(qn_coupling_check(coupling, size));
    qn_overlap_law made = {.strength = coupling->strength};
    if (coupling->kind == QN_COUPLING_ELLIPTIC) {
        made.elliptic = true;
        made.symmetry = coupling->symmetry;
        *law = made;
        return QN_OK;
    }
    size_t count;
    double *strengths, *overlaps;
    QN_TRY(qn_coupling_modes(coupling, size, &count, &strengths, &overlaps));
    const qn_status status = group(coupling, size, count, strengths, overlaps, &made);
    free(strengths);
    free(overlaps);
    if (status == QN_OK) *law = made;
    return status;
}

double complex qn_overlap_memory(const qn_overlap_law *law, double complex response)
{
    if (law->elliptic) return law->symmetry * law->strength * law->strength * response;
    double complex sum = 0.0;
    for (size_t a = 0; a < law->count; ++a) {
        const double complex feedback = law->modes[a].overlap * law->modes[a].strength;
        sum += law->modes[a].weight * feedback * feedback * response / (1.0 - feedback * response);
    }
    return sum;
}

double qn_overlap_field_power(const qn_overlap_law *law, double complex response)
{
    if (law->elliptic) return law->strength * law->strength;
    double sum = 0.0;
    for (size_t a = 0; a < law->count; ++a) {
        const double complex below = 1.0 - law->modes[a].overlap * law->modes[a].strength * response;
        sum += law->modes[a].weight * law->modes[a].strength * law->modes[a].strength / creal(below * conj(below));
    }
    return sum;
}

double qn_overlap_strongest(const qn_overlap_law *law)
{
    double most = 0.0;
    for (size_t a = 0; a < law->count; ++a) most = fmax(most, law->modes[a].overlap * law->modes[a].strength);
    return most;
}

qn_overlap_averages qn_overlap_law_averages(const qn_overlap_law *law, double complex first, double complex second)
{
    return law->elliptic ? qn_elliptic_averages(law->strength, law->symmetry)
                         : qn_overlap_averages_of(law->count, law->modes, first, second);
}

bool qn_overlap_linear_response(const qn_overlap_law *law, double slope, double omega, double complex *response,
                                double *gain)
{
    // From far out, where feedback does nothing, towards the frequency: the branch that is causal.
    double complex s = 0.0;
    for (int stage = 64; stage >= 0; --stage) {
        const double complex z = 1.0 + (double)stage * stage / 16.0 + I * omega;
        double change = INFINITY;
        for (int round = 0; round < MOST_ROUNDS && change > 1e-13; ++round) {
            const double complex next = slope / (z - slope * (law->instantaneous + qn_overlap_memory(law, s)));
            change = cabs(next - s);
            s += 0.5 * (next - s);
        }
        if (!(change <= 1e-13) || !(creal(s) > 0.0)) return false;
    }
    if (qn_overlap_strongest(law) * cabs(s) >= 1.0 && omega == 0.0) return false;
    *response = s;
    *gain = qn_overlap_field_power(law, s) * creal(s * conj(s));
    return true;
}
