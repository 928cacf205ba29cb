#include "network/zip_archive.h"

#include "base/fail.h"
#include "base/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

enum {
    END_BYTES = 22,
    COMMENT_LONGEST = 65535,
    LOCATOR_BYTES = 20,
    END64_BYTES = 56,
    ENTRY_BYTES = 46,
    LOCAL_BYTES = 30,
    NAME_LONGEST = 63,
    BLOCK = 1 << 15
};

static const uint32_t END = 0x06054b50, LOCATOR = 0x07064b50, END64 = 0x06064b50, ENTRY = 0x02014b50,
                      LOCAL = 0x04034b50;

// Numbers are least significant byte first.
static uint64_t number(const unsigned char *bytes, size_t width)
{
    uint64_t value = 0;
    for (size_t i = width; i-- > 0;) value = value << 8 | bytes[i];
    return value;
}

static uint32_t signature(const unsigned char *bytes) { return (uint32_t)number(bytes, 4); }

// ---- the directory ----

typedef struct {
    FILE *stream;
    const char *path;
    uint64_t size;                  // of the file
    uint64_t start, entries, bytes; // of the directory
} zip_directory;

static qn_status file_size(zip_directory *directory)
{
    const bool moved = fseeko(directory->stream, 0, SEEK_END) == 0;
    const off_t end = moved ? ftello(directory->stream) : -1;
    QN_REQUIRE(end >= 0, QN_BAD_FILE, "%s: its size cannot be told: %s", directory->path, strerror(errno));
    directory->size = (uint64_t)end;
    return QN_OK;
}

static bool read_at(FILE *stream, uint64_t place, void *bytes, size_t count)
{
    return place <= INT64_MAX && fseeko(stream, (off_t)place, SEEK_SET) == 0 && fread(bytes, 1, count, stream) == count;
}

// Where a number does not fit, an archive of more than 4 gigabytes has it in a record before the end.
static qn_status read_end64(zip_directory *directory, uint64_t end)
{
    unsigned char record[END64_BYTES];
    const bool located = end >= LOCATOR_BYTES &&
                         read_at(directory->stream, end - LOCATOR_BYTES, record, LOCATOR_BYTES) &&
                         signature(record) == LOCATOR;
    const bool found =
        located && read_at(directory->stream, number(record + 8, 8), record, END64_BYTES) && signature(record) == END64;
    QN_REQUIRE(found, QN_BAD_FILE, "%s: damaged ZIP archive: its ZIP64 directory is not where it should be",
               directory->path);
    directory->entries = number(record + 32, 8);
    directory->bytes = number(record + 40, 8);
    directory->start = number(record + 48, 8);
    return QN_OK;
}

// The end record is last but for a comment, whose length it tells.
static bool find_end(const unsigned char *tail, size_t length, size_t *place)
{
    for (size_t at = length - END_BYTES + 1; at-- > 0;) {
        if (signature(tail + at) != END || number(tail + at + 20, 2) != length - END_BYTES - at) continue;
        *place = at;
        return true;
    }
    return false;
}

static qn_status read_end(zip_directory *directory, const unsigned char *tail, size_t length)
{
    size_t at = 0;
    QN_REQUIRE(find_end(tail, length, &at), QN_BAD_FILE,
               "%s: truncated, or no ZIP archive: the directory at its end is missing", directory->path);
    const unsigned char *record = tail + at;
    const uint64_t end = directory->size - length + at;
    directory->entries = number(record + 10, 2);
    directory->bytes = number(record + 12, 4);
    directory->start = number(record + 16, 4);
    if (directory->entries == UINT16_MAX || directory->bytes == UINT32_MAX || directory->start == UINT32_MAX)
        QN_TRY(read_end64(directory, end));
    QN_REQUIRE(directory->start <= end && directory->bytes <= end - directory->start &&
                   directory->entries <= directory->bytes / ENTRY_BYTES,
               QN_BAD_FILE, "%s: damaged ZIP archive: its directory does not lie within the file", directory->path);
    return QN_OK;
}

