/// The meter that long calls inside the library tick: reports to the user's callback at most ten times a second.
#pragma once
#include <quenched/progress.h>
#include <quenched/status.h>

#include <stdbool.h>

typedef struct {
    qn_progress progress;
    double started, reported; ///< seconds of the monotonic clock
    bool stopped;
} qn_progress_meter;

/// Start the clock. `progress` may be NULL: then ticks cost nothing and never stop.
void qn_progress_meter_start(qn_progress_meter *meter, const qn_progress *progress);

/// Say that `fraction` (0 to 1) is done; `format` as for printf says what is being done now. Reports only when 0.1 s
/// have passed since the last report (the first tick always does). Time left is estimated from the pace since the
/// start. To be called from the thread that made the long call. Cost when nothing is due: tens of nanoseconds.
/// @return QN_STOPPED, with a message, from the tick at which the callback asked to stop onwards; QN_OK otherwise.
qn_status qn_progress_meter_tick(qn_progress_meter *meter, double fraction, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// A stretch of a longer call, such as one network of twelve: qn_progress_of_part() gives the callback to hand to that
/// call.
typedef struct {
    qn_progress_meter *whole;
    double from, to;   ///< fractions of the whole
    const char *label; ///< what the whole says meanwhile ("network 3 of 12"); NULL: what the part says
} qn_progress_part;
qn_progress qn_progress_of_part(qn_progress_part *part);
