#include "theory/wide_interpolant.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "theory/wide_expectation.h"
#include "theory/wide_rows_kernel.h"

#include <math.h>
#include <quenched/gaussian_average.h>
#include <string.h>

enum { MOST_BY_VARIANCE = 20, MOST_BY_CORRELATION = 48, PROBES = 64 };
static const double PI = 3.14159265358979323846, TINY = 1e-300;

typedef struct {
    const qn_transfer *activation;
    bool slope;
    const qn_wide_interpolant *series;
} target;

qn_status qn_wide_slope_by_quadrature(const qn_transfer *activation, double a, double c, double b, double *slope)
{
    qn_wide_moment moment;
    QN_TRY(qn_wide_moment_of(activation, a, c, b, &moment));
    *slope = moment.c;
    if (!isnan(*slope) || a == 0.0 || b == 0.0) return QN_OK;
    qn_gaussian_average *average; // kinks, and inputs that coincide
    const double q = sqrt(a) * sqrt(b), clipped = fmax(-q, fmin(q, c));
    QN_TRY(qn_gaussian_average_create(activation, 0.0, q, &average));
    qn_gaussian_average_slope_product(average, 1, &clipped, slope);
    qn_gaussian_average_destroy(average);
    return QN_OK;
}

static double variance_at(const qn_wide_interpolant *series, int side, double x)
{
    return series->scale[side] > 0.0 ? exp(series->low[side] + (x + 1.0) / series->scale[side])
                                     : exp(series->low[side]);
}

// What is interpolated, at x, y, z in [-1, 1].
static qn_status value_at(const target *wanted, double x, double y, double z, double *value)
{
    const qn_wide_interpolant *series = wanted->series;
    const double a = variance_at(series, 0, x), b = variance_at(series, 1, y);
    const double rho = series->angle ? sin(0.5 * PI * z) : sqrt(0.5 * (1.0 + z)), c = rho * (sqrt(a) * sqrt(b));
    if (wanted->slope) return qn_wide_slope_by_quadrature(wanted->activation, a, c, b, value);
    QN_TRY(qn_gaussian_product(wanted->activation, 1, &a, &b, &c, value));
    if (series->odd) *value /= rho;
    return QN_OK;
}

static double node(size_t count, size_t j) { return cos(PI * ((double)j + 0.5) / (double)count); }

static qn_status fill_nodes(const target *wanted, const size_t count[3], double *values)
{
    const size_t all = count[0] * count[1] * count[2];
    size_t at_fault = all;
#pragma omp parallel for schedule(dynamic, 8) num_threads(qn_threads_for(all)) reduction(min : at_fault)
    for (size_t i = 0; i < all; ++i) {
        const double x = node(count[0], i / (count[1] * count[2])), y = node(count[1], i / count[2] % count[1]);
        const qn_status status = value_at(wanted, x, y, node(count[2], i % count[2]), &values[i]);
        if (i < at_fault && status != QN_OK) at_fault = i;
    }
    if (at_fault == all) return QN_OK;
    const size_t i = at_fault; // once more here, for a message is its thread's own
    return value_at(wanted, node(count[0], i / (count[1] * count[2])), node(count[1], i / count[2] % count[1]),
                    node(count[2], i % count[2]), &values[i]);
}

// Values at the nodes -> coefficients, along one of the three directions.
static void transform(const size_t count[3], int direction, double *values)
{
    const size_t n = count[direction];
    size_t stride = 1;
    for (int k = direction + 1; k < 3; ++k) stride *= count[k];
    const size_t all = count[0] * count[1] * count[2];
    double line[MOST_BY_CORRELATION];
    for (size_t start = 0; start < all; ++start) {
        if (start / stride % n != 0) continue;
        for (size_t j = 0; j < n; ++j) line[j] = values[start + j * stride];
        for (size_t k = 0; k < n; ++k) {
            double sum = 0.0;
            for (size_t j = 0; j < n; ++j) sum += line[j] * cos(PI * (double)k * ((double)j + 0.5) / (double)n);
            values[start + k * stride] = sum * (k == 0 ? 1.0 : 2.0) / (double)n;
        }
    }
}

// Largest of the last two coefficients along a direction.
static double tail(const size_t count[3], int direction, const double *c)
{
    const size_t n = count[direction], all = count[0] * count[1] * count[2];
    size_t stride = 1;
    double most = 0.0;
    for (int k = direction + 1; k < 3; ++k) stride *= count[k];
    for (size_t i = 0; n > 1 && i < all; ++i)
        if (i / stride % n + 2 >= n) most = fmax(most, fabs(c[i]));
    return most;
}

static double evaluate(const qn_wide_interpolant *series, const double place[3])
{
    double basis[3][MOST_BY_CORRELATION], sum = 0.0;
    for (int k = 0; k < 3; ++k)
        for (size_t i = 0; i < series->count[k]; ++i) basis[k][i] = cos((double)i * acos(place[k]));
    for (size_t i = 0, l = 0; l < series->count[0]; ++l)
        for (size_t m = 0; m < series->count[1]; ++m)
            for (size_t r = 0; r < series->count[2]; ++r, ++i)
                sum += series->c[i] * basis[0][l] * basis[1][m] * basis[2][r];
    return sum;
}

