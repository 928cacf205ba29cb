#include "theory/overlap_four_point.h"

#include "base/fail.h"

#include <math.h>

// Far above rounding, far below what a wrong formula would leave.
static const double MOST_IMAGINARY = 1e-6;

// The library's division guards against overflow at ten times the cost.
static double complex inverse(double complex z) { return conj(z) / (creal(z) * creal(z) + cimag(z) * cimag(z)); }

double complex qn_overlap_dressed(const qn_overlapping_modes *mode, double complex response)
{
    return mode->strength * inverse(1.0 - mode->overlap * mode->strength * response);
}

qn_overlap_averages qn_overlap_averages_from(size_t count, const qn_overlapping_modes *modes,
                                             const double complex *first, const double complex *second)
{
    qn_overlap_averages sum = {0};
    for (size_t a = 0; a < count; ++a) {
        const double rho = modes[a].overlap, weight = modes[a].weight;
        const double complex t1 = first[a], t2 = conj(t1), t4 = second[a], t3 = conj(t4);
        sum.r23 += weight * t2 * t3;
        sum.r14 += weight * t1 * t4;
        sum.a13 += weight * rho * rho * t1 * t3;
        sum.a24 += weight * rho * rho * t2 * t4;
        sum.b13 += weight * rho * t1 * t2 * t3;
        sum.b24 += weight * rho * t2 * t3 * t4;
        sum.c1 += weight * rho * t1 * t2 * t4;
        sum.c2 += weight * rho * t1 * t3 * t4;
        sum.d += weight * t1 * t2 * t3 * t4;
    }
    return sum;
}

qn_overlap_averages qn_overlap_averages_of(size_t count, const qn_overlapping_modes *modes, double complex first,
                                           double complex second)
{
    qn_overlap_averages sum = {0};
    for (size_t a = 0; a < count; ++a) {
        const double complex t1 = qn_overlap_dressed(&modes[a], first), t4 = qn_overlap_dressed(&modes[a], second);
        const qn_overlap_averages one = qn_overlap_averages_from(1, &modes[a], &t1, &t4);
        sum.r23 += one.r23, sum.r14 += one.r14, sum.a13 += one.a13, sum.a24 += one.a24, sum.d += one.d;
        sum.b13 += one.b13, sum.b24 += one.b24, sum.c1 += one.c1, sum.c2 += one.c2;
    }
    return sum;
}

// Only the second free cumulants survive: g^2 across, r g^2 along.
qn_overlap_averages qn_elliptic_averages(double strength, double symmetry)
{
    const double square = strength * strength;
    return (qn_overlap_averages){.r23 = square, .r14 = square, .a13 = symmetry * square, .a24 = symmetry * square};
}

// The super-diagonals of the four-block inverse, one after the other. The powers of 1/G in U12, U23 and U34 are
// multiplied out: G1 G2 U12 = C1, G3 G4 U34 = C2, and g23 = G2 G3 U23.
double complex qn_overlap_theta(const qn_overlap_averages *average, double complex first, double complex second,
                                double first_power, double second_power)
{
    const qn_overlap_averages m = *average;
    const double complex g1 = first, g2 = conj(first), g3 = conj(second), g4 = second;
    const double c1 = first_power, c2 = second_power;
    const double complex u23 = inverse(1.0 - m.r23 * g2 * g3), g23 = g2 * g3 * u23;
    const double complex g13 = c1 * u23 * g3 * (1.0 + g1 * g2 * g3 * m.b13) * inverse(1.0 - g1 * g3 * m.a13);
    const double complex g24 = c2 * u23 * g2 * (1.0 + g2 * g3 * g4 * m.b24) * inverse(1.0 - g2 * g4 * m.a24);
    const double complex u13 = m.a13 * g13 + m.b13 * c1 * g23;
    const double complex u24 = m.a24 * g24 + m.b24 * c2 * g23;
    const double complex across = m.c1 * c1 * g24 + m.c2 * c2 * g13 + m.d * c1 * c2 * g23;
    return (g1 * g4 * across + c1 * g4 * u24 + g1 * u13 * c2 + c1 * c2 * u23) * inverse(1.0 - g1 * g4 * m.r14);
}

