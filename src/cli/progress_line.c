#include "cli/progress_line.h"

#include "cli/interrupt.h"

#include <stdio.h>
#include <unistd.h>

static void time_left(double seconds, char *text, size_t size)
{
    if (seconds < 0.0)
        snprintf(text, size, "%s", "");
    else if (seconds < 90.0)
        snprintf(text, size, "%.0f s left", seconds);
    else if (seconds < 5400.0)
        snprintf(text, size, "%.0f min left", seconds / 60.0);
    else
        snprintf(text, size, "%.1f h left", seconds / 3600.0);
}

static bool show(const qn_progress_report *report, void *context)
{
    enum { WIDTH = 24 };
    progress_line *line = context;
    if (interrupt_signal()) return false;
    if (!line->terminal) return true;
    char bar[WIDTH + 1], left[32];
    for (int i = 0; i < WIDTH; ++i) bar[i] = i < (int)(report->fraction * WIDTH) ? '#' : '.';
    bar[WIDTH] = 0;
    time_left(report->seconds_left, left, sizeof left);
    fprintf(stderr, "\r\033[K%s %3.0f %%  %-11s  %.40s", bar, 100.0 * report->fraction, left, report->message);
    fflush(stderr);
    line->shown = true;
    return true;
}

qn_progress progress_line_start(progress_line *line)
{
    *line = (progress_line){.terminal = isatty(STDERR_FILENO)};
    return (qn_progress){show, line};
}

void progress_line_end(progress_line *line)
{
    if (line->shown) fputs("\r\033[K", stderr);
}
