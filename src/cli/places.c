#include "cli/places.h"

#include "cli/options.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#ifndef QN_STUDIES_DIRECTORY
#define QN_STUDIES_DIRECTORY "/usr/share/quenched/studies"
#endif

static bool is_file(const char *path)
{
    struct stat status;
    return !stat(path, &status) && S_ISREG(status.st_mode);
}

// The folder that the running program lies in; false where the system does not say.
static bool own_folder(char *path, size_t size)
{
#ifdef __APPLE__
    uint32_t room = (uint32_t)size;
    if (_NSGetExecutablePath(path, &room)) return false;
#else
    const ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0) return false;
    path[length] = 0;
#endif
    char *slash = strrchr(path, '/');
    if (!slash) return false;
    *slash = 0;
    return true;
}

static void add(places *list, const char *folder, size_t length)
{
    struct stat here, there;
    if (!length || list->count == sizeof list->folders / sizeof *list->folders) return;
    char *copy = strndup(folder, length);
    bool known = !copy || stat(copy, &here) || !S_ISDIR(here.st_mode);
    for (size_t i = 0; i < list->count && !known; ++i)
        known = !stat(list->folders[i], &there) && here.st_dev == there.st_dev && here.st_ino == there.st_ino;
    if (known)
        free(copy);
    else
        list->folders[list->count++] = copy;
}

void places_list(places *list)
{
    *list = (places){0};
    add(list, "studies", strlen("studies"));
    for (const char *c = getenv("QUENCHED_STUDIES"); c && *c;) {
        const size_t length = strcspn(c, ":");
        add(list, c, length);
        c += length + (c[length] == ':');
    }
    char own[2048], beside[2200];
    if (own_folder(own, sizeof own)) {
        snprintf(beside, sizeof beside, "%s/../share/quenched/studies", own); // installed, wherever it was moved
        add(list, beside, strlen(beside));
        snprintf(beside, sizeof beside, "%s/../studies", own); // built, not installed
        add(list, beside, strlen(beside));
    }
    add(list, QN_STUDIES_DIRECTORY, strlen(QN_STUDIES_DIRECTORY));
}

void places_clear(places *list)
{
    for (size_t i = 0; i < list->count; ++i) free(list->folders[i]);
    list->count = 0;
}

char *places_path(const char *folder, const char *name, const char *ending)
{
    const size_t room = strlen(folder) + strlen(name) + strlen(ending) + 3;
    char *path = malloc(room);
    if (path)
        snprintf(path, room, "%s/%s.%s", folder, name, ending);
    else
        fprintf(stderr, "quenched: no memory for a file name\n");
    return path;
}

static void complain(const char *study, const places *list)
{
    const char *names[128] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < list->count; ++i) {
        DIR *folder = opendir(list->folders[i]);
        for (const struct dirent *entry; folder && (entry = readdir(folder));) {
            const char *dot = strrchr(entry->d_name, '.');
            if (dot && !strcmp(dot, ".yaml") && count + 1 < sizeof names / sizeof *names)
                names[count++] = strndup(entry->d_name, (size_t)(dot - entry->d_name));
        }
        if (folder) closedir(folder);
    }
    const char *meant = options_meant(study, names);
    fprintf(stderr, "quenched: there is no study %s", study);
    if (meant) fprintf(stderr, " (did you mean %s?)", meant);
    fputs(list->count ? "; looked in" : "; no folder of studies was found", stderr);
    for (size_t i = 0; i < list->count; ++i) fprintf(stderr, "%s %s", i ? "," : "", list->folders[i]);
    fputc('\n', stderr);
    for (size_t i = 0; i < count; ++i) free((char *)names[i]);
}

static bool looks_like_path(const char *study)
{
    const char *dot = strrchr(study, '.');
    return strchr(study, '/') || (dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"))) || is_file(study);
}

char *places_study(const char *study)
{
    if (looks_like_path(study)) return strdup(study);
    places list;
    places_list(&list);
    char *found = NULL;
    for (size_t i = 0; i < list.count && !found; ++i) {
        found = places_path(list.folders[i], study, "yaml");
        if (found && !is_file(found)) {
            free(found);
            found = NULL;
        }
    }
    if (!found) complain(study, &list);
    places_clear(&list);
    return found;
}

static int make_folders(char *path)
{
    for (char *slash = path + 1; *slash; ++slash) {
        if (*slash != '/') continue;
        *slash = 0;
        const int failed = mkdir(path, 0777) && errno != EEXIST ? errno : 0;
        *slash = '/';
        if (failed) return failed;
    }
    if (mkdir(path, 0777) && errno != EEXIST) return errno;
    return 0;
}

// Permission bits do not tell (root, read-only and full file systems): a file is made, filled and removed.
static int try_to_write(const char *folder)
{
    static const char sample[4096];
    char *name = places_path(folder, ".quenched-XXXXXX", "");
    if (!name) return ENOMEM;
    name[strlen(name) - 1] = 0;
    const int file = mkstemp(name);
    int error = file < 0 ? errno : 0;
    if (!error && write(file, sample, sizeof sample) != (ssize_t)sizeof sample) error = errno ? errno : ENOSPC;
    if (file >= 0) {
        if (close(file) && !error) error = errno;
        unlink(name);
    }
    free(name);
    return error;
}

bool places_prepare_output(const char *folder, const char *name)
{
    char *path = strdup(folder);
    int error = path ? make_folders(path) : ENOMEM;
    free(path);
    if (!error) error = try_to_write(folder);
    if (error) {
        fprintf(stderr, "quenched: cannot write to the output folder %s: %s\n", folder, strerror(error));
        return false;
    }
    struct stat status;
    char *result = places_path(folder, name, "nc");
    const bool blocked = result && !stat(result, &status) && !S_ISREG(status.st_mode);
    if (blocked) fprintf(stderr, "quenched: cannot write %s: it is not a regular file\n", result);
    const bool fine = result && !blocked;
    free(result);
    return fine;
}
