// What a connectome's activity is expected to be, by theories that know ever more of its wiring, and what it is.
#include "base/fail.h"
#include "base/memory.h"
#include "simulation/rate_plan.h"
#include "study/activity_population.h"
#include "study/connectome_case.h"

#include <quenched/given_matrix.h>
#include <quenched/heterogeneity.h>
#include <quenched/rate_simulation.h>

#include <math.h>
#include <stdlib.h>

static bool is_trouble_of_theory(qn_status status)
{
    return status == QN_NO_SOLUTION || status == QN_NOT_CONVERGED || status == QN_BAD_VALUE;
}

// What went wrong becomes a warning, unless it is memory, a stop or a file.
static qn_status note(qn_status status, const char *what, qn_connectome_case *one)
{
    if (status == QN_OK || !is_trouble_of_theory(status)) return status;
    return qn_connectome_case_warn(one, "%s: %s", what, qn_last_error());
}

static qn_status predict_equal(const qn_rate_network *network, const qn_two_point *units, qn_connectome_case *one)
{
    qn_activity_population population = {0};
    qn_activity_collective found = qn_activity_collective_none();
    char *trouble = NULL;
    QN_TRY(qn_activity_solve_population(network, units, &population, &found, &trouble));
    qn_activity_population_clear(&population);
    qn_connectome_set_theory(one, QN_CONNECTOME_participation_ratio, found.participation_ratio);
    qn_connectome_set_theory(one, QN_CONNECTOME_participation_ratio_field, found.participation_ratio_field);
    qn_status status = QN_OK;
    if (trouble) status = qn_connectome_case_warn(one, "theory of equal units: %s", trouble);
    free(trouble);
    const double dimensions = found.participation_ratio * (double)network->size;
    if (status == QN_OK && dimensions < 10.0)
        status = qn_connectome_case_warn(one, "%.2g dimensions are too few for mean-field theory: take them as \"few\"",
                                         dimensions);
    return status;
}

// Classes of units by w and v. Units that receive nothing, or send nothing, get so little that it does not matter.
static qn_status classes_of(const qn_heterogeneity *spread, size_t rows, size_t columns, double factor, double *gains,
                            double *outputs, double *weights, size_t *count)
{
    const double silent = 1e-3, deaf = 1.0 - (double)spread->receiving / (double)spread->size;
    size_t made = rows * columns;
    QN_TRY(qn_heterogeneity_joint_classes(spread, rows, columns, gains, outputs, weights));
    for (size_t k = 0; k < made; ++k) weights[k] *= 1.0 - deaf;
    if (deaf > 0.0) {
        double sent = 0.0;
        for (size_t i = 0; i < spread->size; ++i)
            if (spread->row_scale[i] == 0.0) sent += spread->column_scale[i] * spread->column_scale[i];
        gains[made] = 0.0, outputs[made] = sqrt(sent / (deaf * (double)spread->size)), weights[made++] = deaf;
    }
    double largest_gain = 0.0, largest_output = 0.0;
    for (size_t k = 0; k < made; ++k) {
        largest_gain = fmax(largest_gain, gains[k]);
        largest_output = fmax(largest_output, outputs[k]);
    }
    for (size_t k = 0; k < made; ++k) {
        gains[k] = factor * fmax(gains[k], silent * largest_gain);
        outputs[k] = fmax(outputs[k], silent * largest_output);
    }
    *count = made;
    return QN_OK;
}

enum { MOST_CLASSES = 30 * 15 + 1, UNITS_PER_CLASS = 4, PCA_UNITS = 3000 };

