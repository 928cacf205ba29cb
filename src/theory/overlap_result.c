#include "theory/overlap_result.h"

#include "base/fail.h"
#include "theory/overlap_dimension.h"

#include <math.h>
#include <string.h>

enum { R = QN_REPLICAS, ALL = QN_REPLICAS };

static const double NOISE = 4.0, LEAST = 0.003, DECAYED = 0.01; // standard errors; of C^phi(0)
static const double RESPONSE_LAST = 40.0;

qn_status qn_overlap_whole(const qn_search *search, size_t *whole, bool *decayed)
{
    const size_t last = (size_t)(0.35 * (double)search->box.count);
    double values[R], at_zero = 0.0;
    *decayed = false;
    for (size_t k = 0; k <= last; ++k) {
        for (size_t r = 0; r < R; ++r) values[r] = search->replica[r].state[k];
        const qn_replica_mean mean = qn_replica_mean_of(values);
        if (k == 0) at_zero = mean.value;
        if (mean.value < fmax(DECAYED * at_zero, NOISE * mean.error)) *decayed = true;
        *whole = k;
        if (k >= 16 && mean.value < fmax(LEAST * at_zero, NOISE * mean.error)) break;
    }
    return QN_OK;
}

// Jackknife: `full` from all replicas, part[r] from all but one.
static qn_monte_carlo jackknife(double full, const double part[R])
{
    return (qn_monte_carlo){full, (R - 1.0) * qn_replica_mean_of(part).error};
}

// What is a function of the mean state, for all replicas and without each.
typedef struct {
    double rate, slope, response, inverse, ratio, zero_frequency, variance;
} derived;

static qn_status derive(const qn_search *search, size_t without, size_t whole, size_t count, const double *lags,
                        double *state, derived *found, double *diagonal)
{
    qn_overlap_dimension dimension;
    qn_search_mean(search, without, state);
    QN_TRY(qn_overlap_dimension_of(&search->box, state, whole, count, lags, diagonal, &dimension));
    *found = (derived){
        .rate = state[0],
        .slope = qn_overlap_means_of(&search->box, state)[QN_OVERLAP_SLOPE],
        .response = creal(qn_overlap_response_at(qn_overlap_response_of(&search->box, state), 0.0)),
        .inverse = dimension.variance / (state[0] * state[0]),
        .ratio = state[0] * state[0] / dimension.variance,
        .zero_frequency = dimension.zero_frequency,
        .variance = dimension.variance,
    };
    return QN_OK;
}

static qn_monte_carlo of(const derived found[R + 1], size_t offset)
{
    double part[R], full;
    for (size_t r = 0; r < R; ++r) memcpy(&part[r], (const char *)&found[r] + offset, sizeof full);
    memcpy(&full, (const char *)&found[ALL] + offset, sizeof full);
    return jackknife(full, part);
}
#define OF(member) of(found, offsetof(derived, member))

qn_status qn_overlap_accuracy(const qn_search *search, size_t whole, double *ratio, double *error)
{
    derived found[R + 1];
    double *state;
    QN_TRY(QN_NEW(&state, qn_overlap_state_length(&search->box), "state"));
    qn_status status = QN_OK;
    for (size_t r = 0; status == QN_OK && r <= R; ++r)
        status = derive(search, r, whole, 0, NULL, state, &found[r], NULL);
    qn_release(state);
    QN_TRY(status);
    const qn_monte_carlo pr = OF(ratio);
    *ratio = pr.value;
    *error = pr.standard_error / pr.value;
    return QN_OK;
}

