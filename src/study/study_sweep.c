// From a study's tree to its points: the grid of a sweep, each point checked and loaded.
#include "base/fail.h"
#include "study/must_see.h"
#include "study/study_data.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_POINTS = 10000 };

static bool is_sweepable(const qn_key *key, const char *path)
{
    static const char *const not_below[] = {"figures.", "must_see.", "sweep.", "quick."};
    for (size_t i = 0; i < sizeof not_below / sizeof *not_below; ++i)
        if (!strncmp(path, not_below[i], strlen(not_below[i]))) return false;
    const bool leaf =
        key->type != QN_KEY_LIST && key->type != QN_KEY_PATHS && (key->type != QN_KEY_MAPPING || key->shorthand);
    return leaf && strchr(path, '.');
}

// "sweep.variant" lists settings that go together, each under a name: {name: flat, network.coupling: {...}, ...}.
static const char variant_key[] = "variant";

static const qn_node *name_of(const qn_node *variant)
{
    const qn_node *name = qn_node_child(variant, "name");
    return name && name->type == QN_NODE_SCALAR && *name->text ? name : NULL;
}

// Whole sections of network, theory and simulation may be set, and lists in them.
static qn_status check_setting(const qn_key *keys, const qn_node *setting, qn_complaints *complaints)
{
    const qn_key *parent;
    char step[128];
    static const char *const allowed[] = {"network", "theory", "simulation"};
    bool within = false;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; ++i) {
        const size_t length = strlen(allowed[i]);
        within |= !strncmp(setting->key, allowed[i], length) && (setting->key[length] == '.' || !setting->key[length]);
    }
    if (!within)
        return qn_complain(complaints, setting,
                           "sweep.variant: %s; allowed: name, and keys of network, theory or simulation", setting->key);
    if (qn_key_at(keys, setting->key, &parent, step)) return QN_OK;
    const char *like = qn_key_like(parent, step);
    return qn_complain(complaints, setting, "sweep.variant: %s: unknown key%s%s%s", setting->key,
                       like ? " (did you mean " : "", like ? like : "", like ? "?)" : "");
}

static qn_status check_variants(const qn_key *keys, const qn_node *list, qn_complaints *complaints)
{
    if (list->type != QN_NODE_SEQUENCE || !list->count)
        return qn_complain(complaints, list, "sweep.variant; allowed: a list of mappings, each with a name");
    for (size_t i = 0; i < list->count; ++i) {
        const qn_node *variant = list->children[i], *name = name_of(variant);
        if (variant->type != QN_NODE_MAPPING || !name) {
            QN_TRY(qn_complain(complaints, variant, "sweep.variant.%zu: its name is missing", i));
            continue;
        }
        for (size_t j = 0; j < i; ++j) {
            const qn_node *other = name_of(list->children[j]);
            if (other && !strcmp(other->text, name->text))
                QN_TRY(qn_complain(complaints, name, "sweep.variant: the name \"%s\" is there twice", name->text));
        }
        for (size_t k = 0; k < variant->count; ++k)
            if (variant->children[k] != name) QN_TRY(check_setting(keys, variant->children[k], complaints));
    }
    return QN_OK;
}

static qn_status check_swept(const qn_key *keys, const qn_node *values, qn_complaints *complaints)
{
    const qn_key *parent;
    char step[128];
    if (!strcmp(values->key, variant_key)) return check_variants(keys, values, complaints);
    const qn_key *key = qn_key_at(keys, values->key, &parent, step);
    if (!key) {
        const char *like = qn_key_like(parent, step);
        return qn_complain(complaints, values, "sweep: %s: unknown key%s%s%s", values->key,
                           like ? " (did you mean " : "", like ? like : "", like ? "?)" : "");
    }
    if (!is_sweepable(key, values->key))
        return qn_complain(complaints, values,
                           "sweep: %s cannot be swept; allowed: single values of network, theory "
                           "or simulation",
                           values->key);
    bool scalars = values->type == QN_NODE_SEQUENCE && values->count;
    for (size_t i = 0; scalars && i < values->count; ++i) scalars = values->children[i]->type == QN_NODE_SCALAR;
    if (scalars) return QN_OK;
    return qn_complain(complaints, values, "sweep: %s; allowed: a list of one or more values", values->key);
}

const char *qn_swept_key(size_t count, char *const *keys, const char *name)
{
    const char *found = NULL;
    for (size_t i = 0; i < count; ++i) {
        const size_t key_length = strlen(keys[i]), length = strlen(name);
        if (!strcmp(keys[i], name)) return keys[i];
        if (key_length <= length || strcmp(keys[i] + key_length - length, name)) continue;
        if (keys[i][key_length - length - 1] != '.') continue;
        if (found) return NULL;
        found = keys[i];
    }
    return found;
}