// Gains are in units of the given couplings: `factor` makes their strength the network's.
static qn_status predict_unequal(const qn_connectome_study *study, const qn_rate_network *network,
                                 const qn_heterogeneity *spread, double factor, qn_connectome_case *one)
{
    double gains[MOST_CLASSES], outputs[MOST_CLASSES], weights[MOST_CLASSES], ratio, theta;
    size_t rows = (size_t)study->theory.classes, columns = rows > 1 ? rows / 2 : 1;
    while (rows > 1 && rows * columns * UNITS_PER_CLASS > spread->receiving) rows -= 1, columns = (rows + 1) / 2;
    const double rank = one->values[QN_CONNECTOME_inverse_effective_rank_rescaled].measured.value;
    qn_unit_classes units = {
        .transfer = network->transfer, .strength = 1.0, .noise = network->noise, .gains = gains, .outputs = outputs};
    units.weights = weights;
    QN_TRY(classes_of(spread, rows, columns, factor, gains, outputs, weights, &units.classes));
    if (isnan(rank)) return QN_OK;
    qn_heterogeneous *theory;
    QN_TRY(qn_heterogeneous_create(&units, &theory));
    const qn_status status = qn_heterogeneous_dimension(theory, rank, false, &ratio, &theta);
    qn_heterogeneous_destroy(theory);
    if (status == QN_OK) qn_connectome_set_theory(one, QN_CONNECTOME_participation_ratio_unequal, ratio);
    return status;
}

// w and v such that the strength of w_i X_ij v_j is that of the network.
static qn_status fit_and_predict(const qn_connectome_study *study, const qn_rate_network *network,
                                 const qn_progress *progress, qn_connectome_case *one)
{
    qn_heterogeneity spread;
    qn_coupling_statistics wanted;
    QN_TRY(qn_coupling_statistics_of(&network->coupling, network->size, &wanted));
    QN_TRY(qn_connectome_fit(one, progress, &spread));
    double square = 0.0, sent = 0.0;
    for (size_t i = 0; i < spread.size; ++i) {
        square += spread.row_scale[i] * spread.row_scale[i] / (double)spread.size;
        sent += spread.column_scale[i] * spread.column_scale[i] / (double)spread.size;
    }
    const double factor = wanted.strength / sqrt(square * sent);
    const qn_status status = predict_unequal(study, network, &spread, factor, one);
    qn_heterogeneity_clear(&spread);
    return status;
}

// Real part from which on linear theory of one matrix is no more than a guide; 1 is unstable.
static const double near_instability = 0.7;

static qn_status warn_of_excluded(const qn_given_matrix *theory, qn_connectome_case *one)
{
    qn_given_structure structure;
    qn_given_matrix_structure(theory, &structure);
    if (!structure.excluded && structure.leading_real > near_instability)
        return qn_connectome_case_warn(one,
                                       "theory of this matrix is close to its instability (the leading eigenvalue of J "
                                       "times the mean slope has real part %.3g): take its dimension for an order of "
                                       "magnitude",
                                       structure.leading_real);
    if (!structure.excluded) return QN_OK;
    return qn_connectome_case_warn(one,
                                   "theory of this matrix leaves %zu unstable direction%s out: the dimension it gives "
                                   "is that of the others",
                                   structure.excluded, structure.excluded > 1 ? "s" : "");
}

static qn_status predict_given(const qn_rate_network *network, const qn_two_point *units, const qn_progress *progress,
                               qn_connectome_case *one)
{
    double *matrix;
    qn_given_matrix *theory = NULL;
    qn_given_prediction found = {0};
    QN_TRY(QN_NEW(&matrix, network->size * network->size, "couplings"));
    qn_status status = qn_coupling_draw(&network->coupling, network->size, 0, 0, matrix);
    qn_given_options options = {0};
    if (status == QN_OK) status = qn_given_matrix_create(network, units, matrix, &options, progress, &theory);
    if (status == QN_NO_SOLUTION) { // what an unstable direction does is unknown; the others are known without it
        options.exclude_unstable = true;
        status = qn_given_matrix_create(network, units, matrix, &options, progress, &theory);
    }
    qn_release(matrix);
    if (status == QN_OK) status = warn_of_excluded(theory, one);
    if (status == QN_OK) status = qn_given_matrix_predict(theory, 0, NULL, progress, &found);
    if (status == QN_OK) {
        qn_connectome_set_theory(one, QN_CONNECTOME_participation_ratio_given, found.participation_ratio);
        status = qn_connectome_function_create(network->size, &one->components);
        for (size_t i = 0; status == QN_OK && i < network->size; ++i) one->components.theory[i] = found.eigenvalue[i];
    }
    qn_given_prediction_clear(&found);
    qn_given_matrix_destroy(theory);
    return status;
}

