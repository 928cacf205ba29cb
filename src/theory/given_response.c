#include "theory/given.h"

#include "base/fail.h"

#include <math.h>

enum { STAGES = 8, STEPS = 40 };

double qn_given_rate(const qn_given_matrix *given, double lag)
{
    return qn_stationary_at(given->supplied ? given->unit.rate : &given->spectrum.rate, lag);
}

double qn_given_last_frequency(const qn_given_matrix *given)
{
    return given->supplied ? given->unit.last_frequency : given->spectrum.last_frequency;
}

qn_status qn_given_unit_at(const qn_given_matrix *given, double frequency, qn_given_point *point)
{
    if (!given->supplied) {
        const qn_rate_spectrum *unit = &given->spectrum;
        *point = (qn_given_point){.frequency = frequency,
                                  .response = unit->mean_slope / (1.0 + I * frequency),
                                  .power = fmax(qn_rate_spectrum_value(unit, frequency), 0.0)};
        return QN_OK;
    }
    qn_unit_spectrum at = {0};
    QN_TRY(given->unit.at(frequency, &at, given->unit.context));
    QN_REQUIRE(isfinite(at.response_real) && isfinite(at.response_imaginary), QN_BAD_VALUE,
               "unit.response at frequency %g is %g + %g i; it must be finite", frequency, at.response_real,
               at.response_imaginary);
    QN_REQUIRE(at.power >= 0.0 && isfinite(at.power), QN_BAD_VALUE,
               "unit.power at frequency %g is %g; it must be finite and at least 0", frequency, at.power);
    *point = (qn_given_point){
        .frequency = frequency, .response = at.response_real + I * at.response_imaginary, .power = at.power};
    return QN_OK;
}

static bool newton(size_t count, const double complex *eigenvalues, double complex s, double complex *feedback)
{
    double complex k = *feedback;
    for (int step = 0; step < STEPS; ++step) {
        double complex mean = 0.0, slope = 0.0;
        for (size_t i = 0; i < count; ++i) {
            const double complex chi = 1.0 / (1.0 + s * (k - eigenvalues[i]));
            mean += chi;
            slope -= s * chi * chi;
        }
        const double complex change = (mean - (double)count) / slope;
        if (!isfinite(creal(change)) || !isfinite(cimag(change))) return false;
        k -= change;
        if (cabs(s * change) < 1e-13) {
            *feedback = k;
            return true;
        }
    }
    return false;
}

// The branch that is the mean eigenvalue at S = 0, followed up to S.
qn_status qn_given_feedback(size_t count, const double complex *eigenvalues, double complex response,
                            double complex *feedback)
{
    double complex mean = 0.0;
    for (size_t i = 0; i < count; ++i) mean += eigenvalues[i] / (double)count;
    double complex found = creal(mean); // of a real matrix
    for (int stage = 1; stage <= STAGES; ++stage) {
        const double complex part = response * ((double)stage / STAGES);
        if (part == 0.0) continue;
        QN_REQUIRE(newton(count, eigenvalues, part, &found), QN_NOT_CONVERGED,
                   "given matrix: no feedback K makes tr chi = N at the response %g + %g i", creal(part), cimag(part));
    }
    *feedback = found;
    return QN_OK;
}

qn_status qn_given_point_at(const qn_given_matrix *given, double frequency, qn_given_point *point)
{
    QN_TRY(qn_given_unit_at(given, frequency, point));
    if (given->found.response != QN_GIVEN_OVERLAPPING) return QN_OK;
    return qn_given_feedback(given->bulk, given->schur.values + (given->size - given->bulk), point->response,
                             &point->feedback);
}
