#include "base/fail.h"
#include "network/matrix_lines.h"
#include "network/spiking_edges_parts.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { MOST_COLUMNS = QN_EDGE_COLUMNS };

typedef struct {
    qn_lines text;
    qn_lines_place first; // where the synapses begin
    size_t columns;
    qn_edge_column column[MOST_COLUMNS]; // in the order of the file
    bool has[QN_EDGE_COLUMNS];
    size_t count;
} edge_table;

// The name in this field, without blanks and quotes around it, is this word.
static bool is_word(const char *field, size_t length, const char *word)
{
    while (length > 0 && strchr(" \t\"", field[length - 1]) != NULL) --length;
    while (length > 0 && strchr(" \t\"", *field) != NULL) ++field, --length;
    return strlen(word) == length && strncasecmp(field, word, length) == 0;
}

static qn_status take_name(edge_table *table, const char *field, size_t length)
{
    char excerpt[QN_LINES_EXCERPT];
    for (qn_edge_column column = QN_EDGE_SOURCE; column < QN_EDGE_COLUMNS; ++column) {
        if (!is_word(field, length, qn_edge_column_name(column))) continue;
        QN_REQUIRE(!table->has[column], QN_BAD_FILE, "%s:%zu: column '%s' is there twice", table->text.path,
                   table->text.line, qn_edge_column_name(column));
        table->has[column] = true;
        table->column[table->columns++] = column;
        return QN_OK;
    }
    return qn_fail(
        QN_BAD_FILE,
        "%s:%zu: column '%s' is unknown; the first line names the columns: source, target and, if there are, "
        "weight (pA or mV) and delay (ms)",
        table->text.path, table->text.line, qn_lines_excerpt(field, ",", excerpt));
}

static qn_status read_header(edge_table *table)
{
    bool found;
    QN_TRY(qn_lines_next(&table->text, '#', &found));
    QN_REQUIRE(found, QN_BAD_FILE, "%s: empty; the first line names the columns, such as 'source,target,weight,delay'",
               table->text.path);
    for (const char *field = table->text.content;;) {
        const size_t length = strcspn(field, ",");
        QN_TRY(take_name(table, field, length));
        if (field[length] == '\0') break;
        field += length + 1;
    }
    for (qn_edge_column column = QN_EDGE_SOURCE; column <= QN_EDGE_TARGET; ++column)
        QN_REQUIRE(table->has[column], QN_BAD_FILE, "%s:%zu: column '%s' is missing", table->text.path,
                   table->text.line, qn_edge_column_name(column));
    return qn_lines_tell(&table->text, &table->first);
}

static qn_status count_lines(edge_table *table)
{
    for (bool found = true;; ++table->count) {
        QN_TRY(qn_lines_next(&table->text, '#', &found));
        if (!found) break;
    }
    return qn_lines_return(&table->text, &table->first);
}

static qn_status refuse_line(const edge_table *table)
{
    char excerpt[QN_LINES_EXCERPT];
    return qn_fail(QN_BAD_FILE, "%s:%zu: expected %zu numbers with commas between them (neurons are whole), found '%s'",
                   table->text.path, table->text.line, table->columns,
                   qn_lines_excerpt(table->text.content, "", excerpt));
}

static bool take_number(qn_edge_column column, const char **cursor, double *value)
{
    if (column == QN_EDGE_WEIGHT || column == QN_EDGE_DELAY) {
        const qn_number_kind kind = qn_lines_real(cursor, value);
        if (kind == QN_NUMBER_NOT_FINITE) *value = (double)NAN; // what was written is quoted, what it means refused
        return kind != QN_NUMBER_NONE;
    }
    uint64_t whole = 0;
    if (!qn_lines_whole(cursor, &whole)) return false;
    *value = (double)whole;
    return true;
}

static qn_status read_line(edge_table *table, qn_edge_builder *builder, size_t edge)
{
    const char *cursor = table->text.content;
    for (size_t i = 0; i < table->columns; ++i) {
        double value = 0.0;
        if (!take_number(table->column[i], &cursor, &value)) return refuse_line(table);
        cursor = qn_lines_skip(cursor);
        if (*cursor != (i + 1 < table->columns ? ',' : '\0')) return refuse_line(table);
        const qn_status status = qn_edges_put(builder, table->column[i], edge, value, builder->options->index_base);
        if (status != QN_OK) return qn_fail_in(status, "%s:%zu", table->text.path, table->text.line);
        ++cursor;
    }
    return QN_OK;
}

static qn_status read_table(edge_table *table, qn_edge_builder *builder)
{
    QN_TRY(read_header(table));
    QN_TRY(qn_edges_check_base(builder));
    QN_TRY(count_lines(table));
    QN_TRY(qn_edges_take(builder, (double)table->count, table->has[QN_EDGE_WEIGHT], table->has[QN_EDGE_DELAY]));
    for (size_t edge = 0; edge < table->count; ++edge) {
        bool found;
        QN_TRY(qn_lines_next(&table->text, '#', &found));
        QN_REQUIRE(found, QN_BAD_FILE, "%s: was changed while it was read", table->text.path);
        QN_TRY(read_line(table, builder, edge));
    }
    return QN_OK;
}

qn_status qn_edges_read_csv(FILE *stream, qn_edge_builder *builder)
{
    edge_table table = {0};
    QN_TRY(qn_lines_open(&table.text, stream, builder->path));
    const qn_status status = read_table(&table, builder);
    qn_lines_close(&table.text);
    return status;
}
