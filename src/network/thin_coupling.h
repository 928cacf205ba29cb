/// J = L diag(D) R^T with fewer than N / 2 modes, applied through its factors and never formed.
#pragma once
#include "base/memory.h"
#include "network/coupling_modes.h"
#include "network/packed_matrix.h"

/// Modes in bands: what R^T x leaves of a band stays in the second-level cache until L has used it.
enum { QN_THIN_BAND = 512 };

typedef struct {
    qn_packed_matrix left, right; ///< N x band and band x N
} qn_thin_band;

typedef struct {
    size_t count, bytes;
    qn_thin_band *bands;
} qn_thin_coupling;

/// What drawing and keeping one of `modes` modes takes.
void qn_thin_coupling_plan(size_t size, size_t modes, qn_precision precision, qn_memory_plan *plan);

/// QN_NO_MEMORY with the figures before anything is taken. Free with qn_thin_coupling_clear().
qn_status qn_thin_coupling_create(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                                  qn_precision precision, qn_thin_coupling *result);
void qn_thin_coupling_clear(qn_thin_coupling *coupling);

/// out = J in; vectors a multiple of 16. Thread-safe; the same bits for any number of threads.
void qn_thin_coupling_apply(const qn_thin_coupling *coupling, size_t vectors, size_t stride, const void *in, void *out);
