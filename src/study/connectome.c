// The schema of `connectome`.
#include "study/connectome.h"

#include "base/fail.h"
#include "study/connectome_case.h"
#include "study/matrix_keys.h"
#include "study/study_data.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define IN_TAU "units of tau"

static const char *const transfers[] = {"tanh", "erf", NULL};
static const char *const controls[] = {"degree-preserving", "spectrum-preserving", "weights", "independent", NULL};

static const qn_key matrix_keys[] = {
    {.name = "file",
     .type = QN_KEY_TEXT,
     .required = true,
     .doc = QN_MATRIX_FILE_DOC,
     .offset = offsetof(qn_connectome_matrix, file)},
    QN_INDEX_BASE_KEY(qn_connectome_matrix),
    {.name = "drop_self_loops",
     .type = QN_KEY_FLAG,
     .fallback = "false",
     .doc = "leave the diagonal out",
     .offset = offsetof(qn_connectome_matrix, drop_self_loops)},
    {.name = "drop_silent",
     .type = QN_KEY_FLAG,
     .fallback = "false",
     .doc = "leave out units that neither receive nor send",
     .offset = offsetof(qn_connectome_matrix, drop_silent)},
    {.name = "keep_mean",
     .type = QN_KEY_FLAG,
     .fallback = "false",
     .doc = "keep the mean of the entries; otherwise it is taken off every one, those of a sparse matrix that are not "
            "stored included, as if inhibition balanced it",
     .offset = offsetof(qn_connectome_matrix, keep_mean)},
    {.name = "deflate",
     .type = QN_KEY_FLAG,
     .fallback = "false",
     .doc = "project singular values that stand out of the others off the matrix before anything else is asked of it",
     .offset = offsetof(qn_connectome_matrix, deflate)},
    {.name = "strength",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback_doc = "as it is",
     .doc = "rescale the deviations from the mean so that their strength g is this",
     .offset = offsetof(qn_connectome_matrix, strength)},
    {0}};

static const qn_key unit_keys[] = {{.name = "transfer",
                                    .type = QN_KEY_CHOICE,
                                    .choices = transfers,
                                    .fallback = "tanh",
                                    .doc = "phi, a unit's response to its field x; erf is erf(sqrt(pi) x / 2)",
                                    .offset = offsetof(qn_connectome_units, transfer)},
                                   {.name = "noise",
                                    .type = QN_KEY_NUMBER,
                                    .bounds = QN_AT_LEAST,
                                    .fallback = "0",
                                    .unit = "unit of x",
                                    .doc = "private white noise: without coupling x has this standard deviation",
                                    .offset = offsetof(qn_connectome_units, noise)},
                                   {0}};

static const qn_key theory_keys[] = {
    {.name = "modes",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 2,
     .most = 100000,
     .fallback_doc = "all up to 2500 units, else 20",
     .doc = "singular values and vectors sought, the largest",
     .offset = offsetof(qn_connectome_theory, modes)},
    {.name = "classes",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 1,
     .most = 30,
     .fallback = "6",
     .doc = "theory of unequal units: this many classes of how strongly units are driven, each in half as many of how "
            "strongly they drive",
     .offset = offsetof(qn_connectome_theory, classes)},
    {.name = "given",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 0,
     .most = 5000,
     .fallback = "1500",
     .unit = "units",
     .doc = "up to this many units theory is also that of this very matrix (N^3 operations at some hundred "
            "frequencies); 0: never",
     .offset = offsetof(qn_connectome_theory, given)},
    {0}};

static const qn_key simulation_keys[] = {{.name = "repetitions",
                                          .type = QN_KEY_WHOLE,
                                          .bounds = QN_AT_LEAST | QN_AT_MOST,
                                          .least = 1,
                                          .most = 10000,
                                          .fallback = "4",
                                          .doc = "independent runs, over which error bars are",
                                          .offset = offsetof(qn_connectome_simulation, repetitions)},
                                         {.name = "trials",
                                          .type = QN_KEY_WHOLE,
                                          .bounds = QN_AT_LEAST | QN_AT_MOST,
                                          .least = 2,
                                          .most = 1024,
                                          .fallback = "32",
                                          .doc = "initial conditions of each run, side by side",
                                          .offset = offsetof(qn_connectome_simulation, trials)},
                                         {.name = "duration",
                                          .type = QN_KEY_NUMBER,
                                          .bounds = QN_ABOVE | QN_AT_MOST,
                                          .most = 1e7,
                                          .fallback = "200",
                                          .unit = IN_TAU,
                                          .doc = "measured time of each trial",
                                          .offset = offsetof(qn_connectome_simulation, duration)},
                                         {.name = "burn_in",
                                          .type = QN_KEY_NUMBER,
                                          .bounds = QN_ABOVE | QN_AT_MOST,
                                          .most = 1e7,
                                          .fallback = "100",
                                          .unit = IN_TAU,
                                          .doc = "time discarded before",
                                          .offset = offsetof(qn_connectome_simulation, burn_in)},
                                         {.name = "step",
                                          .type = QN_KEY_NUMBER,
                                          .bounds = QN_ABOVE | QN_AT_MOST,
                                          .most = 0.5,
                                          .unit = IN_TAU,
                                          .fallback_doc = "0.2 without noise, 0.1 with noise",
                                          .doc = "time step",
                                          .offset = offsetof(qn_connectome_simulation, step)},
                                         {0}};

