/// One unit of an infinite network: all that dynamic mean-field theory needs to know of a rate network.
#pragma once
#include <quenched/gaussian_average.h>
#include <quenched/rate_network.h>

typedef struct {
    const qn_transfer *transfer;
    double strength;      ///< g
    double mean_coupling; ///< Jbar
    double noise;         ///< sigma
    double input;         ///< b
} qn_site;

/// Where the self-consistency holds: x is Gaussian with mean mu and autocovariance D(lag), D(0) = variance, D(inf) =
/// frozen.
typedef struct {
    double mean;      ///< mu
    double variance;  ///< D0; variance - frozen is C^x(0)
    double frozen;    ///< Dinf
    double amplitude; ///< D0 - Dinf = C^x(0), which may be known to more digits than the difference
} qn_site_state;

/// The unit of `network`, which must outlive it. QN_BAD_VALUE naming the network's field at fault.
qn_status qn_site_of(const qn_rate_network *network, qn_site *site);
