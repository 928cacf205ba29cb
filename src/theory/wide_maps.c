#include "theory/wide_maps.h"

#include "base/fail.h"
#include "base/memory.h"
#include "theory/wide_map.h"

#include <math.h>

static const double FEW_PAIRS = 4096.0;
static const double SMOOTH = 1e-10, ROUGH = 1e-7; // tolerances where none is given

// Silent inputs aside: those are not interpolated.
static void range_at(const qn_wide_layers *layers, size_t layer, double range[2])
{
    const double *q = layers->variance + layer * layers->count;
    range[0] = INFINITY, range[1] = 0.0;
    for (size_t i = 0; i < layers->count; ++i) {
        if (q[i] == 0.0) continue;
        range[0] = fmin(range[0], q[i]);
        range[1] = fmax(range[1], q[i]);
    }
    if (range[1] == 0.0) range[0] = range[1] = 1.0;
}

static size_t least(const qn_wide_request *request)
{
    return request->row < request->column ? request->row : request->column;
}

// One diagonal: `steps` pairs of layers from its beginning.
static qn_status fill_diagonal(const qn_wide_pass *pass, double tolerance, const qn_wide_request *request, size_t steps,
                               qn_wide_map_series *series, double *error)
{
    const qn_transfer *phi = &pass->network->activation;
    for (size_t k = 0; k < steps; ++k) {
        double a[2], b[2];
        range_at(pass->rows, request->row - least(request) + k, a);
        range_at(pass->columns, request->column - least(request) + k, b);
        QN_TRY(qn_wide_interpolant_create(phi, false, a, b, tolerance, &series[k].value));
        *error = fmax(*error, series[k].value.error);
        if (pass->quantity == QN_WIDE_TANGENT)
            QN_TRY(qn_wide_interpolant_create(phi, true, a, b, tolerance, &series[k].slope));
    }
    return QN_OK;
}

// Requests of one diagonal follow each other by increasing layer: the last says how far it goes.
static bool same_diagonal(const qn_wide_request *x, const qn_wide_request *y)
{
    return x->row - x->column == y->row - y->column;
}

static size_t place_maps(const qn_wide_pass *pass, size_t count, qn_wide_request *requests)
{
    size_t total = 0;
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && same_diagonal(&requests[to], &requests[from]); ++to)
            requests[to].first_map = total;
        total += least(&requests[to - 1]) + (pass->quantity != QN_WIDE_FIELD);
    }
    return total;
}

qn_status qn_wide_maps_create(double tolerance, size_t count, qn_wide_request *requests, qn_wide_pass *pass,
                              size_t *maps, double *error)
{
    const double pairs = (double)pass->rows->count * (double)pass->columns->count * (pass->same ? 0.5 : 1.0);
    *maps = 0;
    *error = 0.0;
    if (count == 0 || pairs <= FEW_PAIRS || qn_wide_has_closed_form(&pass->network->activation)) return QN_OK;
    if (tolerance == 0.0) tolerance = pass->network->activation.kind == QN_TRANSFER_TANH ? SMOOTH : ROUGH;
    const size_t total = place_maps(pass, count, requests);
    qn_wide_map_series *series = NULL;
    QN_TRY(QN_NEW(&series, total + 1, "interpolants of a kernel"));
    qn_status status = QN_OK;
    for (size_t i = 0; i < count && status == QN_OK; ++i) {
        if (i + 1 < count && same_diagonal(&requests[i], &requests[i + 1])) continue;
        status = fill_diagonal(pass, tolerance, &requests[i], least(&requests[i]) + (pass->quantity != QN_WIDE_FIELD),
                               series + requests[i].first_map, error);
    }
    if (status != QN_OK) {
        qn_wide_maps_destroy(total, series);
        return status;
    }
    pass->maps = series;
    *maps = total;
    return QN_OK;
}

void qn_wide_maps_destroy(size_t maps, const qn_wide_map_series *series)
{
    qn_wide_map_series *owned = (qn_wide_map_series *)series;
    for (size_t i = 0; owned && i < maps; ++i) {
        qn_wide_interpolant_clear(&owned[i].value);
        qn_wide_interpolant_clear(&owned[i].slope);
    }
    qn_release(owned);
}
