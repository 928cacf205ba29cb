// Covariances of a given matrix: C(omega) summed over frequencies, and C(omega) itself.
#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/progress_meter.h"
#include "numerics/linear_algebra.h"
#include "theory/given.h"
#include "theory/given_quadrature.h"

#include <math.h>
#include <string.h>

static const double longest_allowed = 1000.0, most_surplus = 1e-2;

typedef struct {
    const qn_given_matrix *given;
    size_t lags; ///< with the equal times, which come first
    const double *lag;
    size_t rows, threads;
    qn_given_panels panels;
    double complex **sum;    // one for each lag, rows x rows
    double complex **piece;  // one for each thread: C(omega) at a frequency
    double complex *counted; // C^phi(lag) as far as the panels count it, one for each lag
    qn_status *status;       // one for each thread
} summation;

void qn_given_prediction_clear(qn_given_prediction *prediction)
{
    qn_release(prediction->covariance);
    qn_release(prediction->lagged);
    qn_release(prediction->eigenvalue);
    *prediction = (qn_given_prediction){0};
}

static void clear(summation *s)
{
    for (size_t l = 0; s->sum && l < s->lags; ++l) qn_release(s->sum[l]);
    for (size_t t = 0; s->piece && t < s->threads; ++t) qn_release(s->piece[t]);
    qn_release((void *)s->sum);
    qn_release((void *)s->piece);
    qn_release(s->counted);
    qn_release(s->status);
    qn_given_panels_clear(&s->panels);
}

static qn_status check_memory(const summation *s)
{
    const double rows = (double)s->rows, n = (double)s->given->size, lags = (double)s->lags;
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "sums over frequencies", lags * rows * rows, sizeof(double complex));
    qn_memory_plan_add(&plan, "covariances at a frequency", (double)s->threads * rows * rows, sizeof(double complex));
    qn_memory_plan_add(&plan, "response in the basis of units", (double)s->threads, qn_given_power_bytes(s->given));
    qn_memory_plan_add(&plan, "covariances", lags * n * n, sizeof(double));
    qn_memory_plan_add(&plan, "covariances in the Schur basis", 2.0 * n * n, sizeof(double));
    return qn_memory_plan_check(&plan, 0.0);
}

static qn_status reserve(summation *s)
{
    QN_TRY(check_memory(s));
    QN_TRY(QN_NEW(&s->sum, s->lags, "sums over frequencies"));
    QN_TRY(QN_NEW(&s->piece, s->threads, "covariances at a frequency"));
    QN_TRY(QN_NEW(&s->counted, s->lags, "rates at lags"));
    QN_TRY(QN_NEW(&s->status, s->threads, "outcomes"));
    for (size_t l = 0; l < s->lags; ++l) QN_TRY(QN_NEW(&s->sum[l], s->rows * s->rows, "sums over frequencies"));
    for (size_t t = 0; t < s->threads; ++t)
        QN_TRY(QN_NEW(&s->piece[t], s->rows * s->rows, "covariances at a frequency"));
    return QN_OK;
}

// sum += weight C(omega) for `count` frequencies at once, always in the same order.
static void add(summation *s, size_t count, const double complex *weights)
{
    const size_t rows = s->rows;
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(1 + rows / 64))
    for (size_t column = 0; column < rows; ++column)
        for (size_t l = 0; l < s->lags; ++l)
            for (size_t t = 0; t < count; ++t) {
                const double complex weight = weights[l * s->threads + t];
                const double complex *from = s->piece[t] + column * rows;
                double complex *to = s->sum[l] + column * rows;
                for (size_t i = 0; i < rows; ++i) to[i] += weight * from[i];
            }
}

static qn_status form(summation *s, size_t count, const qn_given_point *points)
{
    qn_blas_single_thread();
#pragma omp parallel for schedule(static) num_threads((int)s->threads)
    for (size_t t = 0; t < count; ++t) s->status[t] = qn_given_power(s->given, &points[t], s->piece[t]);
    for (size_t t = 0; t < count; ++t) // messages belong to the thread that failed: once more, in this one
        if (s->status[t] != QN_OK) QN_TRY(qn_given_power(s->given, &points[t], s->piece[t]));
    return QN_OK;
}

