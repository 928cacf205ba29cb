#include "theory/overlap_paths_kernel.h"

#include "base/vector_math.h"

#include <string.h>

enum { HALF = QN_PATHS / 2, FLUSH = 64 };

#define LANES(l, to) _Pragma("omp simd") for (size_t l = 0; l < (to); ++l)

// Modulus^2 / scale^2 is exponential, its quantile in the path's own one of QN_PATHS strata: which is whose changes
// from mode to mode. A path by itself is not touched by that; a block's mean of anything additive in the moduli is.
static void amplitudes(bool real, float scale, double shift, const double *uniform, float *cosine, float *sine)
{
    const unsigned turn = (unsigned)(shift * QN_PATHS);
    float quantile[QN_PATHS], angle[QN_PATHS];
    for (unsigned l = 0; l < QN_PATHS; ++l) {
        quantile[l] = (float)(((double)(l ^ turn) + uniform[l]) * (1.0 / QN_PATHS));
        angle[l] = (float)(uniform[QN_PATHS + l] - 0.5);
    }
    const float factor = real ? 2.0f * scale * scale : scale * scale;
    LANES(l, QN_PATHS)
    {
        float s, c;
        lane_sincos_turns_float(angle[l], &s, &c);
        const float root = -factor * lane_log_float(quantile[l]), modulus = sqrtf(root > 0.0f ? root : 0.0f);
        cosine[l] = modulus * c;
        sine[l] = modulus * s;
    }
}

void QN_KERNEL(qn_overlap_draw)(size_t count, size_t mode, size_t modes, bool real, const float *scale,
                                const double *uniform, const double *shift, float *spectrum)
{
    float a[QN_PATHS], b[QN_PATHS];
    for (size_t n = mode; n < mode + modes; ++n, uniform += 2 * QN_PATHS, ++shift) {
        float *row = spectrum + n * QN_PATHS, *mirror = spectrum + (count - n) % count * QN_PATHS;
        amplitudes(real, scale[n], *shift, uniform, a, b);
        if (real) {
            memcpy(row, a, sizeof a);
            continue;
        }
        LANES(l, HALF)
        {
            row[l] = a[l] - b[HALF + l];
            row[HALF + l] = b[l] + a[HALF + l];
            mirror[l] = a[l] + b[HALF + l];
            mirror[HALF + l] = a[HALF + l] - b[l];
        }
    }
}

// Stockham's transform, decimation in frequency: rows stay in order, every pass goes from one array to another.
static void pass_of_two(size_t half, const float *in, float *out)
{
    for (size_t q = 0; q < half; ++q) {
        const float *a = in + q * QN_PATHS, *b = in + (q + half) * QN_PATHS;
        float *sum = out + q * QN_PATHS, *difference = out + (q + half) * QN_PATHS;
        LANES(l, QN_PATHS)
        {
            sum[l] = a[l] + b[l];
            difference[l] = a[l] - b[l];
        }
    }
}

static void butterfly(size_t re, size_t im, const float w[6], const float *const in[4], float *const out[4])
{
    LANES(l, HALF)
    {
        const size_t r = re + l, i = im + l;
        const float sum_re = in[0][r] + in[2][r], sum_im = in[0][i] + in[2][i];
        const float gap_re = in[0][r] - in[2][r], gap_im = in[0][i] - in[2][i];
        const float odd_re = in[1][r] + in[3][r], odd_im = in[1][i] + in[3][i];
        const float turned_re = in[3][i] - in[1][i], turned_im = in[1][r] - in[3][r]; // i (b - d)
        const float one_re = gap_re - turned_re, one_im = gap_im - turned_im;
        const float two_re = sum_re - odd_re, two_im = sum_im - odd_im;
        const float three_re = gap_re + turned_re, three_im = gap_im + turned_im;
        out[0][r] = sum_re + odd_re;
        out[0][i] = sum_im + odd_im;
        out[1][r] = w[0] * one_re - w[1] * one_im;
        out[1][i] = w[0] * one_im + w[1] * one_re;
        out[2][r] = w[2] * two_re - w[3] * two_im;
        out[2][i] = w[2] * two_im + w[3] * two_re;
        out[3][r] = w[4] * three_re - w[5] * three_im;
        out[3][i] = w[4] * three_im + w[5] * three_re;
    }
}

static void pass_of_four(size_t count, size_t length, size_t stride, bool inverse, const float *turns, const float *in,
                         float *out)
{
    const size_t quarter = length / 4, re = inverse ? HALF : 0, im = inverse ? 0 : HALF;
    for (size_t p = 0; p < quarter; ++p) {
        const size_t at = p * (count / length);
        const float w[6] = {turns[at],     turns[count + at],    turns[2 * at], turns[count + 2 * at],
                            turns[3 * at], turns[count + 3 * at]};
        for (size_t q = 0; q < stride; ++q) {
            const float *from[4];
            float *to[4];
            for (size_t k = 0; k < 4; ++k) {
                from[k] = in + (q + stride * (p + k * quarter)) * QN_PATHS;
                to[k] = out + (q + stride * (4 * p + k)) * QN_PATHS;
            }
            butterfly(re, im, w, from, to);
        }
    }
}

