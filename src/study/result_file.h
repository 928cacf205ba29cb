/// How a result lies in a netCDF-4 file.
///
/// Every quantity NAME has variables NAME_theory, NAME_simulation, NAME_standard_error, NAME_samples and NAME_z along
/// the dimension "point" (NAME_theory and NAME_simulation are strings for text quantities); attribute `row` of
/// NAME_theory is its place in the table at each point, -1 where it does not occur. Every swept key is a variable along
/// "point" under the key's own name; attribute `spelling` keeps the study's own text of each value. Every array is a
/// variable. The global attributes `quantities`, `sweep_keys` and `arrays` list the names in order (HDF5 sorts them).
/// Other global attributes hold the rest. A seal follows the netCDF bytes (HDF5 allows it): a text with a checksum, by
/// which reading tells a whole result from a truncated, damaged, edited or foreign file before any parser sees it.
#pragma once
#include <quenched/result.h>

/// The netCDF bytes of a result, without the seal; free with free().
qn_status qn_result_encode(const qn_result *result, bool reproducible, char **bytes, size_t *size);

/// The result held by netCDF bytes. QN_BAD_FILE when they hold something else; `*result` is untouched then.
qn_status qn_result_decode(const char *bytes, size_t size, qn_result *result);

/// Versions of the libraries at run time, such as "netCDF 4.9.0, FFTW 3.3.10, ..."; writes at most `size` bytes.
void qn_library_versions(char *text, size_t size);

/// Global attributes of the file, not of a reproducible one.
enum { QN_PERFORMANCE_COUNT = 3 };
extern const char *const qn_performance_names[QN_PERFORMANCE_COUNT];

#define QN_COLUMN_THEORY "theory"
#define QN_COLUMN_THEORY_ERROR "theory_error"
#define QN_COLUMN_SIMULATION "simulation"
#define QN_COLUMN_ERROR "standard_error"
#define QN_COLUMN_SAMPLES "samples"
#define QN_COLUMN_Z "z"
#define QN_COLUMN_SIZES "extrapolated_sizes"

/// The netCDF call or its failure as a status, with what was at hand.
#define QN_NETCDF(call, status, what)                                                                                  \
    do {                                                                                                               \
        const int qn_netcdf_code = (call);                                                                             \
        if (qn_netcdf_code) return qn_fail((status), "%s: netCDF says: %s", (what), nc_strerror(qn_netcdf_code));      \
    } while (0)
