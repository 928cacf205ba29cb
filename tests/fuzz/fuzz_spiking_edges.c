#include "fuzz.h"

#include <quenched/spiking_edges.h>

#include "network/spiking_edges_parts.h"

#include <math.h>

static void check_list(const qn_spiking_edges_owned *edges, const qn_spiking_edges_options *options)
{
    FUZZ_CHECK(edges->count > 0 && edges->source != NULL && edges->target != NULL);
    for (size_t i = 0; i < edges->count; ++i) {
        FUZZ_CHECK(edges->source[i] <= edges->largest_source && edges->target[i] <= edges->largest_target);
        FUZZ_CHECK(options->source_size == 0 || edges->source[i] < options->source_size);
        FUZZ_CHECK(options->target_size == 0 || edges->target[i] < options->target_size);
        FUZZ_CHECK(edges->weight == NULL || isfinite(edges->weight[i]));
        FUZZ_CHECK(edges->delay == NULL || (edges->delay[i] > 0.0f && edges->delay[i] <= 100.0f));
    }
}

static void read_list(const char *path, const qn_spiking_edges_options *options)
{
    qn_spiking_edges_owned edges = {.count = 77};
    const qn_status status = qn_spiking_edges_read(path, options, &edges);
    if (status == QN_OK) {
        check_list(&edges, options);
        qn_spiking_edges_clear(&edges);
        return;
    }
    fuzz_check_refusal(status);
    FUZZ_CHECK(edges.count == 77 && edges.source == NULL && edges.weight == NULL);
}

static void read_types(const uint8_t *data, size_t size)
{
    FILE *stream = fuzz_stream(data, size);
    if (stream == NULL) return;
    qn_edge_types types = {.count = 77};
    const qn_status status = qn_edge_types_read(stream, "types.csv", &types);
    fclose(stream);
    if (status != QN_OK) {
        fuzz_check_refusal(status);
        FUZZ_CHECK(types.count == 77 && types.types == NULL);
        return;
    }
    for (size_t i = 0; i < types.count; ++i)
        FUZZ_CHECK(qn_edge_types_find(&types, types.types[i].id) == &types.types[i]);
    qn_edge_types_clear(&types);
}

// The first byte says which reader the rest is for. SONATA files are left out: what they would test is HDF5.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    if (data[0] == 't') {
        read_types(data + 1, size - 1);
        return 0;
    }
    const qn_spiking_edges_options options[] = {
        {.index_base = -1}, {.index_base = 0}, {.index_base = 1, .source_size = 9, .target_size = 5}};
    const char *path = fuzz_file(data + 1, size - 1, data[0] == 'n' ? ".npy" : ".csv");
    for (size_t i = 0; i < sizeof options / sizeof *options; ++i) read_list(path, &options[i]);
    return 0;
}
