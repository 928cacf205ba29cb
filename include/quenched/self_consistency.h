/// x = F(x), solved to a stated tolerance by SUNDIALS KINSOL, with its convergence history and a verdict.
#pragma once
#include <quenched/status.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_METHOD_ANDERSON = 0, ///< accelerated fixed-point iteration (KIN_FP)
    QN_METHOD_NEWTON, ///< Newton with a dense difference Jacobian and line search (for up to some hundred unknowns)
    QN_METHOD_NEWTON_KRYLOV ///< Newton with GMRES, no Jacobian stored
} qn_method;

typedef enum {
    QN_VERDICT_CONVERGED = 0,
    QN_VERDICT_STALLED,
    QN_VERDICT_DIVERGED,
    QN_VERDICT_TOO_MANY_ITERATIONS,
    QN_VERDICT_MAP_FAILED
} qn_verdict;

/// image = F(x), `size` values each. Return QN_OK; any other status stops the solver and is passed on.
typedef qn_status (*qn_self_consistency_map)(size_t size, const double *x, double *image, void *context);

typedef struct {
    qn_method method;
    double tolerance;    ///< on max_i |F_i(x) - x_i| / scale_i; 0 means 1e-10
    int iterations;      ///< at most; 0 means 200
    int depth;           ///< Anderson memory; 0 means 5
    double damping;      ///< Anderson damping in (0, 1]; 0 means 1
    const double *scale; ///< size values > 0: the natural size of each unknown; NULL means 1
} qn_self_consistency_options;

typedef struct {
    qn_verdict verdict;
    double residual;    ///< reached, as in `tolerance`
    size_t evaluations; ///< of the map
    size_t count;       ///< length of history
    double *history;    ///< residual after each evaluation of the map, owned
} qn_self_consistency_report;

/// Solve from the start in `x` (overwritten by the solution on success only).
/// @param[out] report  NULL, or filled in on success *and* on QN_NOT_CONVERGED; free with
/// qn_self_consistency_report_clear().
/// @return QN_OK, QN_NOT_CONVERGED (message: verdict, residual, evaluations), or the status of the map.
qn_status qn_self_consistency_solve(qn_self_consistency_map map, void *context, size_t size, double *x,
                                    const qn_self_consistency_options *options, qn_self_consistency_report *report);
void qn_self_consistency_report_clear(qn_self_consistency_report *report);
const char *qn_verdict_name(qn_verdict verdict);

#ifdef __cplusplus
}
#endif
