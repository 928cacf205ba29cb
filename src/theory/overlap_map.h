/// One round of the self-consistency (E12)-(E14): a state makes a single-site process, whose paths make the next state.
///
/// A state is one array: C^phi at the lags 0 ... count / 2 of a periodic box, then the coefficients of S, then means.
#pragma once
#include "theory/overlap_paths.h"
#include "theory/overlap_response.h"

typedef struct {
    qn_overlap_law law;
    const qn_transfer *transfer;
    double noise; ///< sigma
    double step;  ///< units of tau
    size_t count; ///< steps of the box, a power of two, at least 64
    size_t warm_up;
    size_t first_rate; ///< slower exponentials would not settle in the warm-up
    float *turns;
} qn_overlap_box;

enum { QN_OVERLAP_SLOPE, QN_OVERLAP_SQUARE_SLOPE, QN_OVERLAP_FIELD_SQUARE, QN_OVERLAP_MEANS };

size_t qn_overlap_lags(const qn_overlap_box *box);
size_t qn_overlap_state_length(const qn_overlap_box *box);
double *qn_overlap_response_of(const qn_overlap_box *box, double *state);
double *qn_overlap_means_of(const qn_overlap_box *box, double *state);

/// What a state makes of the field.
typedef struct {
    qn_overlap_process process;
    double *linear, *sampled;          ///< spectrum of y, and that of its samples, by frequency
    double *rate;                      ///< C^phi(omega) of the state
    double response[QN_OVERLAP_RATES]; ///< coefficients of the state's S
    bool limited;                      ///< feedback was held below the pole of K
    double missed;                     ///< by the memory's exponentials, of K
} qn_overlap_field;

qn_status qn_overlap_field_create(const qn_overlap_box *box, qn_overlap_field *field);
void qn_overlap_field_clear(qn_overlap_field *field);
qn_status qn_overlap_field_set(const qn_overlap_box *box, double *state, qn_overlap_field *field);

qn_status qn_overlap_sums_create(const qn_overlap_box *box, bool with_field, qn_overlap_sums *sums);
void qn_overlap_sums_clear(qn_overlap_sums *sums);
void qn_overlap_sums_add(const qn_overlap_box *box, const qn_overlap_sums *part, qn_overlap_sums *sums);
void qn_overlap_sums_reset(const qn_overlap_box *box, qn_overlap_sums *sums);

/// The next state from sums over `paths`. QN_NO_SOLUTION when activity has grown without bound.
qn_status qn_overlap_collect(const qn_overlap_box *box, const qn_overlap_field *field, const qn_overlap_sums *sums,
                             size_t paths, double *state);
/// C^x at the lags, from sums with the field.
qn_status qn_overlap_collect_field(const qn_overlap_box *box, const qn_overlap_sums *sums, size_t paths, double *lags);

/// What of a state its convergence is judged by: C^phi and S at some lags, on the scale of their own. Linear.
size_t qn_overlap_image_length(const qn_overlap_box *box);
void qn_overlap_image(const qn_overlap_box *box, double *state, double *image);
