// Loads a checked tree into a struct through libcyaml: the table becomes a libcyaml schema, the tree (with the defaults
// of absent keys) a canonical document, and libcyaml does the rest.
#include "base/fail.h"
#include "study/schema.h"

#include <cyaml/cyaml.h>
#include <stdlib.h>
#include <string.h>

struct qn_typed_schema {
    const qn_key *keys;
    cyaml_schema_value_t root;
    void **blocks; // everything allocated for `root`
    size_t count;
};

static const cyaml_config_t config = {.log_level = CYAML_LOG_ERROR, .mem_fn = cyaml_mem, .flags = CYAML_CFG_NO_ALIAS};

static qn_status new_block(qn_typed_schema *schema, size_t count, size_t size, void **block)
{
    void **larger = realloc(schema->blocks, (schema->count + 1) * sizeof *larger);
    if (larger) schema->blocks = larger;
    *block = larger ? calloc(count, size) : NULL;
    QN_REQUIRE(*block, QN_NO_MEMORY, "no memory for a study's schema");
    schema->blocks[schema->count++] = *block;
    return QN_OK;
}

static qn_status fields_of(qn_typed_schema *schema, const qn_key *keys, cyaml_schema_field_t **fields);

static qn_status choices_of(qn_typed_schema *schema, const qn_key *key, cyaml_schema_value_t *value)
{
    uint32_t count = 0;
    while (key->choices[count]) ++count;
    cyaml_strval_t *strings = NULL;
    QN_TRY(new_block(schema, count, sizeof *strings, (void **)&strings));
    for (uint32_t i = 0; i < count; ++i) strings[i] = (cyaml_strval_t){.str = key->choices[i], .val = i};
    value->type = CYAML_ENUM;
    value->data_size = sizeof(int);
    value->enumeration.strings = strings;
    value->enumeration.count = count;
    return QN_OK;
}

static const qn_key table_keys[] = {
    {.name = "rows", .type = QN_KEY_WHOLE, .offset = offsetof(qn_table, rows)},
    {.name = "columns", .type = QN_KEY_WHOLE, .offset = offsetof(qn_table, columns)},
    {.name = "values", .type = QN_KEY_LIST, .item = QN_KEY_NUMBER, .offset = offsetof(qn_table, values)},
    {0}};

static qn_status value_of(qn_typed_schema *schema, const qn_key *key, qn_key_type type, cyaml_schema_value_t *value)
{
    cyaml_schema_field_t *fields = NULL;
    switch (type) {
    case QN_KEY_NUMBER:
        value->type = CYAML_FLOAT;
        value->data_size = sizeof(double);
        return QN_OK;
    case QN_KEY_WHOLE:
        value->type = CYAML_INT;
        value->data_size = sizeof(int64_t);
        return QN_OK;
    case QN_KEY_FLAG:
        value->type = CYAML_BOOL;
        value->data_size = sizeof(bool);
        return QN_OK;
    case QN_KEY_TEXT:
        value->type = CYAML_STRING;
        value->flags = CYAML_FLAG_POINTER;
        value->data_size = sizeof(char);
        value->string.max = CYAML_UNLIMITED;
        return QN_OK;
    case QN_KEY_CHOICE: return choices_of(schema, key, value);
    case QN_KEY_MAPPING:
        QN_TRY(fields_of(schema, key->keys, &fields));
        value->type = CYAML_MAPPING;
        value->flags = key->pointer ? CYAML_FLAG_POINTER : CYAML_FLAG_DEFAULT;
        value->data_size = (uint32_t)key->size;
        value->mapping.fields = fields;
        return QN_OK;
    case QN_KEY_TABLE:
        QN_TRY(fields_of(schema, table_keys, &fields));
        value->type = CYAML_MAPPING;
        value->data_size = sizeof(qn_table);
        value->mapping.fields = fields;
        return QN_OK;
    default: value->type = CYAML_IGNORE; return QN_OK;
    }
}

