#include "network/matrix_npy.h"

#include "base/fail.h"
#include "base/memory.h"
#include "network/matrix_check.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

// NumPy itself reads no longer header without being told to trust it; a matrix needs 118 bytes.
enum { HEADER_LIMIT = 10000, FORTRAN_BLOCK = 1 << 20, CHUNK = 1 << 15 };

typedef struct {
    char kind; // 'f', 'i', 'u', 'b'
    size_t width;
    bool swapped, fortran;
    uint64_t shape[2];
    uint64_t file_bytes; // that the file has for the entries
} npy_array;

// ---- the header: a Python dictionary with exactly the keys descr, fortran_order and shape ----

typedef struct {
    const char *path, *at;
    npy_array *array;
    bool has_type, has_order, has_shape;
} header_parser;

static qn_status malformed(const header_parser *parser, const char *expected)
{
    char found[32];
    size_t length = 0;
    for (; length + 1 < sizeof found && parser->at[length] != '\0'; ++length)
        found[length] = parser->at[length] >= ' ' && parser->at[length] <= '~' ? parser->at[length] : '?';
    found[length] = '\0';
    return qn_fail(QN_BAD_FILE, "%s: malformed NPY header: expected %s, found \"%s\"", parser->path, expected, found);
}

static void skip_blanks(header_parser *parser) { parser->at += strspn(parser->at, " \t"); }

static bool take(header_parser *parser, const char *word)
{
    skip_blanks(parser);
    const size_t length = strlen(word);
    if (strncmp(parser->at, word, length) != 0) return false;
    parser->at += length;
    return true;
}

static bool take_quoted(header_parser *parser, char *text, size_t size)
{
    skip_blanks(parser);
    const char quote = *parser->at;
    if (quote != '\'' && quote != '"') return false;
    const char *end = strchr(parser->at + 1, quote);
    if (end == NULL || (size_t)(end - parser->at) > size) return false;
    const size_t length = (size_t)(end - parser->at) - 1;
    memcpy(text, parser->at + 1, length);
    text[length] = '\0';
    parser->at = end + 1;
    return true;
}

static bool host_is_little_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

static qn_status parse_type(header_parser *parser)
{
    char type[16];
    if (!take_quoted(parser, type, sizeof type)) return malformed(parser, "a plain number type such as '<f8'");
    static const char *const ALLOWED[] = {"f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"};
    bool known = false;
    for (size_t i = 0; type[0] != '\0' && i < sizeof ALLOWED / sizeof *ALLOWED; ++i)
        known = known || strcmp(type + 1, ALLOWED[i]) == 0;
    const bool ordered = type[0] == '<' || type[0] == '>';
    const bool single_byte = known && type[2] == '1';
    if (!known || !(ordered || (single_byte && type[0] == '|'))) {
        for (char *at = type; *at != '\0'; ++at) *at = *at >= ' ' && *at <= '~' ? *at : '?';
        return qn_fail(
            QN_BAD_FILE,
            "%s: element type is '%s'; allowed: float32, float64, int8 to int64, uint8 to uint64 and bool, in "
            "either byte order",
            parser->path, type);
    }
    parser->array->kind = type[1];
    parser->array->width = (size_t)(type[2] - '0');
    parser->array->swapped = ordered && !single_byte && (type[0] == '<') != host_is_little_endian();
    return QN_OK;
}

static qn_status parse_order(header_parser *parser)
{
    parser->array->fortran = take(parser, "True");
    if (parser->array->fortran || take(parser, "False")) return QN_OK;
    return malformed(parser, "True or False");
}

static qn_status parse_shape(header_parser *parser)
{
    if (!take(parser, "(")) return malformed(parser, "a shape such as (100, 100)");
    size_t rank = 0;
    while (!take(parser, ")")) {
        uint64_t length = 0;
        const size_t digits = strspn(parser->at, "0123456789");
        if (digits == 0 || digits > 18) return malformed(parser, "the length of a dimension");
        for (size_t i = 0; i < digits; ++i) length = 10 * length + (uint64_t)(parser->at[i] - '0');
        parser->at += digits;
        if (rank < 2) parser->array->shape[rank] = length;
        ++rank;
        if (take(parser, ",")) continue;
        if (!take(parser, ")")) return malformed(parser, "\",\" or \")\"");
        break;
    }
    QN_REQUIRE(rank == 2, QN_BAD_FILE, "%s: array has %zu dimension%s; a matrix has 2", parser->path, rank,
               rank == 1 ? "" : "s");
    return QN_OK;
}

static qn_status parse_item(header_parser *parser)
{
    const char *start = parser->at;
    char key[16];
    const bool quoted = take_quoted(parser, key, sizeof key) && take(parser, ":");
    bool *seen = NULL;
    if (quoted && strcmp(key, "descr") == 0) seen = &parser->has_type;
    if (quoted && strcmp(key, "fortran_order") == 0) seen = &parser->has_order;
    if (quoted && strcmp(key, "shape") == 0) seen = &parser->has_shape;
    if (seen == NULL || *seen) {
        parser->at = start;
        return malformed(parser, "each of 'descr', 'fortran_order' and 'shape' once");
    }
    *seen = true;
    skip_blanks(parser);
    if (seen == &parser->has_type) return parse_type(parser);
    if (seen == &parser->has_order) return parse_order(parser);
    return parse_shape(parser);
}

