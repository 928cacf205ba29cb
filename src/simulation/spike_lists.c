#include "simulation/spike_lists.h"

#include "base/fail.h"
#include "base/memory.h"

qn_status qn_spike_lists_make(size_t slots, size_t room, qn_spike_lists *lists)
{
    qn_spike_lists made = {.slots = slots, .room = room};
    QN_TRY(QN_NEW(&made.count, slots, "spikes"));
    const qn_status status = QN_NEW(&made.neuron, slots * room, "spikes");
    if (status != QN_OK) {
        qn_release(made.count);
        return status;
    }
    *lists = made;
    return QN_OK;
}

void qn_spike_lists_clear(qn_spike_lists *lists)
{
    qn_release(lists->count);
    qn_release(lists->neuron);
    *lists = (qn_spike_lists){0};
}
