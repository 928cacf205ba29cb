#include "theory/lif_search.h"

#include "base/fail.h"
#include "base/memory.h"

#include <cvode/cvode.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <string.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>

static const double RELATIVE = 1e-5, ABSOLUTE = 1e-8, RUNAWAY = 1e5, VARIANCES_FASTER = 4.0;
enum { MOST_STEPS = 20000 };

typedef struct {
    qn_lif_map *map;
    double *scratch; // Jacobian, row-major
    qn_status status;
    bool ran_away;
} relaxation;

static double pace(const qn_lif_map *map, size_t unknown)
{
    return unknown < map->input->populations ? 1.0 : VARIANCES_FASTER;
}

// CVODE's codes: 0 fine, positive "try a shorter step", negative stop.
static int velocity(double s, N_Vector at, N_Vector derivative, void *data)
{
    (void)s;
    relaxation *run = data;
    const double *x = N_VGetArrayPointer(at);
    double *out = N_VGetArrayPointer(derivative);
    for (size_t i = 0; i < run->map->unknowns; ++i)
        if (!isfinite(x[i])) return 1;
    run->status = qn_lif_map_evaluate(run->map, x, out);
    if (run->status != QN_OK) return -1;
    for (size_t i = 0; i < run->map->unknowns; ++i) out[i] = pace(run->map, i) * (out[i] - x[i]);
    for (size_t i = 0; i < run->map->input->populations; ++i)
        if (x[i] > RUNAWAY) run->ran_away = true;
    return run->ran_away ? -1 : 0;
}

static int jacobian(double s, N_Vector at, N_Vector derivative, SUNMatrix matrix, void *data, N_Vector a, N_Vector b,
                    N_Vector c)
{
    (void)s, (void)derivative, (void)b, (void)c;
    relaxation *run = data;
    const size_t all = run->map->unknowns;
    const double *x = N_VGetArrayPointer(at);
    run->status = qn_lif_map_evaluate(run->map, x, N_VGetArrayPointer(a));
    if (run->status != QN_OK) return -1;
    qn_lif_map_jacobian(run->map, x, run->scratch);
    for (size_t j = 0; j < all; ++j) {
        double *column = SUNDenseMatrix_Column(matrix, (sunindextype)j);
        for (size_t i = 0; i < all; ++i)
            column[i] = pace(run->map, i) * (run->scratch[i * all + j] - (i == j ? 1.0 : 0.0));
    }
    return 0;
}

static void say_nothing(int code, const char *module, const char *function, char *message, void *data)
{
    (void)code, (void)module, (void)function, (void)message, (void)data;
}

typedef struct {
    SUNContext context;
    void *memory;
    N_Vector x;
    SUNMatrix matrix;
    SUNLinearSolver linear;
} integrator;

static void clear(integrator *cvode)
{
    if (cvode->memory) CVodeFree(&cvode->memory);
    if (cvode->linear) SUNLinSolFree(cvode->linear);
    if (cvode->matrix) SUNMatDestroy(cvode->matrix);
    if (cvode->x) N_VDestroy(cvode->x);
    if (cvode->context) SUNContext_Free(&cvode->context);
}

static bool prepare(integrator *cvode, relaxation *run, const double *start)
{
    const sunindextype all = (sunindextype)run->map->unknowns;
    if (SUNContext_Create(NULL, &cvode->context) != 0) return false;
    cvode->x = N_VNew_Serial(all, cvode->context);
    cvode->matrix = SUNDenseMatrix(all, all, cvode->context);
    cvode->memory = CVodeCreate(CV_BDF, cvode->context);
    if (!cvode->x || !cvode->matrix || !cvode->memory) return false;
    cvode->linear = SUNLinSol_Dense(cvode->x, cvode->matrix, cvode->context);
    if (!cvode->linear) return false;
    memcpy(N_VGetArrayPointer(cvode->x), start, run->map->unknowns * sizeof *start);
    return CVodeInit(cvode->memory, velocity, 0.0, cvode->x) == CV_SUCCESS &&
           CVodeSetErrHandlerFn(cvode->memory, say_nothing, NULL) == CV_SUCCESS &&
           CVodeSetUserData(cvode->memory, run) == CV_SUCCESS &&
           CVodeSStolerances(cvode->memory, RELATIVE, ABSOLUTE) == CV_SUCCESS &&
           CVodeSetMaxNumSteps(cvode->memory, MOST_STEPS) == CV_SUCCESS &&
           CVodeSetLinearSolver(cvode->memory, cvode->linear, cvode->matrix) == CV_SUCCESS &&
           CVodeSetJacFn(cvode->memory, jacobian) == CV_SUCCESS;
}

static qn_status relax(relaxation *run, double duration, double *x)
{
    const size_t all = run->map->unknowns;
    QN_TRY(QN_NEW(&run->scratch, all * all, "mean field"));
    integrator cvode = {0};
    int outcome = CV_MEM_FAIL;
    const bool ready = prepare(&cvode, run, x);
    if (ready) {
        double reached = 0.0;
        outcome = CVode(cvode.memory, duration, cvode.x, &reached, CV_NORMAL);
        if (outcome >= 0)
            for (size_t i = 0; i < all; ++i) x[i] = fmax(N_VGetArrayPointer(cvode.x)[i], 0.0);
    }
    clear(&cvode);
    qn_release(run->scratch);
    QN_REQUIRE(ready, QN_NO_MEMORY, "mean field: CVODE could not be set up for %zu unknowns", all);
    QN_TRY(run->status);
    QN_REQUIRE(!run->ran_away, QN_NO_SOLUTION, "mean field: rates run away beyond %g / s", RUNAWAY);
    QN_REQUIRE(outcome >= 0, QN_NOT_CONVERGED, "mean field: the relaxation of rates failed (CVODE %d)", outcome);
    return QN_OK;
}

qn_status qn_lif_relax(qn_lif_map *map, double duration, double *x)
{
    relaxation run = {.map = map};
    return relax(&run, duration, x);
}
