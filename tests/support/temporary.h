/// Files that a test writes for the code under test to read: in the system's folder for such files, one folder per
/// process.
#pragma once
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEMPORARY_SIZE = 200 }; ///< of a path below

/// `path` becomes a name for mkdtemp() or mkstemp() to complete, in TMPDIR or the system's folder.
static inline void temporary_name(const char *purpose, char path[TEMPORARY_SIZE])
{
    const char *parent = getenv("TMPDIR");
    const int length =
        snprintf(path, TEMPORARY_SIZE, "%s/quenched-%s-XXXXXX", parent != NULL ? parent : P_tmpdir, purpose);
    if (length < 0 || length >= TEMPORARY_SIZE) abort();
}

/// Path of a file called `name` in this test's own folder; good until the next call.
static inline const char *temporary_path(const char *name)
{
    static char folder[TEMPORARY_SIZE], path[512];
    if (folder[0] == '\0') {
        temporary_name("test", folder);
        if (mkdtemp(folder) == NULL) abort();
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/// Write `size` bytes to a file called `name` and return its path.
static inline const char *temporary_bytes(const char *name, const void *bytes, size_t size)
{
    const char *path = temporary_path(name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) abort();
    return path;
}

static inline const char *temporary_text(const char *name, const char *text)
{
    return temporary_bytes(name, text, strlen(text));
}

/// Remove the folder and the files in it whose names are given; for a group's tear-down.
static inline void temporary_remove(size_t count, const char *const *names)
{
    for (size_t i = 0; i < count; ++i) remove(temporary_path(names[i]));
    char folder[512];
    snprintf(folder, sizeof folder, "%s", temporary_path(""));
    folder[strlen(folder) - 1] = '\0';
    rmdir(folder);
}
