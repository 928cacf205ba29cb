/// One matrix of a study of a connectome, the given one or a control: its numbers, row by row, and its functions.
#pragma once
#include "base/progress_meter.h"
#include "study/connectome.h"

#include <quenched/estimate.h>
#include <quenched/heterogeneity.h>
#include <quenched/result.h>
#include <quenched/shuffle.h>

typedef enum {
    QN_CONTROL_DEGREES,
    QN_CONTROL_SPECTRUM,
    QN_CONTROL_WEIGHTS,
    QN_CONTROL_INDEPENDENT
} qn_connectome_control; ///< in the order of the choices of `controls`

/// ROW(name, unit, long name). Structure: `theory` is what a matrix of independent entries of this strength would have.
#define QN_CONNECTOME_ROWS(ROW)                                                                                        \
    ROW(units, "1", "units N")                                                                                         \
    ROW(entries, "1", "entries other than zero")                                                                       \
    ROW(self_loops, "1", "self-loops in the file")                                                                     \
    ROW(silent_rows, "1", "units that receive nothing")                                                                \
    ROW(silent_columns, "1", "units that send nothing")                                                                \
    ROW(kept_entries, "1", "fraction of the given pairs that the control connects too")                                \
    ROW(mean_coupling, "1", "mean coupling, (1/N) sum J")                                                              \
    ROW(strength, "1", "strength of the couplings, g = sqrt(tr J J^T / N)")                                            \
    ROW(inverse_effective_rank, "1", "inverse effective rank of the couplings, 1/PR^D = m4 / m2^2 - 2")                \
    ROW(effective_rank_singular, "of N", "effective rank of the singular values, PR^s = m2^2 / m4")                    \
    ROW(outliers, "1", "singular values that stand out")                                                               \
    ROW(largest_singular_value, "1", "largest singular value")                                                         \
    ROW(inverse_effective_rank_deflated, "1", "inverse effective rank without what stands out")                        \
    ROW(input_spread, "1", "coefficient of variation of how strongly units are driven")                                \
    ROW(output_spread, "1", "coefficient of variation of how strongly units drive")                                    \
    ROW(rank_part_rows, "1", "share of unequal rows in the inverse effective rank")                                    \
    ROW(rank_part_columns, "1", "share of unequal columns")                                                            \
    ROW(rank_part_entries, "1", "share of few or unequal entries, to be taken off")                                    \
    ROW(rank_part_cycles, "1", "share of low rank proper")                                                             \
    ROW(inverse_effective_rank_rescaled, "1", "inverse effective rank with units made alike")                          \
    ROW(mode_overlap_mean, "1", "mean overlap of left and right mode, times sqrt(N)")                                  \
    ROW(mode_overlap_deviation, "1", "standard deviation of the overlaps, times sqrt(N)")                              \
    ROW(mode_overlap_others, "1", "the same of different modes")                                                       \
    ROW(free_cumulant_1, "1", "free cumulant k_1 over g")                                                              \
    ROW(free_cumulant_2, "1", "free cumulant k_2 over g^2")                                                            \
    ROW(free_cumulant_3, "1", "free cumulant k_3 over g^3")                                                            \
    ROW(rate_variance, "1", "rate variance in time, C^phi(0)")                                                         \
    ROW(correlation_time, "tau", "correlation time of the field")                                                      \
    ROW(lyapunov_exponent, "1/tau", "largest Lyapunov exponent")                                                       \
    ROW(participation_ratio, "of N", "dimension of the rates: theory knows strength and effective rank")               \
    ROW(participation_ratio_unequal, "of N", "dimension of the rates: theory knows unequal units too")                 \
    ROW(participation_ratio_given, "of N", "dimension of the rates: theory knows the whole matrix")                    \
    ROW(participation_ratio_field, "of N", "dimension of the fields")

#define QN_CONNECTOME_ENUM(name, unit, words) QN_CONNECTOME_##name,
enum { QN_CONNECTOME_ROWS(QN_CONNECTOME_ENUM) QN_CONNECTOME_QUANTITIES };

typedef struct {
    double theory;
    qn_estimate measured;
} qn_connectome_value;

/// A function of an index, both sides; NULL: not there. Owned.
typedef struct {
    size_t count;
    double *place; ///< of each; NULL: 1, 2, ...
    double *theory, *measured, *error;
} qn_connectome_function;

typedef struct {
    const char *name;      ///< "given", or the control's
    qn_matrix matrix;      ///< owned; ready: cleaned, deflated
    bool spread_from_sums; ///< the pattern of entries has no balanced scales
    bool empty;            ///< all entries are equal: there is nothing to analyse
    qn_connectome_value values[QN_CONNECTOME_QUANTITIES];
    const char *phase_theory, *phase_measured; ///< NULL: not known
    qn_connectome_function singular_values, overlaps, components;
    size_t warning_count;
    char *warnings[12]; ///< owned
} qn_connectome_case;

/// Nothing known; takes the matrix over.
void qn_connectome_case_begin(const char *name, qn_matrix *matrix, qn_connectome_case *made);
void qn_connectome_case_clear(qn_connectome_case *one);
qn_status qn_connectome_case_warn(qn_connectome_case *one, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void qn_connectome_set_theory(qn_connectome_case *one, size_t row, double theory);
void qn_connectome_set_measured(qn_connectome_case *one, size_t row, double value, double error);
qn_status qn_connectome_function_create(size_t count, qn_connectome_function *function);

/// Strength, rank, outliers, unequal units, overlaps, free cumulants.
qn_status qn_connectome_structure(const qn_connectome_study *study, const qn_progress *progress,
                                  qn_connectome_case *one);
/// Row and column scales of a matrix. Free with qn_heterogeneity_clear().
qn_status qn_connectome_fit(qn_connectome_case *one, const qn_progress *progress, qn_heterogeneity *spread);
/// What activity the theories expect.
qn_status qn_connectome_predict(const qn_connectome_study *study, const qn_progress *progress, qn_connectome_case *one);
/// Simulated activity. QN_NO_MEMORY when it would take more than `memory_limit` bytes (0: what the machine has).
qn_status qn_connectome_simulate(const qn_connectome_study *study, const qn_progress *progress,
                                 qn_connectome_case *one);
/// Refuse, with the figures, a simulation that would take more than `limit` bytes (0: than the machine has).
qn_status qn_connectome_check_memory(const qn_connectome_study *study, double limit, const qn_connectome_case *one);
/// Project outliers off `matrix` if the study asks for it (it becomes dense); `count` of them. QN_BAD_VALUE for too
/// many units.
qn_status qn_connectome_deflate(const qn_connectome_study *study, const qn_progress *progress, qn_matrix *matrix,
                                size_t *count);
/// The network of a case; its matrix is the case's.
qn_rate_network qn_connectome_network(const qn_connectome_study *study, const qn_connectome_case *one);
