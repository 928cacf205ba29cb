// The network of a point, at scale, and its mean field.
#include "base/fail.h"
#include "study/result_builder.h"
#include "study/spiking_point.h"

#include <quenched/down_scaling.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

void qn_spiking_point_clear(qn_spiking_point *point)
{
    for (size_t i = 0; point->measurements && i < point->realisations; ++i)
        qn_spiking_measurement_clear(&point->measurements[i]);
    free(point->measurements);
    qn_lif_mean_field_clear(&point->theory);
    qn_spiking_network_clear(&point->scaled);
    qn_spiking_built_clear(&point->full);
    free(point->cv);
    free(point->label);
    free(point->trouble);
    *point = (qn_spiking_point){0};
}

const qn_lif_state *qn_spiking_state_of(const qn_spiking_point *point)
{
    return point->solved == QN_OK && point->theory.state_count ? &point->theory.states[0] : NULL;
}

qn_status qn_spiking_warn(const qn_spiking_point *point, qn_result *result, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    qn_status status = qn_text_vformat(&text, format, arguments);
    va_end(arguments);
    if (status == QN_OK)
        status = qn_result_add_warning(result, "%s%s%s", *point->label ? "at " : "", point->label,
                                       *point->label ? ": " : "");
    if (status == QN_OK) {
        char **warning = &result->warnings[result->warning_count - 1], *whole = NULL;
        status = qn_text_format(&whole, "%s%s", *warning, text);
        if (status == QN_OK) {
            free(*warning);
            *warning = whole;
        }
    }
    free(text);
    return status;
}

qn_lif_mean_field_options qn_spiking_mean_field_options(const qn_spiking_study *study)
{
    const qn_spiking_theory_keys *keys = &study->theory;
    return (qn_lif_mean_field_options){.heterogeneity = qn_spiking_computes(study, QN_SPIKING_HETEROGENEITY),
                                       .ignore_weight_spread = !keys->weight_variance,
                                       .average_synaptic_time = keys->average_synaptic_time,
                                       .start_count = keys->starts.count,
                                       .starts = keys->starts.count ? keys->starts.items : NULL,
                                       .tolerance = keys->tolerance};
}

static qn_status solve(const qn_spiking_study *study, const qn_spiking_network *network, qn_lif_mean_field *theory)
{
    const qn_lif_mean_field_options options = qn_spiking_mean_field_options(study);
    return qn_lif_mean_field_solve(network, &options, theory);
}

// Rates at which a smaller network keeps its input: the study's, or those of the full network's mean field.
static qn_status scale(const qn_spiking_study *study, const qn_spiking_built *full, qn_spiking_network *scaled)
{
    const qn_spiking_scale_keys *keys = &study->network.scale;
    if (keys->rates.count)
        return qn_spiking_down_scale(&full->network, keys->size, keys->degree, keys->rates.items, scaled);
    qn_lif_mean_field theory = {0};
    const qn_status solved = solve(study, &full->network, &theory);
    if (solved != QN_OK)
        return qn_fail_in(solved, "network.scale.rates is not said, and the full network's mean field gives none");
    const qn_status status =
        qn_spiking_down_scale(&full->network, keys->size, keys->degree, theory.states[0].rate, scaled);
    qn_lif_mean_field_clear(&theory);
    return status;
}

static bool is_scaled(const qn_spiking_study *study)
{
    return study->network.scale.size < 1.0 || study->network.scale.degree < 1.0;
}

static bool computes_anything(const qn_spiking_execution *run, const qn_spiking_study *study)
{
    return run->options->wings != QN_WING_SIMULATION && study->theory.compute.count > 0;
}

// A network that theory does not cover, or that has no state of low activity, can still be simulated.
static qn_status solve_point(const qn_spiking_execution *run, qn_spiking_point *point, qn_result *result)
{
    // The plan needs rates even where theory is not shown.
    if (!point->study->theory.compute.count && !point->study->simulation) return QN_OK;
    point->solved = solve(point->study, point->network, &point->theory);
    if (point->solved == QN_OK) {
        for (size_t i = 0; i < point->theory.warning_count && computes_anything(run, point->study); ++i)
            QN_TRY(qn_spiking_warn(point, result, "%s", point->theory.warnings[i]));
        return computes_anything(run, point->study) ? qn_spiking_solve_cv(point) : QN_OK;
    }
    const bool passing =
        point->solved == QN_BAD_VALUE || point->solved == QN_NO_SOLUTION || point->solved == QN_NOT_CONVERGED;
    const bool alone = !point->study->simulation || (run->options->wings == QN_WING_THEORY && run->count == 1);
    if (!passing || alone) return point->solved;
    QN_TRY(qn_text_copy(qn_last_error(), &point->trouble));
    if (!computes_anything(run, point->study)) return QN_OK;
    return qn_spiking_warn(point, result, "no theory: %s", point->trouble);
}

qn_status qn_spiking_prepare_point(const qn_spiking_execution *run, qn_spiking_point *point, qn_result *result)
{
    const qn_spiking_study *study = point->study;
    point->solved = QN_STOPPED;
    QN_TRY(qn_spiking_build(&study->network, run->study->folder, &point->full));
    QN_TRY(qn_spiking_network_check(&point->full.network));
    point->network = &point->full.network;
    if (is_scaled(study)) {
        QN_TRY(scale(study, &point->full, &point->scaled));
        point->network = &point->scaled;
    }
    QN_TRY(solve_point(run, point, result));
    return qn_spiking_warn_of_regime(run, point, result);
}
