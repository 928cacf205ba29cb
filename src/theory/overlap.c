#include <quenched/overlap.h>

#include "base/fail.h"
#include "theory/overlap_result.h"
#include "theory/overlap_start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST_COUNT = 256,
    MOST_COUNT = 1 << 14, // of the steps of a box
    LEAST_ROUNDS = 5,
    MOST_STAGES = 6,
    DEFAULT_LAGS = 21
};

static const double LARGEST_ERROR = 0.1, SETTLED = 0.2, MOST_DRIFT = 5.0, FROZEN = 0.3, LONGEST_LAG = 1000.0;
static const double LEAST_BOX = 50.0, FROZEN_FROM = 400.0; // units of tau; what has not moved by then will not
static const double FORGETS = 3.0;                         // times of a rate, in the warm-up
static const double ROUNDING = 1e-6;
static const double MOST_MISSED = 2e-3;
static const double MARGIN = 1.3; // by which more paths are run than the last error bar asks for

static void clear_arrays(qn_overlap *result)
{
    qn_stationary *functions[] = {&result->field,       &result->rate,       &result->response,
                                  &result->field_error, &result->rate_error, &result->response_error};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; ++i) qn_stationary_clear(functions[i]);
    qn_release(result->lags);
    qn_release(result->four_point);
    qn_release(result->history);
    qn_release(result->history_paths);
}

void qn_overlap_clear(qn_overlap *result)
{
    clear_arrays(result);
    *result = (qn_overlap){0};
}

static qn_status with_defaults(const qn_overlap_options *options, double noise, qn_overlap_options *chosen)
{
    *chosen = options ? *options : (qn_overlap_options){0};
    if (chosen->target == 0.0) chosen->target = 0.01;
    if (chosen->paths == 0) chosen->paths = 1 << 20;
    if (chosen->iterations == 0) chosen->iterations = 40;
    if (chosen->step == 0.0) chosen->step = noise > 0.0 ? 0.05 : 0.1;
    QN_REQUIRE(chosen->target > 0.0 && chosen->target <= LARGEST_ERROR, QN_BAD_VALUE,
               "theory of overlaps: target is %g; allowed: above 0, at most %g", chosen->target, LARGEST_ERROR);
    QN_REQUIRE(chosen->paths >= QN_LEAST_PATHS, QN_BAD_VALUE, "theory of overlaps: paths is %zu; allowed: at least %d",
               chosen->paths, QN_LEAST_PATHS);
    QN_REQUIRE(chosen->iterations >= 8, QN_BAD_VALUE, "theory of overlaps: iterations is %zu; allowed: at least 8",
               chosen->iterations);
    QN_REQUIRE(chosen->step > 0.0 && chosen->step <= 0.2, QN_BAD_VALUE,
               "theory of overlaps: step is %g tau; allowed: above 0, at most 0.2", chosen->step);
    QN_REQUIRE(chosen->box >= 0.0 && chosen->box <= MOST_COUNT * chosen->step, QN_BAD_VALUE,
               "theory of overlaps: box is %g tau; allowed: 0 (chosen for you) to %g", chosen->box,
               MOST_COUNT * chosen->step);
    for (size_t i = 0; i < chosen->lag_count; ++i)
        QN_REQUIRE(chosen->lags[i] >= 0.0 && chosen->lags[i] <= LONGEST_LAG, QN_BAD_VALUE,
                   "theory of overlaps: lags[%zu] is %g tau; allowed: 0 to %g", i, chosen->lags[i], LONGEST_LAG);
    return QN_OK;
}

static size_t steps_of(double length, double step)
{
    size_t count = LEAST_COUNT;
    while (count < MOST_COUNT && (double)count * step < fmax(length, LEAST_BOX) * (1.0 - 1e-9)) count *= 2;
    return count;
}

typedef struct {
    const qn_rate_network *network;
    qn_overlap_options options;
    qn_search search;
    qn_progress_meter meter;
    qn_overlap made;
    size_t kept; ///< of the history
} solution;

