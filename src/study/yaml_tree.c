#include "study/yaml_tree.h"

#include "base/fail.h"
#include "study/text.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { DEEPEST = 32 };

typedef struct {
    yaml_parser_t parser;
    const char *text;
    size_t length;
    const char *label, *origin;
} reading;

static qn_status refuse(const reading *r, size_t line, const char *what)
{
    if (r->origin) return qn_fail(QN_BAD_FILE, "%s: %s", r->origin, what);
    return qn_fail(QN_BAD_FILE, "%s:%zu: %s", r->label, line + 1, what);
}

static size_t line_of_offset(const reading *r, size_t offset)
{
    size_t line = 0;
    for (size_t i = 0; i < offset && i < r->length; ++i) line += r->text[i] == '\n';
    return line;
}

static qn_status refuse_syntax(const reading *r)
{
    const yaml_parser_t *parser = &r->parser;
    const char *problem = parser->problem ? parser->problem : "out of memory";
    char what[256];
    if (parser->error == YAML_READER_ERROR) {
        snprintf(what, sizeof what, "not plain UTF-8 text: %s", problem);
        return refuse(r, line_of_offset(r, parser->problem_offset), what);
    }
    snprintf(what, sizeof what, "not YAML: %s%s%s", problem, parser->context ? " " : "",
             parser->context ? parser->context : "");
    return refuse(r, parser->problem_mark.line, what);
}

static qn_status next_event(reading *r, yaml_event_t *event)
{
    return yaml_parser_parse(&r->parser, event) ? QN_OK : refuse_syntax(r);
}

qn_status qn_node_create(qn_node_type type, const char *text, int line, const char *origin, qn_node **node)
{
    qn_node *fresh = calloc(1, sizeof *fresh);
    QN_REQUIRE(fresh, QN_NO_MEMORY, "no memory for a study's tree");
    *fresh = (qn_node){.type = type, .line = line, .origin = origin};
    if (qn_text_copy(text, &fresh->text) != QN_OK) {
        free(fresh);
        return QN_NO_MEMORY;
    }
    *node = fresh;
    return QN_OK;
}

static qn_status append(qn_node *parent, qn_node *child)
{
    qn_node **larger = realloc(parent->children, (parent->count + 1) * sizeof *larger);
    if (!larger) {
        qn_tree_destroy(child);
        return qn_fail(QN_NO_MEMORY, "no memory for a study's tree");
    }
    parent->children = larger;
    parent->children[parent->count++] = child;
    return QN_OK;
}

static qn_status parse_node(reading *r, const yaml_event_t *event, int depth, qn_node **node);

static qn_status parse_sequence(reading *r, int depth, qn_node *sequence)
{
    for (;;) {
        yaml_event_t event;
        QN_TRY(next_event(r, &event));
        if (event.type == YAML_SEQUENCE_END_EVENT) return yaml_event_delete(&event), QN_OK;
        qn_node *child = NULL;
        const qn_status status = parse_node(r, &event, depth + 1, &child);
        yaml_event_delete(&event);
        if (status != QN_OK) return status;
        QN_TRY(append(sequence, child));
    }
}

static qn_status check_key(const reading *r, const yaml_event_t *event, const qn_node *mapping)
{
    const size_t line = event->start_mark.line;
    if (event->type != YAML_SCALAR_EVENT) return refuse(r, line, "a key must be plain text");
    const char *key = (const char *)event->data.scalar.value;
    if (strlen(key) != event->data.scalar.length) return refuse(r, line, "a key with a NUL character in it");
    if (event->data.scalar.anchor || event->data.scalar.tag) return refuse(r, line, "a key with an anchor or a tag");
    if (!strcmp(key, "<<")) return refuse(r, line, "merge keys (<<) are not supported: write the keys out");
    if (!qn_node_child(mapping, key)) return QN_OK;
    char what[160];
    snprintf(what, sizeof what, "%.100s stands twice in the same mapping", key);
    return refuse(r, line, what);
}