static qn_status parse_header(const char *path, const char *header, npy_array *array)
{
    header_parser parser = {.path = path, .at = header, .array = array};
    if (!take(&parser, "{")) return malformed(&parser, "\"{\"");
    while (!take(&parser, "}")) {
        QN_TRY(parse_item(&parser));
        if (take(&parser, ",")) continue;
        if (!take(&parser, "}")) return malformed(&parser, "\",\" or \"}\"");
        break;
    }
    QN_REQUIRE(parser.has_type && parser.has_order && parser.has_shape, QN_BAD_FILE,
               "%s: malformed NPY header: %s is missing", path,
               !parser.has_type    ? "'descr'"
               : !parser.has_order ? "'fortran_order'"
                                   : "'shape'");
    skip_blanks(&parser);
    if (*parser.at == '\n') ++parser.at;
    return *parser.at == '\0' ? QN_OK : malformed(&parser, "the end of the header");
}

static qn_status read_header(FILE *stream, const char *path, npy_array *array)
{
    unsigned char start[12];
    QN_REQUIRE(fread(start, 1, 10, stream) == 10 && memcmp(start, "\x93NUMPY", 6) == 0, QN_BAD_FILE,
               "%s: not an NPY file: it does not begin with the NumPy signature", path);
    QN_REQUIRE(start[6] >= 1 && start[6] <= 3 && start[7] == 0, QN_BAD_FILE,
               "%s: NPY format version is %d.%d; allowed: 1.0, 2.0 and 3.0", path, start[6], start[7]);
    uint32_t length = (uint32_t)start[8] | (uint32_t)start[9] << 8;
    if (start[6] > 1) {
        QN_REQUIRE(fread(start + 10, 1, 2, stream) == 2, QN_BAD_FILE, "%s: truncated inside the NPY header", path);
        length |= (uint32_t)start[10] << 16 | (uint32_t)start[11] << 24;
    }
    QN_REQUIRE(length <= HEADER_LIMIT, QN_BAD_FILE, "%s: NPY header is %" PRIu32 " bytes long; at most %d are allowed",
               path, length, HEADER_LIMIT);
    char header[HEADER_LIMIT + 1];
    QN_REQUIRE(fread(header, 1, length, stream) == length, QN_BAD_FILE, "%s: truncated inside the NPY header", path);
    header[length] = '\0';
    QN_REQUIRE(strlen(header) == length, QN_BAD_FILE, "%s: malformed NPY header: it has a zero byte", path);
    return parse_header(path, header, array);
}

// ---- the entries ----

static qn_status measure(FILE *stream, const char *path, npy_array *array)
{
    const off_t here = ftello(stream);
    const bool moved = here >= 0 && fseeko(stream, 0, SEEK_END) == 0;
    const off_t end = moved ? ftello(stream) : -1;
    QN_REQUIRE(end >= here && fseeko(stream, here, SEEK_SET) == 0, QN_BAD_FILE, "%s: its size cannot be told: %s", path,
               strerror(errno));
    array->file_bytes = (uint64_t)(end - here);
    return QN_OK;
}

static const char *type_name(const npy_array *array, char name[16])
{
    const char *kind = array->kind == 'f' ? "float" : array->kind == 'i' ? "int" : "uint";
    snprintf(name, 16, array->kind == 'b' ? "bool" : "%s%zu", kind, 8 * array->width);
    return name;
}

static qn_status check_length(const char *path, const npy_array *array)
{
    char type[16];
    type_name(array, type);
    // At most 2^32 rows and columns of 8 bytes: more than 64 bits hold, exact enough as a double to refuse.
    const double needed = (double)array->shape[0] * (double)array->shape[1] * (double)array->width;
    QN_REQUIRE((double)array->file_bytes >= needed, QN_BAD_FILE,
               "%s: truncated: header says %" PRIu64 " x %" PRIu64 " %s (%.0f bytes) but the file has %" PRIu64, path,
               array->shape[0], array->shape[1], type, needed, array->file_bytes);
    const uint64_t exact = array->shape[0] * array->shape[1] * array->width;
    QN_REQUIRE(array->file_bytes == exact, QN_BAD_FILE,
               "%s: %" PRIu64 " bytes too many: header says %" PRIu64 " x %" PRIu64 " %s (%" PRIu64
               " bytes) but the file has %" PRIu64,
               path, array->file_bytes - exact, array->shape[0], array->shape[1], type, exact, array->file_bytes);
    return QN_OK;
}

