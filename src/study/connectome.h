/// The study kind `connectome`: the structure of a given coupling matrix beside that of controls, and the activity that
/// theories of different depth expect of it beside a simulation.
#pragma once
#include "study/study_kind.h"

#include <quenched/matrix.h>
#include <quenched/matrix_clean.h>
#include <quenched/rate_network.h>

typedef struct {
    char *file;
    int64_t index_base; ///< -1: not said
    bool drop_self_loops, drop_silent, keep_mean, deflate;
    double strength; ///< 0: as it is
} qn_connectome_matrix;

typedef struct {
    int transfer; ///< index into the choices: tanh, erf
    double noise;
} qn_connectome_units;

typedef struct {
    int64_t modes;   ///< singular triplets; 0: automatic
    int64_t classes; ///< of input scales in theory of unequal units
    int64_t given;   ///< most units for theory of the given matrix
} qn_connectome_theory;

typedef struct {
    int64_t repetitions, trials;
    double duration, burn_in, step; ///< units of tau; 0: automatic
} qn_connectome_simulation;

typedef struct {
    qn_study_common common;
    qn_connectome_matrix matrix;
    qn_connectome_units units;
    qn_list controls; ///< int: qn_connectome_control
    qn_connectome_theory theory;
    qn_connectome_simulation *simulation; ///< NULL: nothing is simulated
} qn_connectome_study;

extern const qn_study_kind qn_connectome_kind;

qn_status qn_connectome_check(const void *description, const char *folder, const qn_node *tree,
                              qn_complaints *complaints);
qn_status qn_connectome_run(const qn_study *study, const qn_study_options *options, qn_result *result);
