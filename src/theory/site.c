#include "theory/site.h"

#include "base/fail.h"

#include <stdbool.h>
#include <stdlib.h>

// A gain that all units share is part of the strength.
static qn_status common_gain(const qn_coupling *coupling, size_t size, double *gain)
{
    *gain = 1.0;
    if (!coupling->gains.count) return QN_OK;
    size_t classes;
    double *gains, *weights;
    QN_TRY(qn_coupling_gain_classes(coupling, size, &classes, &gains, &weights));
    bool alike = true;
    for (size_t k = 1; k < classes; ++k) alike = alike && gains[k] == gains[0];
    *gain = gains[0];
    free(gains);
    free(weights);
    QN_REQUIRE(alike, QN_BAD_VALUE,
               "network.coupling.gain: theory of one unit does not cover units of different gains");
    return QN_OK;
}

qn_status qn_site_of(const qn_rate_network *network, qn_site *site)
{
    QN_TRY(qn_rate_network_check(network));
    qn_coupling_statistics coupling;
    QN_TRY(qn_coupling_statistics_of(&network->coupling, network->size, &coupling));
    const qn_coupling *c = &network->coupling;
    const bool overlaps = c->kind == QN_COUPLING_OVERLAPPING &&
                          (c->overlap != 0.0 || (c->overlap_fraction > 0.0 && c->overlap_rest != 0.0));
    const bool correlated = c->kind == QN_COUPLING_ELLIPTIC && c->symmetry != 0.0;
    QN_REQUIRE(!overlaps && !correlated, QN_BAD_VALUE,
               "two-point theory: %s couplings feed a unit's past back to it, so that its field is not Gaussian; "
               "the theory of overlapping modes (qn_overlap_solve()) covers that",
               overlaps ? "overlapping" : "elliptic");
    double gain;
    QN_TRY(common_gain(c, network->size, &gain));
    *site = (qn_site){.transfer = &network->transfer,
                      .strength = gain * coupling.strength,
                      .mean_coupling = gain * coupling.mean,
                      .noise = network->noise,
                      .input = network->input};
    return QN_OK;
}
