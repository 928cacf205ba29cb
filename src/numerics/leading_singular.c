#include "numerics/leading_singular.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/progress_meter.h"
#include "numerics/singular_decomposition.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

enum {
    BLOCK = 16,  // vectors to which J is applied at once
    SPARE = 12,  // vectors kept beyond those wanted, at least: they let the last of those converge
    STEPS = 8,   // blocks between restarts, at least
    SLAB = 4096, // rows of a basis that a thread works on at a time
    WIDEST = 64, // vectors whose residuals are worked out at once
    MOST_PASSES = 10
};

typedef struct {
    const qn_leading_problem *problem;
    size_t size, slabs, most, keep, used; // vectors the basis has room for, keeps over a restart, and has now
    double *basis, *image;                // most x size each: orthonormal vectors, and J applied to them
    double *next;                         // BLOCK x size: how the basis goes on, orthogonal to it
    double *kept;                         // keep x size
    double *in, *out;                     // size x BLOCK, row-major
    double *small;                        // three most x most matrices and `most` values
    double *partial;                      // of each slab: most x BLOCK
    double *residuals;
    uint64_t drawn;
    qn_progress_meter meter;
    double first_residual, residual;
} iteration;

static size_t up_to_block(size_t count) { return (count + BLOCK - 1) / BLOCK * BLOCK; }
static size_t kept_of(size_t count) { return up_to_block(count + SPARE); }

static size_t most_of(size_t count)
{
    const size_t keep = kept_of(count), steps = STEPS * BLOCK;
    return keep + (keep > steps ? keep : steps);
}

size_t qn_leading_singular_most(size_t size)
{
    size_t count = 0;
    while (2 * most_of(count + 1) <= size) ++count;
    return count;
}

double qn_leading_singular_bytes(size_t size, size_t count)
{
    const double n = (double)size, most = (double)most_of(count), keep = (double)kept_of(count);
    const double slabs = ceil(n / SLAB);
    return sizeof(double) * (n * (2.0 * most + keep + 3.0 * BLOCK + 2.0 * WIDEST) + 8.0 * most * most +
                             slabs * most * BLOCK + 70.0 * most);
}

static void clear(iteration *it)
{
    qn_release(it->basis);
    qn_release(it->image);
    qn_release(it->next);
    qn_release(it->kept);
    qn_release(it->in);
    qn_release(it->out);
    qn_release(it->small);
    qn_release(it->partial);
    qn_release(it->residuals);
}

static qn_status reserve(iteration *it)
{
    QN_TRY(QN_NEW(&it->basis, it->most * it->size, "basis of singular vectors"));
    QN_TRY(QN_NEW(&it->image, it->most * it->size, "basis of singular vectors"));
    QN_TRY(QN_NEW(&it->next, BLOCK * it->size, "block of vectors"));
    QN_TRY(QN_NEW(&it->kept, it->keep * it->size, "basis of singular vectors"));
    QN_TRY(QN_NEW(&it->in, BLOCK * it->size, "block of vectors"));
    QN_TRY(QN_NEW(&it->out, BLOCK * it->size, "block of vectors"));
    QN_TRY(QN_NEW(&it->small, (3 * it->most + 1) * it->most, "projected matrix"));
    QN_TRY(QN_NEW(&it->partial, it->slabs * it->most * BLOCK, "overlaps with the basis"));
    return QN_NEW(&it->residuals, it->problem->count, "residuals");
}

static size_t rows_of_slab(size_t size, size_t slab) { return size - slab * SLAB < SLAB ? size - slab * SLAB : SLAB; }

// out (size x columns) = scale * out + factor * vectors (size x inner) matrix (inner x columns), column-major.
static void combine(size_t size, size_t inner, size_t columns, double factor, const double *vectors,
                    const double *matrix, double scale, double *out)
{
    const size_t slabs = (size + SLAB - 1) / SLAB;
    qn_blas_single_thread();
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(slabs))
    for (size_t slab = 0; slab < slabs; ++slab)
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, (int)rows_of_slab(size, slab), (int)columns, (int)inner,
                    factor, vectors + slab * SLAB, (int)size, matrix, (int)inner, scale, out + slab * SLAB, (int)size);
}