static double element(const npy_array *array, const unsigned char *bytes)
{
    const size_t width = array->width;
    uint64_t bits = 0; // the element's bytes as a number, least significant first
    const bool little = host_is_little_endian() != array->swapped;
    for (size_t i = 0; i < width; ++i) bits |= (uint64_t)bytes[little ? i : width - 1 - i] << 8 * i;

    if (array->kind == 'u') return (double)bits;
    if (array->kind == 'b') return bits <= 1 ? (double)bits : NAN;
    if (array->kind == 'i') {
        const uint64_t sign = UINT64_C(1) << (8 * width - 1);
        return (double)(int64_t)((bits ^ sign) - sign);
    }
    double wide;
    float narrow;
    const uint32_t half = (uint32_t)bits;
    memcpy(&wide, &bits, sizeof wide);
    memcpy(&narrow, &half, sizeof narrow);
    return width == 8 ? wide : (double)narrow;
}

/// `place` counts entries row by row.
static qn_status refuse_entry(const char *path, const npy_array *array, uint64_t place, double value)
{
    const uint64_t row = place / array->shape[1], column = place % array->shape[1];
    if (array->kind == 'b')
        return qn_fail(QN_BAD_FILE, "%s: entry (%" PRIu64 ", %" PRIu64 ") of a bool matrix is neither 0 nor 1", path,
                       row, column);
    return qn_fail(QN_BAD_FILE, "%s: entry (%" PRIu64 ", %" PRIu64 ") is %s; every coupling must be finite", path, row,
                   column,
                   isnan(value) ? "nan"
                   : value > 0  ? "inf"
                                : "-inf");
}

static qn_status read_bytes(FILE *stream, const char *path, void *bytes, size_t count)
{
    QN_REQUIRE(fread(bytes, 1, count, stream) == count, QN_BAD_FILE, "%s: cannot be read to its end: %s", path,
               ferror(stream) ? strerror(errno) : "it was cut short meanwhile");
    return QN_OK;
}

static qn_status read_row_by_row(FILE *stream, const char *path, const npy_array *array, double *values)
{
    // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): width is 1 to 8
    const size_t count = (size_t)(array->shape[0] * array->shape[1]), per_chunk = CHUNK / array->width;
    const bool as_it_is = array->kind == 'f' && array->width == 8 && !array->swapped;
    unsigned char chunk[CHUNK];
    for (size_t begin = 0; begin < count; begin += per_chunk) {
        const size_t length = count - begin < per_chunk ? count - begin : per_chunk;
        double *out = values + begin;
        QN_TRY(read_bytes(stream, path, as_it_is ? (void *)out : chunk, length * array->width));
        for (size_t i = 0; i < length && !as_it_is; ++i) out[i] = element(array, chunk + i * array->width);
        for (size_t i = 0; i < length; ++i)
            if (!isfinite(out[i])) return refuse_entry(path, array, begin + i, out[i]);
    }
    return QN_OK;
}

// Several columns at a time, so that what is written lies together in each row.
static qn_status read_columns(FILE *stream, const char *path, const npy_array *array, unsigned char *block,
                              size_t per_block, double *values)
{
    const size_t rows = (size_t)array->shape[0], columns = (size_t)array->shape[1], width = array->width;
    for (size_t first = 0; first < columns; first += per_block) {
        const size_t taken = columns - first < per_block ? columns - first : per_block;
        QN_TRY(read_bytes(stream, path, block, taken * rows * width));
        for (size_t row = 0; row < rows; ++row)
            for (size_t column = 0; column < taken; ++column) {
                const double value = element(array, block + (column * rows + row) * width);
                if (!isfinite(value)) return refuse_entry(path, array, row * columns + first + column, value);
                values[row * columns + first + column] = value;
            }
    }
    return QN_OK;
}

static qn_status read_column_by_column(FILE *stream, const char *path, const npy_array *array, double *values)
{
    const size_t column_bytes = (size_t)array->shape[0] * array->width;
    const size_t per_block = column_bytes < FORTRAN_BLOCK ? FORTRAN_BLOCK / column_bytes : 1;
    const size_t taken = per_block < array->shape[1] ? per_block : (size_t)array->shape[1];
    unsigned char *block = NULL;
    QN_TRY(QN_NEW(&block, taken * column_bytes, "columns of the matrix file"));
    const qn_status status = read_columns(stream, path, array, block, taken, values);
    qn_release(block);
    return status;
}

qn_status qn_matrix_read_npy(FILE *stream, const char *path, const qn_matrix_options *options, qn_matrix *result)
{
    npy_array array = {0};
    QN_TRY(read_header(stream, path, &array));
    QN_TRY(qn_matrix_check_shape(path, array.shape[0], array.shape[1], options));
    QN_TRY(measure(stream, path, &array));
    QN_TRY(check_length(path, &array));

    const double count = (double)array.shape[0] * (double)array.shape[1];
    QN_TRY(qn_matrix_check_memory(path, "matrix", count, sizeof(double)));
    double *values = NULL;
    QN_TRY(QN_NEW(&values, (size_t)count, "matrix"));
    const qn_status status = array.fortran ? read_column_by_column(stream, path, &array, values)
                                           : read_row_by_row(stream, path, &array, values);
    if (status != QN_OK) {
        qn_release(values);
        return status;
    }
    *result = (qn_matrix){.rows = (size_t)array.shape[0], .columns = (size_t)array.shape[1], .values = values};
    return QN_OK;
}
