#include "study/result_file.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/hdf5.h"

#include <cblas.h>
#include <fftw3.h>
#include <gsl/gsl_version.h>
#include <inttypes.h>
#include <netcdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sundials/sundials_version.h>

// The seal: SEAL_TEXT, 16 hexadecimal digits, a newline.
#define SEAL_TEXT "\nend of a result of quenched, checksum "
enum { SEAL_SIZE = sizeof SEAL_TEXT - 1 + 16 + 1 };
static const size_t largest_file = (size_t)1 << 36;

// FNV-1a: finds accidents, which is all that is asked of it.
static uint64_t checksum(const char *bytes, size_t size)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; ++i) sum = (sum ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    return sum;
}

static void write_seal(const char *bytes, size_t size, char seal[SEAL_SIZE + 1])
{
    snprintf(seal, SEAL_SIZE + 1, SEAL_TEXT "%016" PRIx64 "\n", checksum(bytes, size));
}

qn_status qn_result_write(const qn_result *result, const char *path, bool reproducible)
{
    char *bytes = NULL;
    size_t size = 0;
    const qn_hdf5_printer printer = qn_hdf5_enter();
    qn_status status = qn_result_encode(result, reproducible, &bytes, &size);
    qn_hdf5_leave(printer);
    if (status != QN_OK) return qn_fail_in(status, "%s", path);

    char *sealed = realloc(bytes, size + SEAL_SIZE + 1);
    if (!sealed) {
        free(bytes);
        return qn_fail(QN_NO_MEMORY, "%s: no memory for its %zu bytes", path, size);
    }
    write_seal(sealed, size, sealed + size);
    status = qn_file_write(path, sealed, size + SEAL_SIZE);
    free(sealed);
    return status;
}

static qn_status check_seal(const char *bytes, size_t size)
{
    const bool hdf5 = size >= 8 && !memcmp(bytes, "\211HDF\r\n\032\n", 8);
    const bool classic = size >= 4 && !memcmp(bytes, "CDF", 3);
    QN_REQUIRE(hdf5 || classic, QN_BAD_FILE, "not a netCDF file; a result of quenched is one");
    char seal[SEAL_SIZE + 1];
    const bool sealed = size > SEAL_SIZE && !memcmp(bytes + size - SEAL_SIZE, SEAL_TEXT, sizeof SEAL_TEXT - 1);
    QN_REQUIRE(sealed, QN_BAD_FILE,
               "a netCDF file, but not a whole result as quenched wrote it: truncated, changed, or of another program");
    write_seal(bytes, size - SEAL_SIZE, seal);
    QN_REQUIRE(!memcmp(bytes + size - SEAL_SIZE, seal, SEAL_SIZE), QN_BAD_FILE,
               "damaged: its contents do not match its checksum");
    return QN_OK;
}

qn_status qn_result_read(const char *path, qn_result *result)
{
    char *bytes;
    size_t size;
    QN_TRY(qn_file_read(path, largest_file, &bytes, &size));
    qn_status status = check_seal(bytes, size);
    if (status == QN_OK) {
        const qn_hdf5_printer printer = qn_hdf5_enter();
        status = qn_result_decode(bytes, size - SEAL_SIZE, result);
        qn_hdf5_leave(printer);
    }
    free(bytes);
    return status == QN_OK ? QN_OK : qn_fail_in(status, "%s", path);
}

// The first word that starts with a digit: "OpenBLAS 0.3.21 NO_AFFINITY ..." and "4.9.0 of Aug  7" give the version.
static void version_word(const char *text, char *word, size_t size)
{
    const char *start = text + strcspn(text, "0123456789");
    snprintf(word, size, "%.*s", (int)strcspn(start, " \t\n-"), start);
}

void qn_library_versions(char *text, size_t size)
{
    char netcdf[32], fftw[32], sundials[32] = "", blas[64] = "";
    version_word(nc_inq_libvers(), netcdf, sizeof netcdf);
    version_word(fftw_version, fftw, sizeof fftw);
    SUNDIALSGetVersion(sundials, sizeof sundials);
#ifdef OPENBLAS_VERSION
    char word[32];
    version_word(openblas_get_config(), word, sizeof word);
    snprintf(blas, sizeof blas, ", OpenBLAS %s", word);
#endif
    unsigned hdf5[3] = {0};
    H5get_libversion(&hdf5[0], &hdf5[1], &hdf5[2]);
    snprintf(text, size, "netCDF %s, HDF5 %u.%u.%u, FFTW %s, GSL %s, SUNDIALS %s%s", netcdf, hdf5[0], hdf5[1], hdf5[2],
             fftw, gsl_version, sundials, blas);
}
