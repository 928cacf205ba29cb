#include "base/fail.h"
#include "base/memory.h"
#include "network/spiking_edges_parts.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

const char *qn_edge_column_name(qn_edge_column column)
{
    static const char *const NAMES[QN_EDGE_COLUMNS] = {"source", "target", "weight", "delay"};
    return NAMES[column];
}

qn_status qn_edges_check_base(const qn_edge_builder *builder)
{
    const int base = builder->options->index_base;
    QN_REQUIRE(base >= 0, QN_BAD_FILE,
               "%s: index base not stated: neurons may be counted from 0 or from 1; set index_base to 0 or 1",
               builder->path);
    QN_REQUIRE(base <= 1, QN_BAD_VALUE, "index_base is %d; allowed: 0 or 1", base);
    return QN_OK;
}

qn_status qn_edges_take(qn_edge_builder *builder, double count, bool weights, bool delays)
{
    QN_REQUIRE(count >= 1.0, QN_BAD_FILE, "%s: no synapses in it", builder->path);
    QN_REQUIRE(count <= 0x1p31, QN_BAD_FILE, "%s: %.0f synapses; allowed: at most 2^31", builder->path, count);
    qn_memory_plan plan = {0};
    qn_memory_plan_add(&plan, "list of synapses", count, 2 * sizeof(uint32_t) + sizeof(float) * (weights + delays));
    const qn_status status = qn_memory_plan_check(&plan, 0.0);
    if (status != QN_OK) return qn_fail_in(status, "%s", builder->path);
    qn_spiking_edges_owned *edges = &builder->edges;
    edges->count = (size_t)count;
    QN_TRY(QN_NEW(&edges->source, edges->count, "list of synapses"));
    QN_TRY(QN_NEW(&edges->target, edges->count, "list of synapses"));
    if (weights) QN_TRY(QN_NEW(&edges->weight, edges->count, "weights of synapses"));
    if (delays) QN_TRY(QN_NEW(&edges->delay, edges->count, "delays of synapses"));
    return QN_OK;
}

static qn_status put_neuron(const char *name, double value, int base, size_t size, uint32_t *place, uint32_t *largest)
{
    const double last = (size == 0 ? 0x1p32 : (double)size) - 1.0 + base;
    QN_REQUIRE(value >= base && value <= last && value == floor(value), QN_BAD_FILE,
               "%s is %.15g; allowed: a whole number from %d to %.0f", name, value, base, last);
    *place = (uint32_t)(value - base);
    if (*place > *largest) *largest = *place;
    return QN_OK;
}

qn_status qn_edges_put(qn_edge_builder *builder, qn_edge_column column, size_t edge, double value, int base)
{
    qn_spiking_edges_owned *edges = &builder->edges;
    switch (column) {
    case QN_EDGE_SOURCE:
        return put_neuron("source", value, base, builder->options->source_size, &edges->source[edge],
                          &edges->largest_source);
    case QN_EDGE_TARGET:
        return put_neuron("target", value, base, builder->options->target_size, &edges->target[edge],
                          &edges->largest_target);
    case QN_EDGE_WEIGHT:
        QN_REQUIRE(isfinite((float)value), QN_BAD_FILE, "weight is %g; allowed: a finite number of single precision",
                   value);
        edges->weight[edge] = (float)value;
        return QN_OK;
    case QN_EDGE_DELAY:
    case QN_EDGE_COLUMNS: break;
    }
    QN_REQUIRE((float)value > 0.0f && value <= 100.0, QN_BAD_FILE,
               "delay is %g ms; allowed: greater than 0, at most 100", value);
    edges->delay[edge] = (float)value;
    return QN_OK;
}

qn_status qn_edges_open(const char *path, FILE **stream)
{
    struct stat about;
    QN_REQUIRE(stat(path, &about) == 0, QN_BAD_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    QN_REQUIRE(S_ISREG(about.st_mode), QN_BAD_FILE, "%s: is %s; synapses are read from a regular file", path,
               S_ISDIR(about.st_mode) ? "a folder" : "not a regular file");
    FILE *opened = fopen(path, "rb");
    QN_REQUIRE(opened != NULL, QN_BAD_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    *stream = opened;
    return QN_OK;
}

typedef enum { CSV, NPY, SONATA, UNKNOWN } file_kind;

static file_kind kind_of(const char *path)
{
    static const struct {
        const char *ending;
        file_kind kind;
    } ENDINGS[] = {{".csv", CSV}, {".npy", NPY}, {".h5", SONATA}, {".hdf5", SONATA}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof ENDINGS / sizeof *ENDINGS; ++i)
        if (strcasecmp(dot, ENDINGS[i].ending) == 0) return ENDINGS[i].kind;
    return UNKNOWN;
}

static qn_status read_file(file_kind kind, qn_edge_builder *builder)
{
    FILE *stream = NULL;
    QN_TRY(qn_edges_open(builder->path, &stream));
    qn_status status = QN_OK;
    if (kind == CSV) status = qn_edges_read_csv(stream, builder);
    if (kind == NPY) status = qn_edges_read_npy(stream, builder);
    fclose(stream);
    return kind == SONATA ? qn_edges_read_sonata(builder) : status;
}

qn_status qn_spiking_edges_read(const char *path, const qn_spiking_edges_options *options,
                                qn_spiking_edges_owned *edges)
{
    const qn_spiking_edges_options nothing_said = {.index_base = -1};
    qn_edge_builder builder = {.path = path, .options = options != NULL ? options : &nothing_said};
    const file_kind kind = kind_of(path);
    QN_REQUIRE(kind != UNKNOWN, QN_BAD_FILE,
               "%s: unknown kind of file; allowed endings: .csv (named columns), .npy (NumPy), .h5 or .hdf5 (SONATA)",
               path);
    QN_REQUIRE(kind == SONATA || (builder.options->edge_population == NULL && builder.options->edge_types == NULL),
               QN_BAD_VALUE, "edge_population and edge_types are options of SONATA files; allowed: NULL for %s", path);
    const qn_status status = read_file(kind, &builder);
    if (status == QN_OK)
        *edges = builder.edges;
    else
        qn_spiking_edges_clear(&builder.edges);
    return status;
}

void qn_spiking_edges_clear(qn_spiking_edges_owned *edges)
{
    if (edges == NULL) return;
    qn_release(edges->source);
    qn_release(edges->target);
    qn_release(edges->weight);
    qn_release(edges->delay);
    *edges = (qn_spiking_edges_owned){0};
}

qn_spiking_edges qn_spiking_edges_view(const qn_spiking_edges_owned *edges)
{
    return (qn_spiking_edges){.count = edges->count,
                              .source = edges->source,
                              .target = edges->target,
                              .weight = edges->weight,
                              .delay = edges->delay};
}
