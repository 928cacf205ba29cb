/// The mean mu = b + Jbar <phi> of x at a given variance.
#pragma once
#include "theory/site.h"

#include <stdbool.h>

/// Of several means the largest. `mean` holds a guess and receives mu; `average` receives the averages there (owned by
/// the caller). `exists` is false when <phi> grows faster than inhibition can follow: then nothing else is set.
qn_status qn_mean_field(const qn_site *site, double variance, double *mean, qn_gaussian_average **average,
                        bool *exists);
