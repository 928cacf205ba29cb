/// Inside the theory of one given matrix: what one frequency asks for.
#pragma once
#include "numerics/schur.h"
#include "theory/rate_spectrum.h"

#include <quenched/given_matrix.h>

struct qn_given_matrix {
    size_t size, bulk; ///< N; N less the unstable directions left out
    double tolerance;
    qn_given_structure found;
    bool supplied; ///< S and C^phi come from `unit`, not from `spectrum`
    qn_given_unit unit;
    qn_rate_spectrum spectrum;
    qn_schur schur;             ///< unstable eigenvalues first; its form is given back once `triangle` is made
    double complex *triangle;   ///< of the bulk, T' = G^* T G; column-major, bulk x bulk
    qn_schur_rotation rotation; ///< G
};

/// One unit at one frequency.
typedef struct {
    double frequency;
    double complex response, feedback; ///< S; K, 0 where modes do not overlap
    double power;                      ///< C^phi
} qn_given_point;

/// S and C^phi at a frequency >= 0.
qn_status qn_given_unit_at(const qn_given_matrix *given, double frequency, qn_given_point *point);
/// The same and K.
qn_status qn_given_point_at(const qn_given_matrix *given, double frequency, qn_given_point *point);
/// K(S): (1/count) sum_i 1 / (1 + S (K - lambda_i)) = 1, by continuation from S = 0, where it is the mean eigenvalue.
qn_status qn_given_feedback(size_t count, const double complex *eigenvalues, double complex response,
                            double complex *feedback);

/// C^phi(lag) of one unit.
double qn_given_rate(const qn_given_matrix *given, double lag);
double qn_given_last_frequency(const qn_given_matrix *given);

/// k_1 ... k_3 of the matrix's deviations from the mean, and their scores.
qn_status qn_given_cumulants(const double *matrix, qn_given_matrix *given);
/// chosen[i] is set for every unstable eigenvalue.
qn_status qn_given_find_unstable(const qn_given_matrix *given, int *chosen, size_t *count);

/// C(omega) = chi Sigma chi^+, all of the Hermitian matrix, bulk x bulk in the Schur basis; with a diagonal source in
/// the basis of units. Column-major: read row by row it is C_ij.
qn_status qn_given_power(const qn_given_matrix *given, const qn_given_point *point, double complex *out);
/// Bytes that qn_given_power() takes while it works, `out` not counted.
double qn_given_power_bytes(const qn_given_matrix *given);
/// From there to the units: `real` and `imaginary` part, size x size each; `imaginary` may be NULL. `matrix` is
/// overwritten.
qn_status qn_given_to_units(const qn_given_matrix *given, double complex *matrix, double *real, double *imaginary);
