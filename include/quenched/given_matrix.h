/// Theory of one given coupling matrix: the covariances of all pairs of units, their principal components, the
/// dimension. Not an average over an ensemble.
///
/// Each unit of a large network responds linearly to the little that it gets from each other one, so that the rates'
/// covariances are those of the linear network phi = S J phi + eta, eta independent across units: equations (E16) and
/// (E16') of docs/theory/random-mode.md. Single units enter by S(omega) and C^phi(omega) of dynamic mean-field theory,
/// the matrix as it is. Exact for a linear phi; otherwise good to O(1/N) for the average over an ensemble of matrices
/// and a rough guide to one of them: deep in chaos at some hundred units a tenth to a third of Theta is missed.
#pragma once
#include <quenched/overlap_four_point.h>
#include <quenched/progress.h>
#include <quenched/two_point.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// chi(omega), of C = chi Sigma chi^+.
typedef enum {
    QN_GIVEN_AUTOMATIC = 0, ///< overlapping when `unit` is given, for its S has the feedback that two-point theory's
                            ///< has not, and the matrix `overlaps` (see below); else independent
    QN_GIVEN_INDEPENDENT,   ///< (E16): chi = (1 - S J)^-1
    QN_GIVEN_OVERLAPPING    ///< (E16'): chi = (1 + S K - S J)^-1, K(omega) such that tr chi = N: takes out of J what S
                            ///< holds of it, a unit's feedback to itself. Only for an S that has it
} qn_given_response;

/// Sigma(omega), diagonal: power of what drives each unit.
typedef enum {
    QN_GIVEN_SOURCE_AUTOMATIC = 0, ///< uniform where the modes of the matrix do not overlap, else trace
    QN_GIVEN_SOURCE_UNIFORM,       ///< C^phi (1 - g^2 |S|^2) for all: right on average over the ensemble
    QN_GIVEN_SOURCE_TRACE,         ///< the same for all, scaled so that the units' mean spectrum is C^phi
    QN_GIVEN_SOURCE_DIAGONAL ///< such that every unit's spectrum is C^phi. That takes negative power at some units
                             ///< when the matrix is strong, and is then refused
} qn_given_source;

/// What one unit does, where two-point theory does not tell: feedback through overlapping modes, say. `at` fills in S
/// and C^phi at a frequency >= 0 (rad per tau); it may fail with a status of its own, is called from one thread, and
/// must give a smooth function.
typedef struct {
    qn_status (*at)(double frequency, qn_unit_spectrum *result, void *context);
    void *context;
    double last_frequency;     ///< above 0; beyond it units fluctuate independently
    const qn_stationary *rate; ///< C^phi(lag): what of it lies beyond last_frequency is taken from here
} qn_given_unit;

typedef struct {
    qn_given_response response;
    qn_given_source source;
    bool exclude_unstable;     ///< leave the directions of unstable eigenvalues out instead of refusing the matrix
    double tolerance;          ///< of integrals over frequency, relative to C^phi(0); 0 means 1e-6
    const qn_given_unit *unit; ///< NULL: by two-point theory. Its context and rate must outlive the theory
} qn_given_options;

typedef struct qn_given_matrix qn_given_matrix;

/// Prepare the theory of `matrix`, size x size, row-major: J[i][j] is the coupling to unit i from unit j, in the units
/// of the dynamics (a given coupling: rescaled, its mean removed or not, as qn_coupling_draw() returns it).
///
/// g, by which two-point theory enters, is the strength of `network`'s coupling: that of the ensemble, or, for a given
/// matrix, the root of m2 of the deviations from the mean. A mean of the matrix is one more (outlier) eigenvalue.
///
/// Unstable: a real part of at least 1 of an eigenvalue of S(0) J (overlapping: one that makes chi singular on the
/// way). Such a direction grows until the nonlinearity stops it; no linear theory says where, so the matrix is refused.
/// With `exclude_unstable` the theory is that of the rates' projection orthogonal to the unstable eigenvectors, whose
/// dynamics is closed (the trailing block of the Schur form): covariances are N x N of rank N - excluded. What the
/// direction's saturation does to the others' S is still left out.
/// @param[in]  two_point  solution for `network`; may be NULL when options->unit is given
/// @param[in]  options    NULL for defaults
/// @return QN_NO_SOLUTION with the unstable eigenvalue, or when activity does not fluctuate; QN_BAD_VALUE for a phi
///         that is not odd, an input, rates with a mean, a matrix that is not finite, a size beyond 5000; QN_NO_MEMORY
///         with the figures; QN_NOT_CONVERGED; QN_STOPPED.
/// Cost: 25 size^3 flops at a tenth of the processor's speed. Memory: 32 size^2 bytes.
qn_status qn_given_matrix_create(const qn_rate_network *network, const qn_two_point *two_point, const double *matrix,
                                 const qn_given_options *options, const qn_progress *progress,
                                 qn_given_matrix **result);
