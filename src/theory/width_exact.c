// V = R Gamma R^T and m = R (h + r) with Gamma and its derivative in closed form or by one integral.
#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "theory/fourth_moment.h"
#include "theory/width_corrections.h"

#include <math.h>

typedef struct {
    const qn_width_expansion *expansion;
    qn_fourth_moment moment;
    size_t count;  // of pairs that the elements depend on, parents first
    size_t *list;  // their numbers
    size_t *rank;  // of every pair: place in `list`, or QN_NO_PAIR
    double *gamma; // count x count: Gamma, then V
    double *reply; // recurrent: R of all pairs
    double *curve, *respond;
} exact;

static void find_ancestors(const qn_width_expansion *e, size_t count, const size_t *element, exact *task)
{
    for (size_t p = 0; p < e->count; ++p) task->rank[p] = QN_NO_PAIR;
    for (size_t i = 0; i < count; ++i) task->rank[element[i]] = 0;
    for (size_t p = e->count; p-- > 0;)
        for (size_t i = 0; task->rank[p] == 0 && i < e->pair[p].parents; ++i) task->rank[e->pair[p].parent[i]] = 0;
    for (size_t p = 0; p < e->count; ++p)
        if (task->rank[p] == 0) {
            task->rank[p] = task->count;
            task->list[task->count++] = p;
        }
}

static void four_indices(const qn_width_pair *p, const qn_width_pair *q, size_t index[4])
{
    index[0] = p->s, index[1] = p->t, index[2] = q->s, index[3] = q->t;
}

static void four_kernel(const qn_width_expansion *e, const size_t index[4], double kernel[4][4])
{
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) kernel[i][j] = e->kernel[index[i] * e->size + index[j]];
}

static double fourth(const exact *task, size_t p, size_t q)
{
    const qn_width_expansion *e = task->expansion;
    if (!e->recurrent && e->pair[p].s / e->inputs != e->pair[q].s / e->inputs) return 0;
    size_t index[4];
    double kernel[4][4];
    four_indices(&e->pair[p], &e->pair[q], index);
    four_kernel(e, index, kernel);
    return e->ratio[e->pair[p].s] * qn_fourth_covariance(&task->moment, index, kernel);
}

static void fill_gamma(exact *task)
{
    const size_t n = task->count;
#pragma omp parallel for schedule(dynamic) num_threads(qn_threads_for(n))
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j <= i; ++j)
            task->gamma[i * n + j] = task->gamma[j * n + i] = fourth(task, task->list[i], task->list[j]);
}

// Rows of x, one for each ancestor, collect what their parents' rows have.
static void respond(const exact *task, size_t columns, double *x)
{
    for (size_t i = 0; i < task->count; ++i) {
        const qn_width_pair *pair = &task->expansion->pair[task->list[i]];
        for (size_t k = 0; k < pair->parents; ++k) {
            const double *parent = x + task->rank[pair->parent[k]] * columns;
            for (size_t c = 0; c < columns; ++c) x[i * columns + c] += pair->slope[k] * parent[c];
        }
    }
}

// Rows first, then columns: a row of R Gamma, taken as a column, responds like any other.
static void fill_covariance(exact *task)
{
    const size_t n = task->count;
    respond(task, n, task->gamma);
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(n))
    for (size_t i = 0; i < n; ++i) respond(task, 1, task->gamma + i * n);
}

static double covariance(size_t p, size_t q, const void *context)
{
    const exact *task = context;
    return task->gamma[task->rank[p] * task->count + task->rank[q]];
}

// How the kernel of the four indices changes when the pair q is pushed; false: not at all.
static bool kernel_change(const exact *task, size_t q, const size_t index[4], double change[4][4])
{
    const qn_width_expansion *e = task->expansion;
    bool any = false;
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j <= i; ++j) {
            const size_t s = index[i], t = index[j];
            double value = 0;
            if (s >= e->inputs && t >= e->inputs)
                value = e->weight[s] * task->reply[e->at[(s - e->inputs) * e->size + t - e->inputs] * e->count + q];
            change[i][j] = change[j][i] = value;
            any = any || value != 0;
        }
    return any;
}

// r_p = sum_q dGamma_pq[R_q]: a fluctuation of q changes later kernels, and through them how p goes along with q.
static double response(const exact *task, size_t p)
{
    const qn_width_expansion *e = task->expansion;
    double sum = 0;
    for (size_t q = 0; q < e->count; ++q) {
        size_t index[4];
        double kernel[4][4], change[4][4];
        four_indices(&e->pair[p], &e->pair[q], index);
        if (!kernel_change(task, q, index, change)) continue;
        four_kernel(e, index, kernel);
        sum += qn_fourth_derivative(&task->moment, kernel, change);
    }
    return sum;
}

static void fill_shift(exact *task)
{
    const qn_width_expansion *e = task->expansion;
    if (e->recurrent) {
        for (size_t p = 0; p < e->count; ++p) task->reply[p * e->count + p] = 1;
        qn_width_respond(e, e->count, task->reply);
    }
#pragma omp parallel for schedule(dynamic) num_threads(qn_threads_for(task->count))
    for (size_t i = 0; i < task->count; ++i) {
        const size_t p = task->list[i];
        task->curve[i] = qn_width_curve(&e->pair[p], covariance, task);
        task->respond[i] = e->recurrent ? response(task, p) : 0;
    }
    respond(task, 1, task->curve);
    respond(task, 1, task->respond);
}

static qn_status allocate(const qn_width_expansion *e, size_t count, const size_t *element, exact *task)
{
    QN_TRY(QN_NEW(&task->list, e->count, "pairs behind the elements"));
    QN_TRY(QN_NEW(&task->rank, e->count, "pairs behind the elements"));
    find_ancestors(e, count, element, task);
    QN_TRY(QN_NEW(&task->gamma, task->count * task->count, "fourth moments"));
    QN_TRY(QN_NEW(&task->curve, task->count, "shifts"));
    QN_TRY(QN_NEW(&task->respond, task->count, "shifts"));
    if (e->recurrent) QN_TRY(QN_NEW(&task->reply, e->count * e->count, "responses of pairs"));
    return QN_OK;
}

static qn_status solve(const qn_transfer *activation, size_t count, const size_t *element, exact *task,
                       qn_finite_width *result)
{
    const qn_width_expansion *e = task->expansion;
    double largest = 0;
    for (size_t s = 0; s < e->size; ++s) largest = fmax(largest, e->kernel[s * e->size + s]);
    QN_TRY(qn_fourth_moment_prepare(activation, largest, &task->moment));
    QN_TRY(allocate(e, count, element, task));
    fill_gamma(task);
    fill_covariance(task);
    fill_shift(task);
    for (size_t i = 0; i < count; ++i) {
        result->curvature[i] = task->curve[task->rank[element[i]]];
        result->response[i] = task->respond[task->rank[element[i]]];
        for (size_t j = 0; j < count; ++j)
            result->fluctuation[i * count + j] = covariance(element[i], element[j], task);
    }
    return QN_OK;
}

qn_status qn_width_exact(const qn_width_expansion *expansion, const qn_transfer *activation, size_t count,
                         const size_t *element, qn_finite_width *result)
{
    exact task = {.expansion = expansion};
    const qn_status status = solve(activation, count, element, &task, result);
    qn_release(task.list);
    qn_release(task.rank);
    qn_release(task.gamma);
    qn_release(task.reply);
    qn_release(task.curve);
    qn_release(task.respond);
    return status;
}
