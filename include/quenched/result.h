/// A result: scalars with theory and simulation side by side, named arrays with dimensions and units, and provenance.
#pragma once
#include <quenched/estimate.h>
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One row of the table. A missing wing is NAN (numbers) or NULL (text).
typedef struct {
    char *name;      ///< "field_variance", "lyapunov_exponent", "rate(23E)"
    char *unit;      ///< "1", "1/tau", ...
    char *long_name; ///< "variance of the field in time"
    size_t point;    ///< index into qn_result.points
    double theory;
    qn_estimate simulation;              ///< value NAN: not simulated
    double z;                            ///< (simulation - theory) / standard error; NAN when either is missing
    char *theory_text, *simulation_text; ///< for text quantities such as phase; else NULL
    double theory_error;          ///< standard error of theory, where it is solved by Monte Carlo; 0: none. z counts it
    size_t extrapolated_sizes[8]; ///< network sizes the simulation column is extrapolated from (1/N -> 0); first is 0
                                  ///< when it is not
} qn_quantity;

/// Where in a sweep: the swept keys and their values here, as text in the study's own spelling. No keys: not a sweep.
typedef struct {
    size_t count;
    char **keys;
    char **values;
} qn_sweep_point;

/// A named array. Dimension names are shared between arrays of the same length ("lag", "point", "frequency"); an array
/// whose name is its one dimension's is that dimension's coordinate. Wings are told by ending: X_theory, X_simulation
/// and X_simulation_error (standard error) are drawn together. In a sweep the first dimension is "point". Missing
/// values are NAN.
typedef struct {
    char *name; ///< netCDF name, e.g. "field_autocorrelation_theory"
    char *long_name, *unit;
    size_t rank; ///< 1 to 3
    char *dimensions[3];
    size_t shape[3];
    double *values; ///< row-major; owned
} qn_named_array;

/// A figure the study asks for. NULL: not said.
typedef struct {
    char *plot; ///< a quantity's name (plotted over the sweep) or an array's ("field_autocorrelation", plotted over its
                ///< last dimension)
    char *against; ///< swept key on the horizontal axis, for quantities
    char *by;      ///< swept key with one curve per value
    char *scale;   ///< "linear", "log-y", "log-x", "log-log"
    char *caption; ///< one sentence
} qn_figure_request;

/// What a simulation took, all networks together. It depends on the machine and the moment: shown below the table and
/// kept in a result file, but not in a reproducible one. All 0: not measured.
typedef struct {
    double events_per_second; ///< synaptic events
    double real_time_factor;  ///< seconds per second of the network's time
    double peak_memory;       ///< bytes
} qn_performance;

typedef struct {
    char *name; ///< of the study, e.g. "chaos"
    char *kind; ///< e.g. "activity"
    char *title, *source;
    char *study_text;  ///< the file as read, with overrides applied below it
    char *overrides;   ///< "--set" arguments, one per line; ""
    char *header;      ///< one line for the table: "N = 2000, erf, g = 2.00, 12 networks x 32 trials"
    char *conventions; ///< what the numbers mean: sigma convention, erf scale, units of time
    uint64_t seed;
    size_t point_count;
    qn_sweep_point *points;
    size_t quantity_count;
    qn_quantity *quantities;
    size_t array_count;
    qn_named_array *arrays;
    size_t figure_count;
    qn_figure_request *figures;
    size_t warning_count;
    char **warnings;
    size_t must_see_count; ///< checks the study itself states, with their outcome
    char **must_see;       ///< "field_variance: |z| = 0.8 < 4" / "... FAILED"
    bool must_see_passed;
    qn_performance performance;
} qn_result;

void qn_result_clear(qn_result *result);

/// First array of that name, or NULL.
const qn_named_array *qn_result_array(const qn_result *result, const char *name);
/// First quantity of that name at that point, or NULL.
const qn_quantity *qn_result_quantity(const qn_result *result, const char *name, size_t point);

/// Whether theory and simulation agree: every |z| < 4, every text equal, every must-see passed. `compared` counts the
/// rows that have both wings.
bool qn_result_agrees(const qn_result *result, size_t *compared);

/// Write a netCDF-4 file: built in memory, written beside `path` and moved there when complete, so that a failure
/// leaves the old file. Every column of a quantity becomes a variable along "point"; its unit and long name are those
/// of its first row. `reproducible` leaves out the time stamp: then the same study, seed and build give the same bytes.
/// QN_IO_ERROR with the system's reason when it cannot be written; QN_BAD_VALUE when two things would get one name.
/// Thread-safe: netCDF is not, so one thread at a time is inside it.
qn_status qn_result_write(const qn_result *result, const char *path, bool reproducible);

/// Read it back, all of it. `*result` is to be freed with qn_result_clear(), and untouched on failure: QN_BAD_FILE when
/// the file is missing, of another program, truncated, or not as quenched wrote it (a checksum stands behind its last
/// byte).
qn_status qn_result_read(const char *path, qn_result *result);

#ifdef __cplusplus
}
#endif