// Take the basis's part off `next`. The sum over slabs has a fixed order.
static void project_off(iteration *it)
{
    const size_t size = it->size, used = it->used, overlaps = used * BLOCK;
    if (used == 0) return;
    qn_blas_single_thread();
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(it->slabs))
    for (size_t slab = 0; slab < it->slabs; ++slab)
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, (int)used, BLOCK, (int)rows_of_slab(size, slab), 1.0,
                    it->basis + slab * SLAB, (int)size, it->next + slab * SLAB, (int)size, 0.0,
                    it->partial + slab * overlaps, (int)used);
    for (size_t slab = 1; slab < it->slabs; ++slab)
        for (size_t k = 0; k < overlaps; ++k) it->partial[k] += it->partial[slab * overlaps + k];
    combine(size, used, BLOCK, -1.0, it->basis, it->partial, 1.0, it->next);
}

static void draw(iteration *it, size_t column)
{
    qn_normal(&it->problem->start, it->drawn, it->size, it->next + column * it->size);
    it->drawn += it->size;
}

// Make `next` orthonormal, and orthogonal to the basis. A pass may lose digits where vectors lie nearly within the
// basis or depend on each other; it is repeated until none shrinks. What keeps shrinking, as it does once the basis
// holds all that J^T J reaches, goes on with a random vector.
static qn_status orthogonalise(iteration *it)
{
    double triangle[BLOCK * BLOCK];
    for (int pass = 0; pass < MOST_PASSES; ++pass) {
        project_off(it);
        QN_TRY(qn_orthonormal_basis(it->size, BLOCK, it->next, triangle));
        bool shrunk = pass == 0; // lengths mean nothing before the first pass
        for (size_t c = 0; c < BLOCK; ++c) {
            const double length = fabs(triangle[c * BLOCK + c]);
            if (length < 0.5) shrunk = true;
            if (pass > 0 && length < 1e-6) draw(it, c);
        }
        if (!shrunk) return QN_OK;
    }
    return qn_fail(QN_INTERNAL, "no %d vectors orthogonal to a basis of %zu found among %zu dimensions", BLOCK,
                   it->used, it->size);
}

static void interleave(size_t size, size_t count, size_t stride, const double *vectors, double *rows)
{
    for (size_t i = 0; i < size; ++i)
        for (size_t c = 0; c < stride; ++c) rows[i * stride + c] = c < count ? vectors[c * size + i] : 0.0;
}

static void apply(iteration *it, bool transposed, const double *vectors, double *result)
{
    const qn_product_operator *of = &it->problem->of;
    interleave(it->size, BLOCK, BLOCK, vectors, it->in);
    of->product(transposed, BLOCK, BLOCK, it->in, it->out, of->context);
    for (size_t c = 0; c < BLOCK; ++c)
        for (size_t i = 0; i < it->size; ++i) result[c * it->size + i] = it->out[i * BLOCK + c];
}

// Residuals fall exponentially, on the whole.
static double done(const iteration *it)
{
    const double goal = it->problem->tolerance;
    if (!(it->residual < it->first_residual) || !(goal < it->first_residual)) return 0.0;
    return fmin(log(it->first_residual / it->residual) / log(it->first_residual / goal), 1.0);
}

// One block further: the basis takes `next`, and J^T J applied to it tells where to go on.
static qn_status extend(iteration *it)
{
    const size_t place = it->used * it->size;
    QN_TRY(qn_progress_meter_tick(&it->meter, done(it), "singular vectors"));
    memcpy(it->basis + place, it->next, BLOCK * it->size * sizeof(double));
    apply(it, false, it->next, it->image + place);
    apply(it, true, it->image + place, it->next);
    it->used += BLOCK;
    return orthogonalise(it);
}

// The best vectors of the basis: with image = Q R and R = X S Y^T, J (basis Y) = (Q X) S.
static qn_status restart(iteration *it)
{
    const size_t size = it->size, used = it->used, keep = it->keep;
    double *triangle = it->small, *x = triangle + used * used, *y = x + used * used, *values = y + used * used;
    QN_TRY(qn_orthonormal_basis(size, used, it->image, triangle));
    QN_TRY(qn_singular_decompose(used, triangle, values, x, y));
    combine(size, used, keep, 1.0, it->basis, y, 0.0, it->kept);
    memcpy(it->basis, it->kept, keep * size * sizeof(double));
    combine(size, used, keep, 1.0, it->image, x, 0.0, it->kept);
    memcpy(it->small, values, used * sizeof(double));
    for (size_t a = 0; a < keep; ++a)
        for (size_t i = 0; i < size; ++i) it->image[a * size + i] = it->small[a] * it->kept[a * size + i];
    it->used = keep;
    return QN_OK;
}

