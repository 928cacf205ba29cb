// What single keys of a study of kernels cannot tell, and the network it describes.
#include "base/fail.h"
#include "study/kernel.h"
#include "study/study_data.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static double one_of(const qn_table *table, double fallback)
{
    return table->columns ? ((const double *)table->values.items)[0] : fallback;
}

static bool is_list(const qn_table *table) { return table->columns > 1; }

qn_wide_network qn_kernel_network_of(const qn_kernel_study *study)
{
    static const qn_transfer_kind kinds[] = {QN_TRANSFER_ERF, QN_TRANSFER_TANH, QN_TRANSFER_RELU, QN_TRANSFER_LINEAR};
    const qn_kernel_network *wanted = &study->network;
    const double slope = wanted->kappa > 0.0  ? 2.0 * wanted->kappa / sqrt(M_PI)
                         : wanted->gain > 0.0 ? wanted->gain
                                              : 1.0;
    const double g = one_of(&wanted->g, 1.5), sigma = one_of(&wanted->sigma, 0.0);
    qn_wide_network network = {.architecture = (qn_wide_architecture)wanted->architecture,
                               .activation = {.kind = kinds[wanted->activation], .gain = slope},
                               .depth = (size_t)wanted->depth,
                               .input_strength = wanted->g_in,
                               .strength = g,
                               .strengths = is_list(&wanted->g) ? wanted->g.values.items : NULL,
                               .bias = sigma,
                               .biases = is_list(&wanted->sigma) ? wanted->sigma.values.items : NULL,
                               .fresh_bias =
                                   !wanted->bias_shared_over_time && wanted->architecture == QN_WIDE_RECURRENT,
                               .own_output = true,
                               .input_mode = (qn_wide_input_mode)wanted->input_mode,
                               .width = (size_t)wanted->width};
    network.output_strength = wanted->g_out >= 0.0 ? wanted->g_out : g;
    network.output_bias = wanted->sigma_out >= 0.0 ? wanted->sigma_out : sigma;
    return network;
}

static bool applies(const qn_kernel_study *study, qn_kernel_part part)
{
    if (part == QN_KERNEL_PART_PHASE)
        return !is_list(&study->network.g) && !is_list(&study->network.sigma) &&
               !(study->task && study->task->name == QN_TASK_SEQUENCE_ORDER);
    if (part == QN_KERNEL_PART_FINITE_WIDTH) return study->network.width > 0;
    if (part == QN_KERNEL_PART_GP) return study->task || study->files;
    return true;
}

bool qn_kernel_computes(const qn_kernel_study *study, qn_kernel_part part)
{
    const qn_list *compute = &study->theory.compute;
    if (!compute->count) return applies(study, part);
    for (size_t i = 0; i < compute->count; ++i)
        if (((const int *)compute->items)[i] == (int)part) return true;
    return false;
}

static qn_status check_list(const qn_kernel_network *network, const qn_table *table, const char *name, int64_t allowed,
                            const char *each, const qn_node *tree, qn_complaints *complaints)
{
    char path[64];
    snprintf(path, sizeof path, "network.%s", name);
    const qn_node *node = qn_node_at(tree, path);
    if (table->rows > 1)
        return qn_complain(complaints, node, "%s is a matrix; allowed: a number or a list of numbers", path);
    if (!is_list(table)) return QN_OK;
    if (network->architecture == QN_WIDE_RECURRENT)
        return qn_complain(complaints, node,
                           "%s is a list; allowed: one number, a recurrent network has the same at "
                           "every step",
                           path);
    if (table->columns != allowed)
        return qn_complain(complaints, node, "%s has %lld values; allowed: 1 or %lld, one for each %s", path,
                           (long long)table->columns, (long long)allowed, each);
    return QN_OK;
}