static qn_status list_of(qn_typed_schema *schema, const qn_key *key, cyaml_schema_field_t *field)
{
    cyaml_schema_value_t *item = NULL;
    QN_TRY(new_block(schema, 1, sizeof *item, (void **)&item));
    QN_TRY(value_of(schema, key, key->item, item));
    field->value.type = CYAML_SEQUENCE;
    field->value.flags |= CYAML_FLAG_POINTER;
    field->value.data_size = item->flags & CYAML_FLAG_POINTER ? sizeof(void *) : item->data_size;
    field->value.sequence.entry = item;
    field->value.sequence.max = CYAML_UNLIMITED;
    field->count_offset = (uint32_t)(key->offset + offsetof(qn_list, count));
    field->count_size = sizeof(size_t);
    return QN_OK;
}

static qn_status fields_of(qn_typed_schema *schema, const qn_key *keys, cyaml_schema_field_t **fields)
{
    size_t count = 0;
    while (keys[count].name) ++count;
    QN_TRY(new_block(schema, count + 1, sizeof **fields, (void **)fields));
    for (size_t i = 0; i < count; ++i) {
        cyaml_schema_field_t *field = &(*fields)[i];
        field->key = keys[i].name;
        field->data_offset = (uint32_t)keys[i].offset;
        if (keys[i].type == QN_KEY_LIST)
            QN_TRY(list_of(schema, &keys[i], field));
        else
            QN_TRY(value_of(schema, &keys[i], keys[i].type, &field->value));
        field->value.flags |= CYAML_FLAG_OPTIONAL;
    }
    return QN_OK;
}

qn_status qn_typed_schema_create(const qn_key *keys, size_t size, qn_typed_schema **schema)
{
    qn_typed_schema *fresh = calloc(1, sizeof *fresh);
    QN_REQUIRE(fresh, QN_NO_MEMORY, "no memory for a study's schema");
    fresh->keys = keys;
    const qn_key root = {.name = "study", .type = QN_KEY_MAPPING, .pointer = true, .keys = keys, .size = size};
    const qn_status status = value_of(fresh, &root, root.type, &fresh->root);
    if (status != QN_OK) {
        qn_typed_schema_destroy(fresh);
        return status;
    }
    *schema = fresh;
    return QN_OK;
}

void qn_typed_schema_destroy(qn_typed_schema *schema)
{
    if (!schema) return;
    for (size_t i = 0; i < schema->count; ++i) free(schema->blocks[i]);
    free(schema->blocks);
    free(schema);
}

// One UTF-8 character (the parser has checked them) as \UXXXXXXXX.
static qn_status add_escaped(qn_text *out, const unsigned char **at)
{
    const unsigned char first = *(*at)++;
    const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    unsigned code = more == 3 ? first & 0x07u : more == 2 ? first & 0x0fu : more == 1 ? first & 0x1fu : first;
    for (int i = 0; i < more && (**at & 0xc0) == 0x80; ++i) code = code << 6 | (*(*at)++ & 0x3fu);
    return qn_text_add(out, "\\U%08X", code);
}

static qn_status add_text(qn_text *out, const char *text)
{
    QN_TRY(qn_text_add(out, "\""));
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        const bool plain = *at >= 0x20 && *at < 0x7f && *at != '"' && *at != '\\';
        if (!plain)
            QN_TRY(add_escaped(out, &at));
        else
            QN_TRY(qn_text_add_bytes(out, (const char *)at++, 1));
    }
    return qn_text_add(out, "\"");
}

static qn_status add_mapping(qn_text *out, const qn_key *keys, const qn_node *mapping);

// The numbers of a row, or the one number there is.
static qn_status add_row(qn_text *out, const qn_node *node, bool first)
{
    double number;
    if (node->type == QN_NODE_SCALAR) {
        QN_REQUIRE(qn_parse_number(node->text, &number), QN_INTERNAL, "a table was not checked before it was loaded");
        return qn_text_add(out, "%s%.17g", first ? "" : ", ", number);
    }
    for (size_t i = 0; i < node->count; ++i) QN_TRY(add_row(out, node->children[i], first && i == 0));
    return QN_OK;
}

