#include "theory/overlap_mixing.h"

#include "base/fail.h"
#include "base/memory.h"
#include "numerics/linear_algebra.h"

#include <math.h>
#include <string.h>

enum { DEPTH = QN_MIXING_DEPTH };

static const double RIDGE = 1e-10;

qn_status qn_mixing_create(size_t length, size_t image_length, qn_mixing *mixing)
{
    double *values;
    QN_TRY(QN_NEW(&values, (DEPTH + 1) * (length + image_length), "rounds of the iteration"));
    *mixing = (qn_mixing){.length = length,
                          .image_length = image_length,
                          .last_mapped = values,
                          .last_image = values + length,
                          .mapped_step = values + length + image_length,
                          .image_step = values + length + image_length + DEPTH * length};
    return QN_OK;
}

void qn_mixing_clear(qn_mixing *mixing)
{
    qn_release(mixing->last_mapped);
    *mixing = (qn_mixing){0};
}

void qn_mixing_restart(qn_mixing *mixing) { mixing->started = 0; }

void qn_mixing_forget(qn_mixing *mixing)
{
    mixing->started = 0;
    mixing->pairs = 0;
}

static double product(size_t count, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; ++i) sum += a[i] * b[i];
    return sum;
}

static void keep_step(qn_mixing *m, const double *mapped, const double *residual)
{
    if (m->started) {
        const size_t place = m->pairs++ % DEPTH;
        double *step = m->mapped_step + place * m->length, *image = m->image_step + place * m->image_length;
        for (size_t i = 0; i < m->length; ++i) step[i] = mapped[i] - m->last_mapped[i];
        for (size_t i = 0; i < m->image_length; ++i) image[i] = residual[i] - m->last_image[i];
    }
    memcpy(m->last_mapped, mapped, m->length * sizeof *mapped);
    memcpy(m->last_image, residual, m->image_length * sizeof *residual);
    m->started = 1;
}

// The combination of past steps that comes closest to this residual; each scaled to length one.
static qn_status combination(const qn_mixing *m, const double *residual, size_t count, double *share)
{
    double matrix[DEPTH * DEPTH], scale[DEPTH];
    const size_t length = m->image_length;
    for (size_t i = 0; i < count; ++i) {
        const double *step = m->image_step + i * length, size = sqrt(product(length, step, step));
        scale[i] = size > 0.0 ? 1.0 / size : 0.0;
    }
    for (size_t i = 0; i < count; ++i) {
        const double *step = m->image_step + i * length;
        for (size_t j = 0; j < count; ++j)
            matrix[i * count + j] = scale[i] * scale[j] * product(length, step, m->image_step + j * length);
        matrix[i * count + i] += RIDGE;
        share[i] = scale[i] * product(length, step, residual);
    }
    QN_TRY(qn_solve_linear(count, matrix, 1, share));
    for (size_t i = 0; i < count; ++i) share[i] *= scale[i];
    return QN_OK;
}

qn_status qn_mixing_next(qn_mixing *m, const double *mapped, const double *residual, double *state)
{
    double share[DEPTH] = {0};
    keep_step(m, mapped, residual);
    const size_t count = m->pairs < DEPTH ? m->pairs : DEPTH;
    if (count > 0) QN_TRY(combination(m, residual, count, share));
    memcpy(state, mapped, m->length * sizeof *state);
    for (size_t i = 0; i < count; ++i) {
        const double *step = m->mapped_step + i * m->length;
        for (size_t k = 0; k < m->length; ++k) state[k] -= share[i] * step[k];
    }
    return QN_OK;
}
