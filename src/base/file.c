#include "base/file.h"

#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(file, bytes, size < (1u << 30) ? size : (1u << 30));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

// A crash right after the rename must not bring the old file back half replaced; where a folder cannot be flushed, the
// rename itself is as good as the system offers.
static void flush_folder(const char *path)
{
    char *folder = strdup(path);
    if (!folder) return;
    char *slash = strrchr(folder, '/');
    if (slash) slash[slash == folder] = 0;
    const int file = open(slash ? folder : ".", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        (void)fsync(file);
        close(file);
    }
    free(folder);
}

// The name beside `path` that no other thread or process uses.
static char *name_beside(const char *path)
{
    static atomic_uint counter;
    const size_t size = strlen(path) + 64;
    char *name = malloc(size);
    if (name) snprintf(name, size, "%s.%ld-%u.part", path, (long)getpid(), atomic_fetch_add(&counter, 1u));
    return name;
}

// Errors of the disk may surface only at fsync or close, so each is asked. Returns errno, 0 on success.
static int write_new(const char *name, const void *bytes, size_t size)
{
    const int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0) return errno;
    int error = 0;
    if (!write_all(file, bytes, size) || (fsync(file) && errno != EINVAL)) error = errno;
    if (close(file) && !error) error = errno;
    return error;
}

qn_status qn_file_write(const char *path, const void *bytes, size_t size)
{
    struct stat present;
    if (!lstat(path, &present) && !S_ISREG(present.st_mode) && !S_ISLNK(present.st_mode))
        return qn_fail(QN_IO_ERROR, "%s: cannot write: %s", path,
                       S_ISDIR(present.st_mode) ? "it is a folder" : "it is not a regular file");
    char *beside = name_beside(path);
    QN_REQUIRE(beside, QN_NO_MEMORY, "%s: no memory for a file name", path);
    int error = write_new(beside, bytes, size);
    if (!error && rename(beside, path)) error = errno;
    if (error && error != EEXIST) unlink(beside);
    free(beside);
    QN_REQUIRE(!error, QN_IO_ERROR, "%s: cannot write: %s", path, strerror(error));
    flush_folder(path);
    return QN_OK;
}

static qn_status read_open(int file, const char *path, size_t limit, char **bytes, size_t *size)
{
    struct stat status;
    if (fstat(file, &status)) return qn_fail(QN_BAD_FILE, "%s: cannot read: %s", path, strerror(errno));
    QN_REQUIRE(!S_ISDIR(status.st_mode), QN_BAD_FILE, "%s: cannot read: it is a folder", path);
    QN_REQUIRE(S_ISREG(status.st_mode), QN_BAD_FILE, "%s: cannot read: it is not a regular file", path);
    const size_t length = (size_t)status.st_size;
    QN_REQUIRE(length <= limit, QN_BAD_FILE, "%s: has %zu bytes; at most %zu are read", path, length, limit);
    char *buffer = malloc(length + 1);
    QN_REQUIRE(buffer, QN_NO_MEMORY, "%s: no memory for its %zu bytes", path, length);
    size_t done = 0;
    while (done < length) {
        const ssize_t got = read(file, buffer + done, length - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            free(buffer);
            return qn_fail(QN_BAD_FILE, "%s: cannot read: %s", path, strerror(errno));
        }
        if (got == 0) break;
        done += (size_t)got;
    }
    buffer[done] = 0;
    *bytes = buffer;
    *size = done;
    return QN_OK;
}

qn_status qn_file_read(const char *path, size_t limit, char **bytes, size_t *size)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return qn_fail(QN_BAD_FILE, "%s: cannot open: %s", path, strerror(errno));
    const qn_status status = read_open(file, path, limit, bytes, size);
    close(file);
    return status;
}
