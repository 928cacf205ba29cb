// Kernels of wide networks: what is asked for becomes requests, sorted by diagonal; each tile of the inputs' pairs then
// walks every diagonal once, (1)-(4).
#include <quenched/wide_kernel.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "theory/wide_expectation.h"
#include "theory/wide_map.h"
#include "theory/wide_maps.h"

#include <cblas.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const qn_wide_kernel_options DEFAULTS = {0};

static qn_status check_sets(const qn_wide_inputs *rows, const qn_wide_inputs *columns)
{
    QN_REQUIRE(rows->dimension <= INT_MAX, QN_BAD_VALUE, "inputs.dimension is %zu; allowed: at most %d",
               rows->dimension, INT_MAX);
    if (!columns) return QN_OK;
    QN_REQUIRE(rows->dimension == columns->dimension, QN_BAD_VALUE,
               "rows have %zu components and columns %zu; they must have the same number", rows->dimension,
               columns->dimension);
    return QN_OK;
}

static qn_status check(const qn_wide_network *network, const qn_wide_inputs *rows, const qn_wide_inputs *columns,
                       const qn_wide_kernel_options *options)
{
    QN_TRY(qn_wide_network_check(network));
    QN_TRY(qn_wide_inputs_check(network, rows));
    if (columns) QN_TRY(qn_wide_inputs_check(network, columns));
    QN_TRY(check_sets(rows, columns));
    QN_REQUIRE(options->tolerance >= 0.0 && options->tolerance < 1.0, QN_BAD_VALUE,
               "tolerance is %g; allowed: 0 (default) to below 1", options->tolerance);
    QN_REQUIRE(!options->gram || network->input_mode != QN_WIDE_INPUT_SEQUENCE, QN_BAD_VALUE,
               "gram is given; sequences need the products of inputs at all pairs of times");
    qn_memory_plan plan = {0};
    const double layers = (double)network->depth + 1.0;
    qn_memory_plan_add(&plan, "factors of a kernel",
                       layers * ((double)rows->count + (columns ? (double)columns->count : 0.0)), 4 * sizeof(double));
    qn_memory_plan_add(&plan, "tiles of a kernel", (double)qn_threads() * QN_WIDE_TILE * QN_WIDE_TILE,
                       6 * sizeof(double));
    return qn_memory_plan_check(&plan, options->memory_limit);
}

// By diagonal, then by layer.
static int by_diagonal(const void *left, const void *right)
{
    const qn_wide_request *x = left, *y = right;
    const ptrdiff_t dx = (ptrdiff_t)x->row - (ptrdiff_t)x->column, dy = (ptrdiff_t)y->row - (ptrdiff_t)y->column;
    if (dx != dy) return dx < dy ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static ptrdiff_t diagonal(const qn_wide_request *request)
{
    return (ptrdiff_t)request->row - (ptrdiff_t)request->column;
}

// All diagonals of one tile. Tiles above the diagonal are mirrors where rows and columns are the same at one layer.
static qn_status do_tile(const qn_wide_pass *pass, size_t count, const qn_wide_request *requests, qn_wide_tile *tile)
{
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && diagonal(&requests[to]) == diagonal(&requests[from]);) ++to;
        if (pass->same && diagonal(&requests[from]) == 0 && tile->column > tile->row) continue;
        QN_TRY(qn_wide_tile_walk(pass, to - from, requests + from, tile));
    }
    return QN_OK;
}

static size_t tiles_of(size_t count) { return (count + QN_WIDE_TILE - 1) / QN_WIDE_TILE; }

static void move_to(const qn_wide_pass *pass, size_t which, qn_wide_tile *tile)
{
    const size_t across = tiles_of(pass->columns->count);
    qn_wide_tile_move(pass, which / across * QN_WIDE_TILE, which % across * QN_WIDE_TILE, tile);
}

static qn_status one_tile(const qn_wide_pass *pass, size_t count, const qn_wide_request *requests, size_t which)
{
    qn_wide_tile tile = {0};
    QN_TRY(qn_wide_tile_create(pass, &tile));
    move_to(pass, which, &tile);
    const qn_status status = do_tile(pass, count, requests, &tile);
    qn_wide_tile_clear(&tile);
    return status;
}

