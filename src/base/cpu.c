#include "base/cpu.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

const char *qn_cpu_name(qn_cpu_level level)
{
    static const char *const names[] = {"baseline", "avx2", "avx512"};
    return names[level];
}

static qn_cpu_level detect(void)
{
    qn_cpu_level best = QN_CPU_BASELINE;
#ifdef QN_HAS_X86_KERNELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) best = QN_CPU_AVX2;
    if (best == QN_CPU_AVX2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
        best = QN_CPU_AVX512;
#endif
    const char *wanted = getenv("QUENCHED_INSTRUCTIONS");
    for (int level = QN_CPU_BASELINE; wanted && level <= (int)best; ++level)
        if (!strcmp(wanted, qn_cpu_name((qn_cpu_level)level))) return (qn_cpu_level)level;
    return best;
}

qn_cpu_level qn_cpu(void)
{
    static atomic_int known = -1;
    int level = atomic_load_explicit(&known, memory_order_relaxed);
    if (level < 0) {
        level = (int)detect();
        atomic_store_explicit(&known, level, memory_order_relaxed);
    }
    return (qn_cpu_level)level;
}
