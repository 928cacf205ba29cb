// Checks a tree against a schema: every key known, present where required, of its type, and in its range.
#include "base/fail.h"
#include "study/schema.h"

#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 256, MOST_COMPLAINTS = 8 };

qn_status qn_complain(qn_complaints *complaints, const qn_node *node, const char *format, ...)
{
    if (++complaints->count > MOST_COMPLAINTS) return QN_OK;
    qn_text *text = &complaints->text;
    if (complaints->count > 1) QN_TRY(qn_text_add_bytes(text, "\n", 1));
    if (node && node->origin)
        QN_TRY(qn_text_add(text, "%s: ", node->origin));
    else if (node)
        QN_TRY(qn_text_add(text, "%s:%d: ", complaints->file, node->line));
    else
        QN_TRY(qn_text_add(text, "%s: ", complaints->file));

    va_list arguments;
    va_start(arguments, format);
    char *message = NULL;
    qn_status status = qn_text_vformat(&message, format, arguments);
    va_end(arguments);
    if (status == QN_OK) status = qn_text_add_bytes(text, message, strlen(message));
    free(message);
    return status;
}

// What stands there, as the reader would recognise it.
static void found_text(const qn_node *node, char out[64])
{
    double number;
    if (node->type == QN_NODE_MAPPING)
        strcpy(out, "a mapping");
    else if (node->type == QN_NODE_SEQUENCE)
        strcpy(out, "a list");
    else if (qn_node_is_null(node))
        strcpy(out, "empty");
    else if (!node->quoted && qn_parse_number(node->text, &number))
        snprintf(out, 64, "%.40s", node->text);
    else
        snprintf(out, 64, "\"%.40s\"%s", node->text, strlen(node->text) > 40 ? "..." : "");
}

static qn_status complain_value(const qn_key *key, const qn_node *node, const char *path, bool with_type,
                                qn_complaints *complaints)
{
    char found[64];
    found_text(node, found);
    qn_text allowed = {0};
    qn_status status = qn_key_allowed(key, with_type, &allowed);
    const char *like = node->type == QN_NODE_SCALAR ? qn_choice_like(key->choices, node->text) : NULL;
    if (status == QN_OK)
        status = qn_complain(complaints, node, "%s is %s; allowed: %s%s%s%s", path, found, allowed.bytes,
                             like ? " (did you mean " : "", like ? like : "", like ? "?)" : "");
    free(allowed.bytes);
    return status;
}

static bool in_range(const qn_key *key, double value)
{
    if ((key->bounds & QN_AT_LEAST) && value < key->least) return false;
    if ((key->bounds & QN_ABOVE) && value <= key->least) return false;
    return !(key->bounds & QN_AT_MOST) || value <= key->most;
}

static bool is_choice(const qn_key *key, const char *text)
{
    for (const char *const *choice = key->choices; choice && *choice; ++choice)
        if (!strcmp(*choice, text)) return true;
    return false;
}

static bool is_flag(const char *text)
{
    static const char *const flags[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; ++i)
        if (!strcmp(flags[i], text)) return true;
    return false;
}

static qn_status check_scalar(const qn_key *key, qn_key_type type, const qn_node *node, const char *path,
                              qn_complaints *complaints)
{
    double number = 0.0;
    int64_t whole = 0;
    bool right = node->type == QN_NODE_SCALAR && !qn_node_is_null(node);
    if (right && type == QN_KEY_NUMBER) right = !node->quoted && qn_parse_number(node->text, &number);
    if (right && type == QN_KEY_WHOLE) right = !node->quoted && qn_parse_whole(node->text, &whole);
    if (right && type == QN_KEY_FLAG) right = !node->quoted && is_flag(node->text);
    if (right && key->choices) right = is_choice(key, node->text);
    if (!right) return complain_value(key, node, path, true, complaints);
    if (type == QN_KEY_WHOLE) number = (double)whole;
    const bool numeric = type == QN_KEY_NUMBER || type == QN_KEY_WHOLE;
    if (numeric && !in_range(key, number)) return complain_value(key, node, path, false, complaints);
    return QN_OK;
}

static qn_status check_list(const qn_key *key, const qn_node *node, const char *path, qn_complaints *complaints)
{
    if (node->type != QN_NODE_SEQUENCE) return complain_value(key, node, path, true, complaints);
    for (size_t i = 0; i < node->count; ++i) {
        const qn_node *item = node->children[i];
        char item_path[PATH_SIZE];
        snprintf(item_path, sizeof item_path, "%.200s.%zu", path, i);
        if (key->item != QN_KEY_MAPPING)
            QN_TRY(check_scalar(key, key->item, item, item_path, complaints));
        else if (item->type != QN_NODE_MAPPING)
            QN_TRY(complain_value(key, item, item_path, true, complaints));
        else
            QN_TRY(qn_schema_check(key->keys, item, item_path, complaints));
    }
    return QN_OK;
}

