#include "base/fail.h"
#include "base/hdf5.h"
#include "base/memory.h"
#include "network/hdf5_numbers.h"
#include "network/spiking_edges_parts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { CHUNK = 1 << 14, NAME = 160 };

// Of the group of edges: what its edges have one by one.
typedef enum { GROUP_WEIGHT, GROUP_DELAY, GROUP_REPEATS, GROUP_SETS } group_set;

typedef struct {
    qn_edge_builder *builder;
    hid_t file, population, group;
    char name[NAME], group_name[NAME]; // "/edges/NAME", "/edges/NAME/0"
    qn_hdf5_numbers source, target, type, group_id, group_index, values[GROUP_SETS];
    bool has_types, has_group_id, has_group_index, has[GROUP_SETS];
    qn_edge_types types;
} sonata_file;

static herr_t take_only_name(hid_t folder, const char *name, const H5L_info_t *info, void *context)
{
    (void)folder, (void)info;
    snprintf(context, NAME, "%s", name);
    return 1; // the first is enough
}

static qn_status open_population(sonata_file *sonata)
{
    const char *path = sonata->builder->path, *asked = sonata->builder->options->edge_population;
    sonata->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    QN_REQUIRE(sonata->file >= 0, QN_BAD_FILE, "%s: not an HDF5 file, or damaged", path);
    const hid_t edges = H5Gopen2(sonata->file, "edges", H5P_DEFAULT);
    QN_REQUIRE(edges >= 0, QN_BAD_FILE, "%s: has no group /edges; allowed: a SONATA file of edges", path);
    H5G_info_t info = {0};
    char name[NAME] = "";
    const bool listed = H5Gget_info(edges, &info) >= 0 && info.nlinks > 0 &&
                        H5Literate(edges, H5_INDEX_NAME, H5_ITER_INC, NULL, take_only_name, name) >= 0;
    if (asked != NULL) snprintf(name, sizeof name, "%s", asked);
    // H5Gopen2 would take "." and paths: only a name of a link is meant.
    const bool there = listed && name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
                       H5Lexists(edges, name, H5P_DEFAULT) > 0;
    if (there && (asked != NULL || info.nlinks == 1)) sonata->population = H5Gopen2(edges, name, H5P_DEFAULT);
    H5Gclose(edges);
    QN_REQUIRE(listed, QN_BAD_FILE, "%s: /edges is empty; a population of edges is needed", path);
    QN_REQUIRE(asked != NULL || info.nlinks == 1, QN_BAD_FILE,
               "%s: /edges has %llu populations ('%.60s' first); set edge_population to the one that is meant", path,
               (unsigned long long)info.nlinks, name);
    QN_REQUIRE(sonata->population > 0, QN_BAD_FILE, "%s: /edges has no population '%.60s' that can be opened", path,
               name);
    snprintf(sonata->name, sizeof sonata->name, "/edges/%.100s", name);
    return QN_OK;
}

static qn_status open_whole(sonata_file *sonata, const char *name, qn_hdf5_numbers *numbers, bool *found)
{
    QN_TRY(qn_hdf5_numbers_open(sonata->population, sonata->builder->path, sonata->name, name, true, numbers, found));
    QN_REQUIRE(!*found || sonata->source.set == 0 || numbers->count == sonata->source.count, QN_BAD_FILE,
               "%s: %s has %zu entries, source_node_id %zu; allowed: one for each edge", sonata->builder->path,
               numbers->name, numbers->count, sonata->source.count);
    return QN_OK;
}

static qn_status open_ends(sonata_file *sonata)
{
    bool source, target;
    QN_TRY(open_whole(sonata, "source_node_id", &sonata->source, &source));
    QN_REQUIRE(source, QN_BAD_FILE, "%s: %s has no source_node_id", sonata->builder->path, sonata->name);
    QN_TRY(open_whole(sonata, "target_node_id", &sonata->target, &target));
    QN_REQUIRE(target, QN_BAD_FILE, "%s: %s has no target_node_id", sonata->builder->path, sonata->name);
    QN_TRY(open_whole(sonata, "edge_type_id", &sonata->type, &sonata->has_types));
    QN_TRY(open_whole(sonata, "edge_group_id", &sonata->group_id, &sonata->has_group_id));
    return open_whole(sonata, "edge_group_index", &sonata->group_index, &sonata->has_group_index);
}

// Edges of one group only, as NEST reads them too: group 0 unless edge_group_id says otherwise.
static qn_status find_group(sonata_file *sonata, int64_t *group)
{
    *group = 0;
    int64_t ids[CHUNK];
    for (size_t begin = 0; sonata->has_group_id && begin < sonata->group_id.count; begin += CHUNK) {
        const size_t left = sonata->group_id.count - begin, length = left < CHUNK ? left : CHUNK;
        QN_TRY(qn_hdf5_numbers_whole(&sonata->group_id, begin, length, ids));
        if (begin == 0) *group = ids[0];
        for (size_t i = 0; i < length; ++i)
            QN_REQUIRE(ids[i] == *group, QN_BAD_FILE,
                       "%s: %s[%zu] is %" PRId64 ", the first %" PRId64 "; allowed: one group of edges",
                       sonata->builder->path, sonata->group_id.name, begin + i, ids[i], *group);
    }
    return QN_OK;
}

