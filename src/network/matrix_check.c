#include "network/matrix_check.h"

#include "base/fail.h"
#include "base/memory.h"

#include <inttypes.h>

qn_status qn_matrix_check_shape(const char *path, uint64_t rows, uint64_t columns, const qn_matrix_options *options)
{
    QN_REQUIRE(rows > 0 && columns > 0, QN_BAD_FILE, "%s: matrix is %" PRIu64 " x %" PRIu64 "; it has no entries", path,
               rows, columns);
    QN_REQUIRE(rows <= UINT32_MAX && columns <= UINT32_MAX, QN_BAD_FILE,
               "%s: matrix is %" PRIu64 " x %" PRIu64 "; at most %" PRIu32 " rows and columns are allowed", path, rows,
               columns, UINT32_MAX);
    QN_REQUIRE(!options->square || rows == columns, QN_BAD_FILE,
               "%s: matrix is %" PRIu64 " x %" PRIu64 "; a coupling matrix must be square", path, rows, columns);
    return QN_OK;
}

qn_status qn_matrix_check_memory(const char *path, const char *what, double count, double size)
{
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, what, count, size);
    const qn_status status = qn_memory_plan_check(&plan, 0);
    return status == QN_OK ? QN_OK : qn_fail_in(status, "%s", path);
}
