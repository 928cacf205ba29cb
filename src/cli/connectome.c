// connectome: a study of a coupling matrix, written from the command line.
#include "cli/command.h"
#include "cli/finish.h"
#include "cli/places.h"
#include "cli/run.h"

#include "base/fail.h"
#include "study/study_data.h"
#include "study/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

// In double quotes as YAML has them.
static qn_status add_quoted(qn_text *text, const char *word)
{
    QN_TRY(qn_text_add(text, "\""));
    for (const char *c = word; *c; ++c) QN_TRY(qn_text_add(text, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c));
    return qn_text_add(text, "\"");
}

static qn_status add_matrix(const command_line *line, qn_text *text)
{
    QN_TRY(qn_text_add(text, "matrix:\n  file: "));
    QN_TRY(add_quoted(text, line->arguments[0]));
    if (line->index_base >= 0) QN_TRY(qn_text_add(text, "\n  index_base: %d", line->index_base));
    if (line->drop_self_loops) QN_TRY(qn_text_add(text, "\n  drop_self_loops: true"));
    if (line->drop_silent) QN_TRY(qn_text_add(text, "\n  drop_silent: true"));
    if (line->keep_mean) QN_TRY(qn_text_add(text, "\n  keep_mean: true"));
    if (line->deflate) QN_TRY(qn_text_add(text, "\n  deflate: true"));
    if (line->rescale > 0.0) QN_TRY(qn_text_add(text, "\n  strength: %.17g", line->rescale));
    return qn_text_add(text, "\n");
}

static qn_status write_study(const command_line *line, qn_text *text)
{
    QN_TRY(qn_text_add(text, "study: connectome\ntitle: "));
    QN_TRY(add_quoted(text, line->arguments[0]));
    QN_TRY(qn_text_add(text, "\n"));
    QN_TRY(add_matrix(line, text));
    if (line->noise > 0.0) QN_TRY(qn_text_add(text, "units: {noise: %.17g}\n", line->noise));
    if (line->controls)
        QN_TRY(qn_text_add(text, "controls: [degree-preserving, spectrum-preserving, weights, independent]\n"));
    if (line->simulate) QN_TRY(qn_text_add(text, "simulation: {}\n"));
    return qn_text_add(text, "figures: [{plot: singular_value}, {plot: mode_overlap, scale: log-x}, "
                             "{plot: principal_component, scale: log-log}]\n");
}

// "data/worm.csv" -> "worm.yaml": what files of a result are called after.
static qn_status name_study(const char *file, qn_text *name)
{
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file, *dot = strrchr(base, '.');
    return qn_text_add(name, "%.*s.yaml", (int)(dot && dot != base ? dot - base : (ptrdiff_t)strlen(base)), base);
}

static qn_status read_study(const command_line *line, qn_study **study)
{
    qn_text text = {0}, name = {0};
    qn_status status = write_study(line, &text);
    if (status == QN_OK) status = name_study(line->arguments[0], &name);
    if (status == QN_OK)
        status = qn_study_read_text(text.bytes, strlen(text.bytes), name.bytes, line->set_count,
                                    (const char *const *)line->sets, study);
    free(text.bytes);
    free(name.bytes);
    return status;
}

int command_connectome(const command_line *line)
{
    const char *ending = strrchr(line->arguments[0], '.');
    if (ending && !strcasecmp(ending, ".csv") && line->index_base < 0) {
        fprintf(stderr, "%s: edge lists count units from 0 or from 1: say which with --index-base 0 or 1\n",
                line->arguments[0]);
        return EXIT_BAD_INPUT;
    }
    if (access(line->arguments[0], R_OK)) {
        fprintf(stderr, "%s: cannot be opened: %s\n", line->arguments[0], strerror(errno));
        return EXIT_BAD_INPUT;
    }
    qn_study *study;
    const qn_status status = read_study(line, &study);
    if (status != QN_OK) return finish_failed(status);
    const int code = run_study(line, QN_WING_BOTH, study, line->directory);
    qn_study_destroy(study);
    return code;
}
