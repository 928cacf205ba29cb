#include "theory/overlap_dimension.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "theory/frequency_grid.h"

#include <math.h>
#include <quenched/stationary.h>
#include <string.h>

enum { E = QN_OVERLAP_RATES };

// As for independent modes: without noise C^phi(omega) falls off exponentially, with noise as omega^-2.
static const double LAST_SMOOTH = 12.0, LAST_NOISY = 200.0, FURTHEST = 40.0; // decay times of the tail

// Straight line through log C over the second half of the lags that are used.
qn_overlap_tail qn_overlap_tail_of(const qn_overlap_box *box, const double *lags, size_t whole)
{
    double n = 0.0, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
    for (size_t k = whole / 2; k <= whole; ++k) {
        if (!(lags[k] > 0.0)) return (qn_overlap_tail){whole, 0.0};
        const double lag = (double)k * box->step, level = log(lags[k]);
        n += 1.0;
        x += lag;
        y += level;
        xx += lag * lag;
        xy += lag * level;
    }
    const double rate = -(n * xy - x * y) / (n * xx - x * x);
    return (qn_overlap_tail){whole, rate > 0.0 && isfinite(rate) ? rate : 0.0};
}

static qn_status extend(const qn_overlap_box *box, const double *lags, size_t whole, qn_stationary *extended)
{
    const qn_overlap_tail tail = qn_overlap_tail_of(box, lags, whole);
    const size_t beyond = tail.rate > 0.0 ? (size_t)(FURTHEST / (tail.rate * box->step)) : 0;
    QN_TRY(qn_stationary_create(whole + 1 + beyond, box->step, extended));
    memcpy(extended->values, lags, (whole + 1) * sizeof *lags);
    for (size_t k = 1; k <= beyond; ++k)
        extended->values[whole + k] = lags[whole] * exp(-tail.rate * box->step * (double)k);
    return QN_OK;
}

typedef struct {
    const qn_overlap_law *law;
    qn_frequency_grid grid;
    double *power;            ///< C^phi
    double complex *response; ///< S
    double complex *dressed;  ///< t of every group of modes
    double complex *turn;     ///< exp(i omega lag) of every lag
    size_t lags;
    const double *lag;
    double *sums; ///< one row of 1 + lags per frequency
} plane;

static double psi(const plane *p, size_t i, size_t j, bool opposite)
{
    const double complex first = p->response[i], second = opposite ? conj(p->response[j]) : p->response[j];
    const double c1 = p->power[i], c2 = p->power[j];
    const size_t groups = p->law->count;
    double complex t[QN_OVERLAP_GROUPS];
    for (size_t a = 0; a < groups; ++a) {
        const double complex value = p->dressed[j * groups + a];
        t[a] = opposite ? conj(value) : value;
    }
    const qn_overlap_averages average =
        p->law->elliptic ? qn_elliptic_averages(p->law->strength, p->law->symmetry)
                         : qn_overlap_averages_from(groups, p->law->modes, p->dressed + i * groups, t);
    return creal(qn_overlap_theta(&average, first, second, c1, c2)) - c1 * c2;
}

// Theta is symmetric in its frequencies and even: a quarter of the plane counts for all of it.
static void add_row(const plane *p, size_t i)
{
    double *row = p->sums + i * (1 + p->lags);
    for (size_t j = 0; j <= i; ++j)
        for (int opposite = 0; opposite < 2; ++opposite) {
            const double share = (j == i ? 2.0 : 4.0) * p->grid.weight[i] * p->grid.weight[j] * psi(p, i, j, opposite);
            row[0] += share;
            for (size_t k = 0; k < p->lags; ++k) {
                const double complex one = p->turn[i * p->lags + k], other = p->turn[j * p->lags + k];
                const double sines = cimag(one) * cimag(other);
                row[1 + k] += share * (creal(one) * creal(other) + (opposite ? sines : -sines));
            }
        }
}

static void add_plane(const plane *p)
{
    const size_t count = p->grid.count;
#pragma omp parallel for schedule(dynamic) num_threads(qn_threads_for(count))
    for (size_t i = 0; i < count; ++i) add_row(p, count - 1 - i);
}

