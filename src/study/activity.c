// The schema of `activity`: the one place that says what its keys are.
#include "study/activity.h"

#include <quenched/two_point.h>

#include <math.h>
#include <string.h>

#define MEASURED(id) offsetof(qn_rate_measurement, id)
#define COLLECTIVE(id, unit_text, words, measured, square)                                                             \
    {                                                                                                                  \
        .name = #id, .unit = unit_text, .long_name = words, .theory = offsetof(qn_activity_collective, id),            \
        .measurement = measured, .computed_by = QN_COMPUTE_DIMENSION, .collective = true, .per_square = square         \
    }
// `measurement` only says that there is an estimate; it is made of functions of lag.
#define MEMORY(id, words)                                                                                              \
    {                                                                                                                  \
        .name = #id, .unit = "1", .long_name = words, .theory = offsetof(qn_activity_collective, id),                  \
        .measurement = MEASURED(four_point_variance), .computed_by = QN_COMPUTE_DIMENSION, .collective = true          \
    }
#define ZSCORED(id, words, measured, square)                                                                           \
    {                                                                                                                  \
        .name = #id, .unit = "of N", .long_name = words, .theory = offsetof(qn_activity_collective, id),               \
        .measurement = measured, .computed_by = QN_COMPUTE_DIMENSION, .collective = true, .per_square = square,        \
        .zscored = true                                                                                                \
    }
#define QUANTITY(id, unit_text, words, computed)                                                                       \
    {                                                                                                                  \
        .name = #id, .unit = unit_text, .long_name = words, .theory = offsetof(qn_two_point, id),                      \
        .measurement = offsetof(qn_rate_measurement, id), .computed_by = computed                                      \
    }

const qn_activity_quantity qn_activity_quantities[QN_ACTIVITY_QUANTITIES] = {
    {.name = "phase", .unit = "", .long_name = "what the network does", .theory = -1, .measurement = -1},
    QUANTITY(field_variance, "1", "field variance in time, C^x(0)", QN_COMPUTE_TWO_POINT),
    QUANTITY(rate_variance, "1", "rate variance in time, C^phi(0)", QN_COMPUTE_TWO_POINT),
    QUANTITY(mean_field, "1", "mean field over units", QN_COMPUTE_TWO_POINT),
    QUANTITY(mean_rate, "1", "mean rate over units", QN_COMPUTE_TWO_POINT),
    QUANTITY(frozen_variance, "1", "variance over units of the time-averaged field", QN_COMPUTE_TWO_POINT),
    QUANTITY(velocity_variance, "1/tau^2", "variance of the drift velocity of the field", QN_COMPUTE_TWO_POINT),
    QUANTITY(mean_slope, "1", "mean slope of the transfer function, S0", QN_COMPUTE_TWO_POINT),
    QUANTITY(decay_rate, "1/tau", "decay rate of the field autocorrelation at long lag", QN_COMPUTE_TWO_POINT),
    QUANTITY(correlation_time, "tau", "correlation time of the field", QN_COMPUTE_TWO_POINT),
    QUANTITY(lyapunov_exponent, "1/tau", "largest Lyapunov exponent", QN_COMPUTE_LYAPUNOV),
    {.name = "critical_strength",
     .unit = "1",
     .long_name = "coupling strength at which chaos begins",
     .theory = -1,
     .measurement = -1,
     .computed_by = QN_COMPUTE_TRANSITION},
    COLLECTIVE(effective_coupling, "1", "strength of the couplings, g_eff", -1, 0),
    COLLECTIVE(inverse_effective_rank, "1", "inverse effective rank of the couplings, 1/PR^D", -1, 0),
    COLLECTIVE(effective_rank, "of N", "effective rank of the couplings, PR^D", -1, 0),
    COLLECTIVE(participation_ratio, "of N", "dimension of the rates, PR^phi", MEASURED(four_point_variance),
               MEASURED(rate_variance)),
    COLLECTIVE(participation_ratio_field, "of N", "dimension of the fields, PR^x", MEASURED(field_four_point_variance),
               MEASURED(field_variance)),
    ZSCORED(participation_ratio_zscored, "dimension of the rates, each divided by its class's standard deviation",
            MEASURED(class_zscored_four_point_variance), MEASURED(class_zscored_rate_variance)),
    ZSCORED(participation_ratio_unit_zscored, "dimension of the rates, each divided by its own standard deviation",
            MEASURED(zscored_four_point_variance), MEASURED(zscored_rate_variance)),
    {.name = "participation_ratio_naive",
     .unit = "of N",
     .long_name = "dimension of the rates by the covariance of single trials, its bias left in",
     .theory = offsetof(qn_activity_collective, participation_ratio_naive),
     .measurement = MEASURED(naive_four_point_variance),
     .computed_by = QN_COMPUTE_DIMENSION,
     .collective = true,
     .per_square = MEASURED(rate_variance),
     .naive = true},
    MEMORY(rate_memory, "what is left of a unit's autocorrelation at the longest lag, C(l)/C(0)"),
    MEMORY(collective_memory, "what is left of the covariance matrix, sqrt(Theta(l,l)/Theta(0,0))"),
    COLLECTIVE(four_point_variance, "1", "four-point function of the rates at equal times, Theta(0,0)",
               MEASURED(four_point_variance), 0),
    COLLECTIVE(participation_ratio_zero_frequency, "of N", "dimension of the rates at zero frequency", -1, 0),
};

