#include <quenched/threads.h>

#include "base/parallel.h"

#include <omp.h>

static _Thread_local int chosen;

// Nested regions run on one thread: what is already spread over the cores must not spread again.
int qn_threads(void)
{
    if (omp_in_parallel()) return 1;
    return chosen > 0 ? chosen : omp_get_max_threads();
}

void qn_set_threads(int count) { chosen = count > 0 ? count : 0; }

int qn_threads_for(size_t pieces)
{
    const int threads = qn_threads();
    if (pieces < 1) return 1;
    return pieces < (size_t)threads ? (int)pieces : threads;
}

// Weak, so that quenched links to any BLAS. Only asking first keeps the common case free of OpenBLAS's lock.
#ifdef __ELF__
extern void openblas_set_num_threads(int) __attribute__((weak));
extern int openblas_get_num_threads(void) __attribute__((weak));

void qn_blas_single_thread(void)
{
    if (!openblas_set_num_threads || !openblas_get_num_threads) return;
    if (openblas_get_num_threads() != 1) openblas_set_num_threads(1);
}
#else
#include <dlfcn.h>

void qn_blas_single_thread(void)
{
    void (*set)(int);
    *(void **)&set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
    if (set) set(1);
}
#endif
