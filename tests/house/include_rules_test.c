// The rules of the house: a room includes only rooms below it, theory and simulation never touch, theory uses no
// estimators, and nothing includes itself in a circle. Every #include of src/ and include/ is read; a public header
// belongs to the room of its same-named source, or, when it has none, to the highest room it includes.
#include "testing.h"

#include "temporary.h"

#include <dirent.h>
#include <sys/stat.h>

typedef enum { BASE, NUMERICS, NETWORK, OBSERVABLES, THEORY, SIMULATION, STUDY, REPORT, CLI, ROOMS, NO_ROOM } room;

static const struct {
    const char *name;
    int level;
} ROOM[ROOMS] = {{"base", 0},       {"numerics", 1}, {"network", 2}, {"observables", 2}, {"theory", 3},
                 {"simulation", 3}, {"study", 4},    {"report", 5},  {"cli", 6}};

static bool may_include(room from, room to)
{
    if (from == to) return true;
    if (from == THEORY && to == OBSERVABLES) return false;
    return ROOM[to].level < ROOM[from].level;
}

enum { MOST_FILES = 2000, MOST_INCLUDES = 100, NAME_SIZE = 320 };

typedef struct {
    char name[NAME_SIZE]; // "theory/two_point.c", "quenched/two_point.h"
    room room;
    size_t include_count;
    struct {
        char name[NAME_SIZE];
        size_t line;
        bool quoted;
    } include[MOST_INCLUDES];
    enum { UNSEEN, OPEN, DONE } visit;
} source_file;

typedef struct {
    source_file *files;
    size_t count, violations;
    char report[16384];
} house;

static void violation(house *h, const char *format, ...)
{
    ++h->violations;
    const size_t length = strlen(h->report);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(h->report + length, sizeof h->report - length, format, arguments);
    va_end(arguments);
}

static source_file *find(const house *h, const char *name)
{
    for (size_t i = 0; i < h->count; ++i)
        if (strcmp(h->files[i].name, name) == 0) return &h->files[i];
    return NULL;
}

static room room_named(const char *name, size_t length)
{
    for (int r = BASE; r < ROOMS; ++r)
        if (strlen(ROOM[r].name) == length && strncmp(ROOM[r].name, name, length) == 0) return (room)r;
    return NO_ROOM;
}

static void read_includes(source_file *file, const char *path)
{
    FILE *stream = fopen(path, "r");
    assert_non_null(stream);
    char line[1024];
    for (size_t number = 1; fgets(line, sizeof line, stream) != NULL; ++number) {
        const char *at = line + strspn(line, " \t");
        if (*at != '#') continue;
        ++at;
        at += strspn(at, " \t");
        if (strncmp(at, "include", 7) != 0) continue;
        at += 7;
        at += strspn(at, " \t");
        const size_t length = strcspn(at + 1, ">\"");
        // System headers are no concern of the house.
        if ((*at != '"' && strncmp(at, "<quenched/", 10) != 0) || length >= NAME_SIZE) continue;
        assert_true(file->include_count < MOST_INCLUDES);
        snprintf(file->include[file->include_count].name, NAME_SIZE, "%.*s", (int)length, at + 1);
        file->include[file->include_count].quoted = *at == '"';
        file->include[file->include_count].line = number;
        ++file->include_count;
    }
    fclose(stream);
}

static void read_folder(house *h, const char *root, const char *parent, const char *folder)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s", root, parent, folder);
    DIR *directory = opendir(path);
    if (directory == NULL) return;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot == NULL || (strcmp(dot, ".c") != 0 && strcmp(dot, ".h") != 0)) continue;
        assert_true(h->count < MOST_FILES);
        source_file *file = &h->files[h->count++];
        snprintf(file->name, sizeof file->name, "%s/%s", folder, entry->d_name);
        file->room = room_named(folder, strlen(folder));
        snprintf(path, sizeof path, "%s/%s/%s/%s", root, parent, folder, entry->d_name);
        read_includes(file, path);
    }
    closedir(directory);
}

static bool is_umbrella(const source_file *file) { return strcmp(file->name, "quenched/quenched.h") == 0; }

static bool has_source(const house *h, room r, const char *header)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%s/%.*s.c", ROOM[r].name, (int)(strlen(header) - 2), header);
    return find(h, name) != NULL;
}

