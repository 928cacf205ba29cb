// What single keys of `activity` cannot tell: keys that need or exclude each other, and files that must exist.
#include "base/fail.h"
#include "study/activity.h"
#include "study/study_data.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const qn_activity_study *activity;
    const char *folder;
    const qn_node *tree;
    qn_complaints *complaints;
} checking;

static const qn_node *given(const checking *c, const char *path) { return qn_node_at(c->tree, path); }

// "path is not allowed: why" when the study gives that key.
static qn_status refuse(const checking *c, const char *path, const char *why)
{
    const qn_node *node = given(c, path);
    return node ? qn_complain(c->complaints, node, "%s is given, but %s", path, why) : QN_OK;
}

static qn_status demand(const checking *c, const char *section, const char *path, const char *why)
{
    if (given(c, path)) return QN_OK;
    return qn_complain(c->complaints, given(c, section), "%s is missing: %s", path, why);
}

static qn_status check_file(const checking *c, const char *path, const char *file)
{
    char *full = NULL;
    QN_TRY(qn_study_file(c->folder, file, &full));
    const bool readable = access(full, R_OK) == 0;
    const int reason = errno;
    free(full);
    if (readable) return QN_OK;
    return qn_complain(c->complaints, given(c, path), "%s is \"%s\": %s", path, file, strerror(reason));
}

static qn_status check_transfer(const checking *c)
{
    const qn_activity_transfer *transfer = &c->activity->network.transfer;
    if (transfer->kind != QN_TRANSFER_THRESHOLD_POWER) {
        QN_TRY(refuse(c, "network.transfer.exponent", "only threshold-power has an exponent"));
        QN_TRY(refuse(c, "network.transfer.threshold", "only threshold-power has a threshold"));
    }
    if (transfer->kind != QN_TRANSFER_TABLE)
        return refuse(c, "network.transfer.file", "only the kind table is read from a file");
    QN_TRY(refuse(c, "network.transfer.gain", "a table has no gain"));
    QN_TRY(demand(c, "network.transfer", "network.transfer.file", "the kind table is read from a file"));
    return transfer->file ? check_file(c, "network.transfer.file", transfer->file) : QN_OK;
}

static bool has_modes(int kind)
{
    return kind == QN_COUPLING_RANDOM_MODE || kind == QN_COUPLING_ORTHOGONAL_MODE || kind == QN_COUPLING_OVERLAPPING;
}

static qn_status check_spectrum(const checking *c)
{
    const qn_activity_spectrum *spectrum = &c->activity->network.coupling.spectrum;
    const char *where = "network.coupling.spectrum";
    const int kind = spectrum->kind;
    const bool ranked = kind == QN_SPECTRUM_FLAT || kind == QN_SPECTRUM_EXPONENTIAL;
    const struct {
        const char *path, *why;
        bool needed, allowed;
    } rules[] = {
        {"network.coupling.spectrum.effective_rank", "only flat and exponential spectra are chosen by it", ranked,
         ranked},
        {"network.coupling.spectrum.exponent", "only a power-law has it", false, kind == QN_SPECTRUM_POWER_LAW},
        {"network.coupling.spectrum.ratio", "only a two-level spectrum has it", kind == QN_SPECTRUM_TWO_LEVEL,
         kind == QN_SPECTRUM_TWO_LEVEL},
        {"network.coupling.spectrum.fraction", "only a two-level spectrum has it", kind == QN_SPECTRUM_TWO_LEVEL,
         kind == QN_SPECTRUM_TWO_LEVEL},
        {"network.coupling.spectrum.values", "only a list has them", kind == QN_SPECTRUM_LIST,
         kind == QN_SPECTRUM_LIST}};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; ++i) {
        if (!rules[i].allowed) QN_TRY(refuse(c, rules[i].path, rules[i].why));
        if (rules[i].needed) QN_TRY(demand(c, where, rules[i].path, "this kind of spectrum needs it"));
    }
    return QN_OK;
}