float *QN_KERNEL(qn_overlap_transform)(size_t count, bool inverse, const float *turns, const float *in, float *one,
                                       float *other)
{
    size_t length = count, stride = 1;
    const float *from = in;
    float *to = one;
    for (; length >= 4; length /= 4, stride *= 4) {
        pass_of_four(count, length, stride, inverse, turns, from, to);
        from = to;
        to = to == one ? other : one;
    }
    if (length == 1) return to == one ? other : one;
    pass_of_two(stride, from, to);
    return to;
}

// Change of a path by a weak field.
typedef struct {
    float psi[QN_PATHS], u[QN_PATHS], f[QN_PATHS], z[QN_OVERLAP_RATES][QN_PATHS];
    float cosine[QN_PATHS], sine[QN_PATHS]; // sums since the last flush
} tangent;

typedef struct {
    float x[QN_PATHS], phi[QN_PATHS], slope[QN_PATHS], u[QN_PATHS], f[QN_PATHS];
    float z[QN_OVERLAP_RATES][QN_PATHS];
    float slopes[QN_PATHS], squares[QN_PATHS], fields[QN_PATHS]; // sums since the last flush
    tangent tangent[QN_TANGENTS];
} lanes;

QN_LANE void evaluate(const qn_transfer *transfer, const float *x, float *value, float *slope)
{
    const float gain = transfer->gain == 0.0 ? 1.0f : (float)transfer->gain;
    if (transfer->kind == QN_TRANSFER_TANH) {
        LANES(l, QN_PATHS)
        {
            value[l] = lane_tanh_float(gain * x[l]);
            slope[l] = gain * (1.0f - value[l] * value[l]);
        }
    } else if (transfer->kind == QN_TRANSFER_ERF) {
        LANES(l, QN_PATHS)
        {
            const float v = 0.886226925f * gain * x[l];
            value[l] = lane_erf_float(v);
            slope[l] = gain * lane_exp_float(-v * v);
        }
    } else {
        qn_transfer_value_float(transfer, QN_PATHS, x, value);
        qn_transfer_slope_float(transfer, QN_PATHS, x, slope);
    }
}

// f' but for what phi' adds to it.
QN_LANE void recall(const qn_overlap_step *step, const float *phi, float z[QN_OVERLAP_RATES][QN_PATHS], float *memory)
{
    LANES(l, QN_PATHS) memory[l] = 0.0f;
    for (size_t j = 0; j < QN_OVERLAP_RATES; ++j) {
        const float decay = step->decay[j], entry = step->entry[j];
        LANES(l, QN_PATHS)
        {
            z[j][l] = decay * z[j][l] + entry * phi[l];
            memory[l] += z[j][l];
        }
    }
}

// x = known + k phi(x), k = after x instantaneous: a guess along the last slope, then one Newton step. One evaluation
// of phi and phi' per time step.
static void advance(const qn_overlap_step *step, const float *y, lanes *at)
{
    float memory[QN_PATHS], known[QN_PATHS], guess[QN_PATHS], value[QN_PATHS], slope[QN_PATHS];
    const float k = step->after * step->instantaneous;
    recall(step, at->phi, at->z, memory);
    LANES(l, QN_PATHS)
    {
        known[l] = y[l] + step->leak * at->u[l] + (step->before * at->f[l] + step->after * memory[l]);
        guess[l] = (known[l] + k * (at->phi[l] - at->slope[l] * at->x[l])) / (1.0f - k * at->slope[l]);
    }
    evaluate(step->transfer, guess, value, slope);
    LANES(l, QN_PATHS)
    {
        const float off = (known[l] + k * value[l] - guess[l]) / (1.0f - k * slope[l]);
        at->x[l] = guess[l] + off;
        at->phi[l] = value[l] + slope[l] * off;
        at->slope[l] = slope[l];
        at->u[l] = at->x[l] - y[l];
        at->f[l] = memory[l] + step->instantaneous * at->phi[l];
    }
}