static qn_status all_tiles(const qn_wide_pass *pass, size_t count, const qn_wide_request *requests)
{
    const size_t tiles = tiles_of(pass->rows->count) * tiles_of(pass->columns->count);
    size_t at_fault = tiles;
    qn_blas_single_thread();
#pragma omp parallel num_threads(qn_threads_for(tiles)) reduction(min : at_fault)
    {
        qn_wide_tile tile = {0};
        const qn_status status = qn_wide_tile_create(pass, &tile);
#pragma omp for schedule(dynamic)
        for (size_t which = 0; which < tiles; ++which) {
            if (status == QN_OK) move_to(pass, which, &tile);
            if ((status != QN_OK || do_tile(pass, count, requests, &tile) != QN_OK) && which < at_fault)
                at_fault = which;
        }
        qn_wide_tile_clear(&tile);
    }
    // Once more here, for a message is its thread's own.
    return at_fault < tiles ? one_tile(pass, count, requests, at_fault) : QN_OK;
}

static void put(const qn_wide_pass *pass, const qn_wide_request *request, size_t i, size_t j, double value)
{
    const size_t at = i * request->stride + j, across = j * request->stride + i;
    if (pass->float_matrix) {
        ((float *)request->matrix)[at] = (float)value;
        if (request->mirror) ((float *)request->mirror)[across] = (float)value;
    } else {
        ((double *)request->matrix)[at] = value;
        if (request->mirror) ((double *)request->mirror)[across] = value;
    }
}

// Different layers of a deep network share no weights: K = 0, and <phi phi> = <phi><phi>.
static qn_status fill_independent(const qn_wide_pass *pass, const qn_wide_request *request)
{
    const qn_transfer *phi = &pass->network->activation;
    const size_t rows = pass->rows->count, columns = pass->columns->count;
    const bool has_means = pass->quantity == QN_WIDE_MOMENT && !qn_transfer_is_odd(phi);
    double *mean = NULL; // zeroed: of rows, then of columns
    QN_TRY(QN_NEW(&mean, rows + columns, "means of a kernel"));
    for (size_t i = 0; has_means && i < rows; ++i)
        mean[i] = qn_wide_mean_of(phi, pass->rows->variance[request->row * rows + i]);
    for (size_t j = 0; has_means && j < columns; ++j)
        mean[rows + j] = qn_wide_mean_of(phi, pass->columns->variance[request->column * columns + j]);
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j) put(pass, request, i, j, mean[i] * mean[rows + j]);
    qn_release(mean);
    return QN_OK;
}

// Requests between layers that share weights come first, sorted by diagonal; `kept` receives their number.
static qn_status sort_requests(const qn_wide_pass *pass, size_t count, qn_wide_request *requests, size_t *kept)
{
    size_t shared = 0;
    for (size_t i = 0; i < count; ++i) {
        if (pass->network->architecture == QN_WIDE_DEEP && requests[i].row != requests[i].column)
            QN_TRY(fill_independent(pass, &requests[i]));
        else
            requests[shared++] = requests[i];
    }
    qsort(requests, shared, sizeof *requests, by_diagonal);
    *kept = shared;
    return QN_OK;
}

static qn_status serve(qn_wide_pass *pass, double tolerance, size_t count, qn_wide_request *requests, double *error)
{
    size_t kept, maps;
    QN_TRY(sort_requests(pass, count, requests, &kept));
    QN_TRY(qn_wide_maps_create(tolerance, kept, requests, pass, &maps, error));
    const qn_status status = kept == 0 ? QN_OK : all_tiles(pass, kept, requests);
    qn_wide_maps_destroy(maps, pass->maps);
    return status;
}

// The layers of both sets are made before anything is written.
static qn_status compute(const qn_wide_network *network, const qn_wide_inputs *rows, const qn_wide_inputs *columns,
                         const qn_wide_kernel_options *options, qn_wide_quantity quantity, bool float_matrix,
                         size_t count, qn_wide_request *requests, qn_wide_kernel_report *report)
{
    const bool single = float_matrix && qn_wide_has_closed_form(&network->activation);
    qn_wide_layers of_rows = {0}, of_columns = {0};
    QN_TRY(qn_wide_layers_create(network, rows, single, &of_rows));
    qn_status status = columns ? qn_wide_layers_create(network, columns, single, &of_columns) : QN_OK;
    if (status == QN_OK) {
        double error = 0.0;
        qn_wide_pass pass = {.network = network,
                             .row_inputs = rows,
                             .column_inputs = columns ? columns : rows,
                             .rows = &of_rows,
                             .columns = columns ? &of_columns : &of_rows,
                             .same = !columns,
                             .float_matrix = float_matrix,
                             .single = single,
                             .quantity = quantity,
                             .gram = options->gram};
        status = serve(&pass, options->tolerance, count, requests, &error);
        if (status == QN_OK && report) qn_wide_layers_report(&of_rows, report);
        if (status == QN_OK && report) report->interpolation_error = error;
    }
    qn_wide_layers_clear(&of_rows);
    qn_wide_layers_clear(&of_columns);
    return status;
}

