/// HDF5, and netCDF on top of it, keep state of their own and are not thread-safe: one thread at a time is inside them.
/// They would also print every failure they meet: not while we are inside.
#pragma once

typedef struct {
    void *function, *data; ///< who printed before
} qn_hdf5_guard;

/// Wait for one's turn, and silence HDF5. Not to be nested.
qn_hdf5_guard qn_hdf5_enter(void);
void qn_hdf5_leave(qn_hdf5_guard before);