static qn_status check_modes(const checking *c)
{
    const int kind = c->activity->network.coupling.kind;
    if (has_modes(kind)) {
        QN_TRY(demand(c, "network.coupling", "network.coupling.spectrum", "modes need the law of their strengths"));
        QN_TRY(check_spectrum(c));
    } else {
        QN_TRY(refuse(c, "network.coupling.spectrum", "only random-mode, orthogonal-mode and overlapping have one"));
    }
    if (kind != QN_COUPLING_OVERLAPPING) {
        QN_TRY(refuse(c, "network.coupling.overlap", "only the kind overlapping has it"));
        QN_TRY(refuse(c, "network.coupling.overlap_fraction", "only the kind overlapping has it"));
        QN_TRY(refuse(c, "network.coupling.overlap_rest", "only the kind overlapping has it"));
    }
    if (kind != QN_COUPLING_ELLIPTIC) QN_TRY(refuse(c, "network.coupling.symmetry", "only the kind elliptic has it"));
    if (kind == QN_COUPLING_LOW_RANK)
        return demand(c, "network.coupling", "network.coupling.rank_strength", "the kind low-rank needs it");
    QN_TRY(refuse(c, "network.coupling.rank", "only the kind low-rank has it"));
    return refuse(c, "network.coupling.rank_strength", "only the kind low-rank has it");
}

static qn_status check_gain(const checking *c)
{
    const qn_activity_gain *gain = &c->activity->network.coupling.gain;
    const int64_t size = c->activity->network.size;
    const char *where = "network.coupling.gain.weights";
    const double *weights = gain->weights.items;
    double sum = 0.0;
    if (!gain->weights.count) {
        if (!gain->values.count || !size || gain->values.count == (size_t)size) return QN_OK;
        return qn_complain(c->complaints, given(c, "network.coupling.gain"),
                           "network.coupling.gain.values has %zu values for %lld units; give one per unit, or weights",
                           gain->values.count, (long long)size);
    }
    if (gain->weights.count != gain->values.count)
        return qn_complain(c->complaints, given(c, where), "%s has %zu values; network.coupling.gain.values has %zu",
                           where, gain->weights.count, gain->values.count);
    for (size_t k = 0; k < gain->weights.count; ++k) sum += weights[k];
    if (fabs(sum - 1.0) <= 1e-9) return QN_OK;
    return qn_complain(c->complaints, given(c, where), "%s add up to %g; they must add up to 1", where, sum);
}

static qn_status check_drawn(const checking *c)
{
    const char *wrong = "only the kind file has it";
    if (c->activity->network.coupling.kind != QN_COUPLING_IID)
        QN_TRY(refuse(c, "network.coupling.mean", "only the kind iid has it"));
    QN_TRY(demand(c, "network.coupling", "network.coupling.strength", "every kind but file needs it"));
    QN_TRY(demand(c, "network", "network.size", "only a coupling read from a file says the size"));
    QN_TRY(refuse(c, "network.coupling.file", wrong));
    QN_TRY(refuse(c, "network.coupling.index_base", wrong));
    QN_TRY(refuse(c, "network.coupling.remove_mean", wrong));
    return refuse(c, "network.coupling.rescale", wrong);
}

static qn_status check_given(const checking *c)
{
    const qn_activity_coupling *coupling = &c->activity->network.coupling;
    QN_TRY(demand(c, "network.coupling", "network.coupling.file", "the kind file is read from one"));
    QN_TRY(refuse(c, "network.coupling.mean", "a matrix from a file has its own mean"));
    if (!coupling->rescale)
        QN_TRY(refuse(c, "network.coupling.strength",
                      "a matrix from a file has its own strength; say rescale: true to change it"));
    else
        QN_TRY(demand(c, "network.coupling", "network.coupling.strength", "rescale needs the strength to rescale to"));
    return coupling->file ? check_file(c, "network.coupling.file", coupling->file) : QN_OK;
}

static qn_status check_sizes(const checking *c, const qn_activity_simulation *simulation)
{
    if (simulation->extrapolate.count == 0) return QN_OK; // sizes wait for it: a run without it is one --set away
    if (c->activity->network.coupling.kind == QN_COUPLING_GIVEN)
        return refuse(c, "simulation.extrapolate", "a matrix from a file has one size only");
    const qn_node *node = given(c, "simulation.sizes");
    if (simulation->sizes.count > 7)
        return qn_complain(c->complaints, node, "simulation.sizes has %zu sizes; allowed: at most 7",
                           simulation->sizes.count);
    const int64_t *sizes = simulation->sizes.items;
    for (size_t i = 0; i < simulation->sizes.count; ++i) {
        bool twice = sizes[i] == c->activity->network.size;
        for (size_t j = 0; j < i; ++j) twice = twice || sizes[i] == sizes[j];
        if (twice)
            QN_TRY(qn_complain(c->complaints, node, "simulation.sizes has %lld twice, or it is network.size itself",
                               (long long)sizes[i]));
    }
    return QN_OK;
}

