/// Variances of recorded activity along its principal components: the eigenvalues of
///
///     C_ij = sum_{a, t} y^a_i(t) y^a_j(t) / S
///
/// over used trials a and frames t, S of them together. Their sum is that of the units' variances, N C(0).
///
/// Not free of bias: S samples, of which only duration / correlation time per trial are independent, spread the
/// eigenvalues as those of a Wishart matrix: large ones come out too large and small ones too small, by a relative
/// 2 sqrt(N / S_independent) for a flat spectrum and by 0 beyond rank S. Compare spectra that were measured alike.
#pragma once
#include "observables/cross_covariance.h"

/// What it takes beside the record.
void qn_principal_variances_plan(const qn_cross_covariance_layout *layout, qn_memory_plan *plan);

/// @param[out] variances  layout.units values, decreasing; 0 beyond the number of samples
/// @return QN_BAD_VALUE without a used trial or frame; QN_NO_MEMORY
/// Cost: S N^2 flops and 4/3 N^3 for the eigenvalues; when S < N, S^2 N and 4/3 S^3. The same bits for any number of
/// threads; products in single precision, sums over trials in double.
qn_status qn_principal_variances(const qn_activity_record *record, const bool *used, double *variances);
