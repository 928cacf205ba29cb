#include "theory/width_response.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>

static bool is_smooth(const qn_transfer *activation)
{
    return activation->kind == QN_TRANSFER_TANH || activation->kind == QN_TRANSFER_ERF ||
           activation->kind == QN_TRANSFER_LINEAR;
}

static double bend(const qn_transfer *activation, double h, double value, double slope)
{
    const double gain = activation->gain > 0 ? activation->gain : 1;
    if (activation->kind == QN_TRANSFER_TANH) return -2 * gain * value * slope;
    return activation->kind == QN_TRANSFER_ERF ? -M_PI / 2 * gain * gain * h * slope : 0;
}

static qn_status check_pivots(const qn_width_expansion *e, const double *factor)
{
    const size_t inputs = e->inputs > 0 ? e->inputs : 1;
    for (size_t s = inputs; s < e->size; ++s)
        QN_REQUIRE(factor[s * (e->size + 1)] > 0, QN_NO_SOLUTION,
                   "finite width: the kernel is singular at a = %zu, input %zu, where its response is needed: the "
                   "activity follows from that of others",
                   s / inputs, s % inputs);
    return QN_OK;
}

static void fill_reply(qn_width_response *response, double *all)
{
    const qn_width_expansion *e = response->expansion;
    const size_t n = e->size, points = e->inputs;
    for (size_t p = 0; p < e->count; ++p) all[p * e->count + p] = 1;
    qn_width_respond(e, e->count, all);
    for (size_t s = points; s < n; ++s)
        for (size_t r = points; r < s; ++r) {
            const double *row = all + e->at[(s - points) * n + r - points] * e->count;
            for (size_t t = 0; t < n; ++t)
                response->reply[(s * n + r) * n + t] = e->weight[s] * (r == t ? 2 : 1) * row[e->at[r * n + t]];
        }
}

qn_status qn_width_response_prepare(const qn_width_expansion *expansion, const qn_transfer *activation,
                                    const double *factor, qn_width_response *response)
{
    qn_width_response made = {.expansion = expansion, .activation = activation, .factor = factor};
    if (!is_smooth(activation)) {
        QN_TRY(check_pivots(expansion, factor));
        *response = made;
        return QN_OK;
    }
    const size_t n = expansion->size;
    double *all = NULL;
    QN_TRY(QN_NEW(&all, expansion->count * expansion->count, "responses of pairs"));
    const qn_status status = QN_NEW(&made.reply, n * n * n, "responses of pairs");
    if (status == QN_OK) {
        fill_reply(&made, all);
        *response = made;
    }
    qn_release(all);
    return status;
}

void qn_width_response_clear(qn_width_response *response)
{
    qn_release(response->reply);
    *response = (qn_width_response){0};
}

// Across: h_s of p moves with h_r of an earlier q. Within: the two h of p, or one with itself.
static void add_by_price(const qn_width_response *response, const qn_width_sample *w, double *across, double *sum)
{
    const qn_width_expansion *e = response->expansion;
    const size_t n = e->size, points = e->inputs;
    double *within = across + n; // g^2 X_ss phi'' / 2
    for (size_t s = points; s < n; ++s) {
        across[s] = 0;
        for (size_t r = points; r < s; ++r) {
            const double *reply = response->reply + (s * n + r) * n;
            double effect = 0;
            for (size_t t = 0; t < s; ++t) effect += reply[t] * w->value[t];
            across[s] += w->slope[r] * effect;
        }
        within[s] = 0.5 * e->weight[s] * w->x[e->at[(s - points) * (n + 1)]] *
                    bend(response->activation, w->h[s], w->value[s], w->slope[s]);
    }
    for (size_t p = 0; p < e->count; ++p) {
        const size_t s = e->pair[p].s, t = e->pair[p].t;
        sum[p] += (w->slope[s] * across[s] + within[s]) * w->value[t];
        sum[p] += (w->slope[t] * across[t] + within[t]) * w->value[s];
        if (t < points) continue;
        sum[p] += e->weight[s] * w->x[e->at[(s - points) * n + t - points]] * w->slope[s] * w->slope[t];
    }
}

// dL = L low(L^-1 dK L^-T): the lower triangle with half the diagonal. Rows without pivot, at time 0, do not change.
static void move(size_t n, const double *factor, const double *change, const double *z, double *half, double *between,
                 double *moved)
{
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) { // half = L^-1 dK
            double rest = change[i * n + j];
            for (size_t k = 0; k < i; ++k) rest -= factor[i * n + k] * half[k * n + j];
            half[i * n + j] = factor[i * n + i] > 0 ? rest / factor[i * n + i] : 0;
        }
    for (size_t i = 0; i < n; ++i) {
        double *row = half + i * n; // becomes that of L^-1 dK L^-T, up to the diagonal
        between[i] = 0;
        for (size_t j = 0; j <= i; ++j) {
            double rest = row[j];
            for (size_t k = 0; k < j; ++k) rest -= row[k] * factor[j * n + k];
            row[j] = factor[j * n + j] > 0 ? rest / factor[j * n + j] : 0;
            between[i] += (j < i ? 1 : 0.5) * row[j] * z[j];
        }
    }
    for (size_t i = 0; i < n; ++i) {
        moved[i] = 0;
        for (size_t j = 0; j <= i; ++j) moved[i] += factor[i * n + j] * between[j];
    }
}

static void add_along_path(const qn_width_response *response, const qn_width_sample *w, double *scratch, double *sum)
{
    const qn_width_expansion *e = response->expansion;
    const size_t n = e->size, points = e->inputs;
    double *change = scratch, *half = change + n * n, *between = half + n * n, *moved = between + n;
    for (size_t s = points; s < n; ++s)
        for (size_t t = points; t <= s; ++t)
            change[s * n + t] = change[t * n + s] = e->weight[s] * w->x[e->at[(s - points) * n + t - points]];
    move(n, response->factor, change, w->z, half, between, moved);
    for (size_t p = 0; p < e->count; ++p) {
        const size_t s = e->pair[p].s, t = e->pair[p].t;
        sum[p] += w->slope[s] * moved[s] * w->value[t] + w->slope[t] * moved[t] * w->value[s];
    }
}

void qn_width_response_add(const qn_width_response *response, const qn_width_sample *sample, double *scratch,
                           double *sum)
{
    if (response->reply)
        add_by_price(response, sample, scratch, sum);
    else
        add_along_path(response, sample, scratch, sum);
}
