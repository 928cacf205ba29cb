// (28) along the eigenvectors of V: with V = sum_i lambda_i u_i u_i^T, V:dd f = sum_i lambda_i f''(0) for the kernel
// K + epsilon U_i, where the symmetric matrix U_i has u_i's element at both places of each pair. For one direction,
// with A its training block, a its rows of test points, b its diagonal there, Kinv = Kt^-1, w = Kinv y, q = Kinv k^T:
//     w'  = -Kinv A w              w'' = -2 Kinv A w'
//     mu' = a w + k w'             mu'' = 2 a w' + k w''
//     l'  = (w^T A w - tr Kinv A)/2    l'' = -w^T A Kinv A w + tr(Kinv A Kinv A)/2
//     q'  = Kinv (a^T - A q)       Sigma' = b - 2 a q + q^T A q     Sigma'' = -2 q'^T (a^T - A q)
#include "base/fail.h"
#include "base/memory.h"
#include "numerics/linear_algebra.h"
#include "theory/finite_width_posterior_check.h"
#include "theory/gaussian_process_parts.h"

#include <math.h>

enum { MOST_POINTS = 300 };

size_t qn_pair_count(size_t points) { return points * (points + 1) / 2; }

size_t qn_pair_index(size_t first, size_t second)
{
    return first >= second ? first * (first + 1) / 2 + second : second * (second + 1) / 2 + first;
}

typedef struct {
    const qn_posterior_data *data;
    const double *shift, *fluctuation;
    double *cross;    // tests x train
    double *block;    // train x train, the factor
    double *solved;   // tests x train: q
    double *inverse;  // train x train, full
    double *weights;  // outputs x train, owned by the process
    double *prior;    // tests
    double *variance; // tests, at infinite width
    double *basis;    // pairs x pairs: eigenvectors of V by row
    double *values;   // pairs
    double *work;     // for one direction
    qn_gaussian_process *process;
    double log_evidence_first, log_evidence_second; // of this direction
    double *mean_first, *mean_second;               // tests x outputs
    double *variance_first, *variance_second;       // tests
} expansion;

static double dot(size_t count, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i) sum += a[i] * b[i];
    return sum;
}

// out = A x for the training block of the direction.
static void apply(size_t train, const double *direction, const double *x, double *out)
{
    for (size_t i = 0; i < train; ++i) {
        out[i] = 0.0;
        for (size_t j = 0; j < train; ++j) out[i] += direction[qn_pair_index(i, j)] * x[j];
    }
}

static void apply_inverse(const expansion *now, const double *x, double *out)
{
    const size_t train = now->data->train;
    for (size_t i = 0; i < train; ++i) out[i] = dot(train, now->inverse + i * train, x);
}

static double row_dot(size_t train, const double *direction, size_t point, const double *x)
{
    double sum = 0.0;
    for (size_t j = 0; j < train; ++j) sum += direction[qn_pair_index(point, j)] * x[j];
    return sum;
}

static void change_of_traces(expansion *now, const double *direction)
{
    const size_t train = now->data->train;
    double *product = now->work; // Kinv A
    double trace = 0.0, square = 0.0;
    for (size_t i = 0; i < train; ++i)
        for (size_t j = 0; j < train; ++j) {
            double sum = 0.0;
            for (size_t k = 0; k < train; ++k) sum += now->inverse[i * train + k] * direction[qn_pair_index(k, j)];
            product[i * train + j] = sum;
        }
    for (size_t i = 0; i < train; ++i) {
        trace += product[i * train + i];
        for (size_t j = 0; j < train; ++j) square += product[i * train + j] * product[j * train + i];
    }
    now->log_evidence_first = -0.5 * (double)now->data->outputs * trace;
    now->log_evidence_second = 0.5 * (double)now->data->outputs * square;
}

