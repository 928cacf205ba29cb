/// Real Fourier transforms (FFTW), and the one lock of FFTW's planner, which unlike its transforms is not thread-safe.
///
/// Plans are estimated, not measured: the same plan, hence the same bits, in every run.
#pragma once
#include <quenched/status.h>

#include <complex.h>
#include <stddef.h>

typedef struct qn_fourier qn_fourier;

/// Plan of the transform of `count` real values, 1 <= count <= 2^30. QN_NO_MEMORY when FFTW has none.
qn_status qn_fourier_create(size_t count, qn_fourier **result);
void qn_fourier_destroy(qn_fourier *fourier);

/// out[k] = sum_t in[t] exp(-2 pi i k t / count), k = 0 ... count / 2. Any number of threads at a time. Both arrays as
/// qn_allocate() aligns them; `in` is left as it is.
void qn_fourier_transform(const qn_fourier *fourier, double *in, double complex *out);

/// values[k] <- values[0] + (-1)^k values[n] + 2 sum_{0 < j < n} values[j] cos(pi j k / n), n = `intervals`, in place.
qn_status qn_fourier_cosine(size_t intervals, double *values);
