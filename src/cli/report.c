// report: figures, page and table again, from a result file alone.
#include "cli/command.h"
#include "cli/finish.h"
#include "cli/places.h"

#include <quenched/quenched.h>
#include <stdlib.h>
#include <string.h>

// The folder that `path` lies in, in fresh memory.
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

int command_report(const command_line *line)
{
    const char *data = line->arguments[0];
    qn_result result;
    const qn_status status = qn_result_read(data, &result);
    if (status != QN_OK) return finish_failed(status);
    char *folder = line->directory ? strdup(line->directory) : folder_of(data), *page = NULL;
    int code = folder && places_prepare_output(folder, result.name) ? EXIT_FINE : EXIT_BAD_INPUT;
    if (code == EXIT_FINE) {
        const int drawn = finish_page(line, &result, folder, &page);
        const int told = finish_result(line, &result, page, data);
        code = drawn != EXIT_FINE ? drawn : told;
    }
    free(page);
    free(folder);
    qn_result_clear(&result);
    return code;
}