static qn_status check_simulation(const checking *c, const qn_activity_simulation *simulation)
{
    if (qn_activity_computes(c->activity, QN_COMPUTE_DIMENSION) && simulation->trials < 2)
        QN_TRY(qn_complain(c->complaints, given(c, "simulation"),
                           "simulation.trials is %lld; dimension needs at least 2, for its estimate compares trials",
                           (long long)simulation->trials));
    if (simulation->integrator == QN_INTEGRATOR_RK4 && c->activity->network.noise > 0.0)
        QN_TRY(
            refuse(c, "simulation.integrator", "rk4 is for networks without noise; allowed: heun, exponential-euler"));
    if (simulation->tangents > simulation->trials)
        QN_TRY(qn_complain(c->complaints, given(c, "simulation.tangents"),
                           "simulation.tangents is %lld; allowed: at most simulation.trials, %lld",
                           (long long)simulation->tangents, (long long)simulation->trials));
    if (simulation->lag_max > simulation->duration)
        QN_TRY(qn_complain(c->complaints, given(c, "simulation.lag_max"),
                           "simulation.lag_max is %g; allowed: at most simulation.duration, %g", simulation->lag_max,
                           simulation->duration));
    if (simulation->sample_interval > simulation->duration / 2)
        QN_TRY(qn_complain(c->complaints, given(c, "simulation"),
                           "simulation.sample_interval is %g; allowed: at most half of simulation.duration, %g",
                           simulation->sample_interval, simulation->duration / 2));
    if ((double)simulation->dimension_map_lags * simulation->sample_interval > simulation->duration / 2)
        QN_TRY(qn_complain(c->complaints, given(c, "simulation.dimension_map_lags"),
                           "simulation.dimension_map_lags is %lld, of simulation.sample_interval %g each; allowed: at "
                           "most half of simulation.duration, %g",
                           (long long)simulation->dimension_map_lags, simulation->sample_interval,
                           simulation->duration / 2));
    return check_sizes(c, simulation);
}

static qn_status check_must_see(const checking *c)
{
    const qn_must_see *sought = c->activity->common.must_see.items;
    for (size_t i = 0; i < c->activity->common.must_see.count; ++i) {
        const qn_must_see *one = &sought[i];
        const qn_node *node = qn_node_child(c->tree, "must_see")->children[i];
        const bool text = !strcmp(one->quantity, "phase");
        const bool bounds = one->max_z > 0 || one->max_relative_error > 0 || one->max_relative_bar > 0 ||
                            one->rises_with || one->falls_with || one->below || one->theory_within.count ||
                            one->simulation_within.count;
        if (text && (bounds || !one->equals))
            QN_TRY(qn_complain(c->complaints, node, "must_see.%zu: phase is text; allowed: equals", i));
        if (!text && (!bounds || one->equals))
            QN_TRY(qn_complain(c->complaints, node,
                               "must_see.%zu: %s is a number; allowed: max_z, max_relative_error, "
                               "max_relative_bar, rises_with, falls_with, below, theory_within, simulation_within",
                               i, one->quantity));
    }
    return QN_OK;
}

qn_status qn_activity_check(const void *description, const char *folder, const qn_node *tree, qn_complaints *complaints)
{
    const qn_activity_study *activity = description;
    const checking c = {activity, folder, tree, complaints};
    QN_TRY(check_transfer(&c));
    QN_TRY(activity->network.coupling.kind == QN_COUPLING_GIVEN ? check_given(&c) : check_drawn(&c));
    QN_TRY(check_modes(&c));
    QN_TRY(check_gain(&c));
    if (activity->simulation) QN_TRY(check_simulation(&c, activity->simulation));
    return check_must_see(&c);
}
