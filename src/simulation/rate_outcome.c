#include "simulation/rate_outcome.h"

#include "base/fail.h"
#include "base/memory.h"
#include "simulation/rate_population.h"

#include <math.h>
#include <quenched/autocorrelation.h>

void qn_rate_run_transfer(const void *context, size_t count, const void *in, void *out)
{
    qn_rate_block_transfer(context, count, in, out);
}

static double mean_over(size_t trials, const bool *used, const double *values)
{
    double sum = 0, count = 0;
    for (size_t trial = 0; trial < trials; ++trial)
        if (used[trial]) sum += values[trial], ++count;
    return sum / count;
}

static double lyapunov_exponent(const qn_rate_run *run, const bool *used)
{
    if (run->block.tangents == 0 || run->measured_time == 0) return NAN;
    return mean_over(run->block.tangents, used, run->growth) / run->measured_time;
}

bool qn_rate_run_is_odd(const qn_rate_network *network)
{
    return qn_transfer_is_odd(&network->transfer) && network->input == 0 && network->coupling.mean == 0;
}

// Every trial is its own time average: the last look tells all. Averages over trials of what each is.
static qn_status fixed_points(const qn_rate_run *run, const bool *used, qn_rate_measurement *found)
{
    const qn_kinetics *now = &run->kinetics;
    double frozen = 0;
    for (size_t trial = 0; trial < now->trials; ++trial)
        frozen += now->field_square[trial] - now->field[trial] * now->field[trial];
    found->mean_field = mean_over(now->trials, used, now->field);
    found->mean_rate = mean_over(now->trials, used, now->rate);
    found->mean_slope = mean_over(now->trials, used, now->slope);
    found->velocity_variance = mean_over(now->trials, used, now->velocity_square);
    found->frozen_variance = frozen / (double)now->trials;
    found->field_variance = found->rate_variance = found->drift = 0;
    found->lyapunov_exponent = lyapunov_exponent(run, used);
    const double interval = (double)run->plan.frame_steps * run->plan.options.step;
    QN_TRY(qn_stationary_create(run->plan.lags, interval, &found->field));
    return qn_stationary_create(run->plan.lags, interval, &found->rate);
}

static qn_status averages(const qn_rate_run *run, const bool *used, qn_rate_measurement *found)
{
    const double frames = (double)run->frames;
    qn_activity_statistics activity;
    QN_TRY(qn_activity_finish(run->activity, used, &activity));
    found->mean_field = activity.mean_field, found->mean_rate = activity.mean_rate;
    found->field_variance = activity.field_variance, found->rate_variance = activity.rate_variance;
    found->frozen_variance = activity.frozen_variance, found->drift = activity.drift;
    found->velocity_variance = mean_over(run->kinetics.trials, used, run->velocity_square) / frames;
    found->mean_slope = mean_over(run->kinetics.trials, used, run->slope) / frames;
    found->lyapunov_exponent = lyapunov_exponent(run, used);
    found->field = activity.field, found->rate = activity.rate;
    found->field.step = found->rate.step = (double)run->plan.frame_steps * run->plan.options.step;
    found->decay_rate = qn_decay_rate(&found->field, qn_rate_run_is_odd(run->block.network));
    found->correlation_time = qn_correlation_time(&found->field, qn_rate_run_is_odd(run->block.network));
    return QN_OK;
}

// Rates divided by the standard deviation of their class. One class: a common factor, which changes no dimension.
static qn_status zscore_classes(qn_rate_run *run, const bool *used, qn_rate_measurement *found)
{
    const qn_rate_network *network = run->block.network;
    size_t *unit_class, classes = 1;
    QN_TRY(QN_NEW(&unit_class, network->size, "classes of units"));
    qn_status status = qn_coupling_gain_class_of(&network->coupling, network->size, unit_class);
    for (size_t i = 0; i < network->size; ++i)
        if (unit_class[i] >= classes) classes = unit_class[i] + 1;
    if (status == QN_OK && classes == 1) {
        found->class_zscored_rate_variance = 1;
        found->class_zscored_four_point_variance =
            found->four_point_variance / (found->rate_variance * found->rate_variance);
    } else if (status == QN_OK) {
        status = qn_activity_record_standardise_classes(&run->rates, used, classes, unit_class);
        if (status == QN_OK)
            status = qn_cross_covariance(&run->rates, used, &found->class_zscored_four_point_variance, NULL);
        found->class_zscored_rate_variance = qn_activity_record_mean_square(&run->rates, used);
    }
    qn_release(unit_class);
    return status;
}

