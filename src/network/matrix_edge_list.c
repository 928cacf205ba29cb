#include "network/matrix_edge_list.h"

#include "base/fail.h"
#include "network/matrix_check.h"
#include "network/matrix_lines.h"
#include "network/matrix_sparse.h"

#include <inttypes.h>
#include <string.h>

typedef struct {
    qn_lines text;
    qn_lines_place first; // where the edges begin
    uint64_t base;
    uint64_t smallest, largest, count; // indices as written
} edge_file;

typedef struct {
    uint64_t to, from; // as written
    double weight;
} edge;

static bool take_comma(const char **cursor)
{
    const char *at = qn_lines_skip(*cursor);
    if (*at != ',') return false;
    *cursor = at + 1;
    return true;
}

static qn_status refuse_line(const edge_file *file)
{
    char excerpt[QN_LINES_EXCERPT];
    return qn_fail(QN_BAD_FILE, "%s:%zu: expected 'i,j,weight' (two unit numbers and a number), found '%s'",
                   file->text.path, file->text.line, qn_lines_excerpt(file->text.content, "", excerpt));
}

static qn_status parse_edge(const edge_file *file, edge *parsed)
{
    const char *cursor = file->text.content;
    if (!qn_lines_whole(&cursor, &parsed->to) || !take_comma(&cursor)) return refuse_line(file);
    if (!qn_lines_whole(&cursor, &parsed->from) || !take_comma(&cursor)) return refuse_line(file);
    const char *start = cursor;
    const qn_number_kind kind = qn_lines_real(&cursor, &parsed->weight);
    if (kind == QN_NUMBER_NONE || *qn_lines_skip(cursor) != '\0') return refuse_line(file);
    char excerpt[QN_LINES_EXCERPT];
    QN_REQUIRE(kind == QN_NUMBER_FINITE, QN_BAD_FILE,
               "%s:%zu: entry (%" PRIu64 ", %" PRIu64 ") is %s; every coupling must be finite", file->text.path,
               file->text.line, parsed->to, parsed->from, qn_lines_excerpt(start, ",", excerpt));
    return QN_OK;
}

// Names, not numbers, in all three places: a line of which only one is a number is a damaged edge.
static bool is_header(const char *content)
{
    size_t fields = 0;
    for (const char *field = content;; ++field) {
        double number;
        const char *cursor = field;
        if (qn_lines_real(&cursor, &number) != QN_NUMBER_NONE || strchr(",", *qn_lines_skip(field)) != NULL)
            return false;
        ++fields;
        field += strcspn(field, ",");
        if (*field == '\0') return fields == 3;
    }
}

static qn_status skip_header(edge_file *file)
{
    bool found;
    QN_TRY(qn_lines_tell(&file->text, &file->first));
    QN_TRY(qn_lines_next(&file->text, '#', &found));
    if (found && is_header(file->text.content)) return qn_lines_tell(&file->text, &file->first);
    return qn_lines_return(&file->text, &file->first);
}

static qn_status survey(edge_file *file)
{
    file->smallest = UINT64_MAX;
    for (bool found = true;; ++file->count) {
        QN_TRY(qn_lines_next(&file->text, '#', &found));
        if (!found) break;
        edge present = {0};
        QN_TRY(parse_edge(file, &present));
        const uint64_t low = present.to < present.from ? present.to : present.from;
        const uint64_t high = present.to < present.from ? present.from : present.to;
        if (low < file->smallest) file->smallest = low;
        if (high > file->largest) file->largest = high;
    }
    QN_REQUIRE(file->count > 0, QN_BAD_FILE, "%s: no connections in it; expected lines 'i,j,weight'", file->text.path);
    return QN_OK;
}

static qn_status choose_size(edge_file *file, const qn_matrix_options *options, uint64_t *size)
{
    QN_REQUIRE(
        options->index_base >= 0, QN_BAD_FILE,
        "%s: index base not stated: units may be counted from 0 or from 1; set network.coupling.index_base to 0 or 1 "
        "(smallest index found: %" PRIu64 ", largest %" PRIu64 ")",
        file->text.path, file->smallest, file->largest);
    QN_REQUIRE(options->index_base <= 1, QN_BAD_VALUE, "index_base is %d; allowed: 0 or 1", options->index_base);
    file->base = (uint64_t)options->index_base;
    *size = options->size;
    if (*size != 0) return QN_OK;
    QN_REQUIRE(file->largest <= UINT32_MAX, QN_BAD_FILE,
               "%s: largest index is %" PRIu64 "; at most %" PRIu32 " is allowed", file->text.path, file->largest,
               UINT32_MAX);
    QN_REQUIRE(file->largest >= file->base, QN_BAD_FILE,
               "%s: largest index is %" PRIu64 " although units are counted from %" PRIu64, file->text.path,
               file->largest, file->base);
    *size = file->largest - file->base + 1;
    return QN_OK;
}

