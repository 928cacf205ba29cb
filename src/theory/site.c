#include "theory/site.h"

#include "base/fail.h"

#include <stdbool.h>

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
               "theory does not cover them, simulate instead",
               overlaps ? "overlapping" : "elliptic");
    *site = (qn_site){.transfer = &network->transfer,
                      .strength = coupling.strength,
                      .mean_coupling = coupling.mean,
                      .noise = network->noise,
                      .input = network->input};
    return QN_OK;
}
