#include "theory/width_expansion.h"

#include "base/fail.h"
#include "base/memory.h"
#include "theory/wide_expectation.h"

#include <math.h>

// The term of the kernel that does not depend on earlier activity (1), (2).
static double source(const qn_wide_network *network, const qn_wide_inputs *inputs, size_t s, size_t t)
{
    const size_t a = s / inputs->count, b = t / inputs->count;
    const bool recurrent = network->architecture == QN_WIDE_RECURRENT;
    double sum = 0;
    if (a == b || (recurrent && !network->fresh_bias)) sum = qn_wide_bias(network, a) * qn_wide_bias(network, b);
    if ((a != b && !recurrent) || !qn_wide_has_input(network, a) || !qn_wide_has_input(network, b)) return sum;

    const size_t row_s = inputs->times > 1 ? s : s % inputs->count, row_t = inputs->times > 1 ? t : t % inputs->count;
    const double *x = inputs->values + row_s * inputs->dimension, *y = inputs->values + row_t * inputs->dimension;
    double overlap = 0;
    for (size_t k = 0; k < inputs->dimension; ++k) overlap += x[k] * y[k];
    return sum + network->input_strength * network->input_strength / (double)inputs->dimension * overlap;
}

static void set_widths(const qn_wide_network *network, qn_width_expansion *e)
{
    e->width = INFINITY;
    for (size_t a = 0; a <= network->depth; ++a) {
        const size_t width = qn_wide_width(network, a);
        if (width > 0) e->width = fmin(e->width, (double)width);
    }
    for (size_t s = 0; s < e->size; ++s) {
        const size_t width = qn_wide_width(network, s / e->inputs);
        e->ratio[s] = isinf(e->width) ? 1 : width == 0 ? 0 : e->width / (double)width;
    }
}

static void add_parent(qn_width_expansion *e, qn_width_pair *pair, size_t s, size_t t, double slope)
{
    pair->parent[pair->parents] = e->at[(s - e->inputs) * e->size + t - e->inputs];
    pair->slope[pair->parents++] = slope;
}

static qn_status expand_variance(const qn_transfer *activation, qn_width_expansion *e, qn_width_pair *pair)
{
    qn_wide_square square;
    QN_TRY(qn_wide_square_of(activation, e->kernel[pair->s * e->size + pair->s], &square));
    const double weight = e->weight[pair->s];
    pair->mean = square.value;
    if (weight == 0) return QN_OK;
    add_parent(e, pair, pair->s, pair->s, weight * square.first);
    pair->curvature[0][0] = weight * weight * square.second;
    return QN_OK;
}

// At the boundary only what is not there is dropped: where t has time 0, C_st still depends on the variance of s.
static qn_status expand_covariance(const qn_transfer *activation, qn_width_expansion *e, qn_width_pair *pair)
{
    const size_t s = pair->s, t = pair->t, n = e->size;
    qn_wide_moment m;
    QN_TRY(qn_wide_moment_of(activation, e->kernel[s * n + s], e->kernel[s * n + t], e->kernel[t * n + t], &m));
    const double weight = e->weight[s], square = weight * weight;
    pair->mean = m.value;
    if (weight == 0) return QN_OK;
    add_parent(e, pair, s, s, weight * m.a);
    pair->curvature[0][0] = square * m.aa;
    if (e->weight[t] == 0) return QN_OK;
    add_parent(e, pair, s, t, weight * m.c);
    add_parent(e, pair, t, t, weight * m.b);
    pair->curvature[1][1] = square * m.cc;
    pair->curvature[2][2] = square * m.bb;
    pair->curvature[0][1] = pair->curvature[1][0] = square * m.ac;
    pair->curvature[0][2] = pair->curvature[2][0] = square * m.ab;
    pair->curvature[1][2] = pair->curvature[2][1] = square * m.bc;
    return QN_OK;
}

// Kinked activations have no second derivatives at |rho| = 1; there rounding may hide it behind large numbers.
static bool coincide(const qn_transfer *activation, const qn_width_expansion *e, const qn_width_pair *pair)
{
    const qn_transfer_kind kind = activation->kind;
    if (kind == QN_TRANSFER_ERF || kind == QN_TRANSFER_TANH || kind == QN_TRANSFER_LINEAR) return false;
    if (pair->s == pair->t || pair->parents == 0) return false;
    const double c = e->kernel[pair->s * e->size + pair->t];
    const double square = e->kernel[pair->s * (e->size + 1)] * e->kernel[pair->t * (e->size + 1)];
    return square - c * c <= 1e-10 * square;
}

static bool has_slopes(const qn_width_pair *pair)
{
    bool finite = isfinite(pair->mean);
    for (size_t i = 0; i < pair->parents; ++i) {
        finite = finite && isfinite(pair->slope[i]);
        for (size_t j = 0; j < pair->parents; ++j) finite = finite && isfinite(pair->curvature[i][j]);
    }
    return finite;
}

static void fill_row(const qn_wide_network *network, const qn_wide_inputs *inputs, size_t s, qn_width_expansion *e)
{
    const size_t n = e->size, points = e->inputs;
    for (size_t t = 0; t <= s; ++t) {
        const size_t before = t >= points ? e->at[(s - points) * n + t - points] : QN_NO_PAIR;
        double k = source(network, inputs, s, t);
        if (before != QN_NO_PAIR) k += e->weight[s] * e->pair[before].mean;
        e->kernel[s * n + t] = e->kernel[t * n + s] = k;
    }
}

