// The schema of `kernel`.
#include "study/kernel.h"

static const char *const architectures[] = {"deep", "recurrent", NULL};
static const char *const activations[] = {"erf", "tanh", "relu", "linear", NULL};
static const char *const input_modes[] = {"first", "constant", NULL};
static const char *const tasks[] = {"prototypes", "signed-prototypes", "sequence-order", NULL};
static const char *const parts[] = {"kernel", "phase", "finite-width", "gp", NULL};

static const qn_key network_keys[] = {
    {.name = "architecture",
     .type = QN_KEY_CHOICE,
     .choices = architectures,
     .fallback = "deep",
     .doc = "deep: weights of their own in each layer; recurrent: the same at each step",
     .offset = offsetof(qn_kernel_network, architecture)},
    {.name = "activation",
     .type = QN_KEY_CHOICE,
     .choices = activations,
     .fallback = "erf",
     .doc = "phi; erf is erf(kappa h), the others phi(gain h)",
     .offset = offsetof(qn_kernel_network, activation)},
    {.name = "kappa",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback_doc = "sqrt(pi)/2, slope 1 at zero",
     .doc = "gain inside erf; 1 is the plain error function",
     .offset = offsetof(qn_kernel_network, kappa)},
    {.name = "gain",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback_doc = "1",
     .doc = "slope of phi at zero; of erf this is 2 kappa / sqrt(pi)",
     .offset = offsetof(qn_kernel_network, gain)},
    {.name = "depth",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 0,
     .most = 1000,
     .fallback = "1",
     .unit = "steps",
     .doc = "A, steps from hidden layer to hidden layer: A + 1 hidden layers",
     .offset = offsetof(qn_kernel_network, depth)},
    {.name = "g_in",
     .type = QN_KEY_NUMBER,
     .bounds = QN_AT_LEAST,
     .fallback = "1",
     .doc = "input weights have the variance g_in^2 / N_in",
     .offset = offsetof(qn_kernel_network, g_in)},
    {.name = "g",
     .type = QN_KEY_TABLE,
     .bounds = QN_ABOVE,
     .fallback_doc = "1.5",
     .doc = "hidden weights have the variance g^2 / n; deep networks may list one value per step",
     .offset = offsetof(qn_kernel_network, g)},
    {.name = "sigma",
     .type = QN_KEY_TABLE,
     .bounds = QN_AT_LEAST,
     .fallback_doc = "0",
     .doc = "standard deviation of biases; deep networks may list one value per layer",
     .offset = offsetof(qn_kernel_network, sigma)},
    {.name = "g_out",
     .type = QN_KEY_NUMBER,
     .bounds = QN_AT_LEAST,
     .fallback = "-1",
     .fallback_doc = "as g",
     .doc = "readout weights have the variance g_out^2 / n",
     .offset = offsetof(qn_kernel_network, g_out)},
    {.name = "sigma_out",
     .type = QN_KEY_NUMBER,
     .bounds = QN_AT_LEAST,
     .fallback = "-1",
     .fallback_doc = "as sigma",
     .doc = "standard deviation of the readout's bias",
     .offset = offsetof(qn_kernel_network, sigma_out)},
    {.name = "width",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 1,
     .most = 1000000,
     .fallback = "0",
     .fallback_doc = "infinite",
     .unit = "units",
     .doc = "n, units of each hidden layer; for finite-width theory and simulation",
     .offset = offsetof(qn_kernel_network, width)},
    {.name = "bias_shared_over_time",
     .type = QN_KEY_FLAG,
     .fallback = "true",
     .doc = "recurrent: the bias is drawn once; false: afresh at each step",
     .offset = offsetof(qn_kernel_network, bias_shared_over_time)},
    {.name = "input_mode",
     .type = QN_KEY_CHOICE,
     .choices = input_modes,
     .fallback = "first",
     .doc = "first: inputs enter the first layer only; constant: the same in every layer or step. The task "
            "sequence-order has its own inputs at every step",
     .offset = offsetof(qn_kernel_network, input_mode)},
    {0}};

