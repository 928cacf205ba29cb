/// Jobs that know nothing of each other, dealt to threads as these become free.
///
/// Each worker may spread its job over some threads of its own: few large jobs use the machine from within, many small
/// ones side by side. What a job computes must not depend on the number of threads, and what is done with it not on the
/// order in which jobs end: then results do not depend on either.
#pragma once
#include <quenched/progress.h>
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    size_t count;       ///< jobs
    const double *cost; ///< of each, > 0, in any unit: what progress is measured by
    const bool *done;   ///< NULL, or which of them are done already
    size_t workers;     ///< jobs at work at a time; 0 and 1: one after the other, in the calling thread
    void *context;
    /// Do a job, outside any lock, with qn_threads() as the crew has it; it should tick `progress` ten times a second.
    qn_status (*work)(size_t job, const qn_progress *progress, void *context);
    /// A job has been done: called by one thread at a time, in the order in which jobs end. NULL: nothing.
    qn_status (*finish)(size_t job, void *context);
    /// What progress says while the job is the last one begun. Thread-safe.
    void (*label)(size_t job, char *text, size_t size, void *context);
} qn_crew;

/// Do all jobs that are not done. `progress` is called from this thread only.
/// @return the status, with its message, of the first job that failed or was not finished, after the others have been
/// stopped; QN_STOPPED when the callback asked for it. Jobs that had ended by then were finished.
qn_status qn_crew_run(const qn_crew *crew, const qn_progress *progress);
