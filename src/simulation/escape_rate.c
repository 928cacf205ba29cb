#include "simulation/escape_rate.h"

#include <math.h>

static double of_table(const qn_spiking_neuron *neuron, double potential)
{
    const double *x = neuron->table_potential, *y = neuron->table_rate;
    size_t low = 0, high = neuron->table_count - 1;
    if (potential <= x[low]) return y[low];
    if (potential >= x[high]) return y[high];
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        *(x[middle] <= potential ? &low : &high) = middle;
    }
    return y[low] + (y[high] - y[low]) * (potential - x[low]) / (x[high] - x[low]);
}

double qn_escape_intensity(const qn_spiking_neuron *neuron, double potential)
{
    if (neuron->link == QN_LINK_TABLE) return of_table(neuron, potential);
    const double x = (potential - neuron->link_potential) / neuron->link_width;
    if (neuron->link == QN_LINK_ERF) return neuron->link_rate * 0.5 * erfc(-x * M_SQRT1_2);
    return neuron->link_rate * exp(x);
}

static double potential_of(const qn_spiking_unit *unit, size_t neuron)
{
    const void *v = unit->state.potential;
    return (unit->doubles ? ((const double *)v)[neuron] : (double)((const float *)v)[neuron]) + unit->neuron.rest;
}

size_t qn_escape_spikes(const qn_cipher_key *key, qn_spiking_unit *unit, uint64_t step, uint32_t *spiked)
{
    enum { BLOCKS = 64 };
    const double h = unit->layout->time_step * 1e-3;
    size_t count = 0;
    for (size_t first = 0; first < unit->place->size; first += 4 * BLOCKS) {
        const size_t left = unit->place->size - first, here = left < 4 * BLOCKS ? left : 4 * BLOCKS;
        const uint32_t counter[4] = {(uint32_t)(unit->place->first + first) / 4, (uint32_t)unit->place->population,
                                     (uint32_t)step, QN_SPIKING_ESCAPE};
        uint32_t words[4 * BLOCKS];
        qn_cipher_words(key, counter, 0, (here + 3) / 4, words);
        for (size_t i = 0; i < here; ++i) {
            const size_t neuron = first + i;
            if (step <= unit->silent_until[neuron]) continue;
            const double intensity = qn_escape_intensity(&unit->neuron, potential_of(unit, neuron));
            if ((words[i] + 0.5) * 0x1p-32 >= -expm1(-intensity * h)) continue;
            spiked[count++] = (uint32_t)neuron;
            unit->silent_until[neuron] = step + unit->dead_steps - 1;
        }
    }
    return count;
}
