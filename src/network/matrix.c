#include <quenched/matrix.h>

#include "base/fail.h"
#include "base/memory.h"
#include "network/matrix_edge_list.h"
#include "network/matrix_market.h"
#include "network/matrix_npy.h"
#include "network/matrix_npz.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

typedef qn_status matrix_reader(FILE *stream, const char *path, const qn_matrix_options *options, qn_matrix *result);

static const struct {
    const char *ending;
    matrix_reader *read;
} READERS[] = {{".npy", qn_matrix_read_npy},
               {".npz", qn_matrix_read_npz},
               {".mtx", qn_matrix_read_market},
               {".csv", qn_matrix_read_edge_list}};

static matrix_reader *reader_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof READERS / sizeof *READERS; ++i)
        if (strcasecmp(dot, READERS[i].ending) == 0) return READERS[i].read;
    return NULL;
}

// Readers go back and forth in the file and compare its length with what it promises, so a pipe will not do.
static qn_status open_file(const char *path, FILE **stream)
{
    struct stat about;
    QN_REQUIRE(stat(path, &about) == 0, QN_BAD_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    QN_REQUIRE(S_ISREG(about.st_mode), QN_BAD_FILE, "%s: is %s; a matrix is read from a regular file", path,
               S_ISDIR(about.st_mode) ? "a folder" : "not a regular file");
    FILE *opened = fopen(path, "rb");
    QN_REQUIRE(opened != NULL, QN_BAD_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    *stream = opened;
    return QN_OK;
}

qn_status qn_matrix_read(const char *path, const qn_matrix_options *options, qn_matrix *result)
{
    const qn_matrix_options nothing_said = {.index_base = -1};
    matrix_reader *read = reader_of(path);
    QN_REQUIRE(read != NULL, QN_BAD_FILE,
               "%s: unknown kind of file; allowed endings: .npy (NumPy), .npz (SciPy, sparse), .mtx (Matrix Market), "
               ".csv (edge list i,j,weight)",
               path);
    FILE *stream = NULL;
    QN_TRY(open_file(path, &stream));
    const qn_status status = read(stream, path, options != NULL ? options : &nothing_said, result);
    fclose(stream);
    return status;
}

void qn_matrix_clear(qn_matrix *matrix)
{
    if (matrix == NULL) return;
    qn_release(matrix->values);
    qn_release(matrix->row_start);
    qn_release(matrix->column);
    *matrix = (qn_matrix){0};
}
