/// What the readers of labelled data share.
#pragma once
#include <quenched/labelled_data.h>

/// The bytes of a file, with one zero byte behind them.
typedef struct {
    const char *path;
    const char *bytes;
    size_t size;
} qn_data_file;

/// An array of `count` x `dimension` numbers.
typedef struct {
    size_t count, dimension;
    double *values;
} qn_data_array;

/// IDX: images (labels: one number per point, dimension 1). NPY likewise.
qn_status qn_labelled_data_read_idx(const qn_data_file *file, bool labels, qn_data_array *array);
qn_status qn_labelled_data_read_npy(const qn_data_file *file, bool labels, qn_data_array *array);
/// CSV: all columns. `*label` becomes the column of the labels, or SIZE_MAX.
qn_status qn_labelled_data_read_csv(const qn_data_file *file, const qn_labelled_data_options *options,
                                    qn_data_array *array, size_t *label);

/// Room for the numbers, after a look whether they fit.
qn_status qn_data_array_allocate(const char *path, size_t count, size_t dimension, qn_data_array *array);
