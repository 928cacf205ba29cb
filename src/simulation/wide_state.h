/// One realisation of a wide network at a time: what a thread works on.
#pragma once
#include "simulation/wide_plan.h"

typedef struct {
    const qn_wide_plan *plan;
    uint64_t realisation;
    double *kernel; ///< C, in the plan's blocks
    double *rates;  ///< phi(h): see qn_wide_state_rates
    double *field;  ///< h of one layer, P x n

    // Without weights
    double *deviates; ///< z: S x n, deep: of one layer
    double *factor;   ///< L of h = L z: S x S, deep: P x P
    double *inverse;  ///< 1 / L_ss; 0 where row s adds no direction of its own

    // With weights, as drawn: of unit variance
    double *hidden, *input, *bias;

    // Tangent kernels
    double *slopes;   ///< phi'(h), as rates
    double *deltas;   ///< d y / d h: readouts x layers x P x n
    double *products; ///< their scalar products

    // Readouts
    double *readout;       ///< weights of one output and its bias
    double *output_kernel; ///< M x M: covariance of outputs given C
    double *output_factor; ///< M x M, and M deviates
    double *train_kernel, *train_targets, *test_kernel;
} qn_wide_state;

qn_status qn_wide_state_create(const qn_wide_plan *plan, qn_wide_state *state);
void qn_wide_state_clear(qn_wide_state *state);

/// phi(h) of a layer: P rows of as many numbers as the layer is wide. Rows of all layers of a recurrent network follow
/// each other.
double *qn_wide_state_rates(const qn_wide_state *state, size_t layer);
/// Kernels of this layer with itself and earlier ones, as far as planned, from their rates.
void qn_wide_state_update(qn_wide_state *state, size_t layer);

/// Draw a realisation, without weights (exact in law: rows of W are independent Gaussians, so that units are, given the
/// activity so far) or with them. Afterwards `kernel` and, with weights, `rates` hold it.
void qn_wide_rows_draw(qn_wide_state *state, uint64_t realisation);
void qn_wide_weights_draw(qn_wide_state *state, uint64_t realisation);
/// Weights into `layer`, from where they were drawn.
double *qn_wide_weights_into(const qn_wide_state *state, size_t layer);
/// Weights of one output at one readout and, last, its bias, unit variance, into state->readout.
void qn_wide_weights_readout(qn_wide_state *state, size_t output, size_t which);

/// Covariance of the outputs given C, equation (4), into output_kernel.
void qn_wide_readout_kernel(qn_wide_state *state);
/// y of all outputs asked for: outputs x M.
void qn_wide_readout_draw(qn_wide_state *state, double *outputs);
/// Posterior mean (test x D) and variance (test) of trained readouts. False: the covariance of training points is not
/// positive definite.
bool qn_wide_readout_train(qn_wide_state *state, double *mean, double *variance);

/// Empirical tangent kernel, M x M. Needs the output kernel.
void qn_wide_drawn_tangent_kernel(qn_wide_state *state, double *tangent);