static qn_status four_point(const qn_search *search, size_t whole, size_t count, const double *lags, qn_overlap *result)
{
    derived found[R + 1];
    double *diagonal, *state;
    QN_TRY(QN_NEW(&result->lags, count > 0 ? count : 1, "four-point function"));
    QN_TRY(QN_NEW(&result->four_point, count > 0 ? count : 1, "four-point function"));
    memcpy(result->lags, lags, count * sizeof *lags);
    result->lag_count = count;
    const size_t length = qn_overlap_state_length(&search->box);
    QN_TRY(QN_NEW(&diagonal, (R + 1) * count + length, "four-point function"));
    state = diagonal + (R + 1) * count;
    qn_status status = QN_OK;
    for (size_t r = 0; status == QN_OK && r <= R; ++r)
        status = derive(search, r, whole, count, lags, state, &found[r], diagonal + r * count);
    for (size_t k = 0; status == QN_OK && k < count; ++k) {
        double part[R];
        for (size_t r = 0; r < R; ++r) part[r] = diagonal[r * count + k];
        result->four_point[k] = jackknife(diagonal[ALL * count + k], part);
    }
    qn_release(diagonal);
    QN_TRY(status);
    result->rate_variance = OF(rate);
    result->mean_slope = OF(slope);
    result->static_response = OF(response);
    result->inverse_participation_ratio = OF(inverse);
    result->participation_ratio = OF(ratio);
    result->participation_ratio_zero_frequency = OF(zero_frequency);
    result->four_point_variance = OF(variance);
    return QN_OK;
}

static qn_status create_pair(size_t count, double step, qn_stationary *value, qn_stationary *error)
{
    QN_TRY(qn_stationary_create(count, step, value));
    return qn_stationary_create(count, step, error);
}

static void store(qn_stationary *value, qn_stationary *error, size_t k, const double values[R])
{
    const qn_replica_mean mean = qn_replica_mean_of(values);
    value->values[k] = mean.value;
    error->values[k] = mean.error;
}

static qn_status two_point(qn_search *search, size_t whole, qn_overlap *result)
{
    const double step = search->box.step;
    const size_t response = 1 + (size_t)(RESPONSE_LAST / step);
    double values[R];
    QN_TRY(create_pair(whole + 1, step, &result->rate, &result->rate_error));
    QN_TRY(create_pair(response, step, &result->response, &result->response_error));
    for (size_t k = 0; k <= whole; ++k) {
        for (size_t r = 0; r < R; ++r) values[r] = search->replica[r].state[k];
        store(&result->rate, &result->rate_error, k, values);
    }
    for (size_t k = 0; k < response; ++k) {
        for (size_t r = 0; r < R; ++r)
            values[r] = qn_overlap_response_after(qn_overlap_response_of(&search->box, search->replica[r].state),
                                                  step * (double)k);
        store(&result->response, &result->response_error, k, values);
    }
    return QN_OK;
}

// C^x of the replicas' last paths, and its integral with an exponential tail.
static qn_status field(qn_search *search, size_t whole, size_t paths, qn_overlap *result)
{
    double variance[R], time[R], values[R];
    for (size_t r = 0; r < R; ++r) {
        qn_replica *replica = &search->replica[r];
        double *lags = replica->mapped;
        variance[r] = qn_overlap_means_of(&search->box, replica->state)[QN_OVERLAP_FIELD_SQUARE];
        QN_TRY(qn_overlap_collect_field(&search->box, &replica->sums, paths / R, lags));
        const qn_overlap_tail tail = qn_overlap_tail_of(&search->box, lags, whole);
        const double within = qn_stationary_integral(&(qn_stationary){whole + 1, search->box.step, lags});
        time[r] = (within + (tail.rate > 0.0 ? lags[whole] / tail.rate : 0.0)) / lags[0];
    }
    const qn_replica_mean x = qn_replica_mean_of(variance), t = qn_replica_mean_of(time);
    result->field_variance = (qn_monte_carlo){x.value, x.error};
    result->correlation_time = (qn_monte_carlo){t.value, t.error};
    QN_TRY(create_pair(whole + 1, search->box.step, &result->field, &result->field_error));
    for (size_t k = 0; k <= whole; ++k) {
        for (size_t r = 0; r < R; ++r) values[r] = search->replica[r].mapped[k];
        store(&result->field, &result->field_error, k, values);
    }
    return QN_OK;
}

qn_status qn_overlap_describe(qn_search *search, size_t whole, size_t paths, size_t lag_count, const double *lags,
                              qn_overlap *result)
{
    QN_TRY(four_point(search, whole, lag_count, lags, result));
    QN_TRY(two_point(search, whole, result));
    QN_TRY(field(search, whole, paths, result));
    result->feedback = search->box.law.instantaneous;
    result->paths = paths;
    result->step = search->box.step;
    result->box = search->box.step * (double)search->box.count;
    return QN_OK;
}
