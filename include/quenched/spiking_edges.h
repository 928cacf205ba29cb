/// Explicit lists of synapses, read from files: those of a measured connectome, or of another simulator's network.
#pragma once
#include <quenched/spiking_network.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int index_base;     ///< CSV and NPY: 0 or 1, the number of the first neuron; must be said. -1 means not said
                        ///< (refused). SONATA counts from 0: 0 or -1
    size_t source_size; ///< neurons of the source population; 0 means not known: any number below 2^32
    size_t target_size; ///< likewise
    const char *edge_population; ///< SONATA: which of the populations under /edges; NULL means the only one
    const char *edge_types;      ///< SONATA: path of the edge types file; NULL means none
} qn_spiking_edges_options;

/// An edge list with arrays of its own. `{0}` is empty.
typedef struct {
    size_t count;
    uint32_t *source, *target;               ///< from 0 within their populations, in the order of the file
    float *weight;                           ///< as the file has it (pA, or mV onto delta synapses); NULL: it has none
    float *delay;                            ///< ms, > 0, at most 100; NULL: the file has none
    uint32_t largest_source, largest_target; ///< found
} qn_spiking_edges_owned;

/// Read a list of synapses from a file, by its ending:
///   .csv           the first line names the columns, in any order: source, target and, if there are, weight (pA, or mV
///                  onto delta synapses) and delay (ms); a synapse per line. Lines that begin with # are comments
///   .npy           an array of numbers [synapse, column], the columns being source, target, weight, delay; the last,
///   or
///                  the last two, may be missing
///   .h5, .hdf5     SONATA: /edges/NAME/source_node_id, target_node_id, and of the one group of edges syn_weight and
///                  delay (both optional, by edge_group_index); what the group lacks is taken from the edge types file
///                  by edge_type_id. An nsyns other than 1 is refused
/// A pair that occurs several times is several synapses.
///
/// @param[in]  path     a regular file
/// @param[in]  options  NULL: nothing said ({.index_base = -1})
/// @param[out] edges    owned by the caller; free with qn_spiking_edges_clear(). Untouched on error
/// @return QN_OK; QN_BAD_FILE with the file, line or dataset and row, the value and what is allowed; QN_BAD_VALUE for
/// an
///         option; QN_NO_MEMORY with the figures, before anything is taken
/// Cost: text about 0.2 us per line, two passes; the others at the speed of the disk. Memory 8 to 16 bytes per synapse,
/// SONATA up to 8 more while reading. Thread-safe.
qn_status qn_spiking_edges_read(const char *path, const qn_spiking_edges_options *options,
                                qn_spiking_edges_owned *edges);
void qn_spiking_edges_clear(qn_spiking_edges_owned *edges);

/// The list as a projection takes it; it borrows the arrays.
qn_spiking_edges qn_spiking_edges_view(const qn_spiking_edges_owned *edges);

#ifdef __cplusplus
}
#endif