static void change_of_means(expansion *now, const double *direction)
{
    const size_t train = now->data->train, outputs = now->data->outputs;
    double *aw = now->work, *first = aw + train, *second = first + train;
    for (size_t d = 0; d < outputs; ++d) {
        const double *w = now->weights + d * train;
        apply(train, direction, w, aw);
        apply_inverse(now, aw, first);
        for (size_t i = 0; i < train; ++i) first[i] = -first[i];
        now->log_evidence_first += 0.5 * dot(train, w, aw);
        now->log_evidence_second += dot(train, aw, first);
        apply(train, direction, first, aw);
        apply_inverse(now, aw, second);
        for (size_t t = 0; t < now->data->tests; ++t) {
            const double *k = now->cross + t * train;
            now->mean_first[t * outputs + d] = row_dot(train, direction, train + t, w) + dot(train, k, first);
            now->mean_second[t * outputs + d] =
                2.0 * row_dot(train, direction, train + t, first) - 2.0 * dot(train, k, second);
        }
    }
}

static void change_of_variances(expansion *now, const double *direction)
{
    const size_t train = now->data->train;
    double *left = now->work, *first = left + train;
    for (size_t t = 0; t < now->data->tests; ++t) {
        const double *q = now->solved + t * train;
        apply(train, direction, q, left);
        const double along = row_dot(train, direction, train + t, q), square = dot(train, q, left);
        now->variance_first[t] = direction[qn_pair_index(train + t, train + t)] - 2.0 * along + square;
        for (size_t i = 0; i < train; ++i) left[i] = direction[qn_pair_index(train + t, i)] - left[i];
        apply_inverse(now, left, first);
        now->variance_second[t] = -2.0 * dot(train, first, left);
    }
}

static void differentiate(expansion *now, const double *direction)
{
    change_of_traces(now, direction);
    change_of_means(now, direction);
    change_of_variances(now, direction);
}

// Add what one direction contributes: `linear` times the first derivative and, with `curvature` = lambda, the rest.
static void accumulate(const expansion *now, double linear, double curvature, qn_expanded_posterior *found)
{
    const size_t outputs = now->data->outputs;
    const double l = now->log_evidence_first;
    found->log_evidence_slope += linear * l + 0.5 * curvature * (now->log_evidence_second + l * l);
    for (size_t v = 0; v < now->data->tests * outputs; ++v) {
        const double first = now->mean_first[v], second = now->mean_second[v];
        const double sigma_first = now->variance_first[v / outputs], sigma_second = now->variance_second[v / outputs];
        const double mean_slope = linear * first + curvature * (0.5 * second + l * first);
        // S2 = Sigma + mu^2, of which 2 mu (slope of mu) is taken off again: what remains of mu'' cancels.
        const double variance_slope =
            linear * sigma_first + curvature * (0.5 * sigma_second + first * first + l * sigma_first);
        found->mean_slope[v] += mean_slope;
        found->variance_slope[v] += variance_slope;
    }
}

static qn_status allocate(expansion *now, qn_expanded_posterior *found)
{
    const size_t train = now->data->train, tests = now->data->tests, values = tests * now->data->outputs;
    const size_t pairs = qn_pair_count(train + tests);
    QN_TRY(QN_NEW(&now->block, train * train, "training kernel"));
    QN_TRY(QN_NEW(&now->inverse, train * train, "inverse kernel"));
    QN_TRY(QN_NEW(&now->cross, tests * train, "test kernel"));
    QN_TRY(QN_NEW(&now->solved, tests * train, "test kernel"));
    QN_TRY(QN_NEW(&now->prior, tests, "test kernel"));
    QN_TRY(QN_NEW(&now->variance, tests, "variances"));
    QN_TRY(QN_NEW(&now->basis, pairs * pairs, "eigenvectors of the kernel's fluctuations"));
    QN_TRY(QN_NEW(&now->values, pairs, "eigenvalues of the kernel's fluctuations"));
    QN_TRY(QN_NEW(&now->work, train * train + 3 * train, "derivatives"));
    QN_TRY(QN_NEW(&now->mean_first, 2 * values, "derivatives"));
    QN_TRY(QN_NEW(&now->variance_first, 2 * tests, "derivatives"));
    now->mean_second = now->mean_first + values;
    now->variance_second = now->variance_first + tests;
    QN_TRY(QN_NEW(&found->mean, values, "posterior"));
    QN_TRY(QN_NEW(&found->mean_slope, values, "posterior"));
    QN_TRY(QN_NEW(&found->variance, values, "posterior"));
    return QN_NEW(&found->variance_slope, values, "posterior");
}

