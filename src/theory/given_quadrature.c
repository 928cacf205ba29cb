#include "theory/given_quadrature.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "numerics/quadrature.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

enum { NODES = QN_GIVEN_NODES, PROBES = 4, FORMS = PROBES * PROBES, LAGS = 2, FINE = 48 };
static const double narrowest = 1e-10, first_panel = 0.5, series_to = 24.0;

// Gauss-Legendre on [-1, 1]; the half that is not mirrored.
static const double NODE[NODES / 2] = {0.14887433898163121088, 0.43339539412924719080, 0.67940956829902440623,
                                       0.86506336668898451073, 0.97390652851717172008};
static const double WEIGHT[NODES / 2] = {0.29552422471475287017, 0.26926671930999635509, 0.21908636251598204400,
                                         0.14945134915058059315, 0.06667134430868813759};

static double node(size_t j) { return j < NODES / 2 ? -NODE[NODES / 2 - 1 - j] : NODE[j - NODES / 2]; }
static double weight(size_t j) { return j < NODES / 2 ? WEIGHT[NODES / 2 - 1 - j] : WEIGHT[j - NODES / 2]; }

// P_0(x) ... P_{NODES-1}(x)
static void legendre(double x, double *out)
{
    out[0] = 1.0, out[1] = x;
    for (int k = 1; k + 1 < NODES; ++k) out[k + 1] = ((2 * k + 1) * x * out[k] - k * out[k - 1]) / (k + 1);
}

// int_-1^1 P_k(x) exp(i theta x) dx = 2 i^k j_k(theta), theta >= 0: by upward recursion, stable for theta > k, or as a
// sum over the panel cut to pieces.
static void moments(double theta, double complex *out)
{
    if (theta > series_to) {
        double bessel[NODES] = {sin(theta) / theta, sin(theta) / (theta * theta) - cos(theta) / theta};
        for (int k = 1; k + 1 < NODES; ++k) bessel[k + 1] = (2 * k + 1) / theta * bessel[k] - bessel[k - 1];
        double complex unit = 2.0;
        for (int k = 0; k < NODES; ++k, unit *= I) out[k] = unit * bessel[k];
        return;
    }
    for (int k = 0; k < NODES; ++k) out[k] = 0.0;
    for (int piece = 0; piece < FINE; ++piece)
        for (size_t j = 0; j < NODES; ++j) {
            const double x = (2.0 * piece + 1.0 + node(j)) / FINE - 1.0;
            double values[NODES];
            legendre(x, values);
            const double complex phase = weight(j) / FINE * cexp(I * theta * x);
            for (int k = 0; k < NODES; ++k) out[k] += values[k] * phase;
        }
}

void qn_given_panel_rule(double from, double to, double lag, double *nodes, double complex *weights)
{
    const double middle = 0.5 * (from + to), half = 0.5 * (to - from);
    double complex moment[NODES] = {2.0};
    if (lag != 0.0) moments(half * fabs(lag), moment);
    const double complex phase = cexp(I * middle * fabs(lag));
    for (size_t j = 0; j < NODES; ++j) {
        double values[NODES];
        legendre(node(j), values);
        double complex sum = 0.0;
        for (int k = 0; k < NODES; ++k) sum += (k + 0.5) * values[k] * moment[k];
        const double complex found = half * weight(j) * phase * sum / (2.0 * M_PI);
        weights[j] = lag < 0.0 ? conj(found) : found;
        nodes[j] = middle + half * node(j);
    }
}

void qn_given_panels_clear(qn_given_panels *panels)
{
    qn_release(panels->panel);
    *panels = (qn_given_panels){0};
}

typedef struct {
    const qn_given_matrix *given;
    double longest_lag, allowed, scale;
    double complex *probes; // bulk x PROBES in the Schur basis
    double complex *solved; // the same, one for each node
    double complex overlap[FORMS];
    qn_given_panels panels;
    size_t room;
} search;

typedef struct {
    double complex form[LAGS][FORMS];
} forms;

// y = (W^+)^-1 probes = chi^+ probes, W = 1 + S K - S T', column by column of T', which is read once.
static void solve_probes(const search *s, const qn_given_point *point, double complex *y)
{
    const size_t m = s->given->bulk;
    const double complex response = conj(point->response), one = conj(1.0 + point->response * point->feedback);
    memcpy(y, s->probes, m * PROBES * sizeof *y);
    for (size_t j = 0; j < m; ++j) {
        const double complex *column = s->given->triangle + j * m;
        const double complex diagonal = one - response * conj(column[j]);
        for (size_t c = 0; c < PROBES; ++c) {
            double complex dot;
            cblas_zdotc_sub((int)j, column, 1, y + c * m, 1, &dot);
            y[c * m + j] = (y[c * m + j] + response * dot) / diagonal;
        }
    }
}

// probes^+ [C(omega) - C^phi(omega)] probes. The trace that scales a source is not known without chi itself: the
// probes' own stands in for it.
static void forms_at(const search *s, const qn_given_point *point, const double complex *y, double complex *out)
{
    const size_t m = s->given->bulk;
    double with = 0.0, without = 0.0;
    for (size_t a = 0; a < PROBES; ++a)
        for (size_t b = 0; b < PROBES; ++b) {
            cblas_zdotc_sub((int)m, y + a * m, 1, y + b * m, 1, &out[a * PROBES + b]);
            if (a != b) continue;
            with += creal(out[a * PROBES + b]);
            without += creal(s->overlap[a * PROBES + b]);
        }
    double source = point->power * without / with;
    if (s->given->found.source == QN_GIVEN_SOURCE_UNIFORM)
        source = point->power * (1.0 - pow(s->given->found.strength * cabs(point->response), 2.0));
    for (size_t k = 0; k < FORMS; ++k) out[k] = source * out[k] - point->power * s->overlap[k];
}

