// export: the network of a study as a script for another simulator.
#include "cli/command.h"
#include "cli/finish.h"
#include "cli/places.h"

#include <quenched/quenched.h>
#include <stdio.h>
#include <stdlib.h>

static int write_script(const command_line *line, const qn_study *study)
{
    const qn_study_options options = {.quick = line->quick};
    if (!line->directory) {
        const qn_status status = qn_study_export_nest(study, &options, stdout);
        return status == QN_OK ? EXIT_FINE : finish_failed(status);
    }
    char name[300];
    snprintf(name, sizeof name, "%.250s-nest", qn_study_name(study));
    if (!places_prepare_output(line->directory, name)) return EXIT_BAD_INPUT;
    char *path = places_path(line->directory, name, "py");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (path && !file) perror(path);
    int code = file ? EXIT_FINE : EXIT_BAD_INPUT;
    if (file && qn_study_export_nest(study, &options, file) != QN_OK) code = finish_failed(QN_BAD_VALUE);
    if (file && fclose(file)) {
        perror(path);
        code = EXIT_ERROR;
    }
    if (file && code != EXIT_FINE) remove(path);
    if (code == EXIT_FINE) printf("%s\n", path);
    free(path);
    return code;
}

int command_export(const command_line *line)
{
    qn_study *study;
    if (!line->to) {
        fprintf(stderr, "quenched export: say for which program: --to nest\n");
        return EXIT_BAD_INPUT;
    }
    char *path = places_study(line->arguments[0]);
    if (!path) return EXIT_BAD_INPUT;
    const qn_status status = qn_study_read(path, line->set_count, (const char *const *)line->sets, &study);
    free(path);
    if (status != QN_OK) return finish_failed(status);
    const int code = write_script(line, study);
    qn_study_destroy(study);
    return code;
}