// The nodes of one panel, as many at a time as there are threads.
static qn_status add_panel(summation *s, const qn_given_panel *panel, double complex *rule, double complex *weights)
{
    double nodes[QN_GIVEN_NODES] = {0};
    for (size_t l = 0; l < s->lags; ++l)
        qn_given_panel_rule(panel->from, panel->to, s->lag[l], nodes, rule + l * QN_GIVEN_NODES);
    for (size_t first = 0; first < QN_GIVEN_NODES; first += s->threads) {
        qn_given_point points[QN_GIVEN_NODES];
        size_t count = QN_GIVEN_NODES - first;
        if (count > s->threads) count = s->threads;
        for (size_t t = 0; t < count; ++t) {
            QN_TRY(qn_given_point_at(s->given, nodes[first + t], &points[t]));
            for (size_t l = 0; l < s->lags; ++l) {
                weights[l * s->threads + t] = rule[l * QN_GIVEN_NODES + first + t];
                s->counted[l] += rule[l * QN_GIVEN_NODES + first + t] * points[t].power;
            }
        }
        QN_TRY(form(s, count, points));
        add(s, count, weights);
    }
    return QN_OK;
}

// Beyond the last panel units fluctuate independently: what C^phi(lag) has more than the panels belongs on the
// diagonal. Half of it: negative frequencies are still to be added.
static qn_status add_tail(summation *s)
{
    for (size_t l = 0; l < s->lags; ++l) {
        const double all = qn_given_rate(s->given, s->lag[l]), rest = all - 2.0 * creal(s->counted[l]);
        QN_REQUIRE(s->lag[l] != 0.0 || rest > -most_surplus * all, QN_BAD_VALUE,
                   "unit.power adds up to %g over frequencies up to %g, more than unit.rate at zero lag, %g",
                   all - rest, qn_given_last_frequency(s->given), all);
        for (size_t i = 0; i < s->rows; ++i) s->sum[l][i * s->rows + i] += 0.5 * rest;
    }
    return QN_OK;
}

static qn_status sum_panels(summation *s, const qn_progress *progress)
{
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    QN_TRY(qn_progress_meter_tick(&meter, 0.0, "frequencies"));
    double longest = 0.0;
    for (size_t l = 0; l < s->lags; ++l) longest = fmax(longest, fabs(s->lag[l]));
    QN_TRY(qn_given_panels_create(s->given, longest, &s->panels));
    double complex *rule;
    QN_TRY(QN_NEW(&rule, s->lags * (QN_GIVEN_NODES + s->threads), "weights of frequencies"));
    qn_status status = QN_OK;
    for (size_t p = 0; status == QN_OK && p < s->panels.count; ++p) {
        status = qn_progress_meter_tick(&meter, (double)(p + 1) / (double)(s->panels.count + 2),
                                        "covariances at frequency %zu of %zu", p * QN_GIVEN_NODES + 1,
                                        s->panels.count * QN_GIVEN_NODES);
        if (status == QN_OK) status = add_panel(s, &s->panels.panel[p], rule, rule + s->lags * QN_GIVEN_NODES);
    }
    qn_release(rule);
    QN_TRY(status);
    return add_tail(s);
}

static void summarise(size_t size, qn_given_prediction *made)
{
    double trace = 0.0, square = 0.0;
    for (size_t i = 0; i < size; ++i) trace += made->covariance[i * size + i];
    for (size_t i = 0; i < size * size; ++i) square += made->covariance[i] * made->covariance[i];
    made->rate_variance = trace / (double)size;
    made->four_point_variance = square / (double)size;
    made->participation_ratio = made->rate_variance * made->rate_variance / made->four_point_variance;
}

static qn_status principal_components(size_t size, qn_given_prediction *made)
{
    double *copy;
    QN_TRY(QN_NEW(&copy, size * size, "principal components"));
    memcpy(copy, made->covariance, size * size * sizeof *copy);
    const qn_status status = qn_symmetric_eigenvalues(size, copy, false, made->eigenvalue);
    qn_release(copy);
    for (size_t i = 0; i < size / 2; ++i) {
        const double value = made->eigenvalue[i];
        made->eigenvalue[i] = made->eigenvalue[size - 1 - i];
        made->eigenvalue[size - 1 - i] = value;
    }
    return status;
}

// Frequencies of either sign: twice the real part. Equal times: symmetric to the last bit.
static qn_status to_units(summation *s, size_t lag, double *out)
{
    const size_t n = s->given->size;
    QN_TRY(qn_given_to_units(s->given, s->sum[lag], out, NULL));
    for (size_t i = 0; i < n * n; ++i) out[i] *= 2.0;
    for (size_t i = 0; lag == 0 && i < n; ++i)
        for (size_t j = 0; j < i; ++j) out[i * n + j] = out[j * n + i] = 0.5 * (out[i * n + j] + out[j * n + i]);
    return QN_OK;
}

