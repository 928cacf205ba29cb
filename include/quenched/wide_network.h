/// A wide network with random weights under a Gaussian prior: deep (weights of their own in each layer) or recurrent
/// (the same weights at each step), equations (1)-(4) of docs/theory/gaussian-processes.md:
///     h^(0) = W_in x^(0) + xi,   h^(a) = W phi(h^(a-1)) + [W_in x^(a)] + xi for a = 1 ... depth,
///     y^(a) = W_out phi(h^(a)) + xi_out,
/// all weights and biases independent Gaussians of mean 0. Everything is dimensionless.
#pragma once
#include <quenched/transfer.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_WIDE_DEEP = 0, ///< each layer has weights, biases and, where inputs enter it, input weights of its own
    QN_WIDE_RECURRENT ///< the same at every step
} qn_wide_architecture;

typedef enum {
    QN_WIDE_INPUT_FIRST = 0, ///< x enters at a = 0 only
    QN_WIDE_INPUT_CONSTANT,  ///< the same x at every a
    QN_WIDE_INPUT_SEQUENCE   ///< x^(a) given for every a
} qn_wide_input_mode;

typedef struct {
    qn_wide_architecture architecture;
    qn_transfer activation;  ///< phi; {0} is tanh. erf(kappa h) is QN_TRANSFER_ERF of gain 2 kappa / sqrt(pi)
    size_t depth;            ///< A, hidden-to-hidden steps: A + 1 hidden layers, A + 2 weight matrices; 0 is allowed
    double input_strength;   ///< g_0 >= 0: input weights have the variance g_0^2 / N_in
    double strength;         ///< g > 0: hidden weights have the variance g^2 / n
    const double *strengths; ///< deep only: g of the steps 1 ... depth, or NULL: `strength` for all
    double bias;             ///< sigma >= 0: standard deviation of biases
    const double *biases;    ///< deep only: sigma of the layers 0 ... depth, or NULL: `bias` for all
    bool fresh_bias;         ///< recurrent only: a bias of its own at each step; false: drawn once
    bool own_output;         ///< readout by output_strength and output_bias; false: by strength and bias
    double output_strength;  ///< g_out >= 0
    double output_bias;      ///< sigma_out >= 0
    qn_wide_input_mode input_mode;
    size_t readout_count;   ///< 0: one readout, at a = depth
    const size_t *readouts; ///< increasing, at most depth
    size_t width;           ///< n; 0: infinite
    const size_t *widths;   ///< deep only: of the layers 0 ... depth, or NULL: `width` for all
} qn_wide_network;

/// Inputs of a network: `times` x `count` x `dimension`, row-major; times is 1, or depth + 1 for sequences.
typedef struct {
    size_t count;     ///< P, data points
    size_t dimension; ///< N_in
    size_t times;
    const double *values;
} qn_wide_inputs;

/// Two layers, or times, between which something is asked for.
typedef struct {
    size_t row, column; ///< at most depth
} qn_wide_layer_pair;

/// QN_BAD_VALUE naming the field ("strength is -1; allowed: greater than 0"), or QN_OK.
qn_status qn_wide_network_check(const qn_wide_network *network);
/// The same of inputs for this network; a value that is not finite is named by its row.
qn_status qn_wide_inputs_check(const qn_wide_network *network, const qn_wide_inputs *inputs);

/// g of step a (1 ... depth), sigma of layer a, g_out, sigma_out; width of layer a, 0: infinite.
double qn_wide_strength(const qn_wide_network *network, size_t step);
double qn_wide_bias(const qn_wide_network *network, size_t layer);
double qn_wide_output_strength(const qn_wide_network *network);
double qn_wide_output_bias(const qn_wide_network *network);
size_t qn_wide_width(const qn_wide_network *network, size_t layer);

/// Number of readouts (at least 1) and the layer of one of them.
size_t qn_wide_readout_count(const qn_wide_network *network);
size_t qn_wide_readout(const qn_wide_network *network, size_t which);

/// Do inputs enter layer a?
bool qn_wide_has_input(const qn_wide_network *network, size_t layer);

#ifdef __cplusplus
}
#endif