static qn_status check_row(const qn_key *key, const qn_node *row, const char *path, qn_complaints *complaints)
{
    for (size_t i = 0; i < row->count; ++i) {
        char item_path[PATH_SIZE];
        snprintf(item_path, sizeof item_path, "%.200s.%zu", path, i);
        if (row->children[i]->type != QN_NODE_SCALAR)
            QN_TRY(complain_value(key, row->children[i], item_path, true, complaints));
        else
            QN_TRY(check_scalar(key, QN_KEY_NUMBER, row->children[i], item_path, complaints));
    }
    return QN_OK;
}

static qn_status check_table(const qn_key *key, const qn_node *node, const char *path, qn_complaints *complaints)
{
    if (node->type == QN_NODE_SCALAR) return check_scalar(key, QN_KEY_NUMBER, node, path, complaints);
    if (node->type != QN_NODE_SEQUENCE || !node->count) return complain_value(key, node, path, true, complaints);
    const qn_node *first = node->children[0];
    if (first->type == QN_NODE_SCALAR) return check_row(key, node, path, complaints);
    for (size_t i = 0; i < node->count; ++i) {
        const qn_node *row = node->children[i];
        char row_path[PATH_SIZE];
        snprintf(row_path, sizeof row_path, "%.200s.%zu", path, i);
        if (row->type != QN_NODE_SEQUENCE || !row->count)
            QN_TRY(complain_value(key, row, row_path, true, complaints));
        else if (row->count != first->count)
            QN_TRY(qn_complain(complaints, row, "%s has %zu numbers; allowed: %zu, as in the first row", row_path,
                               row->count, first->count));
        else
            QN_TRY(check_row(key, row, row_path, complaints));
    }
    return QN_OK;
}

static qn_status check_value(const qn_key *key, const qn_node *node, const char *path, qn_complaints *complaints)
{
    switch (key->type) {
    case QN_KEY_LIST: return check_list(key, node, path, complaints);
    case QN_KEY_TABLE: return check_table(key, node, path, complaints);
    case QN_KEY_MAPPING:
        if (node->type == QN_NODE_MAPPING) return qn_schema_check(key->keys, node, path, complaints);
        return complain_value(key, node, path, true, complaints);
    case QN_KEY_PATHS: return node->type == QN_NODE_MAPPING ? QN_OK : complain_value(key, node, path, true, complaints);
    default: return check_scalar(key, key->type, node, path, complaints);
    }
}

static void join(char out[PATH_SIZE], const char *path, const char *name)
{
    snprintf(out, PATH_SIZE, "%s%s%.100s", path, *path ? "." : "", name);
}

qn_status qn_schema_check(const qn_key *keys, const qn_node *mapping, const char *path, qn_complaints *complaints)
{
    char child_path[PATH_SIZE];
    for (size_t i = 0; i < mapping->count; ++i) {
        const qn_node *child = mapping->children[i];
        const qn_key *key = qn_key_find(keys, child->key);
        join(child_path, path, child->key);
        if (key) {
            // A shorthand's complaint names what the user wrote: network.transfer, not network.transfer.kind.
            QN_TRY(check_value(key, child, mapping->shorthand ? path : child_path, complaints));
            continue;
        }
        const char *like = qn_key_like(keys, child->key);
        QN_TRY(qn_complain(complaints, child, "%s: unknown key%s%s%s", child_path, like ? " (did you mean " : "",
                           like ? like : "", like ? "?)" : ""));
    }
    for (const qn_key *key = keys; key->name; ++key) {
        if (!key->required || qn_node_child(mapping, key->name)) continue;
        join(child_path, path, key->name);
        QN_TRY(qn_complain(complaints, *path ? mapping : NULL, "%s is missing", child_path));
    }
    return QN_OK;
}

qn_status qn_schema_expand(const qn_key *keys, qn_node *mapping)
{
    for (size_t i = 0; i < mapping->count; ++i) {
        qn_node *child = mapping->children[i];
        const qn_key *key = qn_key_find(keys, child->key);
        const bool list = key && key->type == QN_KEY_LIST && key->item == QN_KEY_MAPPING;
        for (size_t k = 0; list && child->type == QN_NODE_SEQUENCE && k < child->count; ++k)
            if (child->children[k]->type == QN_NODE_MAPPING) QN_TRY(qn_schema_expand(key->keys, child->children[k]));
        if (!key || key->type != QN_KEY_MAPPING) continue;
        const bool short_form = key->shorthand && child->type == QN_NODE_SCALAR && !qn_node_is_null(child);
        if (short_form) QN_TRY(qn_node_expand_shorthand(child, key->shorthand));
        if (child->type == QN_NODE_MAPPING) QN_TRY(qn_schema_expand(key->keys, child));
    }
    return QN_OK;
}
