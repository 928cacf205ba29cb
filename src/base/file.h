/// Whole files: read at once, and written so that a failure leaves what was there before.
#pragma once
#include <quenched/status.h>

#include <stddef.h>

/// Write `size` bytes to `path`: to a file beside it first, which is flushed to the disk and moved there when complete.
/// On failure (disk full, no permission, `path` is a folder) what was at `path` stays, nothing is left beside it, and
/// the message carries the system's reason: QN_IO_ERROR.
qn_status qn_file_write(const char *path, const void *bytes, size_t size);

/// Read the file `path` into `*bytes`, which the caller frees with free(); one zero byte follows the `*size` bytes.
/// QN_BAD_FILE when it cannot be opened, is a folder, or has more than `limit` bytes.
qn_status qn_file_read(const char *path, size_t limit, char **bytes, size_t *size);
