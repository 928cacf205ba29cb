// Reads a study: file -> tree -> overrides -> points.
#include <quenched/study.h>

#include "base/fail.h"
#include "base/file.h"
#include "study/study_data.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_FILE = 4 << 20 };

qn_status qn_study_file(const char *folder, const char *file, char **path)
{
    return qn_text_format(path, "%s%s", file[0] == '/' ? "" : folder, file);
}

static qn_status name_parts(qn_study *study, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    const int length = dot && dot != base ? (int)(dot - base) : (int)strlen(base);
    QN_TRY(qn_text_copy(path, &study->path));
    QN_TRY(qn_text_format(&study->folder, "%.*s", (int)(base - path), path));
    return qn_text_format(&study->name, "%.*s", length, base);
}

static qn_status find_kind(qn_study *study, const qn_node *root)
{
    QN_REQUIRE(root, QN_BAD_VALUE, "%s: empty: a study begins with \"study: activity\"", study->path);
    QN_REQUIRE(root->type == QN_NODE_MAPPING, QN_BAD_VALUE,
               "%s:%d: a study is a mapping of keys such as \"study: activity\"", study->path, root->line);
    const qn_node *kind = qn_node_child(root, "study");
    QN_REQUIRE(kind, QN_BAD_VALUE, "%s: study is missing; allowed: the kind of study, such as \"study: activity\"",
               study->path);
    for (size_t i = 0; qn_study_kinds[i]; ++i)
        if (kind->type == QN_NODE_SCALAR && !strcmp(kind->text, qn_study_kinds[i]->name))
            study->kind = qn_study_kinds[i];
    if (study->kind) return QN_OK;

    const char *found = kind->type == QN_NODE_SCALAR ? kind->text : "not a name";
    const char *like = qn_choice_like(qn_study_kind_names, found);
    qn_text allowed = {0};
    qn_status status = QN_OK;
    for (size_t i = 0; status == QN_OK && qn_study_kinds[i]; ++i)
        status = qn_text_add(&allowed, "%s%s", i ? ", " : "", qn_study_kind_names[i]);
    if (status == QN_OK)
        status = qn_fail(QN_BAD_VALUE, "%s:%d: study is \"%.60s\"; allowed: %s%s%s%s", study->path, kind->line, found,
                         allowed.bytes, like ? " (did you mean " : "", like ? like : "", like ? "?)" : "");
    free(allowed.bytes);
    return status;
}

// One override "key.path=value", parsed; `origin` is "--set key.path=value".
static qn_status apply_override(const qn_study *study, qn_node *tree, const char *origin, qn_complaints *complaints)
{
    const char *text = origin + strlen("--set ");
    const char *equals = strchr(text, '=');
    QN_REQUIRE(equals && equals != text, QN_BAD_VALUE, "%s: not of the form key.path=value", origin);
    qn_node *value = NULL;
    const qn_status parsed = qn_tree_parse(equals + 1, strlen(equals + 1), study->path, origin, &value);
    if (parsed != QN_OK) return parsed == QN_BAD_FILE ? qn_fail(QN_BAD_VALUE, "%s", qn_last_error()) : parsed;
    QN_REQUIRE(value, QN_BAD_VALUE, "%s: no value after the equals sign", origin);
    char *path = NULL;
    qn_status status = qn_text_format(&path, "%.*s", (int)(equals - text), text);
    if (status == QN_OK && !strcmp(path, "study"))
        status = qn_complain(complaints, value, "the kind of a study cannot be overridden");
    if (status != QN_OK || complaints->count)
        qn_tree_destroy(value);
    else
        status = qn_study_set(tree, study->kind->keys, path, value, complaints);
    free(path);
    return status;
}

static qn_status apply_quick(const qn_study *study, qn_node *tree, qn_complaints *complaints)
{
    const qn_node *quick = qn_node_child(tree, "quick");
    for (size_t i = 0; quick && quick->type == QN_NODE_MAPPING && i < quick->count; ++i) {
        qn_node *copy = NULL;
        QN_TRY(qn_tree_copy(quick->children[i], &copy));
        char *path = NULL;
        qn_status status = qn_text_copy(quick->children[i]->key, &path);
        if (status == QN_OK)
            status = qn_study_set(tree, study->kind->keys, path, copy, complaints);
        else
            qn_tree_destroy(copy);
        free(path);
        QN_TRY(status);
    }
    return QN_OK;
}

