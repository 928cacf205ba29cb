/// Entries of J, piece by piece: what qn_coupling_draw() and the packing of an operator share.
#pragma once
#include <quenched/coupling.h>
#include <quenched/random.h>

/// A coupling ready to be written out: J_ij = w_i (shift + scale s_ij), where s_ij is a standard normal deviate (iid)
/// or the given entry, or the entry of the matrix formed beforehand.
typedef struct {
    const qn_coupling *coupling;
    size_t size;
    qn_stream stream;
    double scale, shift;
    double *formed; ///< size x size, owned; NULL for kinds whose entries are known one by one
    double *gains;  ///< w, owned; NULL: all 1
} qn_coupling_entries;

/// Checks the coupling. Free with qn_coupling_entries_clear().
qn_status qn_coupling_entries_of(const qn_coupling *coupling, size_t size, uint64_t seed, uint64_t realisation,
                                 qn_coupling_entries *result);

void qn_coupling_entries_clear(qn_coupling_entries *entries);

/// J[row][first ... first + count - 1]. Thread-safe.
void qn_coupling_entries_fill(const qn_coupling_entries *entries, size_t row, size_t first, size_t count, double *out);