static qn_status remember(solution *s, double rate, size_t paths)
{
    const size_t room = s->kept;
    if (s->made.iterations == room) {
        const size_t more = room == 0 ? 64 : 2 * room;
        double *history;
        size_t *numbers;
        QN_TRY(QN_NEW(&history, more, "history of the iteration"));
        const qn_status status = QN_NEW(&numbers, more, "history of the iteration");
        if (status != QN_OK) {
            qn_release(history);
            return status;
        }
        if (room > 0) {
            memcpy(history, s->made.history, room * sizeof *history);
            memcpy(numbers, s->made.history_paths, room * sizeof *numbers);
        }
        qn_release(s->made.history);
        qn_release(s->made.history_paths);
        s->made.history = history;
        s->made.history_paths = numbers;
        s->kept = more;
    }
    s->made.history[s->made.iterations] = rate;
    s->made.history_paths[s->made.iterations++] = paths;
    return QN_OK;
}

// Distance still to go, in standard errors of the replicas' mean, if steps go on to shrink as the last two did.
static double left_to_go(double step, double before)
{
    const double factor = before > 0.0 ? fmin(0.95, fmax(0.5, step / before)) : 0.95;
    return step * factor / (1.0 - factor);
}

static double moved(qn_replica_mean now, qn_replica_mean before)
{
    return fabs(now.value - before.value) / fmax(now.error, 1e-6 * fabs(now.value) + 1e-300);
}

// Iterate with the same random numbers until C^phi(0) and S(0) stand still: then the map is a function, and its fixed
// point is found to more digits than the noise leaves.
static qn_status settle(solution *s, size_t paths, const char *doing)
{
    qn_search *search = &s->search;
    qn_replica_mean rate, response;
    double before = 0.0;
    int quiet = 0;
    qn_search_look(search, false, &rate, &response);
    for (size_t round = 1; round <= s->options.iterations; ++round) {
        const double share = 1.0 / (double)(2 + round);
        search->to = search->from + share * (1.0 - search->from) * 0.3;
        QN_TRY(qn_search_map(search, paths, doing));
        search->from = search->to;
        QN_TRY(qn_search_step(search));
        const qn_replica_mean last_rate = rate, last_response = response;
        qn_search_look(search, false, &rate, &response);
        QN_TRY(remember(s, rate.value, paths));
        // Silence is a fixed point of the map, but was found unstable before: something else is there.
        QN_REQUIRE(rate.value > 1e-9 || s->network->noise > 0.0, QN_NO_SOLUTION,
                   "theory of overlaps found no fluctuating state: from where it began C^phi falls to 0, and silence "
                   "is unstable; activity may rest at other fixed points");
        const double step = fmax(moved(rate, last_rate), moved(response, last_response));
        quiet = left_to_go(step, before) < SETTLED ? quiet + 1 : 0;
        before = step;
        if (round >= LEAST_ROUNDS && quiet >= 2) return QN_OK;
    }
    return qn_fail(
        QN_NOT_CONVERGED,
        "theory of overlaps: after %zu iterations of %zu paths C^phi(0) = %.6g +- %.2g still moves by %.2g of "
        "its error bar (S(0) = %.6g +- %.2g)",
        s->options.iterations, paths, rate.value, rate.error, before, response.value, response.error);
}

// Half a box to forget the beginning; an exponential that would not be forgotten in it has no place in S. (S decays at
// least as fast as C^phi, for which the box is made.)
static qn_overlap_box box_of(const solution *s, const qn_overlap_law *law, size_t count)
{
    size_t first = 0;
    while (qn_overlap_rate(first) * s->options.step * 0.5 * (double)count < FORGETS) ++first;
    return (qn_overlap_box){.law = *law,
                            .transfer = &s->network->transfer,
                            .noise = s->network->noise,
                            .step = s->options.step,
                            .count = count,
                            .warm_up = count / 2,
                            .first_rate = first};
}

static qn_status check_memory(size_t count)
{
    qn_memory_plan plan = {0};
    qn_search_plan(count, &plan);
    return qn_memory_plan_check(&plan, 0.0);
}

static qn_status begin(solution *s, const qn_overlap_law *law)
{
    const qn_overlap_box box = box_of(s, law, steps_of(s->options.box, s->options.step));
    QN_TRY(check_memory(box.count));
    double *state;
    QN_TRY(QN_NEW(&state, qn_overlap_state_length(&box), "state"));
    qn_status status = qn_overlap_start(s->network, &box, state);
    if (status == QN_OK) status = qn_search_create(&box, s->options.seed, state, &s->meter, &s->search);
    qn_release(state);
    return status;
}