static qn_status find_directory(zip_directory *directory)
{
    QN_TRY(file_size(directory));
    unsigned char first[4];
    QN_REQUIRE(directory->size >= END_BYTES && read_at(directory->stream, 0, first, 4) &&
                   (signature(first) == LOCAL || signature(first) == END),
               QN_BAD_FILE, "%s: not an NPZ file: it does not begin as a ZIP archive", directory->path);
    const uint64_t longest = END_BYTES + COMMENT_LONGEST;
    const size_t length = (size_t)(directory->size < longest ? directory->size : longest);
    unsigned char *tail = NULL;
    QN_TRY(QN_NEW(&tail, length, "end of the archive"));
    const qn_status status = read_at(directory->stream, directory->size - length, tail, length)
                                 ? read_end(directory, tail, length)
                                 : qn_fail(QN_BAD_FILE, "%s: cannot be read: %s", directory->path, strerror(errno));
    qn_release(tail);
    return status;
}

// The extra field holds, of these three and in this order, those that did not fit.
static bool widen(const unsigned char *extra, size_t length, qn_zip_member *member)
{
    uint64_t *const wide[] = {&member->bytes, &member->packed, &member->header};
    size_t missing = 0;
    for (size_t i = 0; i < 3; ++i) missing += *wide[i] == UINT32_MAX;
    if (missing == 0) return true;
    for (size_t at = 0; length - at >= 4; at += 4 + (size_t)number(extra + at + 2, 2)) {
        const size_t size = (size_t)number(extra + at + 2, 2);
        if (size > length - at - 4) return false;
        if (number(extra + at, 2) != 1) continue;
        if (size < 8 * missing) return false;
        const unsigned char *next = extra + at + 4;
        for (size_t i = 0; i < 3; ++i) {
            if (*wide[i] != UINT32_MAX) continue;
            *wide[i] = number(next, 8);
            next += 8;
        }
        return true;
    }
    return false;
}

static qn_status describe(const zip_directory *directory, const unsigned char *entry, const unsigned char *extra,
                          qn_zip_member *member)
{
    const char *path = directory->path, *name = member->name;
    QN_REQUIRE(!member->found, QN_BAD_FILE, "%s: has two members called %s", path, name);
    QN_REQUIRE((number(entry + 8, 2) & 1) == 0, QN_BAD_FILE, "%s: %s is encrypted", path, name);
    const unsigned method = (unsigned)number(entry + 10, 2);
    QN_REQUIRE(method == 0 || method == Z_DEFLATED, QN_BAD_FILE,
               "%s: %s is compressed by method %u; allowed: 0 (stored) and 8 (deflated)", path, name, method);
    qn_zip_member described = {.name = name,
                               .found = true,
                               .deflated = method == Z_DEFLATED,
                               .checksum = (uint32_t)number(entry + 16, 4),
                               .packed = number(entry + 20, 4),
                               .bytes = number(entry + 24, 4),
                               .header = number(entry + 42, 4)};
    const bool fits = widen(extra, (size_t)number(entry + 30, 2), &described) && described.header <= directory->start &&
                      described.packed <= directory->start - described.header;
    QN_REQUIRE(fits && (described.deflated || described.bytes == described.packed), QN_BAD_FILE,
               "%s: damaged ZIP archive: %s does not lie within the file", path, name);
    *member = described;
    return QN_OK;
}

static qn_zip_member *member_named(const unsigned char *name, size_t length, size_t count, qn_zip_member *members)
{
    for (size_t i = 0; i < count; ++i)
        if (strlen(members[i].name) == length && memcmp(members[i].name, name, length) == 0) return &members[i];
    return NULL;
}

