/// A YAML document as a tree that remembers where everything was written, and that overrides can edit.
///
/// Plain data only: no anchors, aliases, merge keys, tags or second documents; a key stands once in its mapping.
#pragma once
#include <quenched/status.h>

#include <stdbool.h>
#include <stddef.h>

typedef enum { QN_NODE_SCALAR, QN_NODE_SEQUENCE, QN_NODE_MAPPING } qn_node_type;

typedef struct qn_node {
    qn_node_type type;
    char *key;          ///< under which its parent mapping holds it; NULL for the root and in sequences
    char *text;         ///< scalars
    bool quoted;        ///< scalars: written in quotes, so it is text whatever it looks like
    bool shorthand;     ///< a mapping that was written as one scalar ("transfer: erf")
    int line;           ///< of its key, or of itself; from 1
    const char *origin; ///< the override that wrote it ("--set a.b=c"), not owned; NULL: the file
    size_t count;
    struct qn_node **children;
} qn_node;

/// Parse `length` bytes of text. `origin` NULL: `label` is the file's path and messages read "label:line: ...";
/// otherwise every node carries that origin (kept, not copied) and messages read "origin: ...".
/// An empty document gives *root = NULL. QN_BAD_FILE for what is not (this subset of) YAML.
qn_status qn_tree_parse(const char *text, size_t length, const char *label, const char *origin, qn_node **root);
void qn_tree_destroy(qn_node *node);
qn_status qn_tree_copy(const qn_node *node, qn_node **copy);

qn_status qn_node_create(qn_node_type type, const char *text, int line, const char *origin, qn_node **node);

/// Child of a mapping by name; NULL when there is none (or `node` is no mapping or NULL).
qn_node *qn_node_child(const qn_node *node, const char *key);
/// Node at "a.b.0.c"; NULL when there is none.
qn_node *qn_node_at(const qn_node *root, const char *path);
/// Append `child` to a mapping under `key`, or replace what stands there. The mapping owns it from now on, also on
/// error.
qn_status qn_node_set(qn_node *mapping, const char *key, qn_node *child);
void qn_node_remove(qn_node *mapping, const char *key);
/// Turn a scalar into the mapping {key: scalar} in place.
qn_status qn_node_expand_shorthand(qn_node *node, const char *key);

/// Plain scalar meaning "nothing": empty, ~ or null.
bool qn_node_is_null(const qn_node *node);