static qn_status finish(summation *s, qn_given_prediction *made)
{
    const size_t n = s->given->size, lags = s->lags - 1;
    made->size = n;
    made->lags = lags;
    QN_TRY(QN_NEW(&made->covariance, n * n, "covariances"));
    QN_TRY(QN_NEW(&made->eigenvalue, n, "principal components"));
    if (lags > 0) QN_TRY(QN_NEW(&made->lagged, lags * n * n, "covariances at lags"));
    QN_TRY(to_units(s, 0, made->covariance));
    for (size_t l = 0; l < lags; ++l) QN_TRY(to_units(s, l + 1, made->lagged + l * n * n));
    summarise(n, made);
    made->frequencies = s->panels.count * QN_GIVEN_NODES;
    made->quadrature_error = s->panels.error;
    return principal_components(n, made);
}

static qn_status predict(summation *s, const qn_progress *progress, qn_given_prediction *result)
{
    QN_TRY(reserve(s));
    QN_TRY(sum_panels(s, progress));
    qn_given_prediction made = {0};
    const qn_status status = finish(s, &made);
    if (status != QN_OK) {
        qn_given_prediction_clear(&made);
        return status;
    }
    *result = made;
    return QN_OK;
}

qn_status qn_given_matrix_predict(const qn_given_matrix *given, size_t lags, const double *lag,
                                  const qn_progress *progress, qn_given_prediction *result)
{
    for (size_t l = 0; l < lags; ++l)
        QN_REQUIRE(fabs(lag[l]) <= longest_allowed, QN_BAD_VALUE, "lag is %g tau; allowed: at most %g", lag[l],
                   longest_allowed);
    double *all;
    QN_TRY(QN_NEW(&all, lags + 1, "lags"));
    if (lags > 0) memcpy(all + 1, lag, lags * sizeof *lag);
    summation s = {.given = given,
                   .lags = lags + 1,
                   .lag = all,
                   .rows = given->bulk,
                   .threads = (size_t)qn_threads_for(QN_GIVEN_NODES)};
    const qn_status status = predict(&s, progress, result);
    clear(&s);
    qn_release(all);
    return status;
}

static qn_status power_at(const qn_given_matrix *given, double frequency, double complex *out)
{
    QN_REQUIRE(isfinite(frequency), QN_BAD_VALUE, "frequency is %g; must be finite", frequency);
    qn_given_point point;
    QN_TRY(qn_given_point_at(given, fabs(frequency), &point));
    qn_blas_single_thread();
    return qn_given_power(given, &point, out);
}

static qn_status cross_spectrum(const qn_given_matrix *given, double frequency, double complex *power, double *parts,
                                double *out)
{
    const size_t n = given->size;
    const double sign = frequency < 0.0 ? -1.0 : 1.0;
    QN_TRY(power_at(given, frequency, power));
    QN_TRY(qn_given_to_units(given, power, parts, parts + n * n));
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) {
            const size_t here = i * n + j, mirrored = j * n + i;
            out[2 * here] = 0.5 * (parts[here] + parts[mirrored]);
            out[2 * here + 1] = sign * 0.5 * (parts[n * n + here] - parts[n * n + mirrored]);
        }
    return QN_OK;
}

qn_status qn_given_matrix_cross_spectrum(const qn_given_matrix *given, double frequency, double *out)
{
    const double n = (double)given->size;
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "cross-spectrum", 6.0 * n * n, sizeof(double));
    qn_memory_plan_add(&plan, "response in the basis of units", 1.0, qn_given_power_bytes(given));
    QN_TRY(qn_memory_plan_check(&plan, 0.0));
    double complex *power;
    double *parts;
    QN_TRY(QN_NEW(&power, given->size * given->size, "cross-spectrum"));
    qn_status status = QN_NEW(&parts, 2 * given->size * given->size, "cross-spectrum");
    if (status == QN_OK) {
        status = cross_spectrum(given, frequency, power, parts, out);
        qn_release(parts);
    }
    qn_release(power);
    return status;
}

qn_status qn_given_matrix_frequency_dimension(const qn_given_matrix *given, size_t count, const double *frequency,
                                              double *out)
{
    const size_t rows = given->bulk;
    double complex *power;
    QN_TRY(QN_NEW(&power, rows * rows, "cross-spectrum"));
    qn_status status = QN_OK;
    for (size_t k = 0; status == QN_OK && k < count; ++k) {
        status = power_at(given, frequency[k], power);
        if (status != QN_OK) break;
        double trace = 0.0, square = 0.0;
        for (size_t i = 0; i < rows; ++i) trace += creal(power[i * rows + i]);
        for (size_t i = 0; i < rows * rows; ++i)
            square += creal(power[i]) * creal(power[i]) + cimag(power[i]) * cimag(power[i]);
        out[k] = trace * trace / ((double)given->size * square);
    }
    qn_release(power);
    return status;
}