static qn_status open_group(sonata_file *sonata)
{
    static const char *const NAMES[GROUP_SETS] = {"syn_weight", "delay", "nsyns"};
    int64_t group;
    QN_TRY(find_group(sonata, &group));
    char name[32];
    snprintf(name, sizeof name, "%" PRId64, group);
    snprintf(sonata->group_name, sizeof sonata->group_name, "%.120s/%s", sonata->name, name);
    if (H5Lexists(sonata->population, name, H5P_DEFAULT) <= 0) return QN_OK; // edges may have types alone
    sonata->group = H5Gopen2(sonata->population, name, H5P_DEFAULT);
    QN_REQUIRE(sonata->group > 0, QN_BAD_FILE, "%s: %s is not a group, or damaged", sonata->builder->path,
               sonata->group_name);
    for (group_set set = GROUP_WEIGHT; set < GROUP_SETS; ++set)
        QN_TRY(qn_hdf5_numbers_open(sonata->group, sonata->builder->path, sonata->group_name, NAMES[set],
                                    set == GROUP_REPEATS, &sonata->values[set], &sonata->has[set]));
    return QN_OK;
}

static qn_status read_types(sonata_file *sonata)
{
    const char *path = sonata->builder->options->edge_types;
    if (path == NULL) return QN_OK;
    QN_REQUIRE(sonata->has_types, QN_BAD_FILE, "%s: %s has no edge_type_id, but a file of edge types is given",
               sonata->builder->path, sonata->name);
    FILE *stream = NULL;
    QN_TRY(qn_edges_open(path, &stream));
    const qn_status status = qn_edge_types_read(stream, path, &sonata->types);
    fclose(stream);
    return status;
}

static qn_status read_ends(sonata_file *sonata, qn_edge_column column, const qn_hdf5_numbers *numbers)
{
    int64_t ids[CHUNK];
    for (size_t begin = 0; begin < numbers->count; begin += CHUNK) {
        const size_t left = numbers->count - begin, length = left < CHUNK ? left : CHUNK;
        QN_TRY(qn_hdf5_numbers_whole(numbers, begin, length, ids));
        for (size_t i = 0; i < length; ++i) {
            const qn_status status = qn_edges_put(sonata->builder, column, begin + i, (double)ids[i], 0);
            if (status != QN_OK)
                return qn_fail_in(status, "%s: %s[%zu]", sonata->builder->path, numbers->name, begin + i);
        }
    }
    return QN_OK;
}

static qn_status check_repeats(const sonata_file *sonata)
{
    const qn_hdf5_numbers *repeats = &sonata->values[GROUP_REPEATS];
    int64_t numbers[CHUNK];
    for (size_t begin = 0; sonata->has[GROUP_REPEATS] && begin < repeats->count; begin += CHUNK) {
        const size_t left = repeats->count - begin, length = left < CHUNK ? left : CHUNK;
        QN_TRY(qn_hdf5_numbers_whole(repeats, begin, length, numbers));
        for (size_t i = 0; i < length; ++i)
            QN_REQUIRE(numbers[i] == 1, QN_BAD_FILE,
                       "%s: %s[%zu] is %" PRId64 "; allowed: 1 (write an edge for each synapse)", sonata->builder->path,
                       repeats->name, begin + i, numbers[i]);
    }
    return QN_OK;
}

// Rows of the group, one for each edge: by edge_group_index or, without it, in order.
static qn_status read_rows(const sonata_file *sonata, size_t begin, size_t length, size_t rows, int64_t *row)
{
    for (size_t i = 0; i < length; ++i) row[i] = (int64_t)(begin + i);
    if (sonata->has_group_index) QN_TRY(qn_hdf5_numbers_whole(&sonata->group_index, begin, length, row));
    for (size_t i = 0; i < length; ++i)
        QN_REQUIRE(row[i] >= 0 && (uint64_t)row[i] < rows, QN_BAD_FILE,
                   "%s: row %" PRId64 " of %s is meant for edge %zu; allowed: 0 to %zu", sonata->builder->path, row[i],
                   sonata->group_name, begin + i, rows - 1);
    return QN_OK;
}

static qn_status read_from_group(sonata_file *sonata, qn_edge_column column, const qn_hdf5_numbers *numbers,
                                 double *all)
{
    QN_TRY(qn_hdf5_numbers_real(numbers, 0, numbers->count, all));
    int64_t row[CHUNK];
    const size_t count = sonata->builder->edges.count;
    for (size_t begin = 0; begin < count; begin += CHUNK) {
        const size_t length = count - begin < CHUNK ? count - begin : CHUNK;
        QN_TRY(read_rows(sonata, begin, length, numbers->count, row));
        for (size_t i = 0; i < length; ++i) {
            const qn_status status = qn_edges_put(sonata->builder, column, begin + i, all[row[i]], 0);
            if (status != QN_OK)
                return qn_fail_in(status, "%s: %s[%" PRId64 "]", sonata->builder->path, numbers->name, row[i]);
        }
    }
    return QN_OK;
}

