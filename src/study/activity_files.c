#include "study/activity_files.h"

#include "base/fail.h"
#include "study/checkpoint.h"
#include "study/study_data.h"

#include <stdlib.h>
#include <string.h>

// Found again by path and index base; kept in a chain, so that pointers into it stay good.
typedef struct entry {
    struct entry *next;
    char *path;
    int64_t index_base;
    qn_matrix matrix;
    qn_transfer_table *table; // NULL: a matrix
    uint64_t hash;
} entry;

struct qn_activity_files {
    char *folder;
    entry *first;
};

qn_status qn_activity_files_create(const char *folder, qn_activity_files **files)
{
    qn_activity_files *fresh = calloc(1, sizeof *fresh);
    QN_REQUIRE(fresh, QN_NO_MEMORY, "no memory for the files of a study");
    if (qn_text_copy(folder, &fresh->folder) != QN_OK) {
        free(fresh);
        return QN_NO_MEMORY;
    }
    *files = fresh;
    return QN_OK;
}

static void destroy_entry(entry *e)
{
    qn_matrix_clear(&e->matrix);
    qn_transfer_table_destroy(e->table);
    free(e->path);
    free(e);
}

void qn_activity_files_destroy(qn_activity_files *files)
{
    if (!files) return;
    for (entry *e = files->first; e;) {
        entry *next = e->next;
        destroy_entry(e);
        e = next;
    }
    free(files->folder);
    free(files);
}

static uint64_t hash_matrix(const qn_matrix *m)
{
    uint64_t hash = qn_hash(QN_HASH_START, &m->rows, sizeof m->rows);
    if (!m->sparse) return qn_hash(hash, m->values, m->rows * m->columns * sizeof *m->values);
    hash = qn_hash(hash, m->values, m->entries * sizeof *m->values);
    hash = qn_hash(hash, m->row_start, (m->rows + 1) * sizeof *m->row_start);
    return qn_hash(hash, m->column, m->entries * sizeof *m->column);
}

// A table is known by what it does: its values at many places.
static uint64_t hash_table(const qn_transfer_table *table)
{
    const qn_transfer transfer = {.kind = QN_TRANSFER_TABLE, .table = table};
    double x[401], y[401];
    for (int i = 0; i < 401; ++i) x[i] = 0.05 * (i - 200);
    qn_transfer_value(&transfer, 401, x, y);
    return qn_hash(QN_HASH_START, y, sizeof y);
}

static qn_status read_entry(const qn_activity_files *files, const char *file, int64_t index_base, bool table, entry *e)
{
    QN_TRY(qn_study_file(files->folder, file, &e->path));
    e->index_base = index_base;
    if (table) {
        QN_TRY(qn_transfer_table_read(e->path, &e->table));
        e->hash = hash_table(e->table);
        return QN_OK;
    }
    const qn_matrix_options options = {.index_base = (int)index_base, .square = true};
    QN_TRY(qn_matrix_read(e->path, &options, &e->matrix));
    e->hash = hash_matrix(&e->matrix);
    return QN_OK;
}

static qn_status find(qn_activity_files *files, const char *file, int64_t index_base, bool table, const entry **found)
{
    char *path = NULL;
    QN_TRY(qn_study_file(files->folder, file, &path));
    for (*found = files->first; *found; *found = (*found)->next)
        if (!strcmp((*found)->path, path) && (*found)->index_base == index_base && !(*found)->table == !table) break;
    free(path);
    if (*found) return QN_OK;

    entry *fresh = calloc(1, sizeof *fresh);
    QN_REQUIRE(fresh, QN_NO_MEMORY, "no memory for the files of a study");
    const qn_status status = read_entry(files, file, index_base, table, fresh);
    if (status != QN_OK) {
        destroy_entry(fresh);
        return status;
    }
    fresh->next = files->first;
    files->first = fresh;
    *found = fresh;
    return QN_OK;
}

qn_status qn_activity_network_of(qn_activity_files *files, const qn_activity_study *activity, qn_rate_network *network)
{
    const qn_activity_network *n = &activity->network;
    qn_rate_network made = {
        .size = (size_t)n->size,
        .transfer = {.kind = (qn_transfer_kind)n->transfer.kind, .gain = n->transfer.gain},
        .coupling = {.kind = (qn_coupling_kind)n->coupling.kind,
                     .strength = n->coupling.strength,
                     .mean = n->coupling.mean,
                     .remove_mean = n->coupling.remove_mean,
                     .spectrum = {.kind = (qn_spectrum_kind)n->coupling.spectrum.kind,
                                  .effective_rank = n->coupling.spectrum.effective_rank,
                                  .exponent = n->coupling.spectrum.exponent,
                                  .ratio = n->coupling.spectrum.ratio,
                                  .fraction = n->coupling.spectrum.fraction,
                                  .modes = n->coupling.spectrum.modes,
                                  .values = n->coupling.spectrum.values.items,
                                  .count = n->coupling.spectrum.values.count},
                     .overlap = n->coupling.overlap,
                     .overlap_fraction = n->coupling.overlap_fraction,
                     .overlap_rest = n->coupling.overlap_rest,
                     .symmetry = n->coupling.symmetry,
                     .rank = (size_t)n->coupling.rank,
                     .rank_strength = n->coupling.rank_strength,
                     .gains = {.count = n->coupling.gain.values.count,
                               .values = n->coupling.gain.values.items,
                               .weights = n->coupling.gain.weights.count ? n->coupling.gain.weights.items : NULL}},
        .time_constant = n->time_constant,
        .noise = n->noise,
        .input = n->input,
    };
    const entry *found;
    if (made.transfer.kind == QN_TRANSFER_THRESHOLD_POWER) {
        made.transfer.exponent = n->transfer.exponent;
        made.transfer.threshold = n->transfer.threshold;
    }
    if (made.transfer.kind == QN_TRANSFER_TABLE) {
        QN_TRY(find(files, n->transfer.file, -1, true, &found));
        made.transfer.table = found->table;
        made.transfer.gain = 0.0;
    }
    if (made.coupling.kind == QN_COUPLING_GIVEN) {
        QN_TRY(find(files, n->coupling.file, n->coupling.index_base, false, &found));
        QN_REQUIRE(!made.size || made.size == found->matrix.rows, QN_BAD_VALUE,
                   "network.size is %zu; allowed: %zu, the size of %s, or leave it out", made.size, found->matrix.rows,
                   n->coupling.file);
        made.coupling.matrix = &found->matrix;
        made.size = found->matrix.rows;
    }
    *network = made;
    return QN_OK;
}

uint64_t qn_activity_files_hash(const qn_activity_files *files, uint64_t hash)
{
    for (const entry *e = files->first; e; e = e->next) hash = qn_hash(hash, &e->hash, sizeof e->hash);
    return hash;
}
