// Given its second moments C a finite network's output is Gaussian with the kernel sigma_out^2 + g_out^2 C: everything
// about outputs follows from V and m of C, equation (13).
#include "base/fail.h"
#include "base/memory.h"

#include <math.h>
#include <quenched/finite_width.h>

static size_t packed(size_t i, size_t j) { return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i; }

static qn_status fill(const qn_wide_network *network, const qn_wide_inputs *inputs,
                      const qn_finite_width_options *options, qn_wide_pair **pairs, qn_output_corrections *made)
{
    const size_t n = made->points, count = made->pairs;
    QN_TRY(QN_NEW(pairs, count, "pairs of outputs"));
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j <= i; ++j)
            (*pairs)[packed(i, j)] = (qn_wide_pair){.first_time = qn_wide_readout(network, i / inputs->count),
                                                    .second_time = qn_wide_readout(network, j / inputs->count),
                                                    .first_input = i % inputs->count,
                                                    .second_input = j % inputs->count};
    QN_TRY(qn_finite_width_solve(network, inputs, count, *pairs, options, &made->of));
    QN_TRY(QN_NEW(&made->kernel, count, "output kernel"));
    QN_TRY(QN_NEW(&made->shift, count, "shifts of outputs"));
    QN_TRY(QN_NEW(&made->fluctuation, count * count, "fluctuations of outputs"));
    QN_TRY(QN_NEW(&made->kurtosis, n, "kurtosis of outputs"));

    const double strength = pow(qn_wide_output_strength(network), 2), bias = pow(qn_wide_output_bias(network), 2);
    made->width = made->of.width;
    for (size_t p = 0; p < count; ++p) {
        made->kernel[p] = bias + strength * made->of.moment[p];
        made->shift[p] = strength * made->of.shift[p];
        for (size_t q = 0; q < count; ++q)
            made->fluctuation[p * count + q] = strength * strength * made->of.fluctuation[p * count + q];
    }
    for (size_t i = 0; i < n; ++i) {
        const size_t p = packed(i, i);
        const double variance = made->kernel[p];
        made->kurtosis[i] = variance > 0 ? 3 * made->fluctuation[p * (count + 1)] / (variance * variance) : NAN;
    }
    return QN_OK;
}

qn_status qn_output_corrections_solve(const qn_wide_network *network, const qn_wide_inputs *inputs,
                                      const qn_finite_width_options *options, qn_output_corrections *result)
{
    QN_TRY(qn_wide_network_check(network));
    QN_TRY(qn_wide_inputs_check(network, inputs));
    const size_t readouts = qn_wide_readout_count(network);
    QN_REQUIRE(network->architecture == QN_WIDE_RECURRENT || readouts == 1, QN_BAD_VALUE,
               "corrections of outputs: %zu readouts; allowed for a deep network: 1", readouts);
    QN_REQUIRE(inputs->count <= 1830 && readouts <= 1830 && inputs->count * readouts <= 60, QN_BAD_VALUE,
               "corrections of outputs: %zu inputs and %zu readouts; allowed: at most 60 (readout, input) pairs",
               inputs->count, readouts);
    const size_t points = inputs->count * readouts;
    qn_output_corrections made = {.points = points, .pairs = points * (points + 1) / 2};
    qn_wide_pair *pairs = NULL;
    const qn_status status = fill(network, inputs, options, &pairs, &made);
    qn_release(pairs);
    if (status == QN_OK)
        *result = made;
    else
        qn_output_corrections_clear(&made);
    return status;
}

void qn_output_corrections_clear(qn_output_corrections *result)
{
    if (!result) return;
    qn_release(result->kernel);
    qn_release(result->shift);
    qn_release(result->fluctuation);
    qn_release(result->kurtosis);
    qn_finite_width_clear(&result->of);
    *result = (qn_output_corrections){0};
}

static double covariance(const qn_output_corrections *c, size_t i, size_t j, size_t k, size_t l)
{
    return c->fluctuation[packed(i, j) * c->pairs + packed(k, l)];
}

double qn_output_cross_cumulant(const qn_output_corrections *corrections, const size_t point[4])
{
    return covariance(corrections, point[0], point[1], point[2], point[3]);
}

double qn_output_cumulant(const qn_output_corrections *corrections, const size_t point[4])
{
    return covariance(corrections, point[0], point[1], point[2], point[3]) +
           covariance(corrections, point[0], point[2], point[1], point[3]) +
           covariance(corrections, point[0], point[3], point[1], point[2]);
}