static qn_status read_entry(const zip_directory *directory, uint64_t *at, unsigned char *extra, size_t count,
                            qn_zip_member *members)
{
    const uint64_t end = directory->start + directory->bytes;
    unsigned char entry[ENTRY_BYTES], name[NAME_LONGEST];
    bool whole =
        end - *at >= ENTRY_BYTES && read_at(directory->stream, *at, entry, ENTRY_BYTES) && signature(entry) == ENTRY;
    const size_t name_length = whole ? (size_t)number(entry + 28, 2) : 0;
    const size_t extra_length = whole ? (size_t)number(entry + 30, 2) : 0;
    const uint64_t length = whole ? ENTRY_BYTES + name_length + extra_length + number(entry + 32, 2) : 0;
    whole = whole && end - *at >= length;
    const bool short_name = name_length <= NAME_LONGEST;
    whole = whole && (!short_name || read_at(directory->stream, *at + ENTRY_BYTES, name, name_length)) &&
            read_at(directory->stream, *at + ENTRY_BYTES + name_length, extra, extra_length);
    QN_REQUIRE(whole, QN_BAD_FILE, "%s: damaged ZIP archive: its directory ends too early", directory->path);
    *at += length;
    qn_zip_member *member = short_name ? member_named(name, name_length, count, members) : NULL;
    return member != NULL ? describe(directory, entry, extra, member) : QN_OK;
}

qn_status qn_zip_find(FILE *stream, const char *path, size_t count, qn_zip_member *members)
{
    zip_directory directory = {.stream = stream, .path = path};
    QN_TRY(find_directory(&directory));
    unsigned char *extra = NULL;
    QN_TRY(QN_NEW(&extra, UINT16_MAX, "directory of the archive"));
    qn_status status = QN_OK;
    uint64_t at = directory.start;
    for (uint64_t i = 0; i < directory.entries && status == QN_OK; ++i)
        status = read_entry(&directory, &at, extra, count, members);
    qn_release(extra);
    return status;
}

// ---- a member ----

struct qn_zip_reader {
    FILE *stream;
    const char *path;
    qn_zip_member member;
    uint64_t place;       // in the file, of the next packed byte
    uint64_t packed_left; // not yet taken from the file
    uint64_t left;        // not yet handed out
    uint32_t checksum;    // of what was handed out
    bool inflating;       // `inflater` is to be ended
    z_stream inflater;
    unsigned char block[BLOCK];
};

static qn_status damaged(const qn_zip_reader *reader, const char *how)
{
    return qn_fail(QN_BAD_FILE, "%s: %s: %s", reader->path, reader->member.name, how);
}

// The local header repeats the name and may have other extra fields: only their lengths matter.
static qn_status find_data(qn_zip_reader *reader)
{
    unsigned char local[LOCAL_BYTES];
    if (!read_at(reader->stream, reader->member.header, local, LOCAL_BYTES) || signature(local) != LOCAL)
        return damaged(reader, "is not where the archive's directory says");
    reader->place = reader->member.header + LOCAL_BYTES + number(local + 26, 2) + number(local + 28, 2);
    return QN_OK;
}

static qn_status start_inflating(qn_zip_reader *reader)
{
    if (!reader->member.deflated) return QN_OK;
    const int answer = inflateInit2(&reader->inflater, -MAX_WBITS); // raw: no header of zlib's own
    QN_REQUIRE(answer == Z_OK, QN_NO_MEMORY, "%s: %s: no memory to inflate it", reader->path, reader->member.name);
    reader->inflating = true;
    return QN_OK;
}

qn_status qn_zip_open(FILE *stream, const char *path, const qn_zip_member *member, qn_zip_reader **reader)
{
    qn_zip_reader *fresh = NULL;
    QN_TRY(QN_NEW(&fresh, 1, "block of the archive"));
    fresh->stream = stream;
    fresh->path = path;
    fresh->member = *member;
    fresh->packed_left = member->packed;
    fresh->left = member->bytes;
    qn_status status = find_data(fresh);
    if (status == QN_OK) status = start_inflating(fresh);
    if (status != QN_OK) {
        qn_zip_close(fresh);
        return status;
    }
    *reader = fresh;
    return QN_OK;
}