void qn_given_matrix_destroy(qn_given_matrix *given);

/// What was found and chosen.
typedef struct {
    size_t size;
    double strength;            ///< g
    double mean_slope;          ///< S(0)
    qn_given_response response; ///< never automatic
    qn_given_source source;     ///< never automatic
    double cumulant[3];         ///< k_1 ... k_3 of the deviations from the mean
    double cumulant_score[3];   ///< the same less their mean, over their standard deviation, for independent entries
    bool overlaps; ///< one of the scores is beyond 4: modes overlap, and two-point theory, which knows no feedback, is
                   ///< an approximation
    double leading_real, leading_imaginary; ///< eigenvalue of S(0) J of largest real part, the excluded ones too
    size_t excluded;                        ///< unstable eigenvalues left out
} qn_given_structure;
void qn_given_matrix_structure(const qn_given_matrix *given, qn_given_structure *result);

/// Rates at equal times and at lags. Covariances are C_ij(lag) = <phi_i(t) phi_j(t + lag)>, row-major, N x N.
typedef struct {
    size_t size, lags;
    double *covariance;         ///< at equal times; symmetric, positive semidefinite
    double *lagged;             ///< `lags` such matrices; NULL for no lags
    double *eigenvalue;         ///< of the covariance, decreasing: the spectrum of principal components
    double rate_variance;       ///< mean over units of their variances, the diagonal of `covariance`
    double four_point_variance; ///< Theta(0,0) = (1/N) sum_ij C_ij^2
    double participation_ratio; ///< rate_variance^2 / Theta(0,0), a fraction of N
    size_t frequencies;         ///< at which chi was formed
    double quadrature_error;    ///< estimate, relative to C^phi(0) at equal times, from a second rule with twice the
                                ///< nodes, for four quadratic forms in the covariances
} qn_given_prediction;

/// Integrate over frequency: Gauss-Legendre panels, bisected until they agree with their halves, on which the phase
/// exp(i omega lag) is integrated exactly, so that lags cost no frequencies.
/// @param[in]  lag       `lags` lags in units of tau, of either sign, up to 1000; NULL for none
/// @param[in]  progress  may be NULL
/// @param[out] result    free with qn_given_prediction_clear(); untouched on error
/// @return QN_NO_SOLUTION where a source would be negative; QN_NOT_CONVERGED; QN_NO_MEMORY with the figures;
/// QN_STOPPED. Cost: 8/3 size^3 flops for each of some 100 frequencies (diagonal source: 13), at nearly the processor's
/// speed, in parallel. Memory: 16 size^2 bytes per thread (diagonal: 56), 40 and 24 per lag. The same bits for any
/// number of threads.
qn_status qn_given_matrix_predict(const qn_given_matrix *given, size_t lags, const double *lag,
                                  const qn_progress *progress, qn_given_prediction *result);
void qn_given_prediction_clear(qn_given_prediction *prediction);

/// C_ij(omega), size x size, row-major, real and imaginary part side by side (2 size^2 values), at one frequency of
/// either sign (rad per tau): Hermitian. `out` is untouched on error. Cost: 10 size^3 flops.
qn_status qn_given_matrix_cross_spectrum(const qn_given_matrix *given, double frequency, double *out);

/// out[i] = PR^phi(omega) = (tr C)^2 / (N tr C C^+) at frequency[i]. Cost: 8/3 size^3 flops each.
qn_status qn_given_matrix_frequency_dimension(const qn_given_matrix *given, size_t count, const double *frequency,
                                              double *out);

#ifdef __cplusplus
}
#endif
