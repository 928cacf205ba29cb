#include "numerics/chebyshev.h"

#include <math.h>

static const double PI = 3.141592653589793238;

double qn_chebyshev_point(size_t degree, size_t j, double *one_minus)
{
    const double angle = 0.5 * PI * (double)j / (double)degree;
    if (one_minus) *one_minus = sin(angle) * sin(angle);
    return j == degree ? 0.0 : cos(angle) * cos(angle);
}

void qn_chebyshev_coefficients(size_t degree, const double *values, double *coefficients)
{
    double cosine[2 * QN_CHEBYSHEV_DEGREE] = {0};
    coefficients[0] = values[0];
    if (degree == 0 || degree > QN_CHEBYSHEV_DEGREE) return;
    for (size_t i = 0; i < 2 * degree; ++i) cosine[i] = cos(PI * (double)i / (double)degree);
    for (size_t k = 0; k <= degree; ++k) {
        double sum = 0.5 * (values[0] + (k % 2 ? -values[degree] : values[degree]));
        for (size_t j = 1, turn = k; j < degree; ++j) { // turn = j k, modulo a full circle
            sum += values[j] * cosine[turn];
            turn += k;
            if (turn >= 2 * degree) turn -= 2 * degree;
        }
        coefficients[k] = sum * (k == 0 || k == degree ? 1.0 : 2.0) / (double)degree;
    }
}

// Clenshaw's recurrence, twice a step.
double qn_chebyshev_value(size_t degree, const double *coefficients, double x)
{
    const double t = 2.0 * (2.0 * x - 1.0);
    double one = 0.0, two = 0.0;
    for (size_t k = degree; k > 0; --k) {
        const double next = coefficients[k] + (t * one - two);
        two = one;
        one = next;
    }
    return coefficients[0] + (0.5 * t * one - two);
}

// Eight places side by side, for the recurrence alone waits for its own result.
void qn_chebyshev_values(size_t degree, const double *coefficients, size_t count, const double *x, double *out)
{
    enum { SIDE = 8 };
    size_t done = 0;
    for (; done + SIDE <= count; done += SIDE) {
        double t[SIDE], one[SIDE] = {0}, two[SIDE] = {0};
        for (size_t i = 0; i < SIDE; ++i) t[i] = 2.0 * (2.0 * x[done + i] - 1.0);
        for (size_t k = degree; k > 0; --k)
            for (size_t i = 0; i < SIDE; ++i) {
                const double next = coefficients[k] + (t[i] * one[i] - two[i]);
                two[i] = one[i];
                one[i] = next;
            }
        for (size_t i = 0; i < SIDE; ++i) out[done + i] = coefficients[0] + (0.5 * t[i] * one[i] - two[i]);
    }
    for (; done < count; ++done) out[done] = qn_chebyshev_value(degree, coefficients, x[done]);
}

double qn_chebyshev_tail(size_t degree, const double *coefficients)
{
    const size_t length = degree / 8 > 2 ? degree / 8 : 2;
    double tail = 0.0;
    for (size_t k = degree + 1 - length; k <= degree; ++k) tail = fmax(tail, fabs(coefficients[k]));
    return tail;
}

size_t qn_chebyshev_chop(size_t degree, const double *coefficients, double level)
{
    while (degree > 1 && fabs(coefficients[degree]) <= level) --degree;
    return degree;
}

// d/dt T_k = k U_{k-1}; with t = 2 x - 1 the integral over x is half of that over t.
void qn_chebyshev_integrate(size_t degree, const double *coefficients, double *integral)
{
    for (size_t k = 1; k <= degree + 1; ++k) {
        const double before = k == 1 ? 2.0 * coefficients[0] : coefficients[k - 1];
        const double after = k + 1 <= degree ? coefficients[k + 1] : 0.0;
        integral[k] = 0.25 * (before - after) / (double)k;
    }
    double at_zero = 0.0;
    for (size_t k = 1; k <= degree + 1; ++k) at_zero += k % 2 ? -integral[k] : integral[k];
    integral[0] = -at_zero;
}
