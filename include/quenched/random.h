/// Counter-based random streams (Random123, Philox4x32-10), named by (seed, purpose, index).
///
/// A deviate is a pure function of the stream's name and its position in the stream: what is drawn never depends on
/// the number of threads or ranks, nor on the order or the block size of the calls.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a stream is for. Values are part of the reproducibility promise: never renumber, only append.
typedef enum {
    QN_PURPOSE_COUPLING = 1,      ///< couplings of a network; index: realisation
    QN_PURPOSE_INITIAL_STATE = 2, ///< initial conditions; index: realisation
    QN_PURPOSE_NOISE = 3,         ///< private white noise; index: realisation
    QN_PURPOSE_TANGENT = 4,       ///< initial tangent vectors; index: realisation
    QN_PURPOSE_TEST = 1000        ///< tests and benchmarks
} qn_purpose;

typedef struct {
    uint64_t seed;
    uint32_t purpose; ///< a qn_purpose
    uint64_t index;   ///< which of the streams of that purpose, e.g. the realisation
} qn_stream;

/// Deviates number `first` ... `first + count - 1` of the stream, uniform on the open interval (0, 1), 52 bits or more.
/// @param[out] out  array of `count` values. Cost: about 1-2 ns per deviate. Thread-safe.
void qn_uniform(const qn_stream *stream, uint64_t first, size_t count, double *out);

/// Standard normal deviates number `first` ... of the stream; mean 0, variance 1, all moments exact in law.
/// Cost: a few ns per deviate, vectorised. Thread-safe.
void qn_normal(const qn_stream *stream, uint64_t first, size_t count, double *out);

/// The same in single precision: another stream of values than qn_normal(), not its rounding.
void qn_normal_float(const qn_stream *stream, uint64_t first, size_t count, float *out);

#ifdef __cplusplus
}
#endif
