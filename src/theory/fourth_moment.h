/// Covariances of products of phi over four centred Gaussians, in closed form or by one integral: equations (6d), (19)
/// of docs/theory/gaussian-processes.md.
#pragma once
#include <quenched/transfer.h>

#include <stdbool.h>
#include <stddef.h>

enum { QN_FOURTH_NODES_MAX = 192 };

typedef struct {
    qn_transfer_kind kind;
    double gain;
    size_t nodes; // erf: of the integral over how far the pairs are coupled
    double node[QN_FOURTH_NODES_MAX], weight[QN_FOURTH_NODES_MAX];
} qn_fourth_moment;

/// Is Gamma known for any four indices, or for at most two different ones?
bool qn_fourth_moment_known(const qn_transfer *activation);
bool qn_fourth_moment_known_of_two(const qn_transfer *activation);

/// Prepare for kernels whose variances are at most `variance`.
qn_status qn_fourth_moment_prepare(const qn_transfer *activation, double variance, qn_fourth_moment *moment);

/// Gamma = Cov(phi_1 phi_2, phi_3 phi_4), h_i the index[i] -th of Gaussians with the covariance kernel[i][j]; equal
/// indices are the same Gaussian.
double qn_fourth_covariance(const qn_fourth_moment *moment, const size_t index[4], const double kernel[4][4]);

/// Its derivative when the kernel changes by `change`. Not for relu.
double qn_fourth_derivative(const qn_fourth_moment *moment, const double kernel[4][4], const double change[4][4]);