static bool knows_name(const qn_key *keys, const char *name)
{
    for (const qn_key *key = keys; key && key->name; ++key) {
        if (!strcmp(key->name, name)) return true;
        if (key->type == QN_KEY_MAPPING && knows_name(key->keys, name)) return true;
    }
    return false;
}

// A figure may name any key of the schema: one that is not swept now may be swept again without the override.
static qn_status check_axis(const qn_key *keys, const qn_node *figure, const char *name, qn_complaints *complaints)
{
    const qn_node *axis = qn_node_child(figure, name);
    const qn_key *parent;
    char step[128];
    if (!axis || axis->type != QN_NODE_SCALAR || !strcmp(axis->text, variant_key)) return QN_OK;
    if (qn_key_at(keys, axis->text, &parent, step) || knows_name(keys, axis->text)) return QN_OK;
    return qn_complain(complaints, axis, "figures: %s is \"%s\"; allowed: a swept key", name, axis->text);
}

static qn_status check_figures(const qn_key *keys, const qn_node *tree, qn_complaints *complaints)
{
    const qn_node *figures = qn_node_child(tree, "figures");
    for (size_t i = 0; figures && figures->type == QN_NODE_SEQUENCE && i < figures->count; ++i) {
        QN_TRY(check_axis(keys, figures->children[i], "against", complaints));
        QN_TRY(check_axis(keys, figures->children[i], "by", complaints));
    }
    return QN_OK;
}

// The part of `path` below `root`: "" when they are the same, NULL when it is not below.
static const char *below(const char *root, const char *path)
{
    const size_t length = strlen(root);
    if (strncmp(root, path, length) != 0) return NULL;
    return !path[length] ? path + length : path[length] == '.' ? path + length + 1 : NULL;
}

// Keys are set in the order in which the sweep lists them: whether the later one would undo what the earlier one is
// there for. `before`: the variant is set first; a key swept within a section of it is the point's, as it is called.
static bool undone(const qn_node *setting, const char *swept, bool before)
{
    const char *within = below(setting->key, swept);
    if (within) return !*within || !before;
    return before && below(swept, setting->key);
}

// A point would be called by a value, or a variant, that it does not have.
static qn_status check_conflicts(const qn_node *sweep, qn_complaints *complaints)
{
    size_t at = 0;
    while (at < sweep->count && strcmp(sweep->children[at]->key, variant_key)) ++at;
    for (size_t i = 0; at < sweep->count && i < sweep->children[at]->count; ++i) {
        const qn_node *variant = sweep->children[at]->children[i];
        for (size_t k = 0; k < variant->count; ++k)
            for (size_t s = 0; s < sweep->count; ++s) {
                const qn_node *setting = variant->children[k];
                if (s == at || setting == name_of(variant) || !undone(setting, sweep->children[s]->key, at < s))
                    continue;
                QN_TRY(qn_complain(complaints, setting,
                                   "sweep.variant: %s is set by a variant, and %s is swept too; allowed: one of them",
                                   setting->key, sweep->children[s]->key));
            }
    }
    return QN_OK;
}

// Check the sweep, and count the points of its grid.
static qn_status grid_of(const qn_key *keys, const qn_node *tree, size_t *points, qn_complaints *complaints)
{
    const qn_node *sweep = qn_node_child(tree, "sweep");
    *points = 1;
    if (!sweep || qn_node_is_null(sweep)) return QN_OK;
    if (sweep->type != QN_NODE_MAPPING)
        return qn_complain(complaints, sweep, "sweep; allowed: a mapping from keys to lists of values");
    for (size_t i = 0; i < sweep->count; ++i) {
        const size_t before = complaints->count;
        QN_TRY(check_swept(keys, sweep->children[i], complaints));
        if (complaints->count > before) continue;
        *points *= sweep->children[i]->count;
        if (*points > MOST_POINTS) return qn_complain(complaints, sweep, "sweep has more than %d points", MOST_POINTS);
    }
    return complaints->count ? QN_OK : check_conflicts(sweep, complaints);
}

// Which value of key `key` point `point` has: the first key is outermost.
static size_t value_index(const qn_node *sweep, size_t point, size_t key)
{
    size_t inner = 1;
    for (size_t i = key + 1; i < sweep->count; ++i) inner *= sweep->children[i]->count;
    return point / inner % sweep->children[key]->count;
}