void qn_zip_close(qn_zip_reader *reader)
{
    if (reader == NULL) return;
    if (reader->inflating) inflateEnd(&reader->inflater);
    qn_release(reader);
}

static qn_status take_packed(qn_zip_reader *reader, void *bytes, size_t count)
{
    if (!read_at(reader->stream, reader->place, bytes, count))
        return damaged(reader, ferror(reader->stream) ? strerror(errno) : "the file ends inside it");
    reader->place += count;
    reader->packed_left -= count;
    return QN_OK;
}

// One step of zlib's; *ended when the deflated data say they end.
static qn_status inflate_some(qn_zip_reader *reader, bool *ended)
{
    z_stream *inflater = &reader->inflater;
    if (inflater->avail_in == 0 && reader->packed_left > 0) {
        const size_t length = reader->packed_left < BLOCK ? (size_t)reader->packed_left : BLOCK;
        QN_TRY(take_packed(reader, reader->block, length));
        inflater->next_in = reader->block;
        inflater->avail_in = (uInt)length;
    }
    const int answer = inflate(inflater, Z_NO_FLUSH);
    *ended = answer == Z_STREAM_END;
    if (answer == Z_OK || answer == Z_STREAM_END) return QN_OK;
    if (answer == Z_BUF_ERROR) return damaged(reader, "its deflated data end too early");
    QN_REQUIRE(answer != Z_MEM_ERROR, QN_NO_MEMORY, "%s: %s: no memory to inflate it", reader->path,
               reader->member.name);
    return damaged(reader, "its deflated data are damaged");
}

static qn_status inflate_exactly(qn_zip_reader *reader, void *bytes, size_t count)
{
    reader->inflater.next_out = bytes;
    reader->inflater.avail_out = (uInt)count;
    while (reader->inflater.avail_out > 0) {
        bool ended = false;
        QN_TRY(inflate_some(reader, &ended));
        if (ended && reader->inflater.avail_out > 0)
            return damaged(reader, "its deflated data are shorter than the archive's directory says");
    }
    return QN_OK;
}

qn_status qn_zip_read(qn_zip_reader *reader, void *bytes, size_t count, size_t *got)
{
    *got = 0;
    const size_t wanted = count < reader->left ? count : (size_t)reader->left;
    for (size_t done = 0; done < wanted;) {
        const size_t length = wanted - done < BLOCK ? wanted - done : BLOCK;
        unsigned char *at = (unsigned char *)bytes + done;
        QN_TRY(reader->member.deflated ? inflate_exactly(reader, at, length) : take_packed(reader, at, length));
        reader->checksum = (uint32_t)crc32(reader->checksum, at, (uInt)length);
        reader->left -= length;
        done += length;
    }
    *got = wanted;
    return QN_OK;
}

// zlib may have given the last byte without having seen the mark of the end.
static qn_status finish_inflating(qn_zip_reader *reader)
{
    unsigned char spare;
    bool ended = false;
    reader->inflater.next_out = &spare;
    reader->inflater.avail_out = 1;
    while (!ended && reader->inflater.avail_out == 1) QN_TRY(inflate_some(reader, &ended));
    if (reader->inflater.avail_out == 0)
        return damaged(reader, "its deflated data are longer than the archive's directory says");
    if (reader->inflater.avail_in > 0 || reader->packed_left > 0)
        return damaged(reader, "something is left behind its deflated data");
    return QN_OK;
}

qn_status qn_zip_finish(qn_zip_reader *reader)
{
    if (reader->left > 0) return damaged(reader, "was not read to its end");
    if (reader->member.deflated) QN_TRY(finish_inflating(reader));
    return reader->checksum == reader->member.checksum ? QN_OK : damaged(reader, "its checksum is wrong");
}
