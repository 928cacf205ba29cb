/// Where studies are found and results go.
#pragma once
#include <stdbool.h>
#include <stddef.h>

/// The file that STUDY means: a path as it is, a bare name looked up in the folders below. Prints a message and returns
/// NULL when there is none. Free with free().
char *places_study(const char *study);

/// Folders that may hold studies, in the order they are searched: ./studies, $QUENCHED_STUDIES, those beside the
/// program, the installed ones. Free with places_clear().
typedef struct {
    size_t count;
    char *folders[16];
} places;
void places_list(places *list);
void places_clear(places *list);

/// Make `folder` and see that files can be made in it and that `name`.nc can be replaced; prints a message if not.
bool places_prepare_output(const char *folder, const char *name);

/// FOLDER/NAME.ENDING in fresh memory, NULL (and a message) without memory. Free with free().
char *places_path(const char *folder, const char *name, const char *ending);