static room room_of_public_header(house *h, source_file *header)
{
    if (header->room != NO_ROOM || header->visit == OPEN) return header->room;
    header->visit = OPEN;
    const char *stem = header->name + strlen("quenched/");
    room found = room_named(stem, strlen(stem) - 2);
    for (int r = BASE; r < CLI && found == NO_ROOM; ++r) found = has_source(h, (room)r, stem) ? (room)r : NO_ROOM;
    for (int r = found + 1; r < CLI && room_named(stem, strlen(stem) - 2) == NO_ROOM; ++r)
        if (has_source(h, (room)r, stem))
            violation(h, "%s has a source in %s/ and in %s/\n", header->name, ROOM[found].name, ROOM[r].name);
    const bool by_source = found != NO_ROOM;
    if (!by_source) found = BASE;
    for (size_t i = 0; i < header->include_count && !by_source; ++i) {
        source_file *included = find(h, header->include[i].name);
        const room below = included == NULL ? NO_ROOM : room_of_public_header(h, included);
        if (below < ROOMS && ROOM[below].level > ROOM[found].level) found = below;
    }
    header->visit = UNSEEN;
    return header->room = found;
}

static void check_includes(house *h, const source_file *file)
{
    for (size_t i = 0; i < file->include_count; ++i) {
        const char *name = file->include[i].name;
        const size_t line = file->include[i].line;
        const source_file *included = find(h, name);
        if (included == NULL) {
            violation(h, "%s:%zu: \"%s\" is no header of the house; paths begin with the room\n", file->name, line,
                      name);
        } else if (is_umbrella(included)) {
            if (file->room != CLI)
                violation(h, "%s:%zu: includes the whole interface; include what is used\n", file->name, line);
        } else if (file->include[i].quoted && strncmp(name, "quenched/", 9) == 0) {
            violation(h, "%s:%zu: public headers are included as <%s>\n", file->name, line, name);
        } else if (strncmp(file->name, "quenched/", 9) == 0 && strncmp(name, "quenched/", 9) != 0) {
            violation(h, "%s:%zu: a public header includes the private \"%s\"\n", file->name, line, name);
        } else if (strcmp(name + strlen(name) - 2, ".c") == 0) {
            violation(h, "%s:%zu: includes the source \"%s\"\n", file->name, line, name);
        } else if (!may_include(file->room, included->room)) {
            violation(h, "%s:%zu: %s/ must not include %s/ (\"%s\")\n", file->name, line, ROOM[file->room].name,
                      ROOM[included->room].name, name);
        }
    }
}

static void look_for_circles(house *h, source_file *file)
{
    file->visit = OPEN;
    for (size_t i = 0; i < file->include_count; ++i) {
        source_file *included = find(h, file->include[i].name);
        if (included == NULL || included->visit == DONE) continue;
        if (included->visit == OPEN)
            violation(h, "%s:%zu: \"%s\" includes this file in a circle\n", file->name, file->include[i].line,
                      included->name);
        else
            look_for_circles(h, included);
    }
    file->visit = DONE;
}

static house inspect(const char *root)
{
    house h = {.files = calloc(MOST_FILES, sizeof(source_file))};
    assert_non_null(h.files);
    for (int r = BASE; r < ROOMS; ++r) read_folder(&h, root, "src", ROOM[r].name);
    read_folder(&h, root, "include", "quenched");
    for (size_t i = 0; i < h.count; ++i)
        if (h.files[i].room == NO_ROOM && !is_umbrella(&h.files[i])) room_of_public_header(&h, &h.files[i]);
    for (size_t i = 0; i < h.count; ++i)
        if (!is_umbrella(&h.files[i])) check_includes(&h, &h.files[i]);
    for (size_t i = 0; i < h.count; ++i)
        if (h.files[i].visit == UNSEEN) look_for_circles(&h, &h.files[i]);
    free(h.files);
    return h;
}

static void the_house_keeps_its_rules(void **state)
{
    (void)state;
    const house h = inspect(SOURCE_DIRECTORY);
    assert_true(h.count > 20);
    if (h.violations > 0) print_error("%s", h.report);
    assert_int_equal(h.violations, 0);
}