qn_status qn_connectome_predict(const qn_connectome_study *study, const qn_progress *progress, qn_connectome_case *one)
{
    const qn_rate_network network = qn_connectome_network(study, one);
    qn_two_point units;
    const qn_status solved = qn_two_point_solve(&network, NULL, &units);
    if (solved != QN_OK) return note(solved, "theory", one);
    one->phase_theory = qn_phase_name(units.phase);
    qn_connectome_set_theory(one, QN_CONNECTOME_rate_variance, units.rate_variance);
    qn_connectome_set_theory(one, QN_CONNECTOME_correlation_time, units.correlation_time);
    qn_connectome_set_theory(one, QN_CONNECTOME_lyapunov_exponent, units.lyapunov_exponent);
    qn_status status = QN_OK;
    if (units.phase == QN_PHASE_QUIESCENT)
        status = qn_connectome_case_warn(
            one, "all units rest at zero by theory: a larger matrix.strength, or units.noise, brings activity");
    const bool lively = units.phase == QN_PHASE_CHAOTIC || units.phase == QN_PHASE_NOISE_DRIVEN;
    if (status == QN_OK && lively) status = note(predict_equal(&network, &units, one), "theory of equal units", one);
    if (status == QN_OK && !study->matrix.keep_mean)
        status = note(fit_and_predict(study, &network, progress, one), "theory of unequal units", one);
    if (status == QN_OK && lively && (int64_t)network.size <= study->theory.given)
        status = note(predict_given(&network, &units, progress, one), "theory of this matrix", one);
    qn_two_point_clear(&units);
    return status;
}

typedef struct {
    size_t count;
    qn_rate_measurement *measured;
    double *values, *squares; ///< scratch, `count` each
} runs;

static qn_estimate mean_of(const runs *of, ptrdiff_t offset)
{
    for (size_t i = 0; i < of->count; ++i) of->values[i] = qn_activity_value(&of->measured[i], offset);
    return qn_estimate_of(of->count, of->values);
}

static qn_estimate ratio_of(const runs *of, ptrdiff_t variance, ptrdiff_t theta)
{
    for (size_t i = 0; i < of->count; ++i) {
        const double c = qn_activity_value(&of->measured[i], variance);
        of->squares[i] = c * c;
        of->values[i] = qn_activity_value(&of->measured[i], theta);
    }
    return qn_estimate_ratio(of->count, of->squares, of->values);
}

static const char *phase_of(const runs *of, double noise, double exponent)
{
    size_t trials = 0, settled = 0, cycling = 0;
    bool silent = true;
    for (size_t i = 0; i < of->count; ++i) {
        const qn_rate_measurement *m = &of->measured[i];
        silent = silent && m->settled_trials == m->trials && m->frozen_variance + m->mean_field * m->mean_field < 1e-10;
        if (of->measured[i].diverged) return qn_phase_name(QN_PHASE_DIVERGING);
        trials += of->measured[i].trials;
        settled += of->measured[i].settled_trials;
        cycling += of->measured[i].cycling_trials;
    }
    if (2 * settled > trials) return qn_phase_name(silent ? QN_PHASE_QUIESCENT : QN_PHASE_FIXED_POINT);
    if (isnan(exponent)) return noise == 0.0 && 2 * cycling > trials ? "periodic" : NULL;
    if (exponent > 0.0) return qn_phase_name(QN_PHASE_CHAOTIC);
    if (noise > 0.0) return qn_phase_name(QN_PHASE_NOISE_DRIVEN);
    return 2 * cycling > trials ? "periodic" : "slow transient";
}

static qn_status take_components(const runs *of, qn_connectome_case *one)
{
    const size_t count = of->measured[0].component_count;
    if (!count) return QN_OK;
    if (!one->components.count) QN_TRY(qn_connectome_function_create(count, &one->components));
    for (size_t k = 0; k < count && k < one->components.count; ++k) {
        for (size_t i = 0; i < of->count; ++i) {
            const qn_rate_measurement *m = &of->measured[i];
            of->values[i] = k < m->component_count ? m->component_variances[k] : NAN;
        }
        const qn_estimate variance = qn_estimate_of(of->count, of->values);
        one->components.measured[k] = variance.value;
        one->components.error[k] = variance.standard_error;
    }
    return QN_OK;
}

