#include "numerics/fourier.h"

#include "base/fail.h"
#include "base/memory.h"

#include <fftw3.h>
#include <pthread.h>

static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

struct qn_fourier {
    fftw_plan plan;
};

static void destroy_plan(fftw_plan plan)
{
    pthread_mutex_lock(&planner);
    fftw_destroy_plan(plan);
    pthread_mutex_unlock(&planner);
}

// The planner is shown arrays of the kind that the plan will meet; estimating does not touch them.
static qn_status make_plan(size_t count, fftw_plan *plan)
{
    double *in = NULL;
    double complex *out = NULL;
    qn_status status = QN_NEW(&in, count, "Fourier transform");
    if (status == QN_OK) status = QN_NEW(&out, count / 2 + 1, "Fourier transform");
    if (status == QN_OK) {
        pthread_mutex_lock(&planner);
        *plan = fftw_plan_dft_r2c_1d((int)count, in, out, FFTW_ESTIMATE);
        pthread_mutex_unlock(&planner);
        if (!*plan) status = qn_fail(QN_NO_MEMORY, "FFTW has no plan for a transform of %zu values", count);
    }
    qn_release(in);
    qn_release(out);
    return status;
}

qn_status qn_fourier_create(size_t count, qn_fourier **result)
{
    QN_REQUIRE(count >= 1 && count <= (size_t)1 << 30, QN_BAD_VALUE, "transform of %zu values; allowed: 1 to 2^30",
               count);
    qn_fourier *fresh;
    QN_TRY(QN_NEW(&fresh, 1, "Fourier transform"));
    const qn_status status = make_plan(count, &fresh->plan);
    if (status != QN_OK) {
        qn_release(fresh);
        return status;
    }
    *result = fresh;
    return QN_OK;
}

void qn_fourier_destroy(qn_fourier *fourier)
{
    if (!fourier) return;
    destroy_plan(fourier->plan);
    qn_release(fourier);
}

void qn_fourier_transform(const qn_fourier *fourier, double *in, double complex *out)
{
    fftw_execute_dft_r2c(fourier->plan, in, out);
}

qn_status qn_fourier_cosine(size_t intervals, double *values)
{
    QN_REQUIRE(intervals < (size_t)1 << 30, QN_BAD_VALUE, "transform of %zu intervals; at most 2^30 are possible",
               intervals);
    pthread_mutex_lock(&planner);
    fftw_plan plan = fftw_plan_r2r_1d((int)intervals + 1, values, values, FFTW_REDFT00, FFTW_ESTIMATE);
    pthread_mutex_unlock(&planner);
    QN_REQUIRE(plan, QN_NO_MEMORY, "FFTW has no plan for a transform of %zu intervals", intervals);
    fftw_execute(plan);
    destroy_plan(plan);
    return QN_OK;
}
