#include <quenched/progress.h>

#include "base/fail.h"
#include "base/progress_meter.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static const double INTERVAL = 0.1; // seconds between reports

enum { MESSAGE_SIZE = 256 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void qn_progress_meter_start(qn_progress_meter *meter, const qn_progress *progress)
{
    *meter = (qn_progress_meter){.reported = -INFINITY};
    if (progress) meter->progress = *progress;
    if (meter->progress.report) meter->started = now();
}

static double seconds_left(double fraction, double elapsed)
{
    return fraction > 0.0 ? elapsed * (1.0 - fraction) / fraction : -1.0;
}

qn_status qn_progress_meter_tick(qn_progress_meter *meter, double fraction, const char *format, ...)
{
    if (!meter->progress.report) return QN_OK;
    const double time = meter->stopped ? 0.0 : now();
    if (!meter->stopped && time - meter->reported < INTERVAL) return QN_OK;

    char message[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);

    fraction = fmin(fmax(fraction, 0.0), 1.0);
    if (!meter->stopped) {
        const qn_progress_report report = {fraction, seconds_left(fraction, time - meter->started), message};
        meter->reported = time;
        meter->stopped = !meter->progress.report(&report, meter->progress.context);
    }
    if (!meter->stopped) return QN_OK;
    return qn_fail(QN_STOPPED, "stopped on request after %.0f %% (%s)", 100.0 * fraction, message);
}

static bool report_of_part(const qn_progress_report *report, void *context)
{
    const qn_progress_part *part = context;
    const double fraction = part->from + report->fraction * (part->to - part->from);
    return qn_progress_meter_tick(part->whole, fraction, "%s", part->label ? part->label : report->message) == QN_OK;
}

qn_progress qn_progress_of_part(qn_progress_part *part)
{
    if (!part->whole->progress.report) return (qn_progress){0};
    return (qn_progress){report_of_part, part};
}
