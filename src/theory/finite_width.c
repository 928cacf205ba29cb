#include <quenched/finite_width.h>

#include "base/fail.h"
#include "base/memory.h"
#include "theory/fourth_moment.h"
#include "theory/width_corrections.h"

#include <math.h>
#include <stdio.h>

// Where order 1/n is trusted: corrections up to 30 %, and what follows them up to 10 %.
static const double LARGEST_CORRECTION = 0.3, LARGEST_NEXT = 0.1;

// Wick pairings of a linear network give c = 0, 2, 10, 28, 62, 118, 204, 328, 500 for A = 1 ... 9; their third
// differences 4, 6, 6, 8, 8, 10, ... continue.
double qn_recurrent_mean_growth(size_t depth)
{
    double value = 0, first = 2, second = 6;
    for (size_t a = 1; a < depth; ++a) {
        value += first;
        first += second;
        const size_t third = 4 + a / 2 * 2;
        second += (double)third;
    }
    return value;
}

static qn_status find_elements(const qn_width_expansion *e, size_t count, const qn_wide_pair *pairs, size_t *element)
{
    const size_t times = e->size / e->inputs;
    QN_REQUIRE(count > 0, QN_BAD_VALUE, "finite width: no pairs are asked for");
    for (size_t i = 0; i < count; ++i) {
        const qn_wide_pair *pair = &pairs[i];
        const size_t last_time = pair->first_time > pair->second_time ? pair->first_time : pair->second_time;
        const size_t last_input = pair->first_input > pair->second_input ? pair->first_input : pair->second_input;
        QN_REQUIRE(last_time < times, QN_BAD_VALUE, "pair %zu has a = %zu; allowed: at most %zu (depth)", i, last_time,
                   times - 1);
        QN_REQUIRE(last_input < e->inputs, QN_BAD_VALUE, "pair %zu has input %zu; there are %zu inputs", i, last_input,
                   e->inputs);
        QN_REQUIRE(e->recurrent || pair->first_time == pair->second_time, QN_BAD_VALUE,
                   "pair %zu joins a = %zu and a = %zu; layers of a deep network are independent", i, pair->first_time,
                   pair->second_time);
        element[i] = e->at[(pair->first_time * e->inputs + pair->first_input) * e->size +
                           pair->second_time * e->inputs + pair->second_input];
    }
    return QN_OK;
}

// Do the pairs, of a deep network, contain at most two different inputs?
static bool only_two_inputs(size_t count, const qn_wide_pair *pairs)
{
    const size_t one = pairs[0].first_input;
    size_t two = one;
    for (size_t i = 0; i < 2 * count; ++i) {
        const size_t input = i % 2 ? pairs[i / 2].second_input : pairs[i / 2].first_input;
        if (two == one) two = input;
        if (input != one && input != two) return false;
    }
    return true;
}

static bool needs_sampling(const qn_width_expansion *e, const qn_transfer *activation, size_t count,
                           const qn_wide_pair *pairs)
{
    if (qn_fourth_moment_known(activation)) return false;
    return e->recurrent || !qn_fourth_moment_known_of_two(activation) || !only_two_inputs(count, pairs);
}

// How large the elements' corrections are, in units of the elements' scale.
static void compare(const qn_width_expansion *e, const size_t *element, qn_finite_width *result)
{
    for (size_t i = 0; i < result->count; ++i) {
        const qn_width_pair *pair = &e->pair[element[i]];
        const double square =
            e->pair[e->at[pair->s * (e->size + 1)]].mean * e->pair[e->at[pair->t * (e->size + 1)]].mean;
        if (!(square > 0)) continue;
        const double shift = fabs(result->shift[i]) / (result->width * sqrt(square));
        const double fluctuation = result->fluctuation[i * (result->count + 1)] / (result->width * square);
        result->relative_shift = fmax(result->relative_shift, shift);
        result->relative_fluctuation = fmax(result->relative_fluctuation, fluctuation);
    }
    if (!e->recurrent) return;
    const size_t depth = e->size / e->inputs - 1;
    const double steps = (double)depth;
    result->next_variance = depth > 0 ? steps * (steps - 1) / (3 * result->width) : 0;
    result->next_mean = qn_recurrent_mean_growth(depth) / (result->width * result->width);
}

