/// Frequencies at which a given matrix's covariances are formed, chosen by cheap quadratic forms in them.
///
/// The poles of chi lie where the eigenvalues of the matrix are, those next to the axis as close as kappa_inf^2 / 2 and
/// anywhere: panels of Gauss-Legendre nodes are halved where four probe vectors see a difference. A probe costs a
/// triangular solve, O(N^2), a covariance O(N^3).
#pragma once
#include "theory/given.h"

enum { QN_GIVEN_NODES = 10 };

typedef struct {
    double from, to;
} qn_given_panel;

typedef struct {
    size_t count;
    qn_given_panel *panel;
    double error; ///< sum over panels of the differences seen, relative to C^phi(0)
} qn_given_panels;

/// Panels on which the covariances at equal times and at `longest_lag` are integrated to the tolerance.
/// QN_NOT_CONVERGED where chi is all but singular.
qn_status qn_given_panels_create(const qn_given_matrix *given, double longest_lag, qn_given_panels *result);
void qn_given_panels_clear(qn_given_panels *panels);

/// nodes[j], weights[j] (lag 0 only: real) of int_from^to domega / (2 pi) exp(i omega lag) f(omega) = sum_j weights[j]
/// f(nodes[j]), exact for polynomials f of degree below QN_GIVEN_NODES whatever the lag.
void qn_given_panel_rule(double from, double to, double lag, double *nodes, double complex *weights);