#define NAME(name, unit, words) #name,
static const char *const quantities[] = {"phase", QN_CONNECTOME_ROWS(NAME) NULL};
static const char *const plots[] = {QN_CONNECTOME_ROWS(NAME) "singular_value", "mode_overlap", "principal_component",
                                    NULL};

static const qn_key figure_keys[] = QN_FIGURE_KEYS(plots);
static const qn_key must_see_keys[] = QN_MUST_SEE_KEYS(quantities);

static const qn_key keys[] = {QN_STUDY_COMMON_KEYS(figure_keys, must_see_keys),
                              {.name = "matrix",
                               .type = QN_KEY_MAPPING,
                               .shorthand = "file",
                               .required = true,
                               .keys = matrix_keys,
                               .size = sizeof(qn_connectome_matrix),
                               .doc = "the wiring",
                               .offset = offsetof(qn_connectome_study, matrix)},
                              {.name = "units",
                               .type = QN_KEY_MAPPING,
                               .keys = unit_keys,
                               .size = sizeof(qn_connectome_units),
                               .fallback_doc = "tanh without noise",
                               .doc = "what its units do: x' = -x + J phi(x) + sqrt(2) noise xi(t)",
                               .offset = offsetof(qn_connectome_study, units)},
                              {.name = "controls",
                               .type = QN_KEY_LIST,
                               .item = QN_KEY_CHOICE,
                               .choices = controls,
                               .fallback_doc = "none",
                               .doc = "shuffled matrices to stand beside it. degree-preserving: rewired, every unit "
                                      "keeps its numbers of inputs and outputs; spectrum-preserving: rows and columns "
                                      "permuted, the singular values stay and overlaps go; weights: permuted among the "
                                      "connections; independent: a random graph with weights drawn from these",
                               .offset = offsetof(qn_connectome_study, controls)},
                              {.name = "theory",
                               .type = QN_KEY_MAPPING,
                               .keys = theory_keys,
                               .size = sizeof(qn_connectome_theory),
                               .fallback_doc = "its defaults",
                               .doc = "how deep analysis and theory go",
                               .offset = offsetof(qn_connectome_study, theory)},
                              {.name = "simulation",
                               .type = QN_KEY_MAPPING,
                               .pointer = true,
                               .keys = simulation_keys,
                               .size = sizeof(qn_connectome_simulation),
                               .fallback_doc = "no simulation",
                               .doc = "how the network is simulated",
                               .offset = offsetof(qn_connectome_study, simulation)},
                              {0}};

static qn_status check_file(const qn_connectome_study *study, const char *folder, const qn_node *tree,
                            qn_complaints *complaints)
{
    char *path = NULL;
    QN_TRY(qn_study_file(folder, study->matrix.file, &path));
    const bool readable = access(path, R_OK) == 0;
    const int reason = errno;
    free(path);
    if (readable) return QN_OK;
    return qn_complain(complaints, qn_node_at(tree, "matrix.file"), "matrix.file is \"%s\": %s", study->matrix.file,
                       strerror(reason));
}

static bool is_edge_list(const char *file)
{
    const char *ending = strrchr(file, '.');
    return ending && !strcasecmp(ending, ".csv");
}

qn_status qn_connectome_check(const void *description, const char *folder, const qn_node *tree,
                              qn_complaints *complaints)
{
    const qn_connectome_study *study = description;
    if (study->matrix.file) {
        QN_TRY(check_file(study, folder, tree, complaints));
        if (is_edge_list(study->matrix.file) && study->matrix.index_base < 0)
            QN_TRY(qn_complain(complaints, qn_node_at(tree, "matrix"),
                               "matrix.index_base is missing: edge lists count units from 0 or from 1, say which"));
    }
    if (study->simulation && study->simulation->duration < 4.0)
        QN_TRY(qn_complain(complaints, qn_node_at(tree, "simulation.duration"),
                           "simulation.duration is %g; allowed: at least 4 tau", study->simulation->duration));
    return QN_OK;
}

static void quicken(void *description)
{
    qn_connectome_simulation *simulation = ((qn_connectome_study *)description)->simulation;
    if (simulation) simulation->duration = fmax(simulation->duration / 2, fmin(simulation->duration, 40.0));
}

const qn_study_kind qn_connectome_kind = {
    .name = "connectome",
    .summary = "A given wiring diagram: its strength, effective rank, outliers, unequal units and overlaps of modes, "
               "beside shuffled controls; and the activity that theories expect which know ever more of it, beside a "
               "simulation. In rows of structure the column of theory has what independent couplings would have.",
    .keys = keys,
    .size = sizeof(qn_connectome_study),
    .check = qn_connectome_check,
    .quicken = quicken,
    .run = qn_connectome_run};
