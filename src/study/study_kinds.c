#include "study/activity.h"
#include "study/connectome.h"
#include "study/kernel.h"
#include "study/spiking.h"
#include "study/study_kind.h"

const qn_study_kind *const qn_study_kinds[] = {&qn_activity_kind, &qn_connectome_kind, &qn_kernel_kind,
                                               &qn_spiking_kind, NULL};
const char *const qn_study_kind_names[] = {"activity", "connectome", "kernel", "spiking", NULL};
const char *const qn_figure_scales[] = {"linear", "log-y", "log-x", "log-log", NULL};