static qn_status add_pair(const qn_transfer *activation, size_t s, size_t t, qn_width_expansion *e)
{
    const size_t n = e->size, points = e->inputs;
    qn_width_pair *pair = &e->pair[e->count];
    *pair = (qn_width_pair){.s = s, .t = t};
    e->at[s * n + t] = e->at[t * n + s] = e->count++;
    QN_TRY(s == t ? expand_variance(activation, e, pair) : expand_covariance(activation, e, pair));
    if (points == 0 || (has_slopes(pair) && !coincide(activation, e, pair))) return QN_OK;
    return qn_fail(
        QN_NO_SOLUTION,
        "finite width: the kernel of input %zu at a = %zu and input %zu at a = %zu has no second derivatives "
        "(variances %g, %g, covariance %g): identical or vanishing inputs",
        s % points, s / points, t % points, t / points, e->kernel[s * n + s], e->kernel[t * n + t],
        e->kernel[s * n + t]);
}

// Second moments in the order of the larger time, that is of s: each kernel element needs earlier moments only.
static qn_status expand(const qn_wide_network *network, const qn_wide_inputs *inputs, qn_width_expansion *e)
{
    for (size_t a = 0; a <= network->depth; ++a)
        for (size_t s = a * e->inputs; s < (a + 1) * e->inputs; ++s) {
            fill_row(network, inputs, s, e);
            for (size_t t = e->recurrent ? 0 : a * e->inputs; t <= s; ++t)
                QN_TRY(add_pair(&network->activation, s, t, e));
        }
    return QN_OK;
}

static qn_status build(const qn_wide_network *network, const qn_wide_inputs *inputs, size_t pairs,
                       qn_width_expansion *e)
{
    QN_TRY(QN_NEW(&e->kernel, e->size * e->size, "kernel over times and inputs"));
    QN_TRY(QN_NEW(&e->weight, e->size, "weights of steps"));
    QN_TRY(QN_NEW(&e->ratio, e->size, "ratios of widths"));
    QN_TRY(QN_NEW(&e->pair, pairs, "pairs of times and inputs"));
    QN_TRY(QN_NEW(&e->at, e->size * e->size, "pairs of times and inputs"));
    for (size_t i = 0; i < e->size * e->size; ++i) e->at[i] = QN_NO_PAIR;
    for (size_t s = e->inputs; s < e->size; ++s) {
        const double strength = qn_wide_strength(network, s / e->inputs);
        e->weight[s] = strength * strength;
    }
    set_widths(network, e);
    return expand(network, inputs, e);
}

qn_status qn_width_expansion_create(const qn_wide_network *network, const qn_wide_inputs *inputs,
                                    qn_width_expansion *expansion)
{
    QN_TRY(qn_wide_network_check(network));
    QN_TRY(qn_wide_inputs_check(network, inputs));
    const double layers = (double)network->depth + 1, points = (double)inputs->count, size = layers * points;
    const bool recurrent = network->architecture == QN_WIDE_RECURRENT;
    const double pairs = recurrent ? size * (size + 1) / 2 : layers * points * (points + 1) / 2;
    QN_REQUIRE(pairs <= QN_WIDTH_PAIRS_MAX, QN_BAD_VALUE,
               "finite width: %zu inputs and depth %zu have %.0f pairs of %s; allowed: at most %d", inputs->count,
               network->depth, pairs, recurrent ? "(time, input) pairs" : "inputs within layers", QN_WIDTH_PAIRS_MAX);

    qn_width_expansion made = {.recurrent = recurrent, .inputs = inputs->count, .size = (size_t)size};
    const qn_status status = build(network, inputs, (size_t)pairs, &made);
    if (status != QN_OK)
        qn_width_expansion_clear(&made);
    else
        *expansion = made;
    return status;
}

void qn_width_expansion_clear(qn_width_expansion *expansion)
{
    if (!expansion) return;
    qn_release(expansion->kernel);
    qn_release(expansion->weight);
    qn_release(expansion->ratio);
    qn_release(expansion->pair);
    qn_release(expansion->at);
    *expansion = (qn_width_expansion){0};
}

void qn_width_respond(const qn_width_expansion *expansion, size_t columns, double *x)
{
    for (size_t p = 0; p < expansion->count; ++p) {
        const qn_width_pair *pair = &expansion->pair[p];
        for (size_t i = 0; i < pair->parents; ++i) {
            const double slope = pair->slope[i], *parent = x + pair->parent[i] * columns;
            if (slope == 0) continue;
            for (size_t c = 0; c < columns; ++c) x[p * columns + c] += slope * parent[c];
        }
    }
}

double qn_width_curve(const qn_width_pair *pair, qn_width_covariance covariance, const void *context)
{
    double sum = 0;
    for (size_t i = 0; i < pair->parents; ++i)
        for (size_t j = 0; j < pair->parents; ++j)
            sum += pair->curvature[i][j] * covariance(pair->parent[i], pair->parent[j], context);
    return 0.5 * sum;
}