static const char *const quantities[] = {"phase",
                                         "field_variance",
                                         "rate_variance",
                                         "mean_field",
                                         "mean_rate",
                                         "frozen_variance",
                                         "velocity_variance",
                                         "mean_slope",
                                         "decay_rate",
                                         "correlation_time",
                                         "lyapunov_exponent",
                                         "critical_strength",
                                         "effective_coupling",
                                         "inverse_effective_rank",
                                         "effective_rank",
                                         "participation_ratio",
                                         "participation_ratio_field",
                                         "participation_ratio_zscored",
                                         "participation_ratio_unit_zscored",
                                         "participation_ratio_naive",
                                         "rate_memory",
                                         "collective_memory",
                                         "four_point_variance",
                                         "participation_ratio_zero_frequency",
                                         NULL};
static const char *const plots[] = {"field_variance",
                                    "rate_variance",
                                    "mean_field",
                                    "mean_rate",
                                    "frozen_variance",
                                    "velocity_variance",
                                    "mean_slope",
                                    "decay_rate",
                                    "correlation_time",
                                    "lyapunov_exponent",
                                    "critical_strength",
                                    "effective_coupling",
                                    "inverse_effective_rank",
                                    "effective_rank",
                                    "participation_ratio",
                                    "participation_ratio_field",
                                    "participation_ratio_zscored",
                                    "participation_ratio_unit_zscored",
                                    "participation_ratio_naive",
                                    "rate_memory",
                                    "collective_memory",
                                    "four_point_variance",
                                    "participation_ratio_zero_frequency",
                                    "field_autocorrelation",
                                    "rate_autocorrelation",
                                    "response",
                                    "field_spectrum",
                                    "mode_strength",
                                    "dimension",
                                    "four_point_diagonal",
                                    "four_point",
                                    "four_point_map",
                                    "pca_spectrum",
                                    NULL};
static const char *const simulated[] = {"field_variance",
                                        "rate_variance",
                                        "mean_field",
                                        "mean_rate",
                                        "frozen_variance",
                                        "velocity_variance",
                                        "mean_slope",
                                        "decay_rate",
                                        "correlation_time",
                                        "lyapunov_exponent",
                                        "participation_ratio",
                                        "participation_ratio_field",
                                        "participation_ratio_zscored",
                                        "participation_ratio_unit_zscored",
                                        "participation_ratio_naive",
                                        "rate_memory",
                                        "collective_memory",
                                        "four_point_variance",
                                        NULL};
static const char *const computations[] = {"two-point", "lyapunov", "response", "transition", "dimension", NULL};
static const char *const integrators[] = {"automatic", "rk4", "heun", "exponential-euler", NULL};
static const char *const precisions[] = {"single", "double", NULL};

