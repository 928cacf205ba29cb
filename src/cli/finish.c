#include "cli/finish.h"

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/places.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int finish_failed(qn_status status)
{
    if (status == QN_STOPPED && interrupt_signal()) return 128 + interrupt_signal();
    fprintf(stderr, "%s\n", qn_last_error());
    return status == QN_NOT_CONVERGED || status == QN_INTERNAL ? EXIT_ERROR : EXIT_BAD_INPUT;
}

int finish_result(const command_line *line, const qn_result *result, const char *page, const char *data)
{
    errno = 0;
    const qn_status status = line->json ? qn_report_json(result, stdout) : qn_report_table(result, page, data, stdout);
    if (status != QN_OK && !interrupt_pipe_closed()) {
        finish_failed(status);
        return EXIT_ERROR;
    }
    return line->strict && !qn_result_agrees(result, NULL) ? EXIT_DISAGREE : EXIT_FINE;
}

int finish_page(const command_line *line, const qn_result *result, const char *folder, char **page)
{
    size_t count = 0;
    qn_figure *figures = NULL;
    int code = EXIT_FINE;
    if (!line->no_figures && qn_report_figures(result, folder, &count, &figures) != QN_OK) {
        fprintf(stderr, "no figures: %s\n", qn_last_error());
        code = EXIT_ERROR; // the page without them is still worth having
    }
    *page = places_path(folder, result->name, "html");
    const qn_status status = *page ? qn_report_page(result, count, figures, *page) : QN_NO_MEMORY;
    qn_figures_destroy(count, figures);
    if (status == QN_OK) return code;
    if (*page) finish_failed(status);
    free(*page);
    *page = NULL;
    return EXIT_BAD_INPUT;
}
