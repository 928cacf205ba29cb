/// What a study holds once it is read.
#pragma once
#include "study/study_kind.h"

/// One way to run the study: as it is, or quick.
typedef struct {
    size_t key_count;
    char **keys;         ///< swept, outermost first
    size_t count;        ///< points, at least 1
    char **values;       ///< count x key_count: the swept values, as written
    void **descriptions; ///< count structs of the kind
} qn_study_variant;

struct qn_study {
    const qn_study_kind *kind;
    qn_typed_schema *schema;
    char *path, *folder, *name;
    char *text;      ///< the file
    char *overrides; ///< "--set" arguments, one per line
    qn_study_variant normal, quick;
};

/// Read a study from memory; `path` is for messages, names and files beside it.
qn_status qn_study_read_text(const char *text, size_t length, const char *path, size_t count,
                             const char *const *overrides, qn_study **study);

/// `file` as the study names it -> path: relative to `folder` unless absolute. Free with free().
qn_status qn_study_file(const char *folder, const char *file, char **path);

/// The swept key that `name` means, in full or by its last part; NULL when none or several.
const char *qn_swept_key(size_t count, char *const *keys, const char *name);

// The parts of reading, in the order they happen.

/// Set `path` of `tree` to what `value` holds (taken over, also on error), making parents; a swept key leaves the
/// sweep. Complains when the schema does not know the path.
qn_status qn_study_set(qn_node *tree, const qn_key *keys, const char *path, qn_node *value, qn_complaints *complaints);

/// Check the sweep and the figures' axes, then check and load every point. QN_BAD_VALUE with all complaints.
qn_status qn_study_load_variant(const qn_study *study, const qn_node *tree, qn_study_variant *variant);
void qn_study_clear_variant(const qn_study *study, qn_study_variant *variant);