static qn_status set_variant(const qn_study *study, qn_node *tree, const qn_node *variant, char **name,
                             qn_complaints *complaints)
{
    QN_TRY(qn_text_copy(name_of(variant)->text, name));
    for (size_t k = 0; k < variant->count; ++k) {
        const qn_node *setting = variant->children[k];
        if (setting == name_of(variant)) continue;
        qn_node *copy = NULL;
        QN_TRY(qn_tree_copy(setting, &copy));
        QN_TRY(qn_study_set(tree, study->kind->keys, setting->key, copy, complaints));
    }
    return QN_OK;
}

static qn_status set_point(const qn_study *study, qn_node *tree, const qn_node *sweep, size_t point,
                           qn_study_variant *variant, qn_complaints *complaints)
{
    for (size_t i = 0; sweep && i < sweep->count; ++i) {
        const qn_node *value = sweep->children[i]->children[value_index(sweep, point, i)];
        char **text = &variant->values[point * sweep->count + i];
        if (!strcmp(sweep->children[i]->key, variant_key)) {
            QN_TRY(set_variant(study, tree, value, text, complaints));
            continue;
        }
        QN_TRY(qn_text_copy(value->text, text));
        qn_node *copy = NULL;
        QN_TRY(qn_tree_copy(value, &copy));
        QN_TRY(qn_study_set(tree, study->kind->keys, sweep->children[i]->key, copy, complaints));
    }
    return QN_OK;
}

static qn_status load_point(const qn_study *study, const qn_node *base, size_t point, qn_study_variant *variant,
                            qn_complaints *complaints)
{
    qn_node *tree = NULL;
    QN_TRY(qn_tree_copy(base, &tree));
    const qn_node *sweep = qn_node_child(base, "sweep");
    qn_status status = set_point(study, tree, sweep, point, variant, complaints);
    if (status == QN_OK) status = qn_schema_check(study->kind->keys, tree, "", complaints);
    if (status == QN_OK && !complaints->count)
        status = qn_typed_load(study->schema, tree, &variant->descriptions[point]);
    if (status == QN_OK && !complaints->count)
        status = qn_must_see_check(variant->descriptions[point], tree, complaints);
    if (status == QN_OK && !complaints->count)
        status = study->kind->check(variant->descriptions[point], study->folder, tree, complaints);
    qn_tree_destroy(tree);
    return status;
}

static qn_status make_room(const qn_node *sweep, size_t points, qn_study_variant *variant)
{
    const size_t keys = sweep && sweep->type == QN_NODE_MAPPING ? sweep->count : 0;
    variant->keys = calloc(keys + 1, sizeof *variant->keys);
    variant->values = calloc(points * keys + 1, sizeof *variant->values);
    variant->descriptions = calloc(points, sizeof *variant->descriptions);
    variant->key_count = keys;
    variant->count = points;
    if (!variant->keys || !variant->values || !variant->descriptions) {
        free(variant->keys);
        free(variant->values);
        free(variant->descriptions);
        *variant = (qn_study_variant){0};
        return qn_fail(QN_NO_MEMORY, "no memory for %zu points of a sweep", points);
    }
    for (size_t i = 0; i < keys; ++i) QN_TRY(qn_text_copy(sweep->children[i]->key, &variant->keys[i]));
    return QN_OK;
}

static qn_status load_points(const qn_study *study, const qn_node *tree, qn_study_variant *variant,
                             qn_complaints *complaints)
{
    size_t points = 1;
    QN_TRY(grid_of(study->kind->keys, tree, &points, complaints));
    QN_TRY(check_figures(study->kind->keys, tree, complaints));
    if (complaints->count) return QN_OK;
    QN_TRY(make_room(qn_node_child(tree, "sweep"), points, variant));
    for (size_t point = 0; point < points && !complaints->count; ++point)
        QN_TRY(load_point(study, tree, point, variant, complaints));
    return QN_OK;
}

qn_status qn_study_load_variant(const qn_study *study, const qn_node *tree, qn_study_variant *variant)
{
    qn_complaints complaints = {.file = study->path};
    qn_study_variant loaded = {0};
    qn_status status = load_points(study, tree, &loaded, &complaints);
    if (status == QN_OK && complaints.count) status = qn_fail(QN_BAD_VALUE, "%s", complaints.text.bytes);
    free(complaints.text.bytes);
    if (status == QN_OK)
        *variant = loaded;
    else
        qn_study_clear_variant(study, &loaded);
    return status;
}

void qn_study_clear_variant(const qn_study *study, qn_study_variant *variant)
{
    for (size_t i = 0; i < variant->key_count; ++i) free(variant->keys[i]);
    for (size_t i = 0; i < variant->count * variant->key_count; ++i) free(variant->values[i]);
    for (size_t i = 0; i < variant->count; ++i) qn_typed_release(study->schema, variant->descriptions[i]);
    free(variant->keys);
    free(variant->values);
    free(variant->descriptions);
    *variant = (qn_study_variant){0};
}