static qn_status lengthen(solution *s)
{
    const qn_overlap_box from = s->search.box, to = box_of(s, &from.law, 2 * from.count);
    double *mean, *longer;
    QN_TRY(check_memory(to.count));
    QN_TRY(QN_NEW(&mean, qn_overlap_state_length(&from) + qn_overlap_state_length(&to), "state"));
    longer = mean + qn_overlap_state_length(&from);
    qn_search_mean(&s->search, QN_REPLICAS, mean);
    qn_overlap_lengthen(&from, mean, &to, longer);
    const double fraction = s->search.from;
    const uint64_t stream = s->search.stream;
    qn_search_clear(&s->search);
    const qn_status status = qn_search_create(&to, s->options.seed, longer, &s->meter, &s->search);
    s->search.from = fraction;
    s->search.stream = stream + QN_REPLICAS;
    qn_release(mean);
    return status;
}

// K0 phi'(0): above 1 a unit without input has two states of rest.
static double own_feedback(const solution *s)
{
    double slope = 0.0;
    qn_transfer_slope(&s->network->transfer, 1, &slope, &slope);
    return s->search.box.law.instantaneous * slope;
}

static double left_over(const qn_search *search, size_t lag)
{
    double c[QN_REPLICAS], values[QN_REPLICAS];
    for (size_t r = 0; r < QN_REPLICAS; ++r) {
        c[r] = search->replica[r].state[0];
        values[r] = search->replica[r].state[lag];
    }
    return qn_replica_mean_of(values).value / qn_replica_mean_of(c).value;
}

static qn_status does_not_decay(const solution *s, size_t lag)
{
    const double feedback = own_feedback(s);
    return qn_fail(QN_NO_SOLUTION,
                   "no fluctuating state: C^phi does not decay, at %g tau %.2g of it is left (K0 phi'(0) is %.3g%s)",
                   (double)lag * s->search.box.step, left_over(&s->search, lag), feedback,
                   feedback > 1.0 ? ": above 1 a unit by itself is bistable" : "");
}

static qn_status does_not_settle(const solution *s, qn_status status)
{
    const double feedback = own_feedback(s);
    if (feedback <= 1.0) return status;
    return qn_fail_in(QN_NO_SOLUTION,
                      "no fluctuating state found: K0 phi'(0) is %.3g, above 1 a unit by itself is bistable", feedback);
}

// The first stage, of few paths, in boxes that grow until C^phi decays within. What is frozen need not settle.
static qn_status explore(solution *s)
{
    for (;;) {
        size_t whole;
        bool decayed;
        const qn_status status = settle(s, QN_LEAST_PATHS, "finding the time scales");
        if (status != QN_OK && status != QN_NOT_CONVERGED) return status;
        QN_TRY(qn_overlap_whole(&s->search, &whole, &decayed));
        const qn_search *search = &s->search;
        const size_t last = (size_t)(0.35 * (double)search->box.count);
        if (status != QN_OK && (own_feedback(s) > 1.0 || left_over(search, last) < FROZEN))
            return does_not_settle(s, status);
        if (status == QN_OK && decayed) return QN_OK;
        const double length = (double)search->box.count * search->box.step;
        const bool frozen = length >= FROZEN_FROM && left_over(search, last) > FROZEN;
        if (frozen || s->options.box > 0.0 || search->box.count == MOST_COUNT) return does_not_decay(s, last);
        QN_TRY(lengthen(s));
    }
}

static size_t next_paths(const solution *s, size_t paths, double error)
{
    const double wanted = (double)paths * MARGIN * error * error / (s->options.target * s->options.target);
    const double most = fmin(fmax(wanted, 2.0 * (double)paths), 64.0 * (double)paths);
    const size_t limit = s->options.paths / QN_LEAST_PATHS * QN_LEAST_PATHS;
    if (most >= (double)limit) return limit;
    return (size_t)ceil(most / QN_LEAST_PATHS) * QN_LEAST_PATHS;
}

