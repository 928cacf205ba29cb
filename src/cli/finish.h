/// From a library status to what the shell and the reader see.
#pragma once
#include "cli/options.h"

#include <quenched/report.h>

/// Print qn_last_error() and give the exit code: 2 where the user can do something about it, 130 or 143 when stopped.
int finish_failed(qn_status status);

/// Print table or JSON to standard output and give the exit code. `page` and `data` as for qn_report_table().
int finish_result(const command_line *line, const qn_result *result, const char *page, const char *data);

/// Draw figures and page of a result into `folder`, print their failure. *page is the page's path (owned), NULL without
/// one.
int finish_page(const command_line *line, const qn_result *result, const char *folder, char **page);