static qn_status edit_tree(const qn_study *study, bool quick, size_t count, char *const *origins, qn_node *tree,
                           qn_complaints *complaints)
{
    QN_TRY(qn_schema_expand(study->kind->keys, tree));
    if (quick) QN_TRY(apply_quick(study, tree, complaints));
    for (size_t i = 0; i < count; ++i) QN_TRY(apply_override(study, tree, origins[i], complaints));
    return QN_OK;
}

static qn_status load_variant(qn_study *study, const qn_node *root, bool quick, size_t count, char *const *origins)
{
    qn_node *tree = NULL;
    QN_TRY(qn_tree_copy(root, &tree));
    qn_complaints complaints = {.file = study->path};
    qn_status status = edit_tree(study, quick, count, origins, tree, &complaints);
    if (status == QN_OK && complaints.count) status = qn_fail(QN_BAD_VALUE, "%s", complaints.text.bytes);
    if (status == QN_OK) status = qn_study_load_variant(study, tree, quick ? &study->quick : &study->normal);
    const bool automatic = quick && !qn_node_child(root, "quick");
    for (size_t i = 0; status == QN_OK && automatic && i < study->quick.count; ++i)
        study->kind->quicken(study->quick.descriptions[i]);
    free(complaints.text.bytes);
    qn_tree_destroy(tree);
    return status;
}

static qn_status load_both(qn_study *study, const qn_node *root, size_t count, char *const *origins)
{
    QN_TRY(find_kind(study, root));
    QN_TRY(qn_typed_schema_create(study->kind->keys, study->kind->size, &study->schema));
    QN_TRY(load_variant(study, root, false, count, origins));
    return load_variant(study, root, true, count, origins);
}

static qn_status read_into(qn_study *study, const char *text, size_t length, const char *path, size_t count,
                           char *const *origins)
{
    qn_text overrides = {0};
    QN_TRY(name_parts(study, path));
    QN_TRY(qn_text_add_bytes(&overrides, "", 0));
    study->overrides = overrides.bytes;
    for (size_t i = 0; i < count; ++i) {
        QN_TRY(qn_text_add(&overrides, "%s%s", i ? "\n" : "", origins[i] + strlen("--set ")));
        study->overrides = overrides.bytes;
    }
    QN_REQUIRE(!memchr(text, '\0', length), QN_BAD_FILE, "%s: not a text file", path);
    QN_TRY(qn_text_format(&study->text, "%.*s", (int)length, text));
    qn_node *root = NULL;
    QN_TRY(qn_tree_parse(text, length, path, NULL, &root));
    const qn_status status = load_both(study, root, count, origins);
    qn_tree_destroy(root);
    return status;
}

static qn_status read_with_origins(const char *text, size_t length, const char *path, size_t count,
                                   const char *const *overrides, char **origins, qn_study **study)
{
    for (size_t i = 0; i < count; ++i) QN_TRY(qn_text_format(&origins[i], "--set %s", overrides[i]));
    qn_study *fresh = calloc(1, sizeof *fresh);
    QN_REQUIRE(fresh, QN_NO_MEMORY, "no memory for a study");
    // Numbers are read and written with a point, whatever this thread's language.
    const locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    const locale_t before = plain ? uselocale(plain) : (locale_t)0;
    const qn_status status = read_into(fresh, text, length, path, count, origins);
    if (plain) {
        uselocale(before);
        freelocale(plain);
    }
    if (status == QN_OK)
        *study = fresh;
    else
        qn_study_destroy(fresh);
    return status;
}

qn_status qn_study_read_text(const char *text, size_t length, const char *path, size_t count,
                             const char *const *overrides, qn_study **study)
{
    char **origins = calloc(count + 1, sizeof *origins);
    QN_REQUIRE(origins, QN_NO_MEMORY, "no memory for %zu overrides", count);
    const qn_status status = read_with_origins(text, length, path, count, overrides, origins, study);
    for (size_t i = 0; i < count; ++i) free(origins[i]);
    free(origins);
    return status;
}

qn_status qn_study_read(const char *path, size_t count, const char *const *overrides, qn_study **study)
{
    QN_REQUIRE(path && study, QN_BAD_VALUE, "qn_study_read: path and study must not be NULL");
    char *text = NULL;
    size_t length = 0;
    QN_TRY(qn_file_read(path, LARGEST_FILE, &text, &length));
    const qn_status status = qn_study_read_text(text, length, path, count, overrides, study);
    free(text);
    return status;
}
