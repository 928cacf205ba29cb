// list, show, check, reference: what there is to run, and what may be written in it.
#include "cli/command.h"
#include "cli/finish.h"
#include "cli/interrupt.h"
#include "cli/places.h"

#include <dirent.h>
#include <errno.h>
#include <quenched/quenched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t count, room;
    char **names;
} name_list;

static bool known(const name_list *list, const char *name, size_t length)
{
    for (size_t i = 0; i < list->count; ++i)
        if (strlen(list->names[i]) == length && !strncmp(list->names[i], name, length)) return true;
    return false;
}

static void add(name_list *list, const char *name, size_t length)
{
    if (known(list, name, length)) return;
    if (list->count == list->room) {
        const size_t room = 2 * list->room + 16;
        char **more = realloc(list->names, room * sizeof *more);
        if (!more) return;
        list->names = more;
        list->room = room;
    }
    char *copy = strndup(name, length);
    if (copy) list->names[list->count++] = copy;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void collect(name_list *list)
{
    places all;
    places_list(&all);
    for (size_t i = 0; i < all.count; ++i) {
        DIR *folder = opendir(all.folders[i]);
        for (const struct dirent *entry; folder && (entry = readdir(folder));) {
            const char *dot = strrchr(entry->d_name, '.');
            if (dot && dot != entry->d_name && !strcmp(dot, ".yaml"))
                add(list, entry->d_name, (size_t)(dot - entry->d_name));
        }
        if (folder) closedir(folder);
    }
    places_clear(&all);
    if (list->count) qsort(list->names, list->count, sizeof *list->names, by_name);
}

static int list_one(const char *name, int width)
{
    char *path = places_study(name);
    qn_study *study;
    if (!path) return EXIT_BAD_INPUT;
    const qn_status status = qn_study_read(path, 0, NULL, &study);
    free(path);
    if (status != QN_OK) return finish_failed(status);
    printf("%-*s  %s\n", width, name, qn_study_title(study));
    for (size_t i = 0; i < qn_study_must_show_count(study); ++i) {
        char *sentence;
        if (qn_study_must_show(study, i, &sentence) != QN_OK) continue;
        printf("%-*s    must show: %s\n", width, "", sentence);
        free(sentence);
    }
    qn_study_destroy(study);
    return EXIT_FINE;
}

int command_list(const command_line *line)
{
    (void)line;
    name_list list = {0};
    int code = EXIT_FINE, width = 12;
    collect(&list);
    for (size_t i = 0; i < list.count; ++i)
        if ((int)strlen(list.names[i]) > width) width = (int)strlen(list.names[i]);
    for (size_t i = 0; i < list.count; ++i) {
        const int one = list_one(list.names[i], width);
        if (one != EXIT_FINE) code = one;
        free(list.names[i]);
    }
    if (!list.count) fprintf(stderr, "no studies: set QUENCHED_STUDIES to a folder that has some\n");
    free(list.names);
    return code;
}

int command_show(const command_line *line)
{
    char *path = places_study(line->arguments[0]);
    if (!path) return EXIT_BAD_INPUT;
    FILE *file = fopen(path, "r");
    char buffer[1 << 14];
    size_t got = 0;
    while (file && (got = fread(buffer, 1, sizeof buffer, file)) > 0) fwrite(buffer, 1, got, stdout);
    const bool failed = !file || ferror(file);
    if (failed) fprintf(stderr, "%s: cannot read: %s\n", path, strerror(errno));
    if (file) fclose(file);
    free(path);
    return failed ? EXIT_BAD_INPUT : EXIT_FINE;
}

int command_check(const command_line *line)
{
    int code = EXIT_FINE;
    for (size_t i = 0; i < line->argument_count; ++i) {
        char *path = places_study(line->arguments[i]);
        qn_study *study;
        const qn_status status =
            path ? qn_study_read(path, line->set_count, (const char *const *)line->sets, &study) : QN_BAD_VALUE;
        if (status == QN_OK) {
            printf("%s: ok\n", path);
            qn_study_destroy(study);
        } else {
            if (path) finish_failed(status);
            code = EXIT_BAD_INPUT;
        }
        free(path);
    }
    return code;
}

int command_reference(const command_line *line)
{
    (void)line;
    errno = 0;
    const qn_status status = qn_study_reference(stdout);
    return status == QN_OK || interrupt_pipe_closed() ? EXIT_FINE : finish_failed(status);
}
