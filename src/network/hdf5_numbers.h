/// One-dimensional datasets of numbers in an HDF5 file, read in pieces. Between qn_hdf5_enter() and qn_hdf5_leave().
#pragma once
#include "base/hdf5.h"

#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *path; ///< of the file, for messages
    char name[256];   ///< of the dataset: "/edges/NAME/source_node_id"
    hid_t set;
    bool whole; ///< integers
    size_t count;
} qn_hdf5_numbers;

/// *found tells whether there is a dataset `name` below `folder`; if not, `numbers` is left alone. QN_BAD_FILE where it
/// is not a list of integers or, unless `whole` is asked for, floats. Close with qn_hdf5_numbers_close().
qn_status qn_hdf5_numbers_open(hid_t folder, const char *path, const char *folder_name, const char *name, bool whole,
                               qn_hdf5_numbers *numbers, bool *found);
void qn_hdf5_numbers_close(qn_hdf5_numbers *numbers);

/// Numbers first ... first + count - 1, as doubles or, where they are integers, as int64 (larger ones: INT64_MAX).
qn_status qn_hdf5_numbers_real(const qn_hdf5_numbers *numbers, size_t first, size_t count, double *values);
qn_status qn_hdf5_numbers_whole(const qn_hdf5_numbers *numbers, size_t first, size_t count, int64_t *values);
