/// The files a study of activity names, each read once, and the networks they belong to.
#pragma once
#include "study/activity.h"

#include <quenched/matrix.h>
#include <quenched/transfer.h>

typedef struct qn_activity_files qn_activity_files;

qn_status qn_activity_files_create(const char *folder, qn_activity_files **files);
void qn_activity_files_destroy(qn_activity_files *files);

/// The network of one point; what it points to belongs to `files`. The messages name the study's keys.
qn_status qn_activity_network_of(qn_activity_files *files, const qn_activity_study *activity, qn_rate_network *network);

/// What the files held, for the identity of a run.
uint64_t qn_activity_files_hash(const qn_activity_files *files, uint64_t hash);
