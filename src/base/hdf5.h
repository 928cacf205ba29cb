/// HDF5 and netCDF keep state of their own and are not thread-safe: one thread at a time is inside either of them. They
/// would also print every failure they meet, even those that are provoked on purpose: not while we are inside.
#pragma once
#include <hdf5.h>

typedef struct {
    H5E_auto2_t function;
    void *data;
} qn_hdf5_printer;

/// Wait until no other thread of the library is inside, and go in; every one needs its qn_hdf5_leave().
qn_hdf5_printer qn_hdf5_enter(void);
void qn_hdf5_leave(qn_hdf5_printer before);