// Blocks of the kernel of all readouts; with the same inputs in rows and columns, those on or below the diagonal.
static size_t readout_requests(const qn_wide_network *network, bool same, size_t rows, size_t columns, char *matrix,
                               size_t size, qn_wide_request *requests)
{
    const size_t readouts = qn_wide_readout_count(network), stride = readouts * columns;
    size_t count = 0;
    for (size_t r = 0; r < readouts; ++r)
        for (size_t s = 0; s < (same ? r + 1 : readouts); ++s)
            requests[count++] =
                (qn_wide_request){.row = qn_wide_readout(network, r),
                                  .column = qn_wide_readout(network, s),
                                  .matrix = matrix + (r * rows * stride + s * columns) * size,
                                  .mirror = same ? matrix + (s * rows * stride + r * columns) * size : NULL,
                                  .stride = stride};
    return count;
}

static qn_status readout_kernel(const qn_wide_network *network, const qn_wide_inputs *rows,
                                const qn_wide_inputs *columns, const qn_wide_kernel_options *options,
                                qn_wide_quantity quantity, bool float_matrix, void *kernel,
                                qn_wide_kernel_report *report)
{
    if (!options) options = &DEFAULTS;
    QN_TRY(check(network, rows, columns, options));
    const size_t readouts = qn_wide_readout_count(network);
    qn_wide_request *requests = NULL;
    QN_TRY(QN_NEW(&requests, readouts * readouts, "kernel of the readouts"));
    const size_t size = float_matrix ? sizeof(float) : sizeof(double);
    const size_t count =
        readout_requests(network, !columns, rows->count, (columns ? columns : rows)->count, kernel, size, requests);
    const qn_status status = compute(network, rows, columns, options, quantity, float_matrix, count, requests, report);
    qn_release(requests);
    return status;
}

qn_status qn_wide_kernel(const qn_wide_network *network, const qn_wide_inputs *rows, const qn_wide_inputs *columns,
                         const qn_wide_kernel_options *options, double *kernel, qn_wide_kernel_report *report)
{
    return readout_kernel(network, rows, columns, options, QN_WIDE_OUTPUT, false, kernel, report);
}

qn_status qn_wide_kernel_float(const qn_wide_network *network, const qn_wide_inputs *rows,
                               const qn_wide_inputs *columns, const qn_wide_kernel_options *options, float *kernel,
                               qn_wide_kernel_report *report)
{
    return readout_kernel(network, rows, columns, options, QN_WIDE_OUTPUT, true, kernel, report);
}

qn_status qn_wide_tangent_kernel(const qn_wide_network *network, const qn_wide_inputs *rows,
                                 const qn_wide_inputs *columns, const qn_wide_kernel_options *options, double *kernel,
                                 qn_wide_kernel_report *report)
{
    return readout_kernel(network, rows, columns, options, QN_WIDE_TANGENT, false, kernel, report);
}

qn_status qn_wide_kernel_pairs(const qn_wide_network *network, const qn_wide_inputs *rows,
                               const qn_wide_inputs *columns, qn_wide_quantity quantity, size_t count,
                               const qn_wide_layer_pair *pairs, const qn_wide_kernel_options *options, double *kernels,
                               qn_wide_kernel_report *report)
{
    if (!options) options = &DEFAULTS;
    QN_TRY(check(network, rows, columns, options));
    QN_REQUIRE((unsigned)quantity <= QN_WIDE_TANGENT, QN_BAD_VALUE, "quantity is %d; allowed: 0 to %d", (int)quantity,
               (int)QN_WIDE_TANGENT);
    for (size_t i = 0; i < count; ++i)
        QN_REQUIRE(pairs[i].row <= network->depth && pairs[i].column <= network->depth, QN_BAD_VALUE,
                   "pairs[%zu] is (%zu, %zu); allowed: 0 to depth = %zu", i, pairs[i].row, pairs[i].column,
                   network->depth);
    qn_wide_request *requests = NULL;
    QN_TRY(QN_NEW(&requests, count + 1, "pairs of layers"));
    const size_t height = rows->count, width = (columns ? columns : rows)->count;
    for (size_t i = 0; i < count; ++i) {
        double *matrix = kernels + i * height * width;
        const bool mirrored = !columns && pairs[i].row == pairs[i].column;
        requests[i] = (qn_wide_request){.row = pairs[i].row,
                                        .column = pairs[i].column,
                                        .matrix = matrix,
                                        .mirror = mirrored ? matrix : NULL,
                                        .stride = width};
    }
    const qn_status status = compute(network, rows, columns, options, quantity, false, count, requests, report);
    qn_release(requests);
    return status;
}
