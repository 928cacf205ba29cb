/// Counter-based random streams (Random123, Philox4x32-10), named by (seed, purpose, index).
///
/// A deviate is a pure function of the stream's name and its position in the stream: what is drawn never depends on
/// the number of threads or ranks, nor on the order or the block size of the calls. One build of the library draws the
/// same bits on every processor, whatever its vector instructions.
///
/// How a name becomes deviates (part of the reproducibility promise):
///     (n0, n1, n2, n3) = philox(counter (index low, index high, purpose, kind), key (seed low, seed high)),
///         kind 0 for qn_uniform(), 1 for qn_normal(), 2 for qn_normal_float();
///     (w0, w1, w2, w3) = philox(counter (b low, b high, n2, n3), key (n0, n1))    for block b = 0, 1, 2, ...
/// where low and high are the 32-bit halves. Sixteen blocks make a group, stored word by word so that vector units need
/// not shuffle. Position 32 g + l (l < 16) takes w0:w1 of block 16 g + l, position 32 g + 16 + l its w2:w3; u = (k +
/// 1/2) / 2^52 with k the upper 52 bits. Normal deviates are the cosine and sine part of Box & Muller (1958) of those
/// two u; float ones likewise at positions 64 g + l, + 16, + 32, + 48 from (w0, w1) and (w2, w3).
///
/// Why streams do not meet: philox is a bijection of its counter for every key. So within a seed different (index,
/// purpose, kind) give different (n0, ..., n3), and no two streams share a key and a counter: exactly, for all 2^64
/// indices, 2^32 purposes and 2^64 blocks. Names of different seeds are 128-bit images under different keys of a cipher
/// that passes the BigCrush battery (Salmon, Moraes, Dror & Shaw 2011): two given ones coincide with probability
/// 2^-128, so that even 2^40 streams in use are all different but for a chance of 2^-49. (Exactly injective for every
/// seed as well is impossible: a name and a block number have more bits than a key and a counter.)
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a stream is for. Values are part of the reproducibility promise: never renumber, only append.
typedef enum {
    QN_PURPOSE_COUPLING = 1,         ///< couplings of a network; index: realisation
    QN_PURPOSE_INITIAL_STATE = 2,    ///< initial conditions; index: realisation
    QN_PURPOSE_NOISE = 3,            ///< private white noise; index: realisation
    QN_PURPOSE_TANGENT = 4,          ///< initial tangent vectors; index: realisation
    QN_PURPOSE_SHUFFLE = 6,          ///< shuffled matrices; index: which
    QN_PURPOSE_PROBE = 7,            ///< random signs of trace estimates; index: 0
    QN_PURPOSE_SUBSPACE = 8,         ///< start of an iteration for singular vectors; index: 0
    QN_PURPOSE_PATHS = 5,            ///< paths of a single-site process; index: replica
    QN_PURPOSE_SPIKING_COUPLING = 9, ///< synapses of a spiking network; index: realisation
    QN_PURPOSE_SPIKING_INPUT = 10,   ///< its Poisson input, and spikes drawn at random; index: realisation
    QN_PURPOSE_SPIKING_INITIAL = 11, ///< its initial potentials; index: realisation
    QN_PURPOSE_DATA_SPLIT = 20,      ///< order of data points before they are split; index: 0
    QN_PURPOSE_TASK = 21,            ///< samples of a generated task; index: sample
    QN_PURPOSE_TASK_PATTERN = 22,    ///< its patterns; index: which
    QN_PURPOSE_WIDE_WEIGHTS = 12,    ///< hidden and input weights and biases of a wide network; index: realisation
    QN_PURPOSE_WIDE_ROWS = 13,       ///< its pre-activations, drawn without weights; index: realisation
    QN_PURPOSE_WIDE_OUTPUT = 14,     ///< its readout weights, or outputs given its kernels; index: realisation
    QN_PURPOSE_POINT_SHIFT = 16,     ///< digital shifts of quasi-Monte-Carlo points; index: replicate
    QN_PURPOSE_TEST = 1000           ///< tests and benchmarks
} qn_purpose;

typedef struct {
    uint64_t seed;
    uint32_t purpose; ///< a qn_purpose
    uint64_t index;   ///< which of the streams of that purpose, e.g. the realisation
} qn_stream;

/// Deviates number `first` ... `first + count - 1` of the stream, uniform on the open interval (0, 1): odd multiples of
/// 2^-53.
/// @param[out] out  array of `count` values. Cost: 0.5 ns (AVX-512), 1 ns (AVX2), 2 ns (baseline) per deviate; calls
/// that
///                  start or end inside a group of 32 draw that group whole. Thread-safe.
void qn_uniform(const qn_stream *stream, uint64_t first, size_t count, double *out);

/// Standard normal deviates number `first` ... of the stream; mean 0, variance 1, tails to 8.5. Cost: 1.5 ns (AVX-512),
/// 3 ns (AVX2), 6 ns (baseline) per deviate. Thread-safe.
void qn_normal(const qn_stream *stream, uint64_t first, size_t count, double *out);

/// The same in single precision, tails to 6.6: another stream of values than qn_normal(), independent of it, not its
/// rounding. Groups of 64. Cost: 0.6, 1.2, 2.3 ns per deviate.
void qn_normal_float(const qn_stream *stream, uint64_t first, size_t count, float *out);

#ifdef __cplusplus
}
#endif