// Against quadrature at places spread evenly (the additive recurrence of the plastic number's cube).
static qn_status probe(const target *wanted, qn_wide_interpolant *series, double *largest)
{
    const double turn[] = {0.8191725133961645, 0.6710436067037893, 0.5497004779019703};
    double worst = 0.0, most = 0.0;
    for (int i = 1; i <= PROBES; ++i) {
        double place[3], exact;
        for (int k = 0; k < 3; ++k) place[k] = 2.0 * fmod(i * turn[k], 1.0) - 1.0;
        QN_TRY(value_at(wanted, place[0], place[1], place[2], &exact));
        worst = fmax(worst, fabs(evaluate(series, place) - exact));
        most = fmax(most, fabs(exact));
    }
    series->error = 2.0 * worst;
    *largest = most;
    return QN_OK;
}

static qn_status build(const target *wanted, qn_wide_interpolant *series, double *largest)
{
    qn_release(series->c);
    series->c = NULL;
    QN_TRY(QN_NEW(&series->c, series->count[0] * series->count[1] * series->count[2], "interpolant"));
    QN_TRY(fill_nodes(wanted, series->count, series->c));
    for (int k = 0; k < 3; ++k) transform(series->count, k, series->c);
    return probe(wanted, series, largest);
}

// More terms where the last ones are still too large; false when there can be no more.
static bool refine(double level, qn_wide_interpolant *series)
{
    const size_t most[] = {MOST_BY_VARIANCE, MOST_BY_VARIANCE, MOST_BY_CORRELATION}, more[] = {4, 4, 8};
    double left_out[3];
    bool refined = false;
    for (int k = 0; k < 3; ++k) left_out[k] = tail(series->count, k, series->c);
    for (int pass = 0; pass < 2 && !refined; ++pass) // where no tail is to blame, everywhere
        for (int k = 0; k < 3; ++k) {
            if (series->count[k] == 1 || series->count[k] == most[k]) continue;
            if (pass == 0 && left_out[k] <= 0.1 * level) continue;
            series->count[k] = series->count[k] + more[k] < most[k] ? series->count[k] + more[k] : most[k];
            refined = true;
        }
    return refined;
}

static void set_range(const double range[2], int side, qn_wide_interpolant *series)
{
    const double low = log(fmax(range[0], TINY)), high = log(fmax(range[1], TINY));
    series->low[side] = low;
    series->scale[side] = high - low > 1e-14 ? 2.0 / (high - low) : 0.0;
    series->count[side] = series->scale[side] > 0.0 ? 4 : 1;
}

qn_status qn_wide_interpolant_create(const qn_transfer *activation, bool slope, const double range_a[2],
                                     const double range_b[2], double tolerance, qn_wide_interpolant *series)
{
    qn_wide_interpolant made = {.angle = activation->kind != QN_TRANSFER_TANH, .count = {1, 1, 8}};
    made.odd = !made.angle && !slope;
    set_range(range_a, 0, &made);
    set_range(range_b, 1, &made);
    const target wanted = {activation, slope, &made};
    double largest = 0.0;
    qn_status status = build(&wanted, &made, &largest);
    while (status == QN_OK && made.error > tolerance * largest && refine(tolerance * largest, &made))
        status = build(&wanted, &made, &largest);
    if (status == QN_OK)
        *series = made;
    else
        qn_wide_interpolant_clear(&made);
    return status;
}

void qn_wide_interpolant_clear(qn_wide_interpolant *series)
{
    qn_release(series->c);
    *series = (qn_wide_interpolant){0};
}

void qn_wide_interpolant_basis(const qn_wide_interpolant *series, int side, double q, double *basis)
{
    const double place = (log(fmax(q, TINY)) - series->low[side]) * series->scale[side] - 1.0;
    const double x = fmax(-1.0, fmin(1.0, place));
    basis[0] = 1.0;
    if (series->count[side] > 1) basis[1] = x;
    for (size_t k = 2; k < series->count[side]; ++k) basis[k] = 2.0 * x * basis[k - 1] - basis[k - 2];
}

void qn_wide_interpolant_row(const qn_wide_interpolant *series, const double *basis_a, size_t count,
                             const double *basis_b, const double *rho, double *work, double *out)
{
    const size_t plane = series->count[1] * series->count[2];
    double *d = work, *y = work + plane, *scratch = y + count;
    memset(d, 0, plane * sizeof *d);
    for (size_t l = 0; l < series->count[0]; ++l)
        for (size_t i = 0; i < plane; ++i) d[i] += basis_a[l] * series->c[l * plane + i];
    QN_PICK_KERNEL(qn_wide_places)(count, series->angle, rho, y);
    QN_PICK_KERNEL(qn_wide_series)(count, series->count[1], series->count[2], d, basis_b, y, scratch, out);
    for (size_t j = 0; series->odd && j < count; ++j) out[j] *= rho[j];
}
