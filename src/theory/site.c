#include "theory/site.h"

#include "base/fail.h"

qn_status qn_site_of(const qn_rate_network *network, qn_site *site)
{
    QN_TRY(qn_rate_network_check(network));
    qn_coupling_statistics coupling;
    QN_TRY(qn_coupling_statistics_of(&network->coupling, network->size, &coupling));
    *site = (qn_site){.transfer = &network->transfer,
                      .strength = coupling.strength,
                      .mean_coupling = coupling.mean,
                      .noise = network->noise,
                      .input = network->input};
    return QN_OK;
}
