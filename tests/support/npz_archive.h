/// NPZ archives put together byte by byte, so that nothing but the formats' descriptions (and zlib, for what is
/// deflated) stands behind them.
#pragma once
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { ARCHIVE_LIMIT = 1 << 21, ARCHIVE_MEMBERS = 16 };

typedef struct {
    bool deflated;          ///< the members to come, else stored
    bool zip64;             ///< sizes and places in 64 bits, as for archives of more than 4 gigabytes
    unsigned method, flags; ///< said of the members to come, if not 0
    size_t length, count;
    struct {
        char name[32];
        bool deflated;
        unsigned method, flags;
        size_t place, packed, bytes;
        uint32_t checksum;
    } member[ARCHIVE_MEMBERS];
    size_t data[ARCHIVE_MEMBERS]; ///< where each member's bytes begin
    unsigned char bytes[ARCHIVE_LIMIT];
} npz_archive;

static inline void archive_put(npz_archive *archive, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width; ++i) archive->bytes[archive->length++] = (unsigned char)(i < 8 ? value >> 8 * i : 0);
}

static inline void archive_copy(npz_archive *archive, const void *bytes, size_t count)
{
    if (count > 0) memcpy(archive->bytes + archive->length, bytes, count);
    archive->length += count;
}

static inline size_t archive_pack(npz_archive *archive, const void *bytes, size_t count)
{
    if (!archive->deflated) {
        archive_copy(archive, bytes, count);
        return count;
    }
    z_stream deflater = {0};
    if (deflateInit2(&deflater, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) abort();
    deflater.next_in = (Bytef *)(uintptr_t)bytes;
    deflater.avail_in = (uInt)count;
    deflater.next_out = archive->bytes + archive->length;
    deflater.avail_out = (uInt)(ARCHIVE_LIMIT - archive->length);
    if (deflate(&deflater, Z_FINISH) != Z_STREAM_END) abort();
    const size_t packed = (size_t)deflater.total_out;
    deflateEnd(&deflater);
    archive->length += packed;
    return packed;
}

// NumPy writes 64-bit sizes into every local header, whatever the directory says.
static inline void archive_add(npz_archive *archive, const char *name, const void *bytes, size_t count)
{
    const size_t index = archive->count++;
    if (index >= ARCHIVE_MEMBERS) abort();
    snprintf(archive->member[index].name, sizeof archive->member[index].name, "%s", name);
    archive->member[index].place = archive->length;
    archive->member[index].bytes = count;
    archive->member[index].deflated = archive->deflated;
    archive->member[index].method = archive->method ? archive->method : archive->deflated ? 8 : 0;
    archive->member[index].flags = archive->flags;
    archive->member[index].checksum = (uint32_t)crc32(0, bytes, (uInt)count);
    archive_put(archive, 0x04034b50, 4);
    archive_put(archive, 0, 22); // repeated in the directory
    archive_put(archive, strlen(name), 2);
    archive_put(archive, 20, 2);
    archive_copy(archive, name, strlen(name));
    archive_put(archive, 1, 2);
    archive_put(archive, 16, 2);
    archive_put(archive, count, 8);
    archive_put(archive, count, 8);
    archive->data[index] = archive->length;
    archive->member[index].packed = archive_pack(archive, bytes, count);
}

static inline void archive_add_entry(npz_archive *archive, size_t index)
{
    const bool wide = archive->zip64;
    archive_put(archive, 0x02014b50, 4);
    archive_put(archive, 20, 4);
    archive_put(archive, archive->member[index].flags, 2);
    archive_put(archive, archive->member[index].method, 2);
    archive_put(archive, 0, 4);
    archive_put(archive, archive->member[index].checksum, 4);
    archive_put(archive, wide ? UINT32_MAX : archive->member[index].packed, 4);
    archive_put(archive, wide ? UINT32_MAX : archive->member[index].bytes, 4);
    archive_put(archive, strlen(archive->member[index].name), 2);
    archive_put(archive, wide ? 28 + 8 : 0, 2);
    archive_put(archive, 0, 10);
    archive_put(archive, wide ? UINT32_MAX : archive->member[index].place, 4);
    archive_copy(archive, archive->member[index].name, strlen(archive->member[index].name));
    if (!wide) return;
    archive_put(archive, 0x5455, 2); // another extra field comes first
    archive_put(archive, 4, 2);
    archive_put(archive, 0, 4);
    archive_put(archive, 1, 2);
    archive_put(archive, 24, 2);
    archive_put(archive, archive->member[index].bytes, 8);
    archive_put(archive, archive->member[index].packed, 8);
    archive_put(archive, archive->member[index].place, 8);
}

/// Write the directory and the end; nothing can be added any more.
static inline void archive_end(npz_archive *archive, const char *comment)
{
    const size_t start = archive->length;
    for (size_t i = 0; i < archive->count; ++i) archive_add_entry(archive, i);
    const size_t size = archive->length - start, end = archive->length;
    if (archive->zip64) {
        archive_put(archive, 0x06064b50, 4);
        archive_put(archive, 44, 8);
        archive_put(archive, 45 | 45 << 16, 4);
        archive_put(archive, 0, 8);
        archive_put(archive, archive->count, 8);
        archive_put(archive, archive->count, 8);
        archive_put(archive, size, 8);
        archive_put(archive, start, 8);
        archive_put(archive, 0x07064b50, 4);
        archive_put(archive, 0, 4);
        archive_put(archive, end, 8);
        archive_put(archive, 1, 4);
    }
    archive_put(archive, 0x06054b50, 4);
    archive_put(archive, 0, 4);
    archive_put(archive, archive->zip64 ? UINT16_MAX : archive->count, 2);
    archive_put(archive, archive->zip64 ? UINT16_MAX : archive->count, 2);
    archive_put(archive, archive->zip64 ? UINT32_MAX : size, 4);
    archive_put(archive, archive->zip64 ? UINT32_MAX : start, 4);
    archive_put(archive, strlen(comment), 2);
    archive_copy(archive, comment, strlen(comment));
}

/// Add an array: `type` as NumPy writes it, `shape` as Python writes it ("(3,)").
static inline void archive_add_array(npz_archive *archive, const char *name, const char *type, const char *shape,
                                     const void *numbers, size_t bytes)
{
    char header[128];
    const int text =
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", type, shape);
    unsigned char *array = malloc(10 + (size_t)text + bytes);
    if (array == NULL) abort();
    memcpy(array, "\x93NUMPY\x01\x00", 8);
    array[8] = (unsigned char)text;
    array[9] = 0;
    memcpy(array + 10, header, (size_t)text);
    if (bytes > 0) memcpy(array + 10 + text, numbers, bytes);
    archive_add(archive, name, array, 10 + (size_t)text + bytes);
    free(array);
}

/// Add a list of numbers; `values` are rounded to what `type` holds, which is 0 for what no integer is.
static inline void archive_add_numbers(npz_archive *archive, const char *name, const char *type, size_t count,
                                       const double *values)
{
    const size_t width = (size_t)(type[2] - '0');
    unsigned char *numbers = malloc(count * width + 1);
    char shape[32];
    if (numbers == NULL) abort();
    for (size_t i = 0; i < count; ++i) {
        const float narrow = (float)values[i];
        uint64_t bits = 0;
        uint32_t half;
        memcpy(&half, &narrow, sizeof half);
        if (type[1] == 'f' && width == 8) memcpy(&bits, &values[i], sizeof bits);
        if (type[1] == 'f' && width == 4) bits = half;
        if (type[1] != 'f' && isfinite(values[i])) bits = (uint64_t)(int64_t)values[i];
        for (size_t k = 0; k < width; ++k)
            numbers[i * width + k] = (unsigned char)(bits >> 8 * (type[0] == '>' ? width - 1 - k : k));
    }
    snprintf(shape, sizeof shape, "(%zu,)", count);
    archive_add_array(archive, name, type, shape, numbers, count * width);
    free(numbers);
}
