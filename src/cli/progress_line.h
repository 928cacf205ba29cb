/// One line on the terminal that says how far a run is; nothing in a pipe.
#pragma once
#include <quenched/progress.h>

typedef struct {
    bool terminal, shown;
} progress_line;

/// A callback for long calls: shows the line where standard error is a terminal, stops when interrupted.
qn_progress progress_line_start(progress_line *line);
void progress_line_end(progress_line *line);
