#include "theory/wide_map.h"

#include "base/fail.h"
#include "theory/wide_rows_kernel.h"

static const double PI = 3.14159265358979323846;

static double gain_of(const qn_transfer *phi) { return phi->gain == 0.0 ? 1.0 : phi->gain; }

// What the loops leave out of <phi phi>: (5a), (6a).
static double value_factor(const qn_transfer *phi)
{
    const double square = gain_of(phi) * gain_of(phi);
    return phi->kind == QN_TRANSFER_ERF ? 2.0 / PI : phi->kind == QN_TRANSFER_RELU ? square / (2.0 * PI) : square;
}

// And of <phi' phi'>: (5b), (6b).
static double slope_factor(const qn_transfer *phi)
{
    return phi->kind == QN_TRANSFER_ERF ? 2.0 / PI : gain_of(phi) * gain_of(phi) / (2.0 * PI);
}

bool qn_wide_has_closed_form(const qn_transfer *phi)
{
    return phi->kind == QN_TRANSFER_ERF || phi->kind == QN_TRANSFER_RELU || phi->kind == QN_TRANSFER_LINEAR;
}

static qn_wide_row row_at(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b, size_t i)
{
    const qn_wide_layers *rows = pass->rows, *columns = pass->columns;
    const size_t here = a * rows->count + tile->row + i, there = b * columns->count + tile->column;
    return (qn_wide_row){.count = tile->columns,
                         .row = rows->factor ? rows->factor[here] : 0.0,
                         .row_inverse = rows->inverse ? rows->inverse[here] : 0.0,
                         .column = columns->factor ? columns->factor + there : NULL,
                         .column_inverse = columns->inverse ? columns->inverse + there : NULL};
}

static qn_status map_by_means(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b, double base,
                              double scale, bool with_input, double *out)
{
    qn_wide_map_prepare(pass, tile, a, b, false);
    for (size_t i = 0; i < tile->rows; ++i) {
        const double *mean;
        QN_TRY(qn_wide_map_means(pass, tile, a, b, i, false, &mean));
        for (size_t j = 0; j < tile->columns; ++j) {
            const size_t at = i * tile->columns + j;
            out[at] = base + (with_input ? tile->input[at] : 0.0) + scale * mean[j];
        }
    }
    return QN_OK;
}

static qn_status map_slope_by_means(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b,
                                    double scale, double *tangent)
{
    qn_wide_map_prepare(pass, tile, a, b, true);
    for (size_t i = 0; i < tile->rows; ++i) {
        const double *mean;
        QN_TRY(qn_wide_map_means(pass, tile, a, b, i, true, &mean));
        for (size_t j = 0; j < tile->columns; ++j) tangent[i * tile->columns + j] *= scale * mean[j];
    }
    return QN_OK;
}

qn_status qn_wide_map(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b, double base, double scale,
                      bool with_input, double *out)
{
    const qn_transfer *phi = &pass->network->activation;
    if (!qn_wide_has_closed_form(phi)) return map_by_means(pass, tile, a, b, base, scale, with_input, out);
    void (*const map)(const qn_wide_row *, const double *, double *) =
        phi->kind == QN_TRANSFER_ERF    ? QN_PICK_KERNEL(qn_wide_erf_row)
        : phi->kind == QN_TRANSFER_RELU ? QN_PICK_KERNEL(qn_wide_relu_row)
                                        : QN_PICK_KERNEL(qn_wide_linear_row);
    for (size_t i = 0; i < tile->rows; ++i) {
        qn_wide_row row = row_at(pass, tile, a, b, i);
        row.base = base;
        row.scale = scale * value_factor(phi);
        row.input = with_input ? tile->input + i * tile->columns : NULL;
        map(&row, tile->c + i * tile->columns, out + i * tile->columns);
    }
    return QN_OK;
}

void qn_wide_map_float(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b, double base,
                       double scale, bool with_input, float *out)
{
    const qn_transfer *phi = &pass->network->activation;
    const qn_wide_layers *rows = pass->rows, *columns = pass->columns;
    void (*const map)(const qn_wide_row_float *, const float *, float *) =
        phi->kind == QN_TRANSFER_ERF    ? QN_PICK_KERNEL(qn_wide_erf_row_float)
        : phi->kind == QN_TRANSFER_RELU ? QN_PICK_KERNEL(qn_wide_relu_row_float)
                                        : QN_PICK_KERNEL(qn_wide_linear_row_float);
    const size_t there = b * columns->count + tile->column;
    for (size_t i = 0; i < tile->rows; ++i) {
        const size_t here = a * rows->count + tile->row + i;
        const qn_wide_row_float row = {.count = tile->columns,
                                       .base = (float)base,
                                       .scale = (float)(scale * value_factor(phi)),
                                       .row = rows->factor_float ? rows->factor_float[here] : 0.0f,
                                       .row_inverse = rows->inverse_float ? rows->inverse_float[here] : 0.0f,
                                       .column = columns->factor_float ? columns->factor_float + there : NULL,
                                       .column_inverse = columns->inverse_float ? columns->inverse_float + there : NULL,
                                       .input = with_input ? tile->input_float + i * tile->columns : NULL};
        map(&row, tile->c_float + i * tile->columns, out + i * tile->columns);
    }
}

// relu at coinciding inputs: asin has an infinite slope there and would lose half the digits.
static void pin_relu_slope(const qn_wide_tile *tile, double scale, const double *before, double *tangent)
{
    for (size_t i = 0; i < tile->rows && i < tile->columns; ++i)
        tangent[i * tile->columns + i] = 0.5 * scale * before[i];
}

qn_status qn_wide_map_slope(const qn_wide_pass *pass, const qn_wide_tile *tile, size_t a, size_t b, double scale,
                            double *tangent)
{
    const qn_transfer *phi = &pass->network->activation;
    const double square = gain_of(phi) * gain_of(phi);
    if (!qn_wide_has_closed_form(phi)) return map_slope_by_means(pass, tile, a, b, scale, tangent);
    if (phi->kind == QN_TRANSFER_LINEAR) {
        for (size_t i = 0; i < tile->rows * tile->columns; ++i) tangent[i] *= scale * square;
        return QN_OK;
    }
    double *before = tile->work;
    const bool pinned = pass->same && a == b && tile->row == tile->column && phi->kind == QN_TRANSFER_RELU;
    for (size_t i = 0; pinned && i < tile->rows; ++i) before[i] = tangent[i * tile->columns + i];
    for (size_t i = 0; i < tile->rows; ++i) {
        qn_wide_row row = row_at(pass, tile, a, b, i);
        row.scale = scale * slope_factor(phi);
        if (phi->kind == QN_TRANSFER_ERF)
            QN_PICK_KERNEL(qn_wide_erf_slope_row)(&row, tile->c + i * tile->columns, tangent + i * tile->columns);
        else
            QN_PICK_KERNEL(qn_wide_relu_slope_row)(&row, tile->c + i * tile->columns, tangent + i * tile->columns);
    }
    if (pinned) pin_relu_slope(tile, scale * square, before, tangent);
    return QN_OK;
}