static const qn_key input_keys[] = {{.name = "norm",
                                     .type = QN_KEY_NUMBER,
                                     .bounds = QN_ABOVE,
                                     .fallback = "1",
                                     .unit = "N_in",
                                     .doc = "|x|^2 / N_in of every input",
                                     .offset = offsetof(qn_kernel_inputs, norm)},
                                    {.name = "overlap",
                                     .type = QN_KEY_NUMBER,
                                     .bounds = QN_AT_LEAST | QN_AT_MOST,
                                     .least = -1,
                                     .most = 1,
                                     .fallback = "0.5",
                                     .doc = "cosine of the angle between any two inputs",
                                     .offset = offsetof(qn_kernel_inputs, overlap)},
                                    {.name = "count",
                                     .type = QN_KEY_WHOLE,
                                     .bounds = QN_AT_LEAST | QN_AT_MOST,
                                     .least = 1,
                                     .most = 8,
                                     .fallback = "2",
                                     .doc = "inputs",
                                     .offset = offsetof(qn_kernel_inputs, count)},
                                    {0}};

#define TRAIN_AND_TEST(type_of, train_fallback, train_fallback_doc)                                                    \
    {.name = "train",                                                                                                  \
     .type = QN_KEY_WHOLE,                                                                                             \
     .bounds = QN_AT_LEAST | QN_AT_MOST,                                                                               \
     .least = 2,                                                                                                       \
     .most = 100000,                                                                                                   \
     .fallback = (train_fallback),                                                                                     \
     .fallback_doc = (train_fallback_doc),                                                                             \
     .doc = "training points",                                                                                         \
     .offset = offsetof(type_of, train)},                                                                              \
    {                                                                                                                  \
        .name = "test", .type = QN_KEY_WHOLE, .bounds = QN_AT_LEAST | QN_AT_MOST, .least = 1, .most = 100000,          \
        .fallback = "200", .doc = "test points, none of the training points", .offset = offsetof(type_of, test)        \
    }

static const qn_key task_keys[] = {
    {.name = "name",
     .type = QN_KEY_CHOICE,
     .choices = tasks,
     .required = true,
     .doc =
         "prototypes: two patterns of signs with flipped bits; signed-prototypes: each sample times a random sign, a "
         "quadratic rule; sequence-order: which of two cues came first",
     .offset = offsetof(qn_kernel_task, name)},
    {.name = "dimension",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 2,
     .most = 100000,
     .fallback = "100",
     .doc = "N_in",
     .offset = offsetof(qn_kernel_task, dimension)},
    {.name = "differing",
     .type = QN_KEY_WHOLE,
     .bounds = QN_AT_LEAST | QN_AT_MOST,
     .least = 1,
     .most = 100000,
     .fallback_doc = "a fifth of the dimension",
     .doc = "prototypes: bits in which the patterns differ",
     .offset = offsetof(qn_kernel_task, differing)},
    {.name = "flips",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE | QN_AT_MOST,
     .most = 0.5,
     .fallback_doc = "0.3, signed-prototypes 0.15",
     .doc = "probability that a bit is flipped",
     .offset = offsetof(qn_kernel_task, flips)},
    {.name = "noise",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback_doc = "0.5",
     .doc = "sequence-order: standard deviation of the noise on the inputs",
     .offset = offsetof(qn_kernel_task, noise)},
    TRAIN_AND_TEST(qn_kernel_task, "100", NULL),
    {0}};

static const qn_key file_keys[] = {
    {.name = "inputs",
     .type = QN_KEY_TEXT,
     .required = true,
     .doc = "file of inputs: IDX, NPY or CSV, relative to the study",
     .offset = offsetof(qn_kernel_files, inputs)},
    {.name = "labels",
     .type = QN_KEY_TEXT,
     .fallback_doc = "a column of a CSV file",
     .doc = "file of labels, one for each input",
     .offset = offsetof(qn_kernel_files, labels)},
    {.name = "label_column",
     .type = QN_KEY_TEXT,
     .fallback_doc = "the last",
     .doc = "CSV: name of the column of labels",
     .offset = offsetof(qn_kernel_files, label_column)},
    {.name = "divisor",
     .type = QN_KEY_NUMBER,
     .bounds = QN_ABOVE,
     .fallback = "1",
     .doc = "inputs are divided by it, as 255 for pixels",
     .offset = offsetof(qn_kernel_files, divisor)},
    {.name = "centre",
     .type = QN_KEY_FLAG,
     .fallback = "false",
     .doc = "the mean of the training points is subtracted",
     .offset = offsetof(qn_kernel_files, centre)},
    {.name = "unit_norm",
     .type = QN_KEY_FLAG,
     .fallback = "false",
     .doc = "every input is scaled to |x|^2 = N_in",
     .offset = offsetof(qn_kernel_files, unit_norm)},
    {.name = "classes",
     .type = QN_KEY_LIST,
     .item = QN_KEY_NUMBER,
     .fallback_doc = "all",
     .doc = "two labels to be told apart, targets +1 and -1; without it one output for each class",
     .offset = offsetof(qn_kernel_files, classes)},
    TRAIN_AND_TEST(qn_kernel_files, "0", "all but the test points"),
    {0}};

