/// A checkpoint: the jobs of a run that are done, each with the numbers it gave.
///
/// One file: a head that names the run, then one record per job with its own checksum, appended and flushed to the disk
/// as the job ends. A record that was cut short ends the file; what stands before it is good. A resumed run takes the
/// recorded numbers as they are, so that it ends with the same bits as one that was never interrupted.
#pragma once
#include "base/hash.h"

#include <quenched/status.h>

#include <stddef.h>
#include <stdint.h>

typedef struct qn_checkpoint qn_checkpoint;

/// A job's numbers, found when a checkpoint is resumed.
typedef qn_status (*qn_checkpoint_found)(size_t job, size_t count, const double *numbers, void *context);

/// Begin a fresh checkpoint of the run `identity` at `path`, replacing what is there. QN_IO_ERROR.
qn_status qn_checkpoint_begin(const char *path, uint64_t identity, qn_checkpoint **checkpoint);

/// Continue the checkpoint at `path`: `found` gets every complete record; where no file is, begin one. QN_BAD_FILE when
/// it is no checkpoint; QN_BAD_VALUE when it is one of another run: then nothing is touched.
qn_status qn_checkpoint_resume(const char *path, uint64_t identity, qn_checkpoint_found found, void *context,
                               qn_checkpoint **checkpoint);

/// Append a job's numbers. QN_IO_ERROR: what was recorded before stays good.
qn_status qn_checkpoint_add(qn_checkpoint *checkpoint, size_t job, size_t count, const double *numbers);

/// Close; the file stays.
void qn_checkpoint_close(qn_checkpoint *checkpoint);