static qn_status read_group_values(sonata_file *sonata, qn_edge_column column, const qn_hdf5_numbers *numbers)
{
    QN_REQUIRE(numbers->count > 0, QN_BAD_FILE, "%s: %s is empty", sonata->builder->path, numbers->name);
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "values of edges", (double)numbers->count, sizeof(double));
    const qn_status right = qn_memory_plan_check(&plan, 0.0);
    if (right != QN_OK) return qn_fail_in(right, "%s", sonata->builder->path);
    double *all = NULL;
    QN_TRY(QN_NEW(&all, numbers->count, "values of edges"));
    const qn_status status = read_from_group(sonata, column, numbers, all);
    qn_release(all);
    return status;
}

static qn_status put_of_type(sonata_file *sonata, qn_edge_column column, size_t edge, int64_t id)
{
    const char *types = sonata->builder->options->edge_types;
    const qn_edge_type *type = qn_edge_types_find(&sonata->types, id);
    QN_REQUIRE(type != NULL, QN_BAD_FILE, "%s: %s[%zu] is %" PRId64 "; allowed: an edge_type_id of %s",
               sonata->builder->path, sonata->type.name, edge, id, types);
    const double value = column == QN_EDGE_WEIGHT ? type->weight : type->delay;
    const qn_status status = qn_edges_put(sonata->builder, column, edge, value, 0);
    return status == QN_OK ? QN_OK : qn_fail_in(status, "%s: edge_type_id %" PRId64, types, id);
}

static qn_status read_type_values(sonata_file *sonata, qn_edge_column column)
{
    int64_t ids[CHUNK];
    for (size_t begin = 0; begin < sonata->type.count; begin += CHUNK) {
        const size_t left = sonata->type.count - begin, length = left < CHUNK ? left : CHUNK;
        QN_TRY(qn_hdf5_numbers_whole(&sonata->type, begin, length, ids));
        for (size_t i = 0; i < length; ++i) QN_TRY(put_of_type(sonata, column, begin + i, ids[i]));
    }
    return QN_OK;
}

static qn_status read_all(sonata_file *sonata)
{
    QN_TRY(open_population(sonata));
    QN_TRY(open_ends(sonata));
    QN_TRY(open_group(sonata));
    QN_TRY(read_types(sonata));
    const bool weights = sonata->has[GROUP_WEIGHT] || sonata->types.weights;
    const bool delays = sonata->has[GROUP_DELAY] || sonata->types.delays;
    QN_TRY(qn_edges_take(sonata->builder, (double)sonata->source.count, weights, delays));
    QN_TRY(read_ends(sonata, QN_EDGE_SOURCE, &sonata->source));
    QN_TRY(read_ends(sonata, QN_EDGE_TARGET, &sonata->target));
    QN_TRY(check_repeats(sonata));
    if (sonata->has[GROUP_WEIGHT])
        QN_TRY(read_group_values(sonata, QN_EDGE_WEIGHT, &sonata->values[GROUP_WEIGHT]));
    else if (weights)
        QN_TRY(read_type_values(sonata, QN_EDGE_WEIGHT));
    if (sonata->has[GROUP_DELAY]) return read_group_values(sonata, QN_EDGE_DELAY, &sonata->values[GROUP_DELAY]);
    return delays ? read_type_values(sonata, QN_EDGE_DELAY) : QN_OK;
}

static void close_all(sonata_file *sonata)
{
    qn_edge_types_clear(&sonata->types);
    qn_hdf5_numbers *const sets[] = {&sonata->source, &sonata->target, &sonata->type, &sonata->group_id,
                                     &sonata->group_index};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; ++i) qn_hdf5_numbers_close(sets[i]);
    for (group_set set = GROUP_WEIGHT; set < GROUP_SETS; ++set) qn_hdf5_numbers_close(&sonata->values[set]);
    if (sonata->group > 0) H5Gclose(sonata->group);
    if (sonata->population > 0) H5Gclose(sonata->population);
    if (sonata->file > 0) H5Fclose(sonata->file);
}

qn_status qn_edges_read_sonata(qn_edge_builder *builder)
{
    const int base = builder->options->index_base;
    QN_REQUIRE(base == 0 || base == -1, QN_BAD_VALUE, "index_base is %d; allowed: 0 or -1 for SONATA, %s", base,
               builder->path);
    sonata_file sonata = {.builder = builder};
    const qn_hdf5_printer printer = qn_hdf5_enter();
    const qn_status status = read_all(&sonata);
    close_all(&sonata);
    qn_hdf5_leave(printer);
    return status;
}
