/// Members of a ZIP archive, stored or deflated, as streams: nothing of them is held but a block of 32 kilobytes.
///
/// Source: PKWARE's APPNOTE.TXT 6.3, sections 4.3 and 4.5.3 (ZIP64); deflate by zlib. Not read: encryption, archives
/// in several parts or behind other data.
#pragma once
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct {
    const char *name;  ///< asked for; not owned
    bool found;        ///< the rest is set only then
    bool deflated;     ///< else stored
    uint64_t header;   ///< where its local header is in the file
    uint64_t packed;   ///< bytes in the file
    uint64_t bytes;    ///< bytes once inflated
    uint32_t checksum; ///< CRC-32 of those
} qn_zip_member;

/// Look for `count` members by their names. One that is not there is no error here, one that is there twice is. `path`
/// is for messages; `stream` is seekable.
qn_status qn_zip_find(FILE *stream, const char *path, size_t count, qn_zip_member *members);

typedef struct qn_zip_reader qn_zip_reader;

/// Begin to read a member that was found. Several may be open on one `stream`, each keeps its own place. Messages begin
/// with "path: name"; both, and `stream`, must outlive the reader.
qn_status qn_zip_open(FILE *stream, const char *path, const qn_zip_member *member, qn_zip_reader **reader);
void qn_zip_close(qn_zip_reader *reader);

/// The next `count` bytes, or as many as the member still has: *got.
qn_status qn_zip_read(qn_zip_reader *reader, void *bytes, size_t count, size_t *got);

/// Refuse a member that was read to its end and does not end there, or whose checksum is wrong.
qn_status qn_zip_finish(qn_zip_reader *reader);