static void every_public_header_is_in_the_whole_interface(void **state)
{
    (void)state;
    house h = {.files = calloc(MOST_FILES, sizeof(source_file))};
    assert_non_null(h.files);
    read_folder(&h, SOURCE_DIRECTORY, "include", "quenched");
    const source_file *umbrella = find(&h, "quenched/quenched.h");
    assert_non_null(umbrella);
    for (size_t i = 0; i < h.count; ++i) {
        bool included = is_umbrella(&h.files[i]);
        for (size_t k = 0; k < umbrella->include_count; ++k)
            included = included || strcmp(umbrella->include[k].name, h.files[i].name) == 0;
        if (!included) print_error("quenched.h does not include %s\n", h.files[i].name);
        assert_true(included);
    }
    free(h.files);
}

// ---- that a violation is caught: each planted in a small house that is otherwise in order ----

static const char *const PLANTED[] = {"include/quenched/status.h",   "include/quenched/coupling.h",
                                      "include/quenched/dynamics.h", "include/quenched/quenched.h",
                                      "src/base/status.c",           "src/network/coupling.c",
                                      "src/simulation/dynamics.c",   "src/theory/mean_field.c",
                                      "src/theory/mean_field.h",     "src/observables/spectrum.h"};

static void plant_at(const char *name, const char *content)
{
    char path[512];
    snprintf(path, sizeof path, "%s", temporary_path(name));
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    temporary_text(name, content);
}

static house with_planted(const char *name, const char *content)
{
    for (size_t i = 0; i < sizeof PLANTED / sizeof *PLANTED; ++i) plant_at(PLANTED[i], "#include <stdio.h>\n");
    plant_at("include/quenched/coupling.h", "#include <quenched/status.h>\n");
    plant_at("src/theory/mean_field.c", "#include \"theory/mean_field.h\"\n#include <quenched/coupling.h>\n");
    if (name != NULL) plant_at(name, content);
    char root[512];
    snprintf(root, sizeof root, "%s", temporary_path(""));
    return inspect(root);
}

static void catches(const char *name, const char *content, const char *part)
{
    const house h = with_planted(name, content);
    if (h.violations != 1 || strstr(h.report, part) == NULL)
        print_error("planted in %s: found %zu violations: %s\n", name, h.violations, h.report);
    assert_int_equal(h.violations, 1);
    assert_non_null(strstr(h.report, part));
}

static void planted_violations_are_caught(void **state)
{
    (void)state;
    assert_int_equal(with_planted(NULL, NULL).violations, 0);
    catches("src/theory/mean_field.c", "//\n# include <quenched/dynamics.h>\n",
            "theory/mean_field.c:2: theory/ must not include simulation/ (\"quenched/dynamics.h\")");
    catches("src/simulation/dynamics.c", "#include \"theory/mean_field.h\"\n", "simulation/ must not include theory/");
    catches("src/theory/mean_field.c", "#include \"observables/spectrum.h\"\n",
            "theory/ must not include observables/");
    catches("src/network/coupling.c", "#include \"observables/spectrum.h\"\n",
            "network/ must not include observables/");
    catches("src/observables/spectrum.h", "#include <quenched/coupling.h>\n", "observables/ must not include network/");
    catches("src/base/status.c", "#include <quenched/coupling.h>\n", "base/ must not include network/");
    catches("include/quenched/status.h", "#include <quenched/dynamics.h>\n", "base/ must not include simulation/");
    catches("include/quenched/dynamics.h", "#include \"observables/spectrum.h\"\n",
            "a public header includes the private");
    catches("include/quenched/status.h", "#include <quenched/status.h>\n", "includes this file in a circle");
    catches("src/theory/mean_field.h", "#include \"theory/mean_field.h\"\n", "includes this file in a circle");
    catches("src/network/coupling.c", "#include <quenched/quenched.h>\n", "includes the whole interface");
    catches("src/theory/mean_field.c", "#include \"mean_field.h\"\n", "paths begin with the room");
    catches("src/base/status.c", "#include \"quenched/status.h\"\n",
            "public headers are included as <quenched/status.h>");
    catches("src/simulation/dynamics.c", "#include \"network/coupling.c\"\n", "includes the source");
}

static int remove_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PLANTED / sizeof *PLANTED; ++i) remove(temporary_path(PLANTED[i]));
    static const char *const FOLDERS[] = {"include/quenched", "include",    "src/base",        "src/network",
                                          "src/simulation",   "src/theory", "src/observables", "src"};
    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; ++i) rmdir(temporary_path(FOLDERS[i]));
    temporary_remove(0, NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_house_keeps_its_rules),
        cmocka_unit_test(every_public_header_is_in_the_whole_interface),
        cmocka_unit_test(planted_violations_are_caught),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
