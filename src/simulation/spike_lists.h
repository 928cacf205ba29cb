/// The spikes of a unit in its last steps, one list per step, in a ring.
#pragma once
#include <quenched/status.h>

#include <stddef.h>
#include <stdint.h>

typedef struct {
    size_t slots;     ///< steps that are kept
    size_t room;      ///< entries of a list
    size_t *count;    ///< per slot
    uint32_t *neuron; ///< [slot, room]: numbers in the unit, increasing; several times: several spikes at once
} qn_spike_lists;

/// `room`: spikes a step can have.
qn_status qn_spike_lists_make(size_t slots, size_t room, qn_spike_lists *lists);
void qn_spike_lists_clear(qn_spike_lists *lists);

static inline size_t qn_spike_lists_count(const qn_spike_lists *lists, uint64_t step)
{
    return lists->count[step % lists->slots];
}

static inline uint32_t *qn_spike_lists_at(const qn_spike_lists *lists, uint64_t step)
{
    return lists->neuron + step % lists->slots * lists->room;
}