// More paths, from where the last stage ended, until the error bar is small enough.
static qn_status refine(solution *s, size_t *paths, size_t *whole)
{
    *paths = QN_LEAST_PATHS;
    for (int stage = 0;; ++stage) {
        double ratio = NAN, error = INFINITY;
        bool decayed;
        QN_TRY(qn_overlap_whole(&s->search, whole, &decayed));
        const qn_status status = qn_overlap_accuracy(&s->search, *whole, &ratio, &error);
        if (status != QN_OK && status != QN_NO_SOLUTION) return status;
        const bool last = *paths == s->options.paths / QN_LEAST_PATHS * QN_LEAST_PATHS || stage == MOST_STAGES;
        if (error <= s->options.target || (last && error <= LARGEST_ERROR)) return QN_OK;
        QN_REQUIRE(!last, QN_NOT_CONVERGED,
                   "theory of overlaps: participation ratio %.4g with a relative error of %.2g after %zu paths per "
                   "iteration; allowed: %g (raise paths)",
                   ratio, error, *paths, LARGEST_ERROR);
        *paths = next_paths(s, *paths, isfinite(error) ? error : 0.5);
        qn_search_renew(&s->search, true);
        QN_TRY(settle(s, *paths, "averaging"));
    }
}

// Fresh random numbers at the replicas' own states: what the map changes must be noise.
static qn_status test_drift(solution *s, size_t paths)
{
    qn_search *search = &s->search;
    double rate[QN_REPLICAS], response[QN_REPLICAS];
    qn_search_renew(search, false);
    search->to = 1.0;
    QN_TRY(qn_search_map(search, paths, "testing for drift"));
    for (size_t r = 0; r < QN_REPLICAS; ++r) {
        double *state = search->replica[r].state, *mapped = search->replica[r].mapped;
        rate[r] = mapped[0] - state[0];
        response[r] = creal(qn_overlap_response_at(qn_overlap_response_of(&search->box, mapped), 0.0) -
                            qn_overlap_response_at(qn_overlap_response_of(&search->box, state), 0.0));
    }
    const qn_replica_mean c = qn_replica_mean_of(rate), d = qn_replica_mean_of(response);
    // Where hardly anything is left to chance, rounding in single precision is.
    const double size =
        creal(qn_overlap_response_at(qn_overlap_response_of(&search->box, search->replica[0].state), 0.0));
    s->made.drift = fmax(fabs(c.value) / (c.error + ROUNDING * search->replica[0].state[0]),
                         fabs(d.value) / (d.error + ROUNDING * size));
    QN_REQUIRE(s->made.drift < MOST_DRIFT, QN_NOT_CONVERGED,
               "theory of overlaps: C^phi(0) = %.6g drifts by %.2g +- %.2g per iteration, S(0) by %.2g +- %.2g",
               search->replica[0].state[0], c.value, c.error, d.value, d.error);
    return QN_OK;
}

static qn_status finish(solution *s, size_t paths, size_t whole)
{
    double lags[DEFAULT_LAGS];
    for (size_t i = 0; i < DEFAULT_LAGS; ++i) lags[i] = (double)i;
    const bool given = s->options.lag_count > 0;
    for (size_t r = 0; r < QN_REPLICAS; ++r) {
        const qn_overlap_field *field = &s->search.replica[r].field;
        QN_REQUIRE(!field->limited, QN_NOT_CONVERGED,
                   "theory of overlaps: feedback of the strongest mode meets the pole of K (rho D S(0) = 1)");
        QN_REQUIRE(field->missed < MOST_MISSED, QN_NOT_CONVERGED,
                   "theory of overlaps: exponentials miss the memory of a unit by %.2g of its size; allowed: %g",
                   field->missed, MOST_MISSED);
    }
    return qn_overlap_describe(&s->search, whole, paths, given ? s->options.lag_count : DEFAULT_LAGS,
                               given ? s->options.lags : lags, &s->made);
}

static qn_status solve(solution *s, const qn_overlap_law *law)
{
    size_t paths, whole;
    QN_TRY(begin(s, law));
    QN_TRY(explore(s));
    QN_TRY(refine(s, &paths, &whole));
    QN_TRY(test_drift(s, paths));
    return finish(s, paths, whole);
}

qn_status qn_overlap_solve(const qn_rate_network *network, const qn_overlap_options *options,
                           const qn_progress *progress, qn_overlap *result)
{
    solution s = {.network = network};
    qn_overlap_law law;
    QN_TRY(with_defaults(options, network->noise, &s.options));
    QN_TRY(qn_rate_network_check(network));
    QN_TRY(qn_overlap_law_of(&network->coupling, network->size, &law));
    QN_TRY(qn_overlap_check(network, &law));
    qn_progress_meter_start(&s.meter, progress);
    const qn_status status = solve(&s, &law);
    qn_search_clear(&s.search);
    if (status != QN_OK) {
        clear_arrays(&s.made);
        return status;
    }
    *result = s.made;
    return QN_OK;
}
