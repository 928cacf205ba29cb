#include <quenched/rate_network.h>

#include "base/fail.h"

#include <math.h>

qn_status qn_rate_network_check(const qn_rate_network *network)
{
    QN_REQUIRE(network->size >= 2, QN_BAD_VALUE, "network.size is %zu; at least 2 units are needed", network->size);
    QN_REQUIRE(isfinite(network->time_constant) && network->time_constant >= 0, QN_BAD_VALUE,
               "network.time_constant is %g; allowed: greater than 0", network->time_constant);
    QN_REQUIRE(isfinite(network->noise) && network->noise >= 0, QN_BAD_VALUE, "network.noise is %g; allowed: 0 or more",
               network->noise);
    QN_REQUIRE(isfinite(network->input), QN_BAD_VALUE, "network.input is %g; allowed: any finite number",
               network->input);
    QN_TRY(qn_transfer_check(&network->transfer));
    return qn_coupling_check(&network->coupling, network->size);
}
