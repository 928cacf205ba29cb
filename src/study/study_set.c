// Sets one key of a study's tree by its path: what --set, `quick` and the points of a sweep do.
#include "base/fail.h"
#include "study/study_data.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// A key elsewhere in the schema that is called `name`, as a path: "strength" -> "network.coupling.strength".
static bool search(const qn_key *keys, const char *name, const char *above, char path[256])
{
    for (const qn_key *key = keys; key && key->name; ++key) {
        char here[256];
        snprintf(here, sizeof here, "%.120s%s%.120s", above, *above ? "." : "", key->name);
        if (!strcmp(key->name, name)) {
            memcpy(path, here, sizeof here);
            return true;
        }
        if (key->type == QN_KEY_MAPPING && search(key->keys, name, here, path)) return true;
    }
    return false;
}

static qn_status complain_unknown(const qn_key *keys, const char *path, const qn_node *value, qn_complaints *complaints)
{
    const qn_key *parent;
    char step[128], elsewhere[256] = "";
    qn_key_at(keys, path, &parent, step);
    const char *like = qn_key_like(parent, step);
    const char *last = strrchr(path, '.') ? strrchr(path, '.') + 1 : path;
    if (!like && search(keys, last, "", elsewhere)) like = elsewhere;
    char hint[300] = "";
    if (like) snprintf(hint, sizeof hint, " (did you mean %s?)", like);
    if (!value->origin) return qn_complain(complaints, value, "%s: unknown key%s", path, hint);
    // The override names the key already.
    qn_node place = {.origin = "--set"};
    char origin[256];
    snprintf(origin, sizeof origin, "--set %.200s", path);
    place.origin = origin;
    return qn_complain(complaints, &place, "unknown key%s", hint);
}

// Setting a key ends the sweep over it, and over what lies below it.
static void leave_sweep(qn_node *tree, const char *path)
{
    qn_node *sweep = qn_node_child(tree, "sweep");
    if (!sweep || sweep->type != QN_NODE_MAPPING) return;
    const size_t length = strlen(path);
    for (size_t i = sweep->count; i-- > 0;) {
        const char *key = sweep->children[i]->key;
        if (!strncmp(key, path, length) && (!key[length] || key[length] == '.')) qn_node_remove(sweep, key);
    }
    if (!sweep->count) qn_node_remove(tree, "sweep");
}

// The mapping that holds the last step of `path`, made where it is absent. *last is that step. NULL: the path leads
// through something that is no mapping.
static qn_status parent_of(qn_node *tree, const char *path, const qn_node *value, qn_node **parent, const char **last)
{
    *parent = tree;
    for (*last = path;;) {
        const size_t length = strcspn(*last, ".");
        if (!(*last)[length]) return QN_OK;
        char step[128];
        snprintf(step, sizeof step, "%.*s", (int)length, *last);
        qn_node *next = qn_node_at(*parent, step);
        const bool list = isdigit((unsigned char)(*last)[length + 1]); // whose entries cannot be made one by one
        if (!next && !list && (*parent)->type == QN_NODE_MAPPING) {
            QN_TRY(qn_node_create(QN_NODE_MAPPING, NULL, value->line, value->origin, &next));
            QN_TRY(qn_node_set(*parent, step, next));
        }
        *parent = next;
        if (!next) return QN_OK;
        *last += length + 1;
    }
}

// `path` is known and so is its parent table; put the value there.
static qn_status put(qn_node *tree, const char *path, qn_node *value, qn_complaints *complaints)
{
    qn_node *parent;
    const char *last;
    qn_status status = QN_OK;
    if (!strncmp(path, "sweep.", 6) || !strncmp(path, "quick.", 6)) {
        // Below these the keys are paths themselves.
        char section[6] = {0};
        memcpy(section, path, 5);
        last = path + 6;
        parent = qn_node_child(tree, section);
        if (!parent) status = qn_node_create(QN_NODE_MAPPING, NULL, value->line, value->origin, &parent);
        if (status == QN_OK && !qn_node_child(tree, section)) status = qn_node_set(tree, section, parent);
    } else {
        status = parent_of(tree, path, value, &parent, &last);
    }
    if (status == QN_OK && parent && parent->type == QN_NODE_MAPPING) {
        // Setting one key of what was written in short makes it a full mapping.
        if (parent->shorthand) parent->shorthand = !strcmp(last, parent->children[0]->key);
        return qn_node_set(parent, last, value);
    }
    if (status == QN_OK) status = qn_complain(complaints, value, "%s cannot be set: there is no such entry", path);
    qn_tree_destroy(value);
    return status;
}

qn_status qn_study_set(qn_node *tree, const qn_key *keys, const char *path, qn_node *value, qn_complaints *complaints)
{
    const qn_key *parent;
    char step[128];
    const bool paths = !strncmp(path, "sweep.", 6) || !strncmp(path, "quick.", 6);
    if (!paths && !qn_key_at(keys, path, &parent, step)) {
        const qn_status status = complain_unknown(keys, path, value, complaints);
        qn_tree_destroy(value);
        return status;
    }
    QN_TRY(put(tree, path, value, complaints));
    if (!paths) leave_sweep(tree, path);
    return qn_schema_expand(keys, tree);
}
