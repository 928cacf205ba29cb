/// Keys of every kind of study that reads a coupling matrix from a file.
#pragma once
#include "study/schema.h"

#define QN_MATRIX_FILE_DOC                                                                                             \
    "matrix J[i][j] to unit i from unit j: .npy, .npz, .mtx, or .csv with lines \"i,j,weight\"; the path is relative " \
    "to the study's folder"

/// Of a mapping whose structure has an int64_t index_base; -1: not said.
#define QN_INDEX_BASE_KEY(structure)                                                                                   \
    {                                                                                                                  \
        .name = "index_base", .type = QN_KEY_WHOLE, .bounds = QN_AT_LEAST | QN_AT_MOST, .least = 0, .most = 1,         \
        .fallback = "-1", .fallback_doc = "must be said for .csv", .doc = "number of the first unit in a .csv file",   \
        .offset = offsetof(structure, index_base)                                                                      \
    }
