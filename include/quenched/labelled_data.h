/// Labelled data: points in the columns' space and a label for each, read from IDX, NPY or CSV files, normalised,
/// selected and split.
#pragma once
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t count;     ///< points
    size_t dimension; ///< numbers per point
    double *inputs;   ///< count x dimension, row-major, finite
    double *labels;   ///< count; NULL where none are given
    size_t *rows;     ///< count: row of the file each point was, from 0; for messages
} qn_labelled_data;

typedef struct {
    const char *labels;       ///< file of labels beside `path`; NULL: a column of a CSV file, none for others
    const char *label_column; ///< CSV: name of that column; NULL: the last one
    bool no_labels;           ///< CSV: every column is an input
} qn_labelled_data_options;

/// Read inputs, and labels where there are some. What a file is, its first bytes tell:
///   IDX (magic 0x00000803: unsigned bytes, images x rows x columns; labels 0x00000801),
///   NPY (versions 1 to 3, little-endian, C order, numbers; inputs two-dimensional, labels one-dimensional),
///   CSV (commas, semicolons, tabs or blanks; '#' starts a comment line; a first line that has a field which is no
///   number names the columns).
/// @param[in] options  NULL for defaults
/// @return QN_BAD_FILE naming the file, the place and what is allowed; QN_NO_MEMORY. `data` untouched on error; free
///         with qn_labelled_data_clear().
qn_status qn_labelled_data_read(const char *path, const qn_labelled_data_options *options, qn_labelled_data *data);
void qn_labelled_data_clear(qn_labelled_data *data);

typedef struct {
    double divisor; ///< every number is divided by it first, as 255 for pixels; 0 means 1
    bool centre;    ///< subtract the mean of each column
    bool unit_norm; ///< scale each point to |x|^2 = dimension: all have the same kernel with themselves
} qn_normalisation;

/// Normalise in place, in the order above. Means are those of `reference` after its division, or of the data itself
/// where it is NULL: for test points give the training points, not yet normalised.
/// QN_BAD_VALUE when a point is zero and cannot be scaled (named by its row), or dimensions differ; data untouched
/// then.
qn_status qn_labelled_data_normalise(const qn_normalisation *how, const qn_labelled_data *reference,
                                     qn_labelled_data *data);

/// Points of two classes only, in their order, with the labels +1 for `plus` and -1 for `minus`. QN_BAD_VALUE where a
/// class has no points: lists the labels there are.
qn_status qn_labelled_data_pair(const qn_labelled_data *data, double plus, double minus, qn_labelled_data *pair);

/// The classes, increasing, and a target per point and class: 1 for its own class minus 1/D. At most 1000 classes.
/// @param[out] classes  D values; @param[out] targets count x D. Free both with qn_labelled_data_free().
qn_status qn_labelled_data_one_hot(const qn_labelled_data *data, size_t *class_count, double **classes,
                                   double **targets);
void qn_labelled_data_free(double *values);

/// QN_BAD_VALUE naming the first point whose label is not +1 or -1.
qn_status qn_labelled_data_check_signs(const qn_labelled_data *data);
/// QN_BAD_VALUE naming two points with equal inputs, which a kernel without noise cannot bear. Cost: O(P log P).
qn_status qn_labelled_data_check_distinct(const qn_labelled_data *data);

/// Training and test points drawn without replacement: the first `train` and the next `tests` of a random order that is
/// a function of the seed alone. tests = 0 means all that remain. Each part may be NULL.
qn_status qn_labelled_data_split(const qn_labelled_data *data, size_t train, size_t tests, uint64_t seed,
                                 qn_labelled_data *train_part, qn_labelled_data *test_part);

#ifdef __cplusplus
}
#endif
