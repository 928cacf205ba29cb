#include "simulation/settling.h"

#include "base/fail.h"

#include <math.h>
#include <string.h>

static const double REST = 1e-4;         // drift over field, rms
static const double NOTHING = 1e-6;      // field over its largest, rms
static const double REST_TIME = 20.0;    // tau
static const double RETURN = 1e-3;       // squared distance over the largest since the state was remembered
static const double EVEN_PERIODS = 0.05; // allowed difference between the first two periods
enum { WATCHED_UNITS = 256 };

typedef struct {
    double largest_square; // of the field, since the beginning
    double rest_since;     // NAN while moving
    bool settled, cycling;
    double before, last, furthest; // squared distances to the state remembered: the last two, and the largest
    double first_return;           // time since then; 0: none yet
} watch;

struct qn_settling {
    size_t trials, rows, stride, element;
    bool single;
    void *remembered; // rows x stride
    double *distance; // per column
    double elapsed;   // since the state was remembered
    watch *trial;
};

static size_t watched_rows(size_t units) { return units < WATCHED_UNITS ? units : WATCHED_UNITS; }

void qn_settling_plan(size_t units, size_t stride, bool single, qn_memory_plan *plan)
{
    qn_memory_plan_add(plan, "state remembered", (double)watched_rows(units) * (double)stride, single ? 4 : 8);
    qn_memory_plan_add(plan, "watched trials", (double)stride, sizeof(watch) + sizeof(double));
}

qn_status qn_settling_create(const qn_rate_block *block, qn_settling **result)
{
    qn_settling *settling;
    QN_TRY(QN_NEW(&settling, 1, "watched trials"));
    settling->trials = block->trials, settling->rows = watched_rows(block->units), settling->stride = block->stride;
    settling->single = block->single, settling->element = block->element;
    qn_status status =
        qn_allocate(settling->rows * settling->stride, settling->element, "state remembered", &settling->remembered);
    if (status == QN_OK) status = QN_NEW(&settling->distance, settling->stride, "distances");
    if (status == QN_OK) status = QN_NEW(&settling->trial, settling->trials, "watched trials");
    if (status != QN_OK) {
        qn_settling_destroy(settling);
        return status;
    }
    for (size_t trial = 0; trial < settling->trials; ++trial) settling->trial[trial].rest_since = NAN;
    *result = settling;
    return QN_OK;
}

void qn_settling_destroy(qn_settling *settling)
{
    if (!settling) return;
    qn_release(settling->remembered);
    qn_release(settling->distance);
    qn_release(settling->trial);
    qn_release(settling);
}

size_t qn_settling_look(qn_settling *settling, const qn_kinetics *kinetics, double time)
{
    size_t settled = 0;
    for (size_t i = 0; i < settling->trials; ++i) {
        watch *trial = &settling->trial[i];
        const double square = kinetics->field_square[i], drift = kinetics->velocity_square[i];
        trial->largest_square = fmax(trial->largest_square, square);
        const bool rests = drift <= REST * REST * square || square <= NOTHING * NOTHING * trial->largest_square;
        if (!rests)
            trial->rest_since = NAN;
        else if (isnan(trial->rest_since))
            trial->rest_since = time;
        trial->settled = rests && time - trial->rest_since >= REST_TIME;
        settled += trial->settled;
    }
    return settled;
}

void qn_settling_remember(qn_settling *settling, const qn_rate_block *block)
{
    memcpy(settling->remembered, block->state, settling->rows * settling->stride * settling->element);
    settling->elapsed = 0;
    for (size_t i = 0; i < settling->trials; ++i) {
        watch *trial = &settling->trial[i];
        trial->before = trial->last = trial->furthest = trial->first_return = 0;
    }
}

static void measure_distances(qn_settling *settling, const qn_rate_block *block)
{
    const size_t values = settling->rows * settling->stride;
    memset(settling->distance, 0, settling->stride * sizeof *settling->distance);
    for (size_t at = 0; at < values; at += settling->stride)
        for (size_t i = 0; i < settling->trials; ++i) {
            const double off =
                settling->single
                    ? (double)(((const float *)block->state)[at + i] - ((const float *)settling->remembered)[at + i])
                    : ((const double *)block->state)[at + i] - ((const double *)settling->remembered)[at + i];
            settling->distance[i] += off * off;
        }
}

// Near a minimum the squared distance is a parabola in time: its value at the vertex is what the steps alone would
// miss. The parabola itself is off by some of what is moved in a step, which counts when a period takes few steps.
static bool returns_at_vertex(double before, double last, double now, double furthest, double *steps_back)
{
    if (!(last <= before && last < now && last < 0.1 * furthest)) return false;
    const double curvature = before - 2 * last + now, slope = 0.5 * (now - before);
    const double moved = 0.5 * curvature; // squared distance per step
    *steps_back = 1 + slope / curvature;
    const double nearest = fmax(0, last - 0.5 * slope * slope / curvature);
    return nearest < RETURN * furthest + 0.1 * moved;
}

void qn_settling_watch(qn_settling *settling, const qn_rate_block *block, double step)
{
    measure_distances(settling, block);
    settling->elapsed += step;
    for (size_t i = 0; i < settling->trials; ++i) {
        watch *trial = &settling->trial[i];
        const double now = settling->distance[i];
        double steps_back;
        if (returns_at_vertex(trial->before, trial->last, now, trial->furthest, &steps_back)) {
            const double time = settling->elapsed - steps_back * step;
            if (trial->first_return == 0)
                trial->first_return = time;
            else if (fabs(time - 2 * trial->first_return) < EVEN_PERIODS * trial->first_return)
                trial->cycling = true;
        }
        trial->furthest = fmax(trial->furthest, now);
        trial->before = trial->last, trial->last = now;
    }
}

qn_trial_fate qn_settling_fate(const qn_settling *settling, size_t trial)
{
    if (settling->trial[trial].settled) return QN_TRIAL_SETTLED;
    return settling->trial[trial].cycling ? QN_TRIAL_CYCLING : QN_TRIAL_MOVING;
}
