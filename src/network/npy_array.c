#include "network/npy_array.h"

#include "base/fail.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// NumPy itself reads no longer header without being told to trust it; a matrix needs 118 bytes.
enum { HEADER_LIMIT = 10000 };

// ---- the header: a Python dictionary with exactly the keys descr, fortran_order and shape ----

typedef struct {
    const char *path, *at;
    qn_npy_array *array;
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

static qn_status parse_type(header_parser *parser)
{
    if (take_quoted(parser, parser->array->type, sizeof parser->array->type)) return QN_OK;
    return malformed(parser, "a plain number type such as '<f8'");
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
    parser->array->rank = rank;
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

static qn_status parse_header(const char *path, const char *header, qn_npy_array *array)
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

// Exactly `count` bytes, or *whole is false.
static qn_status take_bytes(qn_npy_source *source, void *context, void *bytes, size_t count, bool *whole)
{
    size_t got = 0;
    QN_TRY(source(context, bytes, count, &got));
    *whole = got == count;
    return QN_OK;
}

qn_status qn_npy_read_header(qn_npy_source *source, void *context, const char *path, qn_npy_array *array)
{
    unsigned char start[12];
    bool whole = false;
    QN_TRY(take_bytes(source, context, start, 10, &whole));
    QN_REQUIRE(whole && memcmp(start, "\x93NUMPY", 6) == 0, QN_BAD_FILE,
               "%s: not an NPY file: it does not begin with the NumPy signature", path);
    QN_REQUIRE(start[6] >= 1 && start[6] <= 3 && start[7] == 0, QN_BAD_FILE,
               "%s: NPY format version is %d.%d; allowed: 1.0, 2.0 and 3.0", path, start[6], start[7]);
    uint32_t length = (uint32_t)start[8] | (uint32_t)start[9] << 8;
    if (start[6] > 1) {
        QN_TRY(take_bytes(source, context, start + 10, 2, &whole));
        QN_REQUIRE(whole, QN_BAD_FILE, "%s: truncated inside the NPY header", path);
        length |= (uint32_t)start[10] << 16 | (uint32_t)start[11] << 24;
    }
    QN_REQUIRE(length <= HEADER_LIMIT, QN_BAD_FILE, "%s: NPY header is %" PRIu32 " bytes long; at most %d are allowed",
               path, length, HEADER_LIMIT);
    char header[HEADER_LIMIT + 1];
    QN_TRY(take_bytes(source, context, header, length, &whole));
    QN_REQUIRE(whole, QN_BAD_FILE, "%s: truncated inside the NPY header", path);
    header[length] = '\0';
    QN_REQUIRE(strlen(header) == length, QN_BAD_FILE, "%s: malformed NPY header: it has a zero byte", path);
    qn_npy_array found = {.header_bytes = (start[6] > 1 ? 12 : 10) + (uint64_t)length};
    QN_TRY(parse_header(path, header, &found));
    *array = found;
    return QN_OK;
}

// ---- the numbers ----

static bool host_is_little_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

qn_status qn_npy_check_number(const char *path, qn_npy_array *array)
{
    const char *type = array->type;
    static const char *const ALLOWED[] = {"f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"};
    bool known = false;
    for (size_t i = 0; type[0] != '\0' && i < sizeof ALLOWED / sizeof *ALLOWED; ++i)
        known = known || strcmp(type + 1, ALLOWED[i]) == 0;
    const bool ordered = type[0] == '<' || type[0] == '>';
    const bool single_byte = known && type[2] == '1';
    if (!known || !(ordered || (single_byte && type[0] == '|'))) {
        char printable[sizeof array->type];
        for (size_t i = 0; i < sizeof printable; ++i)
            printable[i] = type[i] == '\0' || (type[i] >= ' ' && type[i] <= '~') ? type[i] : '?';
        return qn_fail(
            QN_BAD_FILE,
            "%s: element type is '%s'; allowed: float32, float64, int8 to int64, uint8 to uint64 and bool, in "
            "either byte order",
            path, printable);
    }
    array->kind = type[1];
    array->width = (size_t)(type[2] - '0');
    array->swapped = ordered && !single_byte && (type[0] == '<') != host_is_little_endian();
    return QN_OK;
}

const char *qn_npy_type_name(const qn_npy_array *array, char name[16])
{
    const char *kind = array->kind == 'f' ? "float" : array->kind == 'i' ? "int" : "uint";
    snprintf(name, 16, array->kind == 'b' ? "bool" : "%s%zu", kind, 8 * array->width);
    return name;
}

double qn_npy_number(const qn_npy_array *array, const unsigned char *bytes)
{
    const size_t width = array->width;
    uint64_t bits = 0; // the element's bytes as a number, least significant first
    const bool little = host_is_little_endian() != array->swapped;
    for (size_t i = 0; i < width; ++i) bits |= (uint64_t)bytes[little ? i : width - 1 - i] << 8 * i;

    if (array->kind == 'u') return (double)bits;
    if (array->kind == 'b') return bits <= 1 ? (double)bits : NAN;
    if (array->kind == 'i') {
        // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): width is 1 to 8
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
