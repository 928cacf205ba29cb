/// What the readers of edge lists share: a list that is filled number by number, each checked.
#pragma once
#include <quenched/spiking_edges.h>

#include <stdio.h>

typedef enum { QN_EDGE_SOURCE = 0, QN_EDGE_TARGET, QN_EDGE_WEIGHT, QN_EDGE_DELAY, QN_EDGE_COLUMNS } qn_edge_column;

typedef struct {
    const char *path;
    const qn_spiking_edges_options *options;
    qn_spiking_edges_owned edges;
} qn_edge_builder;

/// The column's name in our own formats: "source", "target", "weight", "delay".
const char *qn_edge_column_name(qn_edge_column column);

/// Neurons counted from 0 or 1, said by the options.
qn_status qn_edges_check_base(const qn_edge_builder *builder);

/// Take the memory for `count` synapses, at least 1, with or without weights and delays.
qn_status qn_edges_take(qn_edge_builder *builder, double count, bool weights, bool delays);

/// Put a number where it belongs; `base` is the number of the first neuron. QN_BAD_FILE says "source is 7.5; allowed:
/// ...", to which the caller adds the place.
qn_status qn_edges_put(qn_edge_builder *builder, qn_edge_column column, size_t edge, double value, int base);

qn_status qn_edges_read_csv(FILE *stream, qn_edge_builder *builder);
qn_status qn_edges_read_npy(FILE *stream, qn_edge_builder *builder);
qn_status qn_edges_read_sonata(qn_edge_builder *builder);

/// An edge types file of SONATA: values per type, NAN where it has none.
typedef struct {
    int64_t id;
    double weight, delay;
} qn_edge_type;
typedef struct {
    size_t count;
    qn_edge_type *types; ///< by id
    bool weights, delays;
} qn_edge_types;
qn_status qn_edge_types_read(FILE *stream, const char *path, qn_edge_types *types);
void qn_edge_types_clear(qn_edge_types *types);
/// NULL when there is none of this id.
const qn_edge_type *qn_edge_types_find(const qn_edge_types *types, int64_t id);

/// Open a regular file for reading.
qn_status qn_edges_open(const char *path, FILE **stream);