static qn_status add_table(qn_text *out, const qn_node *node)
{
    const bool matrix = node->type == QN_NODE_SEQUENCE && node->children[0]->type == QN_NODE_SEQUENCE;
    const size_t rows = matrix ? node->count : 1;
    const size_t columns = node->type == QN_NODE_SCALAR ? 1 : matrix ? node->children[0]->count : node->count;
    QN_TRY(qn_text_add(out, "{\"rows\": %zu, \"columns\": %zu, \"values\": [", rows, columns));
    QN_TRY(add_row(out, node, true));
    return qn_text_add(out, "]}");
}

static qn_status add_value(qn_text *out, const qn_key *key, qn_key_type type, const qn_node *node)
{
    double number;
    int64_t whole;
    switch (type) {
    case QN_KEY_NUMBER:
        if (!qn_parse_number(node->text, &number)) break;
        return qn_text_add(out, "%.17g", number);
    case QN_KEY_WHOLE:
        if (!qn_parse_whole(node->text, &whole)) break;
        return qn_text_add(out, "%lld", (long long)whole);
    case QN_KEY_FLAG: return qn_text_add(out, "%s", node->text[0] == 't' || node->text[0] == 'T' ? "true" : "false");
    case QN_KEY_TEXT:
    case QN_KEY_CHOICE: return add_text(out, node->text);
    case QN_KEY_MAPPING: return add_mapping(out, key->keys, node);
    case QN_KEY_TABLE: return add_table(out, node);
    default: break;
    }
    return qn_fail(QN_INTERNAL, "%s was not checked before it was loaded", key->name);
}

static qn_status add_list(qn_text *out, const qn_key *key, const qn_node *list)
{
    QN_TRY(qn_text_add(out, "["));
    for (size_t i = 0; i < list->count; ++i) {
        if (i) QN_TRY(qn_text_add(out, ", "));
        QN_TRY(add_value(out, key, key->item, list->children[i]));
    }
    return qn_text_add(out, "]");
}

static qn_status add_pair(qn_text *out, const qn_key *key, const qn_node *node)
{
    QN_TRY(qn_text_add(out, "%s\"%s\": ", out->bytes[out->length - 1] == '{' ? "" : ", ", key->name));
    if (!node) return qn_text_add(out, "%s", key->fallback);
    return key->type == QN_KEY_LIST ? add_list(out, key, node) : add_value(out, key, key->type, node);
}

static qn_status add_mapping(qn_text *out, const qn_key *keys, const qn_node *mapping)
{
    static const qn_node nothing = {.type = QN_NODE_MAPPING};
    QN_TRY(qn_text_add(out, "{"));
    for (const qn_key *key = keys; key->name; ++key) {
        const qn_node *child = qn_node_child(mapping, key->name);
        if (key->type == QN_KEY_PATHS) continue;
        // A mapping held in place exists even where the study leaves it out: with the defaults of its keys.
        if (!child && key->type == QN_KEY_MAPPING && !key->pointer) child = &nothing;
        if (child || key->fallback) QN_TRY(add_pair(out, key, child));
    }
    return qn_text_add(out, "}");
}

qn_status qn_typed_load(const qn_typed_schema *schema, const qn_node *tree, void **description)
{
    qn_text document = {0};
    qn_status status = add_mapping(&document, schema->keys, tree);
    if (status == QN_OK) {
        const cyaml_err_t error = cyaml_load_data((const uint8_t *)document.bytes, document.length, &config,
                                                  &schema->root, description, NULL);
        if (error != CYAML_OK)
            status = qn_fail(QN_INTERNAL, "libcyaml: %s, in %.900s", cyaml_strerror(error), document.bytes);
    }
    free(document.bytes);
    return status;
}

void qn_typed_release(const qn_typed_schema *schema, void *description)
{
    if (description) cyaml_free(&config, &schema->root, description, 0);
}