// One "key: value" pair; `event` is the key.
static qn_status parse_pair(reading *r, const yaml_event_t *event, int depth, qn_node *mapping)
{
    QN_TRY(check_key(r, event, mapping));
    yaml_event_t value;
    QN_TRY(next_event(r, &value));
    qn_node *child = NULL;
    qn_status status = parse_node(r, &value, depth + 1, &child);
    yaml_event_delete(&value);
    if (status != QN_OK) return status;
    child->line = (int)event->start_mark.line + 1;
    status = qn_text_copy((const char *)event->data.scalar.value, &child->key);
    if (status == QN_OK) return append(mapping, child);
    qn_tree_destroy(child);
    return status;
}

static qn_status parse_mapping(reading *r, int depth, qn_node *mapping)
{
    for (;;) {
        yaml_event_t event;
        QN_TRY(next_event(r, &event));
        const bool end = event.type == YAML_MAPPING_END_EVENT;
        const qn_status status = end ? QN_OK : parse_pair(r, &event, depth, mapping);
        yaml_event_delete(&event);
        if (end || status != QN_OK) return status;
    }
}

static bool has_anchor_or_tag(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT: return event->data.scalar.anchor || event->data.scalar.tag;
    case YAML_SEQUENCE_START_EVENT: return event->data.sequence_start.anchor || event->data.sequence_start.tag;
    case YAML_MAPPING_START_EVENT: return event->data.mapping_start.anchor || event->data.mapping_start.tag;
    default: return event->type == YAML_ALIAS_EVENT;
    }
}

static qn_status parse_node(reading *r, const yaml_event_t *event, int depth, qn_node **node)
{
    const size_t line = event->start_mark.line;
    if (has_anchor_or_tag(event)) return refuse(r, line, "anchors (&), aliases (*) and tags (!) are not supported");
    if (depth > DEEPEST) return refuse(r, line, "nested deeper than any study is");

    qn_node *fresh = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        const char *text = (const char *)event->data.scalar.value;
        if (strlen(text) != event->data.scalar.length) return refuse(r, line, "text with a NUL character in it");
        QN_TRY(qn_node_create(QN_NODE_SCALAR, text, (int)line + 1, r->origin, &fresh));
        fresh->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        *node = fresh;
        return QN_OK;
    }
    const bool mapping = event->type == YAML_MAPPING_START_EVENT;
    QN_TRY(qn_node_create(mapping ? QN_NODE_MAPPING : QN_NODE_SEQUENCE, NULL, (int)line + 1, r->origin, &fresh));
    const qn_status status = mapping ? parse_mapping(r, depth, fresh) : parse_sequence(r, depth, fresh);
    if (status != QN_OK) {
        qn_tree_destroy(fresh);
        return status;
    }
    *node = fresh;
    return QN_OK;
}

// Stream start, then at most one document with one root node, then stream end.
static qn_status parse_stream(reading *r, qn_node **root)
{
    for (;;) {
        yaml_event_t event;
        QN_TRY(next_event(r, &event));
        const yaml_event_type_t type = event.type;
        const size_t line = event.start_mark.line;
        qn_status status = QN_OK;
        if (type == YAML_DOCUMENT_START_EVENT && *root) status = refuse(r, line, "a second document in the same file");
        const bool frame = type == YAML_STREAM_START_EVENT || type == YAML_STREAM_END_EVENT ||
                           type == YAML_DOCUMENT_START_EVENT || type == YAML_DOCUMENT_END_EVENT;
        if (!frame) status = parse_node(r, &event, 0, root);
        yaml_event_delete(&event);
        if (status != QN_OK || type == YAML_STREAM_END_EVENT) return status;
    }
}

qn_status qn_tree_parse(const char *text, size_t length, const char *label, const char *origin, qn_node **root)
{
    reading r = {.text = text, .length = length, .label = label, .origin = origin};
    QN_REQUIRE(yaml_parser_initialize(&r.parser), QN_NO_MEMORY, "no memory for a YAML parser");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, length);
    qn_node *tree = NULL;
    const qn_status status = parse_stream(&r, &tree);
    yaml_parser_delete(&r.parser);
    if (status != QN_OK) {
        qn_tree_destroy(tree);
        return status;
    }
    if (tree && qn_node_is_null(tree)) {
        qn_tree_destroy(tree);
        tree = NULL;
    }
    *root = tree;
    return QN_OK;
}