#define IN_TAU "units of tau"

static const qn_key theory_keys[] = {
    {.name = "compute",
     .type = QN_KEY_LIST,
     .item = QN_KEY_CHOICE,
     .choices = computations,
     .fallback = "[\"two-point\", \"lyapunov\", \"response\"]",
     .fallback_doc = "two-point, lyapunov, response",
     .doc = "what theory computes; transition is the strength at which chaos begins; dimension is "
            "the participation ratio of the population, simulated too",
     .offset = offsetof(qn_activity_theory, compute)},
    {.name = "tolerance",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 0.01,
     .fallback_doc = "1e-10",
     .doc = "relative, on the field variance",
     .offset = offsetof(qn_activity_theory, tolerance)},
    {.name = "lag_step",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 1,
     .unit = IN_TAU,
     .fallback_doc = "0.05",
     .doc = "spacing of the lags",
     .offset = offsetof(qn_activity_theory, lag_step)},
    {.name = "lag_max",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 1e5,
     .unit = IN_TAU,
     .fallback_doc = "30 decay times, at least 40",
     .doc = "last lag",
     .offset = offsetof(qn_activity_theory, lag_max)},
    {.name = "zscore",
     .type = QN_KEY_FLAG,
     .fallback = "false",
     .doc = "dimension also of rates divided by the standard deviation of their class of gains, and by their own",
     .offset = offsetof(qn_activity_theory, zscore)},
    {0}};

static const qn_key simulation_keys[] = {
    {.name = "realisations",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 1,
     .most = 1e6,
     .fallback = "12",
     .unit = "networks",
     .doc = "independent networks; error bars are over them",
     .offset = offsetof(qn_activity_simulation, realisations)},
    {.name = "trials",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 1,
     .most = 1e6,
     .fallback = "32",
     .doc = "initial conditions of each network, simulated side by side",
     .offset = offsetof(qn_activity_simulation, trials)},
    {.name = "duration",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 1e9,
     .fallback = "200",
     .unit = IN_TAU,
     .doc = "measured time of each trial",
     .offset = offsetof(qn_activity_simulation, duration)},
    {.name = "burn_in",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 1e9,
     .unit = IN_TAU,
     .fallback_doc = "from theory: 20 of its slowest times, 80 to 2000",
     .doc = "time discarded before; whether it sufficed is checked",
     .offset = offsetof(qn_activity_simulation, burn_in)},
    {.name = "step",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 1,
     .unit = IN_TAU,
     .fallback_doc = "0.2 for rk4, 0.1 for exponential-euler, 0.05 for heun",
     .doc = "time step",
     .offset = offsetof(qn_activity_simulation, step)},
    {.name = "sample_interval",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 1e6,
     .fallback = "1",
     .unit = IN_TAU,
     .doc = "time between measured frames, rounded to steps",
     .offset = offsetof(qn_activity_simulation, sample_interval)},
    {.name = "lag_max",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 1e6,
     .fallback_doc = "20, at most half the duration",
     .unit = IN_TAU,
     .doc = "last lag of the autocorrelations",
     .offset = offsetof(qn_activity_simulation, lag_max)},
    {.name = "tangents",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .most = 1e6,
     .fallback = "-1",
     .fallback_doc = "8 to 23, at most one per trial, when theory.compute has lyapunov",
     .doc = "tangent vectors for the Lyapunov exponent, one for each of the first trials; 0: none",
     .offset = offsetof(qn_activity_simulation, tangents)},
    {.name = "integrator",
     .type = QN_KEY_CHOICE,
     .choices = integrators,
     .fallback = "automatic",
     .doc = "automatic: rk4 without noise, exponential-euler with noise",
     .offset = offsetof(qn_activity_simulation, integrator)},
    {.name = "precision",
     .type = QN_KEY_CHOICE,
     .choices = precisions,
     .fallback = "single",
     .doc = "of the states; statistics are always double",
     .offset = offsetof(qn_activity_simulation, precision)},
    {.name = "pca",
     .type = QN_KEY_FLAG,
     .fallback = "false",
     .doc = "measure the variances of the rates along principal components, pca_spectrum; finite trials spread them: "
            "compare spectra that were measured alike",
     .offset = offsetof(qn_activity_simulation, pca)},
    {.name = "dimension_map_lags",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 0,
     .most = 200,
     .fallback = "0",
     .fallback_doc = "0, no map",
     .unit = "frames",
     .doc = "with dimension: the four-point function at all pairs of lags up to this one, of either sign, by theory "
            "and simulation",
     .offset = offsetof(qn_activity_simulation, dimension_map_lags)},
    {.name = "extrapolate",
     .type = QN_KEY_LIST,
     .item = QN_KEY_TEXT,
     .choices = simulated,
     .fallback_doc = "none",
     .doc = "quantities simulated at several sizes and extrapolated to 1/N = 0",
     .offset = offsetof(qn_activity_simulation, extrapolate)},
    {.name = "sizes",
     .type = QN_KEY_LIST,
     .item = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 2,
     .most = 1e9,
     .unit = "units",
     .fallback_doc = "half of network.size",
     .doc = "the further network sizes of an extrapolation, at most 7",
     .offset = offsetof(qn_activity_simulation, sizes)},
    {.name = "naive",
     .type = QN_KEY_FLAG,
     .fallback = "false",
     .doc = "show the dimension also as the covariance of single trials gives it, with its bias; for comparison",
     .offset = offsetof(qn_activity_simulation, naive)},
    {0}};