static void clear_plane(plane *p)
{
    qn_frequency_grid_clear(&p->grid);
    qn_release(p->power);
    qn_release(p->response);
    qn_release(p->dressed);
    qn_release(p->turn);
    qn_release(p->sums);
}

// The ridge at omega1 = -omega2 is as wide as the margin, in units of the response's own time.
static double ridge(const double *response, double margin)
{
    double whole = 0.0, delay = 0.0;
    for (size_t j = 0; j < E; ++j) {
        whole += response[j] / qn_overlap_rate(j);
        delay += response[j] / (qn_overlap_rate(j) * qn_overlap_rate(j));
    }
    return sqrt(margin / fmax(1.0, delay / whole));
}

static qn_status make_plane(const qn_overlap_box *box, double *state, size_t whole, double margin, plane *p)
{
    double *response = qn_overlap_response_of(box, state), longest = 0.0;
    const double square = box->noise * box->noise * qn_overlap_means_of(box, state)[QN_OVERLAP_SQUARE_SLOPE];
    for (size_t k = 0; k < p->lags; ++k) longest = fmax(longest, fabs(p->lag[k]));
    QN_TRY(qn_frequency_grid_create(ridge(response, margin), box->noise > 0.0 ? LAST_NOISY : LAST_SMOOTH, longest,
                                    &p->grid));
    QN_TRY(QN_NEW(&p->power, p->grid.count, "spectrum"));
    QN_TRY(QN_NEW(&p->response, p->grid.count, "response"));
    QN_TRY(QN_NEW(&p->dressed, p->grid.count * (1 + box->law.count), "response"));
    QN_TRY(QN_NEW(&p->turn, p->grid.count * (1 + p->lags), "turns"));
    QN_TRY(QN_NEW(&p->sums, p->grid.count * (1 + p->lags), "four-point function"));
    qn_stationary extended;
    QN_TRY(extend(box, state, whole, &extended));
    qn_frequency_grid_transform(&p->grid, &extended, square, 0.5 * M_PI / box->step, p->power);
    qn_stationary_clear(&extended);
    for (size_t i = 0; i < p->grid.count; ++i) {
        p->power[i] = fmax(p->power[i], 0.0);
        p->response[i] = qn_overlap_response_at(response, p->grid.frequency[i]);
        for (size_t a = 0; a < box->law.count; ++a)
            p->dressed[i * box->law.count + a] = qn_overlap_dressed(&box->law.modes[a], p->response[i]);
        for (size_t k = 0; k < p->lags; ++k) p->turn[i * p->lags + k] = cexp(I * p->grid.frequency[i] * p->lag[k]);
    }
    return QN_OK;
}

qn_status qn_overlap_dimension_of(const qn_overlap_box *box, double *state, size_t whole, size_t count,
                                  const double *lag, double *diagonal, qn_overlap_dimension *result)
{
    const double complex still = qn_overlap_response_at(qn_overlap_response_of(box, state), 0.0);
    const double margin = 1.0 - qn_overlap_field_power(&box->law, still) * creal(still * conj(still));
    QN_REQUIRE(margin > 0.0 && qn_overlap_strongest(&box->law) * creal(still) < 1.0, QN_NO_SOLUTION,
               "four-point function: 1 - C^h |S|^2 / C^phi is %g at frequency zero; it must be above 0", margin);
    plane p = {.law = &box->law, .lags = count, .lag = lag};
    const qn_status status = make_plane(box, state, whole, margin, &p);
    if (status == QN_OK) {
        add_plane(&p);
        const qn_overlap_averages average = qn_overlap_law_averages(&box->law, still, still);
        double sum = 0.0;
        for (size_t i = 0; i < p.grid.count; ++i) sum += p.sums[i * (1 + count)];
        for (size_t k = 0; k < count; ++k) {
            const double c = qn_stationary_at(&(qn_stationary){whole + 1, box->step, state}, lag[k]);
            diagonal[k] = c * c;
            for (size_t i = 0; i < p.grid.count; ++i) diagonal[k] += p.sums[i * (1 + count) + 1 + k];
        }
        *result = (qn_overlap_dimension){
            .variance = state[0] * state[0] + sum,
            .zero_frequency = 1.0 / creal(qn_overlap_theta(&average, still, still, 1.0, 1.0)),
            .margin = margin,
        };
    }
    clear_plane(&p);
    return status;
}
