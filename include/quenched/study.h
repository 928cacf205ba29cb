/// A study: one YAML file that says what the network is, what theory computes, what is simulated, and what must be
/// seen.
#pragma once
#include <quenched/progress.h>
#include <quenched/result.h>
#include <quenched/status.h>

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A study that has been read and checked: opaque, never changed afterwards.
typedef struct qn_study qn_study;

typedef enum { QN_WING_BOTH = 0, QN_WING_THEORY, QN_WING_SIMULATION } qn_wings;

/// Read and check the file `path`; `overrides` are `count` texts "key.path=value" (value: YAML). Setting a swept key
/// ends its sweep. An override that came from the command line's --set is named so in messages.
/// @return QN_OK; QN_BAD_FILE when the file cannot be read or is not YAML; QN_BAD_VALUE when it is no valid study. The
///         message has one line per mistake, at most 8: "file:line: key.path is FOUND; allowed: ...". *study is
///         untouched on error; free it with qn_study_destroy().
/// Cost: about 1 ms. Files that the study names are only looked for, not read.
qn_status qn_study_read(const char *path, size_t count, const char *const *overrides, qn_study **study);
void qn_study_destroy(qn_study *study);

const char *qn_study_name(const qn_study *study); ///< file name without folder and ending
const char *qn_study_title(const qn_study *study);
const char *qn_study_text(const qn_study *study);

typedef struct {
    qn_wings wings;
    bool quick;             ///< fewer networks and shorter runs: seconds instead of minutes; says so in the table
    double memory_limit;    ///< bytes; 0: what the machine has
    const char *checkpoint; ///< path of the checkpoint file, or NULL for none. It stays when the run ends, also well:
                            ///< remove it once the result is on disk
    bool resume;            ///< continue from the checkpoint if it is of this very study, seed and version
    double time_limit;      ///< seconds; 0: none. A study whose plan expects more is refused (kinds with a plan only)
    const char *folder;     ///< where files beside the result go, such as spikes; NULL: none are written
    const char *spikes;     ///< "none", "sonata", "npy", "both": instead of what the study says; NULL: as it says
    qn_progress progress;
} qn_study_options;

/// Run theory and simulation, compare. Networks are simulated one after another, each on all threads; the result does
/// not depend on their number, nor on interruptions.
/// @param[in]  options  NULL for defaults
/// @param[out] result   owned by the caller: qn_result_clear(). Untouched on error.
/// @return QN_OK, also when theory and simulation disagree (qn_result_agrees()); QN_NO_SOLUTION "no stationary state:
/// ..."
///         for a single point whose theory has none, unless only the simulation is asked for (in a sweep: a warning);
///         QN_NO_MEMORY with the figure, before anything is taken; QN_STOPPED when progress says so, the checkpoint
///         kept; QN_BAD_VALUE for a checkpoint of another run; QN_BAD_FILE for files that the study names.
qn_status qn_study_run(const qn_study *study, const qn_study_options *options, qn_result *result);

/// What a run would take (memory, synaptic events, time), as text of several lines, before anything of it is taken.
/// Free with free(). QN_BAD_VALUE for kinds of study that have no plan. Cost: that of the theory.
qn_status qn_study_plan(const qn_study *study, const qn_study_options *options, char **text);

/// Write the network of a spiking study, of its first point in a sweep and at its scale, as a program for NEST 3: see
/// qn_export_nest(). QN_BAD_VALUE for other kinds of study, and for what NEST has no model for.
qn_status qn_study_export_nest(const qn_study *study, const qn_study_options *options, FILE *stream);

/// What the Gaussian process of a study of kind kernel, of its first point in a sweep, predicts of points it has not
/// learnt: as CSV, a line for each with its row in the file (from 0), class, mean of every output and variance, and for
/// two classes the probability of the first. `tests` is a file of inputs (IDX, NPY, CSV; a column of labels is not
/// looked at): then all points of the study's own file are learnt, unless files.train says how many. NULL: the study's
/// test points. QN_BAD_VALUE for other kinds of study, and where there is nothing to learn from.
qn_status qn_study_predict(const qn_study *study, const qn_study_options *options, const char *tests, FILE *stream);

/// The reference of all kinds of study, their keys, types, units, ranges and defaults, as Markdown, from the schema
/// that checks them.
qn_status qn_study_reference(FILE *stream);

/// How many things the study states must be seen.
size_t qn_study_must_show_count(const qn_study *study);

/// One of them as a sentence, such as "field_variance agrees, |z| < 4, relative error < 0.02". Free with free().
qn_status qn_study_must_show(const qn_study *study, size_t index, char **sentence);

#ifdef __cplusplus
}
#endif
