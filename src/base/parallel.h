/// OpenMP regions inside the library. They are written
///     #pragma omp parallel for schedule(static) num_threads(qn_threads_for(pieces))
/// so that the caller's choice (qn_set_threads) holds and no region has more threads than work.
#pragma once
#include <quenched/threads.h>

#include <stddef.h>

/// Threads for work that comes in `pieces`: between 1 and qn_threads().
int qn_threads_for(size_t pieces);

/// To be called before any BLAS or LAPACK call, and before a parallel region that makes some: keeps OpenBLAS at one
/// thread, so that its threads and OpenMP's never multiply and results do not depend on its number. Cost: nanoseconds.
/// Another BLAS is left as it is.
void qn_blas_single_thread(void);