static qn_status check_index(const edge_file *file, uint64_t index, uint64_t size)
{
    QN_REQUIRE(index >= file->base && index - file->base < size, QN_BAD_FILE,
               "%s:%zu: unit %" PRIu64 " is out of range; allowed: %" PRIu64 " to %" PRIu64 " (%" PRIu64
               " units counted from %" PRIu64 ")",
               file->text.path, file->text.line, index, file->base, size - 1 + file->base, size, file->base);
    return QN_OK;
}

/// Next edge of the second and later passes, when lines are known to be well formed.
static qn_status next_edge(edge_file *file, edge *present)
{
    bool found;
    QN_TRY(qn_lines_next(&file->text, '#', &found));
    QN_REQUIRE(found, QN_BAD_FILE, "%s: was changed while it was read", file->text.path);
    return parse_edge(file, present);
}

static qn_status count_edges(edge_file *file, qn_sparse_builder *builder)
{
    QN_TRY(qn_lines_return(&file->text, &file->first));
    for (uint64_t i = 0; i < file->count; ++i) {
        edge present = {0};
        QN_TRY(next_edge(file, &present));
        QN_TRY(check_index(file, present.to, builder->matrix.rows));
        QN_TRY(check_index(file, present.from, builder->matrix.rows));
        qn_sparse_count(builder, present.to - file->base);
    }
    return QN_OK;
}

static qn_status put_edges(edge_file *file, qn_sparse_builder *builder)
{
    QN_TRY(qn_lines_return(&file->text, &file->first));
    for (uint64_t i = 0; i < file->count; ++i) {
        edge present = {0};
        QN_TRY(next_edge(file, &present));
        QN_TRY(qn_sparse_put(builder, present.to - file->base, present.from - file->base, present.weight));
    }
    return QN_OK;
}

static qn_status refuse_duplicate(edge_file *file, const qn_sparse_duplicate *place)
{
    QN_TRY(qn_lines_return(&file->text, &file->first));
    size_t earlier = 0;
    for (uint64_t i = 0; i < file->count; ++i) {
        edge present = {0};
        QN_TRY(next_edge(file, &present));
        if (present.to - file->base != place->row || present.from - file->base != place->column) continue;
        if (earlier != 0)
            return qn_fail(QN_BAD_FILE, "%s:%zu: connection (%" PRIu64 ", %" PRIu64 ") was given already in line %zu",
                           file->text.path, file->text.line, present.to, present.from, earlier);
        earlier = file->text.line;
    }
    return qn_fail(QN_BAD_FILE, "%s: was changed while it was read", file->text.path);
}

static qn_status fill(edge_file *file, qn_sparse_builder *builder, qn_matrix *result)
{
    QN_TRY(count_edges(file, builder));
    QN_TRY(qn_sparse_allocate(builder));
    QN_TRY(put_edges(file, builder));
    qn_sparse_duplicate duplicate;
    QN_TRY(qn_sparse_finish(builder, &duplicate, result));
    return duplicate.found ? refuse_duplicate(file, &duplicate) : QN_OK;
}

static qn_status read_edges(edge_file *file, const qn_matrix_options *options, qn_matrix *result)
{
    QN_TRY(skip_header(file));
    QN_TRY(survey(file));
    uint64_t size = 0;
    QN_TRY(choose_size(file, options, &size));
    QN_TRY(qn_matrix_check_shape(file->text.path, size, size, options));

    qn_sparse_builder builder;
    QN_TRY(qn_sparse_begin(file->text.path, (size_t)size, (size_t)size, &builder));
    const qn_status status = fill(file, &builder, result);
    qn_sparse_abandon(&builder);
    return status;
}

qn_status qn_matrix_read_edge_list(FILE *stream, const char *path, const qn_matrix_options *options, qn_matrix *result)
{
    edge_file file = {0};
    QN_TRY(qn_lines_open(&file.text, stream, path));
    const qn_status status = read_edges(&file, options, result);
    qn_lines_close(&file.text);
    return status;
}
