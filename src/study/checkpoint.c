#include "study/checkpoint.h"

#include "base/fail.h"
#include "study/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[16] = "quenched-check-1";

typedef struct {
    char magic[16];
    uint64_t identity, checksum; // of the two before it
} head;

typedef struct {
    uint64_t job, count, checksum; // of job, count and the numbers
} record;

struct qn_checkpoint {
    char *path;
    int file;
};

static head head_of(uint64_t identity)
{
    head h = {.identity = identity};
    memcpy(h.magic, magic, sizeof magic);
    h.checksum = qn_hash(QN_HASH_START, &h, offsetof(head, checksum));
    return h;
}

static uint64_t checksum_of(const record *r, const double *numbers)
{
    uint64_t hash = qn_hash(QN_HASH_START, &r->job, sizeof r->job);
    hash = qn_hash(hash, &r->count, sizeof r->count);
    return qn_hash(hash, numbers, (size_t)r->count * sizeof *numbers);
}

static qn_status write_all(const char *path, int file, const void *bytes, size_t size)
{
    for (const char *at = bytes; size > 0;) {
        const ssize_t written = write(file, at, size);
        if (written < 0 && errno == EINTR) continue;
        QN_REQUIRE(written > 0, QN_IO_ERROR, "%s: cannot write the checkpoint: %s", path, strerror(errno));
        at += written;
        size -= (size_t)written;
    }
    return QN_OK;
}

static qn_status flush(const char *path, int file)
{
    QN_REQUIRE(fsync(file) == 0 || errno == EINVAL, QN_IO_ERROR, "%s: cannot write the checkpoint: %s", path,
               strerror(errno));
    return QN_OK;
}

static qn_status wrap(const char *path, int file, qn_checkpoint **checkpoint)
{
    qn_checkpoint *fresh = calloc(1, sizeof *fresh);
    QN_REQUIRE(fresh, QN_NO_MEMORY, "no memory for a checkpoint");
    fresh->file = file;
    if (qn_text_copy(path, &fresh->path) != QN_OK) {
        free(fresh);
        return QN_NO_MEMORY;
    }
    *checkpoint = fresh;
    return QN_OK;
}

qn_status qn_checkpoint_begin(const char *path, uint64_t identity, qn_checkpoint **checkpoint)
{
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    QN_REQUIRE(file >= 0, QN_IO_ERROR, "%s: cannot write the checkpoint: %s", path, strerror(errno));
    const head h = head_of(identity);
    qn_status status = write_all(path, file, &h, sizeof h);
    if (status == QN_OK) status = flush(path, file);
    if (status == QN_OK) status = wrap(path, file, checkpoint);
    if (status != QN_OK) close(file);
    return status;
}

static bool read_all(int file, void *bytes, size_t size)
{
    for (char *at = bytes; size > 0;) {
        const ssize_t count = read(file, at, size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        at += count;
        size -= (size_t)count;
    }
    return true;
}

// So that a record gone wrong cannot ask for more memory than its file holds.
static uint64_t bytes_left(int file)
{
    struct stat status;
    const off_t here = lseek(file, 0, SEEK_CUR);
    return here >= 0 && fstat(file, &status) == 0 && status.st_size > here ? (uint64_t)(status.st_size - here) : 0;
}

// One record; *complete is false where the file ends or goes wrong.
static qn_status read_record(int file, qn_checkpoint_found found, void *context, bool *complete)
{
    record r = {0};
    *complete = read_all(file, &r, sizeof r) && r.count <= bytes_left(file) / sizeof(double);
    if (!*complete) return QN_OK;
    double *numbers = calloc((size_t)r.count + 1, sizeof *numbers);
    QN_REQUIRE(numbers, QN_NO_MEMORY, "no memory for a checkpoint");
    *complete = read_all(file, numbers, (size_t)r.count * sizeof *numbers) && checksum_of(&r, numbers) == r.checksum;
    const qn_status status = *complete ? found((size_t)r.job, (size_t)r.count, numbers, context) : QN_OK;
    free(numbers);
    return status;
}

static qn_status read_records(const char *path, int file, qn_checkpoint_found found, void *context)
{
    off_t good = lseek(file, 0, SEEK_CUR);
    for (bool complete = true; complete;) {
        QN_TRY(read_record(file, found, context, &complete));
        if (complete) good = lseek(file, 0, SEEK_CUR);
    }
    // What follows the last complete record was cut short: the next one goes there.
    QN_REQUIRE(ftruncate(file, good) == 0 && lseek(file, good, SEEK_SET) == good, QN_IO_ERROR,
               "%s: cannot write the checkpoint: %s", path, strerror(errno));
    return QN_OK;
}

static qn_status check_head(const char *path, int file, uint64_t identity)
{
    head found = {0};
    const head wanted = head_of(identity);
    QN_REQUIRE(read_all(file, &found, sizeof found) && !memcmp(found.magic, magic, sizeof magic) &&
                   found.checksum == head_of(found.identity).checksum,
               QN_BAD_FILE, "%s: not a checkpoint of quenched, or a damaged one; remove it or run without --resume",
               path);
    QN_REQUIRE(
        found.identity == wanted.identity, QN_BAD_VALUE,
        "%s: a checkpoint of another study, other settings or another version; remove it or run without --resume",
        path);
    return QN_OK;
}

qn_status qn_checkpoint_resume(const char *path, uint64_t identity, qn_checkpoint_found found, void *context,
                               qn_checkpoint **checkpoint)
{
    const int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) return qn_checkpoint_begin(path, identity, checkpoint);
    QN_REQUIRE(file >= 0, QN_BAD_FILE, "%s: %s", path, strerror(errno));
    qn_status status = check_head(path, file, identity);
    if (status == QN_OK) status = read_records(path, file, found, context);
    if (status == QN_OK) status = wrap(path, file, checkpoint);
    if (status != QN_OK) close(file);
    return status;
}

qn_status qn_checkpoint_add(qn_checkpoint *checkpoint, size_t job, size_t count, const double *numbers)
{
    if (!checkpoint) return QN_OK;
    record r = {.job = job, .count = count};
    r.checksum = checksum_of(&r, numbers);
    QN_TRY(write_all(checkpoint->path, checkpoint->file, &r, sizeof r));
    QN_TRY(write_all(checkpoint->path, checkpoint->file, numbers, count * sizeof *numbers));
    return flush(checkpoint->path, checkpoint->file);
}

void qn_checkpoint_close(qn_checkpoint *checkpoint)
{
    if (!checkpoint) return;
    close(checkpoint->file);
    free(checkpoint->path);
    free(checkpoint);
}