static qn_status measure(iteration *it, bool both)
{
    const size_t count = it->problem->count;
    QN_TRY(qn_singular_residuals(&it->problem->of, both, count, it->small, it->kept, it->basis, it->residuals));
    it->residual = 0.0;
    for (size_t a = 0; a < count; ++a) it->residual = fmax(it->residual, it->residuals[a]);
    if (it->small[0] > 0.0) it->residual /= it->small[0];
    if (it->first_residual == 0.0) it->first_residual = it->residual;
    return QN_OK;
}

static qn_status iterate(iteration *it, size_t *steps)
{
    const qn_leading_problem *problem = it->problem;
    for (size_t c = 0; c < BLOCK; ++c) draw(it, c);
    QN_TRY(orthogonalise(it));
    for (*steps = 0; *steps < problem->most_steps;) {
        for (; it->used < it->most; ++*steps) QN_TRY(extend(it));
        QN_TRY(restart(it));
        QN_TRY(measure(it, false));
        if (it->residual > problem->tolerance) continue;
        QN_TRY(measure(it, true));
        if (it->residual <= problem->tolerance) return QN_OK;
    }
    return qn_fail(QN_NOT_CONVERGED,
                   "%zu leading singular vectors: residual %.2g of the largest value after %zu blocks of %d vectors; "
                   "asked for: %.2g",
                   problem->count, it->residual, *steps, BLOCK, problem->tolerance);
}

qn_status qn_leading_singular(const qn_leading_problem *problem, const qn_progress *progress, double *values,
                              double *left, double *right, size_t *steps)
{
    const size_t size = problem->of.size, count = problem->count;
    QN_REQUIRE(count > 0 && 2 * most_of(count) <= size, QN_BAD_VALUE,
               "%zu leading singular vectors of size %zu; allowed: 1 to %zu", count, size,
               qn_leading_singular_most(size));
    iteration it = {.problem = problem,
                    .size = size,
                    .slabs = (size + SLAB - 1) / SLAB,
                    .most = most_of(count),
                    .keep = kept_of(count)};
    qn_progress_meter_start(&it.meter, progress);
    qn_status status = reserve(&it);
    if (status == QN_OK) status = iterate(&it, steps);
    if (status == QN_OK) {
        memcpy(values, it.small, count * sizeof(double));
        memcpy(left, it.kept, count * size * sizeof(double));
        memcpy(right, it.basis, count * size * sizeof(double));
    }
    clear(&it);
    return status;
}

// |row-major product - value vector| of some vectors.
static void add_residuals(size_t size, size_t count, const double *values, const double *rows, size_t stride,
                          const double *vectors, double *residuals)
{
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(count))
    for (size_t c = 0; c < count; ++c) {
        double sum = 0.0;
        for (size_t i = 0; i < size; ++i) {
            const double difference = rows[i * stride + c] - values[c] * vectors[c * size + i];
            sum += difference * difference;
        }
        residuals[c] = fmax(residuals[c], sqrt(sum));
    }
}

qn_status qn_singular_residuals(const qn_product_operator *of, bool both, size_t count, const double *values,
                                const double *left, const double *right, double *residuals)
{
    const size_t size = of->size, widest = up_to_block(count < WIDEST ? count : WIDEST);
    double *in;
    QN_TRY(QN_NEW(&in, 2 * widest * size, "residuals"));
    double *out = in + widest * size;
    for (size_t first = 0; first < count; first += widest) {
        const size_t some = count - first < widest ? count - first : widest, stride = up_to_block(some);
        for (size_t c = 0; c < some; ++c) residuals[first + c] = 0.0;
        interleave(size, some, stride, left + first * size, in);
        of->product(true, some, stride, in, out, of->context);
        add_residuals(size, some, values + first, out, stride, right + first * size, residuals + first);
        if (!both) continue;
        interleave(size, some, stride, right + first * size, in);
        of->product(false, some, stride, in, out, of->context);
        add_residuals(size, some, values + first, out, stride, left + first * size, residuals + first);
    }
    qn_release(in);
    return QN_OK;
}
