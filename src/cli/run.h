/// Running a study that has been read: progress, result file, page and table.
#pragma once
#include "cli/command.h"

#include <quenched/study.h>

/// `folder` NULL: the table alone. @return what the shell sees.
int run_study(const command_line *line, qn_wings wings, const qn_study *study, const char *folder);