// The same step, linear in the field's change.
static void follow(const qn_overlap_step *step, size_t time, const float *slope, size_t which, tangent *t)
{
    float memory[QN_PATHS];
    const size_t place = step->mode[which] * time & (step->count - 1);
    const float cosine = step->turns[place], sine = step->turns[step->count + place]; // minus the sine
    const float kick = step->in_phase[which] * cosine - step->behind[which] * sine;
    const float k = step->after * step->instantaneous;
    recall(step, t->psi, t->z, memory);
    LANES(l, QN_PATHS)
    {
        const float known = kick + step->leak * t->u[l] + (step->before * t->f[l] + step->after * memory[l]);
        const float x = known / (1.0f - k * slope[l]), psi = slope[l] * x;
        t->psi[l] = psi;
        t->u[l] = x - kick;
        t->f[l] = memory[l] + step->instantaneous * psi;
        t->cosine[l] += psi * cosine;
        t->sine[l] += psi * sine;
    }
}

static void flush(lanes *at, qn_overlap_moments *moments)
{
    for (size_t l = 0; l < QN_PATHS; ++l) {
        moments->slope += (double)at->slopes[l];
        moments->square_slope += (double)at->squares[l];
        moments->field_square += (double)at->fields[l];
        at->slopes[l] = at->squares[l] = at->fields[l] = 0.0f;
    }
    for (size_t k = 0; k < QN_TANGENTS; ++k)
        for (size_t l = 0; l < QN_PATHS; ++l) {
            moments->tangent[k][0] += (double)at->tangent[k].cosine[l];
            moments->tangent[k][1] += (double)at->tangent[k].sine[l];
            at->tangent[k].cosine[l] = at->tangent[k].sine[l] = 0.0f;
        }
}

static void record(lanes *at, float *path, float *field)
{
    memcpy(path, at->phi, sizeof at->phi);
    if (field) memcpy(field, at->x, sizeof at->x);
    LANES(l, QN_PATHS)
    {
        at->slopes[l] += at->slope[l];
        at->squares[l] += at->slope[l] * at->slope[l];
        at->fields[l] += at->x[l] * at->x[l];
    }
}

void QN_KERNEL(qn_overlap_integrate)(const qn_overlap_step *step, float *path, float *field,
                                     qn_overlap_moments *moments)
{
    lanes at = {0};
    qn_overlap_moments forgotten = {0};
    const size_t count = step->count, begin = count - step->warm_up;
    memcpy(at.x, path + begin % count * QN_PATHS, sizeof at.x);
    evaluate(step->transfer, at.x, at.phi, at.slope);
    LANES(l, QN_PATHS) at.f[l] = step->instantaneous * at.phi[l];
    for (size_t k = begin + 1; k < count; ++k) {
        advance(step, path + k * QN_PATHS, &at);
        for (size_t m = 0; m < QN_TANGENTS; ++m) follow(step, k, at.slope, m, &at.tangent[m]);
    }
    flush(&at, &forgotten);
    for (size_t k = 0; k < count; ++k) {
        float *row = path + k * QN_PATHS;
        advance(step, row, &at);
        for (size_t m = 0; m < QN_TANGENTS; ++m) follow(step, k, at.slope, m, &at.tangent[m]);
        record(&at, row, field ? field + k * QN_PATHS : NULL);
        if (k % FLUSH == FLUSH - 1) flush(&at, moments);
    }
    flush(&at, moments);
}

// Two real paths on one complex transform: their powers are the mean of those at n and at -n.
void QN_KERNEL(qn_overlap_power)(size_t count, const float *transformed, double *power)
{
    for (size_t n = 0; n <= count / 2; ++n) {
        const float *f = transformed + n * QN_PATHS, *g = transformed + (count - n) % count * QN_PATHS;
        float square = 0.0f;
        _Pragma("omp simd reduction(+ : square)") for (size_t l = 0; l < QN_PATHS; ++l)
        {
            square += f[l] * f[l] + g[l] * g[l];
        }
        power[n] += 0.5 * (double)square;
    }
}

void QN_KERNEL(qn_overlap_cross)(size_t count, const float *transformed, const float *spectrum, double *cross)
{
    for (size_t n = 0; n <= count / 2; ++n) {
        const size_t mirror = (count - n) % count;
        const float *f = transformed + n * QN_PATHS, *g = transformed + mirror * QN_PATHS;
        const float *y = spectrum + n * QN_PATHS, *z = spectrum + mirror * QN_PATHS;
        float real = 0.0f, imaginary = 0.0f;
        _Pragma("omp simd reduction(+ : real, imaginary)") for (size_t l = 0; l < HALF; ++l)
        {
            real += (f[l] * y[l] + f[HALF + l] * y[HALF + l]) + (g[l] * z[l] + g[HALF + l] * z[HALF + l]);
            imaginary += (f[HALF + l] * y[l] - f[l] * y[HALF + l]) - (g[HALF + l] * z[l] - g[l] * z[HALF + l]);
        }
        cross[2 * n] += 0.5 * (double)real;
        cross[2 * n + 1] += 0.5 * (double)imaginary;
    }
}