static void take(const runs *of, double noise, qn_connectome_case *one)
{
    qn_connectome_value *v = one->values;
    v[QN_CONNECTOME_rate_variance].measured = mean_of(of, offsetof(qn_rate_measurement, rate_variance));
    v[QN_CONNECTOME_correlation_time].measured = mean_of(of, offsetof(qn_rate_measurement, correlation_time));
    v[QN_CONNECTOME_lyapunov_exponent].measured = mean_of(of, offsetof(qn_rate_measurement, lyapunov_exponent));
    const qn_estimate dimension =
        ratio_of(of, offsetof(qn_rate_measurement, rate_variance), offsetof(qn_rate_measurement, four_point_variance));
    v[QN_CONNECTOME_participation_ratio].measured = dimension;
    for (size_t row = QN_CONNECTOME_participation_ratio_unequal; row <= QN_CONNECTOME_participation_ratio_given; ++row)
        if (!isnan(v[row].theory)) v[row].measured = dimension;
    v[QN_CONNECTOME_participation_ratio_field].measured = ratio_of(
        of, offsetof(qn_rate_measurement, field_variance), offsetof(qn_rate_measurement, field_four_point_variance));
    one->phase_measured = phase_of(of, noise, v[QN_CONNECTOME_lyapunov_exponent].measured.value);
}

static qn_rate_simulation_options options_of(const qn_connectome_study *study, size_t size)
{
    const qn_connectome_simulation *wanted = study->simulation;
    const size_t trials = (size_t)wanted->trials;
    return (qn_rate_simulation_options){.seed = (uint64_t)study->common.seed,
                                        .trials = trials,
                                        .duration = wanted->duration,
                                        .burn_in = wanted->burn_in,
                                        .step = wanted->step,
                                        .lag_max = fmin(20.0, wanted->duration / 2),
                                        .tangents = trials < 4 ? trials : 4,
                                        .dimension = true,
                                        .pca = size <= PCA_UNITS};
}

qn_status qn_connectome_check_memory(const qn_connectome_study *study, double limit, const qn_connectome_case *one)
{
    if (!study->simulation) return QN_OK;
    const qn_rate_network network = qn_connectome_network(study, one);
    const qn_rate_simulation_options options = options_of(study, network.size);
    qn_rate_plan plan;
    QN_TRY(qn_rate_plan_make(&network, &options, &plan));
    QN_REQUIRE(limit <= 0.0 || plan.peak_bytes <= limit, QN_NO_MEMORY,
               "simulation of %zu units in %zu trials needs %.3g GB; %.3g GB are allowed", network.size, options.trials,
               plan.peak_bytes / 1e9, limit / 1e9);
    return QN_OK;
}

static qn_status run_all(const qn_connectome_study *study, const qn_rate_network *network, const qn_progress *progress,
                         runs *of)
{
    const size_t repetitions = (size_t)study->simulation->repetitions;
    const qn_rate_simulation_options options = options_of(study, network->size);
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    for (; of->count < repetitions; ++of->count) {
        char label[64];
        snprintf(label, sizeof label, "run %zu of %zu", of->count + 1, repetitions);
        const double all = (double)repetitions;
        qn_progress_part part = {&meter, (double)of->count / all, (double)(of->count + 1) / all, label};
        const qn_progress of_run = qn_progress_of_part(&part);
        QN_TRY(qn_rate_simulate(network, &options, of->count, &of_run, &of->measured[of->count]));
    }
    return QN_OK;
}

qn_status qn_connectome_simulate(const qn_connectome_study *study, const qn_progress *progress, qn_connectome_case *one)
{
    if (!study->simulation) return QN_OK;
    const qn_rate_network network = qn_connectome_network(study, one);
    const size_t most = (size_t)study->simulation->repetitions;
    runs of = {0};
    of.measured = calloc(most, sizeof *of.measured);
    of.values = malloc(2 * most * sizeof *of.values);
    if (of.values) of.squares = of.values + most;
    qn_status status = of.measured && of.values ? run_all(study, &network, progress, &of)
                                                : qn_fail(QN_NO_MEMORY, "no memory for %zu runs", most);
    if (status == QN_OK) take(&of, network.noise, one);
    if (status == QN_OK) status = take_components(&of, one);
    for (size_t i = 0; i < of.count; ++i) qn_rate_measurement_clear(&of.measured[i]);
    free(of.measured);
    free(of.values);
    return status;
}
