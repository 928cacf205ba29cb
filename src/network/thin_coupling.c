#include "network/thin_coupling.h"

#include "base/fail.h"

#include <string.h>

// Bytes of R^T x kept at a time, on the stack: QN_THIN_BAND modes of 64 vectors in single precision.
enum { ROOM = QN_THIN_BAND * 64 * sizeof(float) };

void qn_thin_coupling_plan(size_t size, size_t modes, qn_precision precision, qn_memory_plan *plan)
{
    const double units = (double)size, all = (double)modes;
    qn_memory_plan_add(plan, "modes of the couplings", 2.0 * units * all, sizeof(double));
    qn_memory_plan_add(plan, "modes of the couplings",
                       qn_packed_matrix_bytes(units, all, precision) + qn_packed_matrix_bytes(all, units, precision),
                       1);
}

typedef struct {
    const qn_coupling_factors *factors;
    size_t first; // mode
} piece;

static void left_entries(const void *context, size_t row, size_t first, size_t count, double *out)
{
    const piece *p = context;
    for (size_t k = 0; k < count; ++k) out[k] = p->factors->left[(p->first + first + k) * p->factors->size + row];
}

static void right_entries(const void *context, size_t row, size_t first, size_t count, double *out)
{
    const piece *p = context;
    memcpy(out, p->factors->right + (p->first + row) * p->factors->size + first, count * sizeof *out);
}

static qn_status pack(const qn_coupling_factors *factors, qn_precision precision, qn_thin_coupling *made)
{
    const size_t size = factors->size;
    QN_TRY(QN_NEW(&made->bands, (factors->modes + QN_THIN_BAND - 1) / QN_THIN_BAND, "modes of the couplings"));
    for (size_t first = 0; first < factors->modes; first += QN_THIN_BAND) {
        const size_t rest = factors->modes - first, modes = rest < QN_THIN_BAND ? rest : QN_THIN_BAND;
        const piece p = {factors, first};
        qn_thin_band *band = &made->bands[made->count++];
        QN_TRY(
            qn_packed_matrix_create(size, modes, precision, left_entries, &p, "modes of the couplings", &band->left));
        QN_TRY(
            qn_packed_matrix_create(modes, size, precision, right_entries, &p, "modes of the couplings", &band->right));
        made->bytes += sizeof *band + band->left.bytes + band->right.bytes;
    }
    return QN_OK;
}

// Row i of J is multiplied by w_i: row i of L.
static qn_status apply_gains(const qn_coupling *coupling, qn_coupling_factors *factors)
{
    const size_t size = factors->size;
    double *gains;
    if (!coupling->gains.count) return QN_OK;
    QN_TRY(QN_NEW(&gains, size, "gains of units"));
    const qn_status status = qn_coupling_unit_gains(coupling, size, gains);
    for (size_t a = 0; status == QN_OK && a < factors->modes; ++a)
        for (size_t i = 0; i < size; ++i) factors->left[a * size + i] *= gains[i];
    qn_release(gains);
    return status;
}

qn_status qn_thin_coupling_create(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                                  qn_precision precision, qn_thin_coupling *result)
{
    qn_memory_plan plan = {0};
    qn_thin_coupling_plan(size, qn_coupling_thin_modes(coupling, size), precision, &plan);
    QN_TRY(qn_memory_plan_check(&plan, 0));
    qn_coupling_factors factors;
    QN_TRY(qn_coupling_factors_draw(coupling, size, seed, realisation, &factors));
    qn_thin_coupling made = {0};
    qn_status status = apply_gains(coupling, &factors);
    if (status == QN_OK) status = pack(&factors, precision, &made);
    qn_coupling_factors_clear(&factors);
    if (status != QN_OK) {
        qn_thin_coupling_clear(&made);
        return status;
    }
    *result = made;
    return QN_OK;
}

void qn_thin_coupling_clear(qn_thin_coupling *coupling)
{
    for (size_t b = 0; b < coupling->count; ++b) {
        qn_packed_matrix_clear(&coupling->bands[b].left);
        qn_packed_matrix_clear(&coupling->bands[b].right);
    }
    qn_release(coupling->bands);
    *coupling = (qn_thin_coupling){0};
}

void qn_thin_coupling_apply(const qn_thin_coupling *coupling, size_t vectors, size_t stride, const void *in, void *out)
{
    _Alignas(64) unsigned char room[ROOM];
    const size_t element = coupling->bands[0].left.precision == QN_PRECISION_DOUBLE ? sizeof(double) : sizeof(float);
    const size_t most = ROOM / (QN_THIN_BAND * element);
    for (size_t first = 0; first < vectors; first += most) {
        const size_t some = vectors - first < most ? vectors - first : most;
        const char *from = (const char *)in + first * element;
        char *to = (char *)out + first * element;
        for (size_t b = 0; b < coupling->count; ++b) {
            const qn_thin_band *band = &coupling->bands[b];
            qn_packed_matrix_multiply(&band->right, some, stride, from, false, some, room);
            qn_packed_matrix_multiply(&band->left, some, some, room, b > 0, stride, to);
        }
    }
}
