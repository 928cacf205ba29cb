#include "base/fail.h"
#include "base/memory.h"
#include "network/matrix_lines.h"
#include "network/spiking_edges_parts.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// SONATA's dialect: fields separated by blanks, those with blanks in them within quotes, a quote written twice.
typedef enum { ID, WEIGHT, DELAY, OTHER } type_column;
enum { MOST_COLUMNS = 256, NO_COLUMN = MOST_COLUMNS };

typedef struct {
    qn_lines text;
    qn_lines_place first;
    size_t columns, place[OTHER]; // where the columns that matter are
} type_table;

// The field at *cursor, as the file has it; NULL at the end of the line.
static const char *next_field(const char **cursor, size_t *length)
{
    const char *start = qn_lines_skip(*cursor), *at = start;
    if (*start == '\0') return NULL;
    for (bool quoted = false; *at != '\0' && (quoted || (*at != ' ' && *at != '\t')); ++at)
        if (*at == '"') quoted = !quoted;
    *cursor = at;
    *length = (size_t)(at - start);
    if (*length >= 2 && start[0] == '"' && at[-1] == '"') {
        *length -= 2;
        return start + 1;
    }
    return start;
}

static qn_status read_header(type_table *table)
{
    static const char *const NAMES[OTHER] = {"edge_type_id", "syn_weight", "delay"};
    bool found;
    QN_TRY(qn_lines_next(&table->text, '#', &found));
    QN_REQUIRE(found, QN_BAD_FILE, "%s: empty; the first line names the columns, edge_type_id among them",
               table->text.path);
    const char *cursor = table->text.content, *field;
    size_t length;
    for (; (field = next_field(&cursor, &length)) != NULL; ++table->columns) {
        QN_REQUIRE(table->columns < MOST_COLUMNS, QN_BAD_FILE, "%s:%zu: more than %d columns", table->text.path,
                   table->text.line, MOST_COLUMNS);
        for (type_column column = ID; column < OTHER; ++column) {
            if (strlen(NAMES[column]) != length || strncmp(field, NAMES[column], length) != 0) continue;
            QN_REQUIRE(table->place[column] == NO_COLUMN, QN_BAD_FILE, "%s:%zu: column '%s' is there twice",
                       table->text.path, table->text.line, NAMES[column]);
            table->place[column] = table->columns;
        }
    }
    QN_REQUIRE(table->place[ID] != NO_COLUMN, QN_BAD_FILE, "%s:%zu: column 'edge_type_id' is missing", table->text.path,
               table->text.line);
    return qn_lines_tell(&table->text, &table->first);
}

static qn_status refuse_field(const type_table *table, const char *what, const char *field)
{
    char excerpt[QN_LINES_EXCERPT];
    return qn_fail(QN_BAD_FILE, "%s:%zu: expected %s, found '%s'", table->text.path, table->text.line, what,
                   qn_lines_excerpt(field, " \t\"", excerpt));
}

static qn_status take_id(const type_table *table, const char *field, size_t length, int64_t *id)
{
    const char *cursor = field;
    uint64_t whole = 0;
    if (!qn_lines_whole(&cursor, &whole) || cursor != field + length || whole > INT64_MAX)
        return refuse_field(table, "an edge_type_id, a whole number", field);
    *id = (int64_t)whole;
    return QN_OK;
}

// NAN for what a type does not have, which pandas writes as NULL or NaN.
static qn_status take_value(const type_table *table, const char *field, size_t length, double *value)
{
    if (length == 4 && strncasecmp(field, "NULL", 4) == 0) return QN_OK;
    if (length == 3 && strncasecmp(field, "nan", 3) == 0) return QN_OK;
    const char *cursor = field;
    double number = 0.0;
    if (qn_lines_real(&cursor, &number) != QN_NUMBER_FINITE || cursor != field + length)
        return refuse_field(table, "a finite number or NULL", field);
    *value = number;
    return QN_OK;
}

static qn_status read_type(type_table *table, qn_edge_type *type)
{
    *type = (qn_edge_type){.weight = (double)NAN, .delay = (double)NAN};
    const char *cursor = table->text.content, *field;
    size_t length, columns = 0;
    for (; (field = next_field(&cursor, &length)) != NULL; ++columns) {
        if (columns == table->place[ID]) QN_TRY(take_id(table, field, length, &type->id));
        if (columns == table->place[WEIGHT]) QN_TRY(take_value(table, field, length, &type->weight));
        if (columns == table->place[DELAY]) QN_TRY(take_value(table, field, length, &type->delay));
    }
    QN_REQUIRE(columns == table->columns, QN_BAD_FILE, "%s:%zu: %zu fields; allowed: %zu, as in the first line",
               table->text.path, table->text.line, columns, table->columns);
    return QN_OK;
}

static int compare_types(const void *left, const void *right)
{
    const int64_t a = ((const qn_edge_type *)left)->id, b = ((const qn_edge_type *)right)->id;
    return (a > b) - (a < b);
}

static qn_status read_types(type_table *table, qn_edge_types *types)
{
    QN_TRY(read_header(table));
    bool found = true;
    size_t count = 0;
    for (;; ++count) {
        QN_TRY(qn_lines_next(&table->text, '#', &found));
        if (!found) break;
    }
    QN_REQUIRE(count > 0, QN_BAD_FILE, "%s: no edge types in it", table->text.path);
    QN_TRY(QN_NEW(&types->types, count, "edge types"));
    QN_TRY(qn_lines_return(&table->text, &table->first));
    for (; types->count < count; ++types->count) {
        QN_TRY(qn_lines_next(&table->text, '#', &found));
        QN_REQUIRE(found, QN_BAD_FILE, "%s: was changed while it was read", table->text.path);
        QN_TRY(read_type(table, &types->types[types->count]));
    }
    qsort(types->types, types->count, sizeof *types->types, compare_types);
    for (size_t i = 1; i < types->count; ++i)
        QN_REQUIRE(types->types[i].id != types->types[i - 1].id, QN_BAD_FILE,
                   "%s: edge_type_id %" PRId64 " is there twice", table->text.path, types->types[i].id);
    types->weights = table->place[WEIGHT] != NO_COLUMN;
    types->delays = table->place[DELAY] != NO_COLUMN;
    return QN_OK;
}

qn_status qn_edge_types_read(FILE *stream, const char *path, qn_edge_types *types)
{
    type_table table = {.place = {NO_COLUMN, NO_COLUMN, NO_COLUMN}};
    qn_edge_types fresh = {0};
    QN_TRY(qn_lines_open(&table.text, stream, path));
    const qn_status status = read_types(&table, &fresh);
    qn_lines_close(&table.text);
    if (status == QN_OK)
        *types = fresh;
    else
        qn_edge_types_clear(&fresh);
    return status;
}

void qn_edge_types_clear(qn_edge_types *types)
{
    qn_release(types->types);
    *types = (qn_edge_types){0};
}

const qn_edge_type *qn_edge_types_find(const qn_edge_types *types, int64_t id)
{
    const qn_edge_type key = {.id = id};
    return types->count == 0 ? NULL : bsearch(&key, types->types, types->count, sizeof key, compare_types);
}