static const qn_key figure_keys[] = QN_FIGURE_KEYS(plots);
static const qn_key must_see_keys[] = QN_MUST_SEE_KEYS(quantities);

static const qn_key keys[] = {QN_STUDY_COMMON_KEYS(figure_keys, must_see_keys),
                              {.name = "network",
                               .type = QN_KEY_MAPPING,
                               .required = true,
                               .keys = qn_activity_network_keys,
                               .size = sizeof(qn_activity_network),
                               .doc = "what the network is",
                               .offset = offsetof(qn_activity_study, network)},
                              {.name = "theory",
                               .type = QN_KEY_MAPPING,
                               .keys = theory_keys,
                               .size = sizeof(qn_activity_theory),
                               .fallback_doc = "its defaults",
                               .doc = "what theory computes",
                               .offset = offsetof(qn_activity_study, theory)},
                              {.name = "simulation",
                               .type = QN_KEY_MAPPING,
                               .pointer = true,
                               .keys = simulation_keys,
                               .size = sizeof(qn_activity_simulation),
                               .fallback_doc = "no simulation",
                               .doc = "how the network is simulated",
                               .offset = offsetof(qn_activity_study, simulation)},
                              {0}};

double qn_activity_value(const void *structure, ptrdiff_t offset)
{
    double value;
    memcpy(&value, (const char *)structure + offset, sizeof value);
    return value;
}

bool qn_activity_computes(const qn_activity_study *activity, qn_activity_compute what)
{
    const int *computed = activity->theory.compute.items;
    for (size_t i = 0; i < activity->theory.compute.count; ++i)
        if (computed[i] == (int)what) return true;
    return false;
}

static void quicken(void *description)
{
    qn_activity_simulation *simulation = ((qn_activity_study *)description)->simulation;
    if (!simulation) return;
    // Fewer than 6 networks give error bars too uncertain to judge by.
    const int64_t half = simulation->realisations / 2,
                  least = simulation->realisations < 6 ? simulation->realisations : 6;
    simulation->realisations = half > least ? half : least;
    // Half as long, but never too short for its own lags.
    simulation->duration = fmax(simulation->duration / 2, fmin(simulation->duration, 40.0));
}

const qn_study_kind qn_activity_kind = {
    .name = "activity",
    .summary =
        "What a random rate network does: its phase, the variance and autocorrelation of its activity, its response "
        "and its largest Lyapunov exponent, by theory (N to infinity) and by simulation, side by side.",
    .keys = keys,
    .size = sizeof(qn_activity_study),
    .check = qn_activity_check,
    .quicken = quicken,
    .run = qn_activity_run,
};