static const qn_key theory_keys[] = {
    {.name = "compute",
     .type = QN_KEY_LIST,
     .item = QN_KEY_CHOICE,
     .choices = parts,
     .fallback_doc = "all that apply",
     .doc = "kernel: of outputs, by layer and lag; phase: order or chaos, depth scales; finite-width: corrections of "
            "order 1/n; gp: inference from training points",
     .offset = offsetof(qn_kernel_theory, compute)},
    {.name = "noise",
     .type = QN_KEY_NUMBER,
     .bounds = QN_AT_LEAST,
     .fallback = "0.1",
     .doc = "s^2, variance of the observation noise on targets",
     .offset = offsetof(qn_kernel_theory, noise)},
    {0}};

static const qn_key simulation_keys[] = {{.name = "realisations",
                                          .type = QN_KEY_WHOLE,
                                          .bounds = QN_AT_LEAST | QN_AT_MOST,
                                          .least = 8,
                                          .most = 10000000,
                                          .fallback = "1000",
                                          .unit = "networks",
                                          .doc = "independent networks, over which error bars are",
                                          .offset = offsetof(qn_kernel_simulation, realisations)},
                                         {0}};

#define NAME(name, unit, words) #name,
static const char *const quantities[] = {"phase", QN_KERNEL_ROWS(NAME) NULL};
static const char *const plots[] = {QN_KERNEL_ROWS(NAME) "kernel_variance_by_layer", "kernel_overlap_by_layer",
                                    "cross_time_kernel_by_lag", NULL};

static const qn_key figure_keys[] = QN_FIGURE_KEYS(plots);
static const qn_key must_see_keys[] = QN_MUST_SEE_KEYS(quantities);

#define PART(field, type_of, key_table, is_pointer, without, words)                                                    \
    {                                                                                                                  \
        .name = #field, .type = QN_KEY_MAPPING, .pointer = (is_pointer), .keys = (key_table), .size = sizeof(type_of), \
        .fallback_doc = (without), .doc = (words), .offset = offsetof(qn_kernel_study, field)                          \
    }

static const qn_key keys[] = {
    QN_STUDY_COMMON_KEYS(figure_keys, must_see_keys),
    PART(network, qn_kernel_network, network_keys, false, "its defaults",
         "the network and its prior; all weights and biases are independent Gaussians"),
    PART(inputs, qn_kernel_inputs, input_keys, true, "two inputs, unless task or files are given",
         "inputs by their norm and overlap, which is all a kernel knows of them"),
    PART(task, qn_kernel_task, task_keys, true, "none", "a generated classification task"),
    PART(files, qn_kernel_files, file_keys, true, "none", "labelled data"),
    PART(theory, qn_kernel_theory, theory_keys, false, "its defaults", "what theory computes"),
    PART(simulation, qn_kernel_simulation, simulation_keys, true, "no simulation", "how networks are simulated"),
    {0}};

static void quicken(void *description)
{
    qn_kernel_simulation *simulation = ((qn_kernel_study *)description)->simulation;
    if (simulation && simulation->realisations > 200)
        simulation->realisations = simulation->realisations / 10 > 200 ? simulation->realisations / 10 : 200;
}

const qn_study_kind qn_kernel_kind = {
    .name = "kernel",
    .summary =
        "Deep and recurrent networks with random weights, as Gaussian processes: their kernels layer by layer and "
        "between times, order and chaos, what a finite width changes, and Bayesian inference with them; beside "
        "simulated networks.",
    .keys = keys,
    .size = sizeof(qn_kernel_study),
    .check = qn_kernel_check,
    .quicken = quicken,
    .run = qn_kernel_run};