static qn_status infinite_width(expansion *now, const double *kernel, qn_expanded_posterior *found)
{
    const qn_posterior_data *data = now->data;
    const size_t train = data->train, tests = data->tests, outputs = data->outputs;
    qn_posterior_data_blocks(data, kernel, now->block, now->cross, now->prior);
    QN_TRY(qn_gaussian_process_fit(train, now->block, outputs, data->targets,
                                   &(qn_gaussian_process_options){.noise = data->noise}, &now->process));
    QN_TRY(qn_gaussian_process_predict(now->process, tests, now->cross, now->prior, NULL,
                                       &(qn_prediction){.mean = found->mean, .variance = now->variance}));
    for (size_t v = 0; v < tests * outputs; ++v) found->variance[v] = now->variance[v / outputs];
    found->log_evidence = now->process->log_evidence;
    now->weights = now->process->weights;
    for (size_t i = 0; i < tests * train; ++i) now->solved[i] = now->cross[i];
    QN_TRY(qn_gaussian_process_solve(now->process, tests, now->solved));
    QN_TRY(qn_gaussian_process_inverse(now->process, now->inverse));
    for (size_t i = 0; i < train; ++i)
        for (size_t j = 0; j < i; ++j) now->inverse[j * train + i] = now->inverse[i * train + j];
    return QN_OK;
}

static qn_status expand(expansion *now, const double *kernel, qn_expanded_posterior *found)
{
    const size_t pairs = qn_pair_count(now->data->train + now->data->tests);
    QN_TRY(allocate(now, found));
    QN_TRY(infinite_width(now, kernel, found));
    for (size_t p = 0; p < pairs; ++p)
        for (size_t q = 0; q <= p; ++q) now->basis[p * pairs + q] = now->fluctuation[p * pairs + q];
    QN_TRY(qn_symmetric_eigenvalues(pairs, now->basis, true, now->values));
    differentiate(now, now->shift);
    accumulate(now, 1.0, 0.0, found);
    for (size_t i = 0; i < pairs; ++i) {
        if (now->values[i] == 0.0) continue;
        differentiate(now, now->basis + i * pairs);
        accumulate(now, 0.0, now->values[i], found);
    }
    return QN_OK;
}

static qn_status check(const expansion *now, const double *kernel)
{
    QN_TRY(qn_posterior_data_check(now->data));
    const size_t points = now->data->train + now->data->tests, pairs = qn_pair_count(points);
    QN_REQUIRE(points <= MOST_POINTS, QN_BAD_VALUE, "%zu points, training and test; allowed: at most %d", points,
               MOST_POINTS);
    QN_REQUIRE(kernel && now->shift && now->fluctuation, QN_BAD_VALUE, "%s is NULL",
               !kernel       ? "kernel"
               : !now->shift ? "shift"
                             : "fluctuation");
    for (size_t p = 0; p < pairs; ++p) {
        QN_REQUIRE(isfinite(now->shift[p]), QN_BAD_VALUE, "shift[%zu] is %g; allowed: finite", p, now->shift[p]);
        for (size_t q = 0; q <= p; ++q)
            QN_REQUIRE(isfinite(now->fluctuation[p * pairs + q]), QN_BAD_VALUE,
                       "fluctuation[%zu][%zu] is %g; allowed: finite", p, q, now->fluctuation[p * pairs + q]);
    }
    return QN_OK;
}

qn_status qn_expanded_posterior_solve(const qn_posterior_data *data, const double *kernel, const double *shift,
                                      const double *fluctuation, qn_expanded_posterior *result)
{
    expansion now = {.data = data, .shift = shift, .fluctuation = fluctuation};
    QN_TRY(check(&now, kernel));
    qn_expanded_posterior found = {0};
    const qn_status status = expand(&now, kernel, &found);
    qn_gaussian_process_destroy(now.process);
    double *const owned[] = {now.block, now.inverse, now.cross, now.solved,     now.prior,         now.variance,
                             now.basis, now.values,  now.work,  now.mean_first, now.variance_first};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; ++i) qn_release(owned[i]);
    if (status == QN_OK)
        *result = found;
    else
        qn_expanded_posterior_clear(&found);
    return status;
}

void qn_expanded_posterior_clear(qn_expanded_posterior *result)
{
    qn_release(result->mean);
    qn_release(result->mean_slope);
    qn_release(result->variance);
    qn_release(result->variance_slope);
    *result = (qn_expanded_posterior){0};
}