static void judge(qn_finite_width *result)
{
    const double figure[] = {result->relative_shift, result->relative_fluctuation, result->next_variance,
                             result->next_mean};
    const char *name[] = {"shift of the mean |m| / (n C)", "fluctuation V / (n C^2)",
                          "next order of V, A (A - 1) / (3 n)", "next order of the mean, c(A) / n^2"};
    int worst = -1;
    double most = 1;
    for (int i = 0; i < 4; ++i) {
        const double excess = figure[i] / (i < 2 ? LARGEST_CORRECTION : LARGEST_NEXT);
        if (!(excess > most)) continue;
        most = excess;
        worst = i;
    }
    result->outside = worst >= 0;
    if (worst < 0) return;
    snprintf(result->warning, sizeof result->warning,
             "outside the perturbative regime at width %.0f: %s is %.3g, trusted up to %.1f; compare with a simulation",
             result->width, name[worst], figure[worst], worst < 2 ? LARGEST_CORRECTION : LARGEST_NEXT);
}

static qn_status allocate(size_t count, qn_finite_width *result)
{
    QN_TRY(QN_NEW(&result->moment, count, "second moments"));
    QN_TRY(QN_NEW(&result->shift, count, "shifts"));
    QN_TRY(QN_NEW(&result->curvature, count, "shifts"));
    QN_TRY(QN_NEW(&result->response, count, "shifts"));
    QN_TRY(QN_NEW(&result->shift_error, 3 * count, "errors of shifts"));
    QN_TRY(QN_NEW(&result->fluctuation, count * count, "fluctuations"));
    QN_TRY(QN_NEW(&result->fluctuation_error, count * count, "errors of fluctuations"));
    return QN_OK;
}

static qn_status fill(const qn_width_expansion *e, const qn_transfer *activation, const qn_wide_pair *pairs,
                      const qn_finite_width_options *options, size_t *element, qn_finite_width *result)
{
    const size_t count = result->count;
    QN_TRY(find_elements(e, count, pairs, element));
    QN_TRY(allocate(count, result));
    result->width = e->width;
    result->sampled = options->sampled || needs_sampling(e, activation, count, pairs);
    QN_TRY(result->sampled ? qn_width_sampled(e, activation, count, element, options, result)
                           : qn_width_exact(e, activation, count, element, result));
    for (size_t i = 0; i < count; ++i) {
        result->moment[i] = e->pair[element[i]].mean;
        result->shift[i] = result->curvature[i] + result->response[i];
    }
    compare(e, element, result);
    judge(result);
    return QN_OK;
}

qn_status qn_finite_width_solve(const qn_wide_network *network, const qn_wide_inputs *inputs, size_t count,
                                const qn_wide_pair *pairs, const qn_finite_width_options *options,
                                qn_finite_width *result)
{
    const qn_finite_width_options defaults = {0};
    qn_width_expansion expansion = {0};
    QN_TRY(qn_width_expansion_create(network, inputs, &expansion));
    qn_finite_width made = {.count = count};
    size_t *element = NULL;
    qn_status status = QN_NEW(&element, count > 0 ? count : 1, "pairs");
    if (status == QN_OK)
        status = fill(&expansion, &network->activation, pairs, options ? options : &defaults, element, &made);
    if (status == QN_OK)
        *result = made;
    else
        qn_finite_width_clear(&made);
    qn_release(element);
    qn_width_expansion_clear(&expansion);
    return status;
}

void qn_finite_width_clear(qn_finite_width *result)
{
    if (!result) return;
    qn_release(result->moment);
    qn_release(result->shift);
    qn_release(result->curvature);
    qn_release(result->response);
    qn_release(result->shift_error);
    qn_release(result->fluctuation);
    qn_release(result->fluctuation_error);
    *result = (qn_finite_width){0};
}
