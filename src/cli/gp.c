// gp: predictions of the Gaussian process that a wide network is.
#include "cli/command.h"
#include "cli/finish.h"
#include "cli/places.h"

#include "base/fail.h"
#include "study/study_data.h"
#include "study/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

// A file that is no study. (Studies that came with quenched have no ending, and data may have none.)
static bool is_data(const char *word)
{
    const char *ending = strrchr(word, '.');
    struct stat found;
    return (!ending || strcasecmp(ending, ".yaml") != 0) && !stat(word, &found) && S_ISREG(found.st_mode);
}

// Data alone: the study of its defaults, called after the file.
static qn_status read_data(const command_line *line, qn_study **study)
{
    const char *file = line->arguments[0], *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    qn_text text = {0}, name = {0};
    qn_status status = qn_text_add(&text, "study: kernel\nfiles:\n  inputs: \"");
    for (const char *c = base; status == QN_OK && *c; ++c)
        status = qn_text_add(&text, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    if (status == QN_OK) status = qn_text_add(&text, "\"\n");
    // The study lies beside its data, where other files that --set names are sought too.
    const char *dot = strrchr(base, '.');
    const int stem = (int)(dot && dot != base ? dot - base : (ptrdiff_t)strlen(base));
    if (status == QN_OK) status = qn_text_add(&name, "%.*s%.*s.yaml", (int)(base - file), file, stem, base);
    if (status == QN_OK)
        status = qn_study_read_text(text.bytes, strlen(text.bytes), name.bytes, line->set_count,
                                    (const char *const *)line->sets, study);
    free(text.bytes);
    free(name.bytes);
    return status;
}

static qn_status predict(const command_line *line, const qn_study *study, FILE *stream)
{
    const qn_study_options options = {.quick = line->quick, .memory_limit = line->memory_limit};
    return qn_study_predict(study, &options, line->argument_count > 1 ? line->arguments[1] : NULL, stream);
}

static int write_predictions(const command_line *line, const qn_study *study)
{
    if (!line->directory) {
        const qn_status status = predict(line, study, stdout);
        return status == QN_OK ? EXIT_FINE : finish_failed(status);
    }
    char name[300];
    snprintf(name, sizeof name, "%.250s-predictions", qn_study_name(study));
    if (!places_prepare_output(line->directory, name)) return EXIT_BAD_INPUT;
    char *path = places_path(line->directory, name, "csv");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (path && !file) perror(path);
    const qn_status status = file ? predict(line, study, file) : QN_OK;
    int code = !file ? EXIT_BAD_INPUT : status == QN_OK ? EXIT_FINE : finish_failed(status);
    if (file && (ferror(file) | fclose(file))) {
        perror(path);
        code = EXIT_ERROR;
    }
    if (file && code != EXIT_FINE) remove(path);
    if (code == EXIT_FINE) printf("%s\n", path);
    free(path);
    return code;
}

int command_gp(const command_line *line)
{
    qn_study *study;
    if (line->argument_count > 1 && access(line->arguments[1], R_OK)) {
        fprintf(stderr, "%s: cannot be opened: %s\n", line->arguments[1], strerror(errno));
        return EXIT_BAD_INPUT;
    }
    qn_status status;
    if (is_data(line->arguments[0]))
        status = read_data(line, &study);
    else {
        char *path = places_study(line->arguments[0]);
        if (!path) return EXIT_BAD_INPUT;
        status = qn_study_read(path, line->set_count, (const char *const *)line->sets, &study);
        free(path);
    }
    if (status != QN_OK) return finish_failed(status);
    const int code = write_predictions(line, study);
    qn_study_destroy(study);
    return code;
}
