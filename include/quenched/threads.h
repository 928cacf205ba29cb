/// How many threads a call may use. Results never depend on it.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// Threads used by calls made from this thread: the number set below, else OMP_NUM_THREADS, else all cores; 1 inside an
/// OpenMP parallel region, since regions do not nest.
int qn_threads(void);

/// Set the number for calls made from this thread; 0 restores the default. Where the library calls
/// OpenBLAS it sets OpenBLAS to one thread, for the whole process.
void qn_set_threads(int count);

#ifdef __cplusplus
}
#endif