// Theta of records whose static part is taken off. An odd phi has none, and then nothing is lost to its estimate.
static qn_status dimension(qn_rate_run *run, const bool *used, qn_rate_measurement *found)
{
    if (!qn_rate_run_is_odd(run->block.network)) {
        qn_activity_record_centre(&run->fields, used);
        qn_activity_record_centre(&run->rates, used);
    }
    const double interval = (double)run->plan.frame_steps * run->plan.options.step;
    QN_TRY(qn_stationary_create(run->plan.dimension.lags, interval, &found->four_point));
    QN_TRY(qn_cross_covariance(&run->rates, used, found->four_point.values, &found->naive_four_point_variance));
    found->four_point_variance = found->four_point.values[0];
    run->fields.layout.lags = run->rates.layout.lags = 1; // of the others, lag 0 will do
    QN_TRY(qn_cross_covariance(&run->fields, used, &found->field_four_point_variance, NULL));
    QN_TRY(zscore_classes(run, used, found));
    qn_activity_record_standardise(&run->rates, used);
    QN_TRY(qn_cross_covariance(&run->rates, used, &found->zscored_four_point_variance, NULL));
    const double square = qn_activity_record_mean_square(&run->rates, used); // 1, but for units that are silent
    found->zscored_rate_variance = square;
    found->participation_ratio = found->rate_variance * found->rate_variance / found->four_point_variance;
    found->participation_ratio_field = found->field_variance * found->field_variance / found->field_four_point_variance;
    found->participation_ratio_zscored = square * square / found->zscored_four_point_variance;
    return QN_OK;
}

qn_status qn_rate_run_outcome(qn_rate_run *run, qn_rate_measurement *result)
{
    qn_rate_measurement found = {.mean_field = NAN,
                                 .mean_rate = NAN,
                                 .field_variance = NAN,
                                 .rate_variance = NAN,
                                 .frozen_variance = NAN,
                                 .velocity_variance = NAN,
                                 .mean_slope = NAN,
                                 .decay_rate = NAN,
                                 .correlation_time = NAN,
                                 .lyapunov_exponent = NAN,
                                 .drift = NAN,
                                 .four_point_variance = NAN,
                                 .field_four_point_variance = NAN,
                                 .zscored_four_point_variance = NAN,
                                 .naive_four_point_variance = NAN,
                                 .participation_ratio = NAN,
                                 .participation_ratio_field = NAN,
                                 .participation_ratio_zscored = NAN,
                                 .zscored_rate_variance = NAN,
                                 .class_zscored_four_point_variance = NAN,
                                 .class_zscored_rate_variance = NAN,
                                 .trials = run->block.trials,
                                 .diverged = run->diverged};
    found.bytes = qn_coupling_operator_bytes(run->coupling) + run->plan.bytes;
    size_t count[3] = {0}; // trials of each fate
    for (size_t trial = 0; trial < found.trials; ++trial) ++count[qn_settling_fate(run->settling, trial)];
    found.settled_trials = count[QN_TRIAL_SETTLED], found.cycling_trials = count[QN_TRIAL_CYCLING];

    const qn_trial_fate wanted = count[QN_TRIAL_MOVING] > 0    ? QN_TRIAL_MOVING
                                 : count[QN_TRIAL_CYCLING] > 0 ? QN_TRIAL_CYCLING
                                                               : QN_TRIAL_SETTLED;
    bool used[QN_RATE_BLOCK_COLUMNS] = {false};
    for (size_t trial = 0; trial < found.trials; ++trial)
        used[trial] = qn_settling_fate(run->settling, trial) == wanted;

    qn_status status = QN_OK;
    if (!found.diverged)
        status = wanted == QN_TRIAL_SETTLED ? fixed_points(run, used, &found) : averages(run, used, &found);
    const bool compares = run->plan.options.dimension && !found.diverged && count[QN_TRIAL_MOVING] >= 2;
    const bool moves = !found.diverged && count[QN_TRIAL_MOVING] > 0;
    if (status == QN_OK && moves && run->rates.values) status = qn_rate_run_population(run, used, &found);
    if (status == QN_OK && compares) status = dimension(run, used, &found);
    if (status != QN_OK) {
        qn_rate_measurement_clear(&found);
        return status;
    }
    *result = found;
    return QN_OK;
}
