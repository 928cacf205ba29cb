#include "theory/overlap_paths.h"

#include <math.h>

enum { MODES = 8 }; // drawn at a time

size_t qn_overlap_scratch(size_t count) { return 4 * count * QN_PATHS; }

void qn_overlap_turns(size_t count, float *turns)
{
    for (size_t k = 0; k < count; ++k) {
        const double angle = 2.0 * M_PI * (double)k / (double)count;
        turns[k] = (float)cos(angle);
        turns[count + k] = (float)-sin(angle);
    }
}

// A block's deviates: 2 QN_PATHS per mode, then one per mode. All multiples of the streams' groups of 32.
static uint64_t span(size_t count) { return (uint64_t)(count / 2 + 1) * 2 * QN_PATHS + (count / 2 + 32); }

static void draw(const qn_overlap_process *process, const qn_stream *stream, uint64_t block, float *spectrum)
{
    const size_t count = process->step.count, half = count / 2;
    const uint64_t base = block * span(count), shifts = base + (uint64_t)(half + 1) * 2 * QN_PATHS;
    double uniform[MODES * 2 * QN_PATHS], shift[MODES];
    for (size_t n = 0; n <= half;) {
        const bool real = n == 0 || n == half;
        const size_t modes = real ? 1 : half - n < MODES ? half - n : MODES;
        qn_uniform(stream, base + n * 2 * QN_PATHS, modes * 2 * QN_PATHS, uniform);
        qn_uniform(stream, shifts + n, modes, shift);
        QN_PICK_KERNEL(qn_overlap_draw)(count, n, modes, real, process->scale, uniform, shift, spectrum);
        n += modes;
    }
}

static void run_block(const qn_overlap_process *process, const float *turns, float *scratch, qn_overlap_sums *sums)
{
    const size_t count = process->step.count, size = count * QN_PATHS;
    float *spectrum = scratch, *one = scratch + size, *other = scratch + 2 * size, *field = scratch + 3 * size;
    float *path = QN_PICK_KERNEL(qn_overlap_transform)(count, true, turns, spectrum, one, other);
    QN_PICK_KERNEL(qn_overlap_integrate)(&process->step, path, sums->field ? field : NULL, &sums->moments);
    const float *rate =
        QN_PICK_KERNEL(qn_overlap_transform)(count, false, turns, path, path == one ? other : one, path);
    QN_PICK_KERNEL(qn_overlap_power)(count, rate, sums->power);
    QN_PICK_KERNEL(qn_overlap_cross)(count, rate, spectrum, sums->cross);
    QN_PICK_KERNEL(qn_overlap_power)(count, spectrum, sums->linear);
    if (!sums->field) return;
    rate = QN_PICK_KERNEL(qn_overlap_transform)(count, false, turns, field, one, other);
    QN_PICK_KERNEL(qn_overlap_power)(count, rate, sums->field);
}

void qn_overlap_run(const qn_overlap_process *process, const float *turns, const qn_stream *stream, uint64_t first,
                    size_t blocks, float *scratch, qn_overlap_sums *sums)
{
    for (size_t b = 0; b < blocks; ++b) {
        draw(process, stream, first + b, scratch);
        run_block(process, turns, scratch, sums);
    }
}
