/// Which instruction set the vectorised kernels use: the best this processor has, or what QUENCHED_INSTRUCTIONS names
/// ("baseline", "avx2", "avx512"; one the processor lacks is ignored).
///
/// A kernel is a file NAME_kernel.c, compiled once per instruction set; its functions are named by QN_KERNEL(name).
/// Callers declare them with QN_DECLARE_KERNEL and call QN_PICK_KERNEL(name)(...).
#pragma once

typedef enum { QN_CPU_BASELINE, QN_CPU_AVX2, QN_CPU_AVX512 } qn_cpu_level;

qn_cpu_level qn_cpu(void);
const char *qn_cpu_name(qn_cpu_level level);

#ifndef QN_KERNEL_SUFFIX
#define QN_KERNEL_SUFFIX baseline
#endif
#define QN_JOIN_(name, suffix) name##_##suffix
#define QN_JOIN(name, suffix) QN_JOIN_(name, suffix)
#define QN_KERNEL(name) QN_JOIN(name, QN_KERNEL_SUFFIX)

#ifdef QN_HAS_X86_KERNELS
#define QN_DECLARE_KERNEL(type, name, parameters)                                                                      \
    type name##_baseline parameters;                                                                                   \
    type name##_avx2 parameters;                                                                                       \
    type name##_avx512 parameters
#define QN_PICK_KERNEL(name)                                                                                           \
    (qn_cpu() == QN_CPU_AVX512 ? name##_avx512 : qn_cpu() == QN_CPU_AVX2 ? name##_avx2 : name##_baseline)
#else
#define QN_DECLARE_KERNEL(type, name, parameters) type name##_baseline parameters
#define QN_PICK_KERNEL(name) (name##_baseline)
#endif
