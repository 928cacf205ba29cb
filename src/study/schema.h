/// The schema of a study: one table says of every key its name, type, unit, range, default and meaning, and where its
/// value goes. The checks, "did you mean", the reference and the typed load all come from that table.
#pragma once
#include "study/text.h"
#include "study/yaml_tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum {
    QN_KEY_TEXT,    ///< char *
    QN_KEY_NUMBER,  ///< double, finite
    QN_KEY_WHOLE,   ///< int64_t
    QN_KEY_FLAG,    ///< bool: true or false
    QN_KEY_CHOICE,  ///< int: index into `choices`
    QN_KEY_MAPPING, ///< a struct with the keys `keys`, in place; a pointer to it when `pointer` is set
    QN_KEY_TABLE,   ///< qn_table: a number, one per source, or a matrix [target][source]
    QN_KEY_LIST,    ///< qn_list of `item`: structs with the keys `keys`, or char *, int64_t, double or int of a choice
    QN_KEY_PATHS,   ///< mapping from key paths to values ("sweep", "quick"): checked by the reader, not loaded
} qn_key_type;

/// What a QN_KEY_LIST loads into.
typedef struct {
    void *items;
    size_t count;
} qn_list;

/// What a QN_KEY_TABLE loads into: 1 x 1 for a number, 1 x n for a list of n, else the matrix. 0 x 0: not said.
typedef struct {
    int64_t rows, columns;
    qn_list values; ///< double, row-major
} qn_table;

enum { QN_AT_LEAST = 1, QN_ABOVE = 2, QN_AT_MOST = 4 }; ///< which of the bounds hold

typedef struct qn_key qn_key;
struct qn_key {
    const char *name; ///< NULL ends a table
    qn_key_type type;
    qn_key_type item; ///< lists: type of the items
    bool required;
    bool pointer;    ///< mappings: absent is NULL
    unsigned bounds; ///< QN_AT_LEAST | QN_AT_MOST, ...
    double least, most;
    const char *const *choices; ///< NULL-terminated
    const char *unit;           ///< NULL: none
    const char *fallback;       ///< value when absent, as YAML; NULL: zero, or nothing
    const char *fallback_doc;   ///< what the reference says instead of `fallback`
    const char *doc;            ///< one sentence
    const char *shorthand;      ///< mappings: a scalar stands for {shorthand: scalar}
    const qn_key *keys;         ///< mappings and lists of mappings
    size_t size;                ///< of the struct that `keys` fills
    size_t offset;              ///< of the value in its struct
};

/// Finite decimal number of YAML 1.2 (no hexadecimal, no infinity, no NaN, not beyond a double's normal range).
bool qn_parse_number(const char *text, double *value);
/// Whole number: digits, or a decimal whose value is whole ("1e3").
bool qn_parse_whole(const char *text, int64_t *value);

/// The key of that name in a table, or NULL.
const qn_key *qn_key_find(const qn_key *keys, const char *name);
/// The key at "a.b.0.c" below a table, or NULL: then *parent is the table of the step that failed, *step its name.
const qn_key *qn_key_at(const qn_key *keys, const char *path, const qn_key **parent, char step[128]);
/// Name in `keys` that is close to `wrong`, or NULL.
const char *qn_key_like(const qn_key *keys, const char *wrong);
const char *qn_choice_like(const char *const *choices, const char *wrong);

/// "a whole number, at least 2 (units)": what is allowed. `with_type` false leaves the type out where there is a range.
qn_status qn_key_allowed(const qn_key *key, bool with_type, qn_text *out);

/// Everything wrong with a study, one line each.
typedef struct {
    const char *file; ///< path of the study, for messages
    qn_text text;
    size_t count;
} qn_complaints;

/// Add "file:line: message" (or "--set ...: message") at `node`; NULL: "file: message".
qn_status qn_complain(qn_complaints *complaints, const qn_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// Check `mapping` against a table; complaints about every key. `path` is the mapping's own ("" for the root).
qn_status qn_schema_check(const qn_key *keys, const qn_node *mapping, const char *path, qn_complaints *complaints);

/// Expand shorthands everywhere below `mapping`.
qn_status qn_schema_expand(const qn_key *keys, qn_node *mapping);

/// Write the Markdown table of the keys, and of the mappings below them.
void qn_schema_reference(const qn_key *keys, const char *path, FILE *stream);

/// A table as libcyaml wants it: opaque.
typedef struct qn_typed_schema qn_typed_schema;
qn_status qn_typed_schema_create(const qn_key *keys, size_t size, qn_typed_schema **schema);
void qn_typed_schema_destroy(qn_typed_schema *schema);

/// Load a checked tree into a fresh struct, defaults filled in. Free with qn_typed_release().
qn_status qn_typed_load(const qn_typed_schema *schema, const qn_node *tree, void **description);
void qn_typed_release(const qn_typed_schema *schema, void *description);