static qn_status check_spectrum(const char *name, const qn_unit_spectrum *at)
{
    QN_REQUIRE(isfinite(at->response_real) && isfinite(at->response_imaginary), QN_BAD_VALUE,
               "%s.response is %g + %g i; it must be finite", name, at->response_real, at->response_imaginary);
    QN_REQUIRE(at->power >= 0.0 && isfinite(at->power), QN_BAD_VALUE,
               "%s.power is %g; it must be finite and at least 0", name, at->power);
    return QN_OK;
}

static qn_status check_modes(size_t count, const qn_overlapping_modes *modes)
{
    QN_REQUIRE(count > 0, QN_BAD_VALUE, "overlapping modes: there are none; at least one group is needed");
    for (size_t a = 0; a < count; ++a) {
        QN_REQUIRE(modes[a].strength >= 0.0 && isfinite(modes[a].strength), QN_BAD_VALUE,
                   "modes[%zu].strength is %g; it must be finite and at least 0", a, modes[a].strength);
        QN_REQUIRE(fabs(modes[a].overlap) <= 1.0, QN_BAD_VALUE, "modes[%zu].overlap is %g; allowed: -1 to 1", a,
                   modes[a].overlap);
        QN_REQUIRE(modes[a].weight > 0.0 && isfinite(modes[a].weight), QN_BAD_VALUE,
                   "modes[%zu].weight is %g; it must be finite and above 0", a, modes[a].weight);
    }
    return QN_OK;
}

static double complex response(const qn_unit_spectrum *at) { return at->response_real + I * at->response_imaginary; }

static qn_status real_part(const qn_overlap_averages *average, const qn_unit_spectrum *first,
                           const qn_unit_spectrum *second, double *theta)
{
    const double complex found =
        qn_overlap_theta(average, response(first), response(second), first->power, second->power);
    QN_REQUIRE(isfinite(creal(found)) && isfinite(cimag(found)), QN_NO_SOLUTION,
               "four-point function diverges at responses %g + %g i and %g + %g i", first->response_real,
               first->response_imaginary, second->response_real, second->response_imaginary);
    const double size = fmax(cabs(found), first->power * second->power);
    QN_REQUIRE(fabs(cimag(found)) <= MOST_IMAGINARY * size, QN_NO_SOLUTION,
               "four-point function at responses %g + %g i and %g + %g i is beside a pole: %g + %g i is not real",
               first->response_real, first->response_imaginary, second->response_real, second->response_imaginary,
               creal(found), cimag(found));
    *theta = creal(found);
    return QN_OK;
}

qn_status qn_overlap_four_point(size_t count, const qn_overlapping_modes *modes, const qn_unit_spectrum *first,
                                const qn_unit_spectrum *second, double *theta)
{
    QN_TRY(check_modes(count, modes));
    QN_TRY(check_spectrum("first", first));
    QN_TRY(check_spectrum("second", second));
    const qn_overlap_averages average = qn_overlap_averages_of(count, modes, response(first), response(second));
    return real_part(&average, first, second, theta);
}

qn_status qn_elliptic_four_point(double strength, double symmetry, const qn_unit_spectrum *first,
                                 const qn_unit_spectrum *second, double *theta)
{
    QN_REQUIRE(strength >= 0.0 && isfinite(strength), QN_BAD_VALUE,
               "elliptic couplings: strength is %g; it must be finite and at least 0", strength);
    QN_REQUIRE(fabs(symmetry) <= 1.0, QN_BAD_VALUE, "elliptic couplings: symmetry is %g; allowed: -1 to 1", symmetry);
    QN_TRY(check_spectrum("first", first));
    QN_TRY(check_spectrum("second", second));
    const qn_overlap_averages average = qn_elliptic_averages(strength, symmetry);
    return real_part(&average, first, second, theta);
}