static qn_status check_network(const qn_kernel_study *study, const qn_node *tree, qn_complaints *complaints)
{
    const qn_kernel_network *network = &study->network;
    if (network->kappa > 0.0 && network->activation != 0)
        QN_TRY(qn_complain(complaints, qn_node_at(tree, "network.kappa"),
                           "network.kappa is given, but it is the gain inside erf; for others say network.gain"));
    if (network->kappa > 0.0 && network->gain > 0.0)
        QN_TRY(qn_complain(complaints, qn_node_at(tree, "network.gain"),
                           "network.gain and network.kappa are both given; allowed: one of them"));
    if (!network->bias_shared_over_time && network->architecture == QN_WIDE_DEEP)
        QN_TRY(qn_complain(complaints, qn_node_at(tree, "network.bias_shared_over_time"),
                           "network.bias_shared_over_time is false; allowed: for recurrent networks"));
    QN_TRY(check_list(network, &network->g, "g", network->depth, "step", tree, complaints));
    return check_list(network, &network->sigma, "sigma", network->depth + 1, "layer", tree, complaints);
}

static qn_status check_file(const char *folder, const char *file, const char *key, const qn_node *tree,
                            qn_complaints *complaints)
{
    char *path = NULL;
    if (!file) return QN_OK;
    QN_TRY(qn_study_file(folder, file, &path));
    const bool readable = access(path, R_OK) == 0;
    const int reason = errno;
    free(path);
    if (readable) return QN_OK;
    return qn_complain(complaints, qn_node_at(tree, key), "%s is \"%s\": %s", key, file, strerror(reason));
}

static qn_status check_sources(const qn_kernel_study *study, const char *folder, const qn_node *tree,
                               qn_complaints *complaints)
{
    const int sources = !!study->inputs + !!study->task + !!study->files;
    if (sources > 1)
        QN_TRY(qn_complain(complaints, qn_node_at(tree, study->files ? "files" : "task"),
                           "%d of inputs, task and files are given; allowed: one of them", sources));
    if (study->inputs && study->inputs->count > 1 && study->inputs->overlap * (double)(study->inputs->count - 1) < -1.0)
        QN_TRY(qn_complain(complaints, qn_node_at(tree, "inputs.overlap"),
                           "inputs.overlap is %g; allowed: at least %g, %lld inputs cannot point further apart",
                           study->inputs->overlap, -1.0 / (double)(study->inputs->count - 1),
                           (long long)study->inputs->count));
    if (study->task && study->task->name == QN_TASK_SEQUENCE_ORDER && study->network.depth < 1)
        QN_TRY(qn_complain(complaints, qn_node_at(tree, "network.depth"),
                           "network.depth is 0; allowed: at least 1, a sequence has two cues"));
    if (study->task && study->task->differing > study->task->dimension)
        QN_TRY(qn_complain(complaints, qn_node_at(tree, "task.differing"),
                           "task.differing is %lld; allowed: at most the dimension, %lld",
                           (long long)study->task->differing, (long long)study->task->dimension));
    if (!study->files) return QN_OK;
    if (study->files->classes.count != 0 && study->files->classes.count != 2)
        QN_TRY(qn_complain(complaints, qn_node_at(tree, "files.classes"),
                           "files.classes has %zu labels; allowed: two, or none for all classes",
                           study->files->classes.count));
    QN_TRY(check_file(folder, study->files->inputs, "files.inputs", tree, complaints));
    return check_file(folder, study->files->labels, "files.labels", tree, complaints);
}

static qn_status check_parts(const qn_kernel_study *study, const qn_node *tree, qn_complaints *complaints)
{
    static const char *const needs[QN_KERNEL_PARTS] = {"nothing", "one g and one sigma, and no sequences",
                                                       "network.width", "task or files"};
    static const char *const names[QN_KERNEL_PARTS] = {"kernel", "phase", "finite-width", "gp"};
    const qn_node *node = qn_node_at(tree, "theory.compute");
    for (int part = 0; part < QN_KERNEL_PARTS && study->theory.compute.count; ++part)
        if (qn_kernel_computes(study, (qn_kernel_part)part) && !applies(study, (qn_kernel_part)part))
            QN_TRY(qn_complain(complaints, node, "theory.compute has %s, which needs %s", names[part], needs[part]));
    if (study->simulation && !study->network.width)
        QN_TRY(qn_complain(complaints, qn_node_at(tree, "simulation"),
                           "simulation needs a finite network: network.width is missing"));
    return QN_OK;
}

qn_status qn_kernel_check(const void *description, const char *folder, const qn_node *tree, qn_complaints *complaints)
{
    const qn_kernel_study *study = description;
    QN_TRY(check_network(study, tree, complaints));
    QN_TRY(check_sources(study, folder, tree, complaints));
    return check_parts(study, tree, complaints);
}
