/// The largest Lyapunov exponent from the growth of tangent vectors (Benettin et al. 1980).
///
/// A tangent vector is carried by the exact derivative of the scheme's own map; additive noise does not enter. It is
/// brought back to length 1 now and then; the logarithms of its lengths add up to the growth.
#pragma once
#include "simulation/rate_block.h"

/// Bring every tangent vector of `block` to length 1; growth[k] += log(its length), unless growth is NULL.
void qn_lyapunov_renormalise(qn_rate_block *block, double *growth);