void qn_tree_destroy(qn_node *node)
{
    if (!node) return;
    for (size_t i = 0; i < node->count; ++i) qn_tree_destroy(node->children[i]);
    free(node->children);
    free(node->key);
    free(node->text);
    free(node);
}

qn_status qn_tree_copy(const qn_node *node, qn_node **copy)
{
    qn_node *fresh = NULL;
    QN_TRY(qn_node_create(node->type, node->text, node->line, node->origin, &fresh));
    fresh->quoted = node->quoted;
    fresh->shorthand = node->shorthand;
    qn_status status = qn_text_copy(node->key, &fresh->key);
    for (size_t i = 0; status == QN_OK && i < node->count; ++i) {
        qn_node *child = NULL;
        status = qn_tree_copy(node->children[i], &child);
        if (status == QN_OK) status = append(fresh, child);
    }
    if (status == QN_OK)
        *copy = fresh;
    else
        qn_tree_destroy(fresh);
    return status;
}

qn_node *qn_node_child(const qn_node *node, const char *key)
{
    if (!node || node->type != QN_NODE_MAPPING) return NULL;
    for (size_t i = 0; i < node->count; ++i)
        if (!strcmp(node->children[i]->key, key)) return node->children[i];
    return NULL;
}

static qn_node *item(const qn_node *sequence, const char *number)
{
    char *end;
    const unsigned long index = strtoul(number, &end, 10);
    if (end == number || *end || number[0] == '-' || index >= sequence->count) return NULL;
    return sequence->children[index];
}

qn_node *qn_node_at(const qn_node *root, const char *path)
{
    const qn_node *node = root;
    while (node && *path) {
        const size_t length = strcspn(path, ".");
        char step[128];
        if (length >= sizeof step) return NULL;
        memcpy(step, path, length);
        step[length] = '\0';
        node = node->type == QN_NODE_SEQUENCE ? item(node, step) : qn_node_child(node, step);
        path += length + (path[length] == '.');
    }
    return (qn_node *)node;
}

qn_status qn_node_set(qn_node *mapping, const char *key, qn_node *child)
{
    char *name = NULL;
    if (qn_text_copy(key, &name) != QN_OK) {
        qn_tree_destroy(child);
        return QN_NO_MEMORY;
    }
    free(child->key);
    child->key = name;
    for (size_t i = 0; i < mapping->count; ++i) {
        if (strcmp(mapping->children[i]->key, key)) continue;
        qn_tree_destroy(mapping->children[i]);
        mapping->children[i] = child;
        return QN_OK;
    }
    return append(mapping, child);
}

void qn_node_remove(qn_node *mapping, const char *key)
{
    for (size_t i = 0; mapping && i < mapping->count; ++i) {
        if (strcmp(mapping->children[i]->key, key)) continue;
        qn_tree_destroy(mapping->children[i]);
        memmove(&mapping->children[i], &mapping->children[i + 1], (mapping->count - i - 1) * sizeof *mapping->children);
        --mapping->count;
        return;
    }
}

qn_status qn_node_expand_shorthand(qn_node *node, const char *key)
{
    qn_node *scalar = NULL;
    QN_TRY(qn_node_create(QN_NODE_SCALAR, node->text, node->line, node->origin, &scalar));
    scalar->quoted = node->quoted;
    free(node->text);
    node->text = NULL;
    node->type = QN_NODE_MAPPING;
    node->shorthand = true;
    return qn_node_set(node, key, scalar);
}

bool qn_node_is_null(const qn_node *node)
{
    if (node->type != QN_NODE_SCALAR || node->quoted) return false;
    return !*node->text || !strcmp(node->text, "~") || !strcmp(node->text, "null");
}