static qn_status integrate(const search *s, double from, double to, forms *total)
{
    double nodes[NODES];
    double complex weights[LAGS][NODES], found[NODES][FORMS];
    qn_given_point points[NODES];
    qn_given_panel_rule(from, to, s->longest_lag, nodes, weights[1]);
    qn_given_panel_rule(from, to, 0.0, nodes, weights[0]);
    for (size_t j = 0; j < NODES; ++j) QN_TRY(qn_given_point_at(s->given, nodes[j], &points[j]));
    const size_t stride = s->given->bulk * PROBES;
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(s->given->bulk < 64 ? 1 : NODES))
    for (size_t j = 0; j < NODES; ++j) {
        solve_probes(s, &points[j], s->solved + j * stride);
        forms_at(s, &points[j], s->solved + j * stride, found[j]);
    }
    *total = (forms){0};
    for (size_t j = 0; j < NODES; ++j)
        for (size_t l = 0; l < LAGS; ++l)
            for (size_t k = 0; k < FORMS; ++k) total->form[l][k] += weights[l][j] * found[j][k];
    return QN_OK;
}

static qn_status keep(search *s, double from, double to)
{
    qn_given_panels *panels = &s->panels;
    if (panels->count == s->room) {
        const size_t room = 2 * s->room + 32;
        qn_given_panel *grown;
        QN_TRY(QN_NEW(&grown, room, "panels of frequencies"));
        if (panels->count > 0) memcpy(grown, panels->panel, panels->count * sizeof *grown);
        qn_release(panels->panel);
        panels->panel = grown;
        s->room = room;
    }
    panels->panel[panels->count++] = (qn_given_panel){from, to};
    return QN_OK;
}

static qn_status refine(search *s, double from, double to, const forms *whole)
{
    QN_REQUIRE(to - from > narrowest, QN_NOT_CONVERGED,
               "given matrix: the response is all but singular at frequency %g; an eigenvalue is at the edge of "
               "stability (the leading one of S(0) J is %g + %g i)",
               from, s->given->found.leading_real, s->given->found.leading_imaginary);
    const double middle = 0.5 * (from + to);
    forms left, right;
    QN_TRY(integrate(s, from, middle, &left));
    QN_TRY(integrate(s, middle, to, &right));
    double difference = 0.0;
    for (size_t l = 0; l < LAGS; ++l)
        for (size_t k = 0; k < FORMS; ++k)
            difference = fmax(difference, 2.0 * cabs(left.form[l][k] + right.form[l][k] - whole->form[l][k]));
    QN_REQUIRE(isfinite(difference), QN_NO_SOLUTION, "given matrix: the response is singular near frequency %g", from);
    if (difference <= s->allowed) {
        s->panels.error += difference / s->scale;
        return keep(s, from, to);
    }
    QN_TRY(refine(s, from, middle, &left));
    return refine(s, middle, to, &right);
}

// Chirps: no structure of a matrix is like them. Turned to the Schur basis: G^* Q^T p.
static qn_status make_probes(search *s)
{
    const size_t n = s->given->size, m = s->given->bulk;
    double *work;
    QN_TRY(QN_NEW(&work, n + m, "probe vectors"));
    const double *q = s->given->schur.vectors + (n - m) * n;
    for (size_t c = 0; c < PROBES; ++c) {
        for (size_t i = 0; i < n; ++i) {
            const double chirp = 0.5 * (sqrt(5.0) - 1.0) * (double)(c + 1) * (double)(i + 1) * (double)(i + 1);
            work[i] = sqrt(2.0) * cos(M_PI * fmod(chirp, 2.0));
        }
        cblas_dgemv(CblasColMajor, CblasTrans, (int)n, (int)m, 1.0, q, (int)n, work, 1, 0.0, work + n, 1);
        for (size_t i = 0; i < m; ++i) s->probes[c * m + i] = work[n + i];
    }
    qn_release(work);
    qn_schur_rotate_vectors(&s->given->rotation, PROBES, s->probes);
    for (size_t a = 0; a < PROBES; ++a)
        for (size_t b = 0; b < PROBES; ++b)
            cblas_zdotc_sub((int)m, s->probes + a * m, 1, s->probes + b * m, 1, &s->overlap[a * PROBES + b]);
    return QN_OK;
}

static qn_status cover(search *s)
{
    const double last = qn_given_last_frequency(s->given);
    double length = 0.0;
    for (size_t a = 0; a < PROBES; ++a) length += creal(s->overlap[a * PROBES + a]) / PROBES;
    s->scale = length * qn_given_rate(s->given, 0.0);
    s->allowed = s->given->tolerance * s->scale / 16.0;
    double from = 0.0;
    while (from < last) {
        const double to = fmin(fmax(2.0 * from, first_panel), last);
        forms whole;
        QN_TRY(integrate(s, from, to, &whole));
        QN_TRY(refine(s, from, to, &whole));
        from = to;
    }
    return QN_OK;
}

qn_status qn_given_panels_create(const qn_given_matrix *given, double longest_lag, qn_given_panels *result)
{
    search s = {.given = given, .longest_lag = longest_lag};
    qn_blas_single_thread();
    QN_TRY(QN_NEW(&s.probes, given->bulk * PROBES * (NODES + 1), "probe vectors"));
    s.solved = s.probes + given->bulk * PROBES;
    qn_status status = make_probes(&s);
    if (status == QN_OK) status = cover(&s);
    qn_release(s.probes);
    if (status != QN_OK) {
        qn_given_panels_clear(&s.panels);
        return status;
    }
    *result = s.panels;
    return QN_OK;
}
