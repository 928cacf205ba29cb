#include "theory/overlap_response.h"

#include "base/fail.h"
#include "numerics/linear_algebra.h"

#include <math.h>
#include <string.h>

enum { E = QN_OVERLAP_RATES, NODES = 64 };

static const double FIRST_NODE = 0.01, LAST_NODE = 60.0;

// 1.6^(j - 7).
static const double RATE[E] = {0.037252902984619140625,
                               0.059604644775390625,
                               0.095367431640625,
                               0.152587890625,
                               0.244140625,
                               0.390625,
                               0.625,
                               1.0,
                               1.6,
                               2.56,
                               4.096,
                               6.5536};

double qn_overlap_rate(size_t j) { return RATE[j]; }

double complex qn_overlap_response_at(const double *coefficients, double omega)
{
    double complex sum = 0.0;
    for (size_t j = 0; j < E; ++j) sum += coefficients[j] / (RATE[j] + I * omega);
    return sum;
}

double qn_overlap_response_after(const double *coefficients, double lag)
{
    double sum = 0.0;
    for (size_t j = 0; j < E; ++j) sum += coefficients[j] * exp(-RATE[j] * lag);
    return sum;
}

static void add_row(qn_overlap_fit *fit, const double *row, double value, double weight)
{
    for (size_t j = 0; j < E; ++j) {
        for (size_t k = 0; k < E; ++k) fit->matrix[j * E + k] += weight * row[j] * row[k];
        fit->right[j] += weight * row[j] * value;
    }
}

void qn_overlap_fit_add(qn_overlap_fit *fit, double omega, double complex value, double weight)
{
    double real[E], imaginary[E];
    for (size_t j = 0; j < E; ++j) {
        const double p = RATE[j], size = p * p + omega * omega;
        real[j] = p / size;
        imaginary[j] = -omega / size;
    }
    add_row(fit, real, creal(value), weight);
    add_row(fit, imaginary, cimag(value), weight);
}

void qn_overlap_fit_start(qn_overlap_fit *fit, double value, double weight)
{
    double row[E];
    for (size_t j = 0; j < E; ++j) row[j] = 1.0;
    add_row(fit, row, value, weight);
}

qn_status qn_overlap_fit_solve(qn_overlap_fit *fit, double ridge, size_t first, double *coefficients)
{
    for (size_t j = 0; j < E; ++j) {
        fit->matrix[j * E + j] += ridge;
        if (j >= first) continue;
        for (size_t k = 0; k < E; ++k) fit->matrix[j * E + k] = fit->matrix[k * E + j] = k == j ? 1.0 : 0.0;
        fit->right[j] = 0.0;
    }
    QN_TRY(qn_solve_linear(E, fit->matrix, 1, fit->right));
    for (size_t j = 0; j < E; ++j)
        QN_REQUIRE(isfinite(fit->right[j]), QN_NO_SOLUTION,
                   "no fluctuating state: the response of a unit to its field grows without bound; by so much positive "
                   "feedback a unit by itself is bistable");
    memcpy(coefficients, fit->right, E * sizeof *coefficients);
    return QN_OK;
}

qn_status qn_overlap_memory_of(const qn_overlap_law *law, const double *coefficients, size_t first, double *weights,
                               double *missed)
{
    qn_overlap_fit fit = {0};
    double start = 0.0, largest = 0.0, off = 0.0;
    for (size_t j = 0; j < E; ++j) start += coefficients[j];
    for (size_t a = 0; a < law->count; ++a) {
        const double feedback = law->modes[a].overlap * law->modes[a].strength;
        largest += law->modes[a].weight * feedback * feedback * start;
    }
    if (law->elliptic) largest = law->symmetry * law->strength * law->strength * start;
    qn_overlap_fit_start(&fit, largest, 1.0);
    double node[NODES];
    double complex wanted[NODES];
    for (size_t i = 0; i < NODES; ++i) {
        node[i] = i == 0 ? 0.0 : FIRST_NODE * pow(LAST_NODE / FIRST_NODE, (double)(i - 1) / (NODES - 2));
        wanted[i] = qn_overlap_memory(law, qn_overlap_response_at(coefficients, node[i]));
        qn_overlap_fit_add(&fit, node[i], wanted[i], 1.0 + node[i] * node[i]);
    }
    double made[E];
    QN_TRY(qn_overlap_fit_solve(&fit, 1e-9, first, made));
    const double scale = cabs(wanted[0]) + fabs(law->instantaneous);
    for (size_t i = 0; i < NODES; ++i)
        off = fmax(off, cabs(qn_overlap_response_at(made, node[i]) - wanted[i]) / (scale > 0.0 ? scale : 1.0));
    memcpy(weights, made, sizeof made);
    *missed = off;
    return QN_OK;
}
