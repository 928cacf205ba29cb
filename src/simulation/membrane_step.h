// The body of qn_membrane_step_float() and _double(): included by membrane_kernel.c once for each type, which defines
// REAL, FUSED(a, b, c) = a b + c with one rounding, STEP and EXTERNAL.

// Input of a chunk of neurons, the draws summed in their order.
QN_LANE void EXTERNAL(const qn_external *external, size_t first, REAL input[CHUNK])
{
    for (int i = 0; i < CHUNK; ++i) input[i] = 0;
    for (size_t draw = 0; draw < external->count; ++draw) {
        const REAL weight = (REAL)external->weight[draw];
        for (int half = 0; half < CHUNK; half += HALF) {
            uint32_t words[16];
            uint16_t counts[HALF];
            const uint32_t neuron = external->first + (uint32_t)first + (uint32_t)half;
            lane_cipher_run(&external->key, external->population, neuron >> 3, external->step,
                            external->stream + (uint32_t)draw, 1, words);
            counts_of_half(&external->table[draw], words, counts);
            if (external->table[draw].kept) thin_half(external, (uint32_t)draw, neuron, counts);
#pragma omp simd
            for (int i = 0; i < HALF; ++i) input[half + i] = FUSED(weight, (REAL)counts[i], input[half + i]);
        }
    }
}

size_t STEP(const qn_membrane *membrane, const qn_external *external, const qn_membrane_state *state, uint32_t *spiked)
{
    const qn_membrane m = *membrane;
    const REAL decay = (REAL)m.membrane_decay, drift = (REAL)m.drift, quantum = (REAL)m.quantum;
    const REAL couple_ex = (REAL)m.excitatory_couple, couple_in = (REAL)m.inhibitory_couple;
    const REAL decay_ex = (REAL)m.excitatory_decay, decay_in = (REAL)m.inhibitory_decay;
    const REAL threshold = (REAL)m.threshold, refractory = (REAL)-INFINITY;
    size_t count = 0;
    for (size_t first = 0; first < state->padded; first += CHUNK) {
        REAL *restrict v = (REAL *)state->potential + first;
        REAL *restrict ex = (REAL *)state->excitatory + first;
        REAL *restrict in = (REAL *)state->inhibitory + first;
        int32_t *restrict sum = state->sum + first, *restrict sum_in = sum + state->padded;
        REAL input[CHUNK];
        int32_t over[CHUNK], any = 0;
        EXTERNAL(external, first, input);
        if (m.delta) {
#pragma omp simd reduction(| : any)
            for (int i = 0; i < CHUNK; ++i) {
                const REAL next = FUSED(decay, v[i], FUSED(quantum, (REAL)sum[i], input[i] + drift));
                over[i] = next >= threshold;
                v[i] = over[i] ? refractory : next;
                any |= over[i];
            }
        } else if (!m.two_currents) {
#pragma omp simd reduction(| : any)
            for (int i = 0; i < CHUNK; ++i) {
                const REAL next = FUSED(decay, v[i], FUSED(couple_ex, ex[i], drift));
                ex[i] = FUSED(decay_ex, ex[i], FUSED(quantum, (REAL)sum[i], input[i]));
                over[i] = next >= threshold;
                v[i] = over[i] ? refractory : next;
                any |= over[i];
            }
        } else {
            const REAL to_ex = external->inhibitory ? 0 : 1, to_in = external->inhibitory ? 1 : 0;
#pragma omp simd reduction(| : any)
            for (int i = 0; i < CHUNK; ++i) {
                const REAL next = FUSED(decay, v[i], FUSED(couple_ex, ex[i], FUSED(couple_in, in[i], drift)));
                ex[i] = FUSED(decay_ex, ex[i], FUSED(quantum, (REAL)sum[i], to_ex * input[i]));
                in[i] = FUSED(decay_in, in[i], FUSED(quantum, (REAL)sum_in[i], to_in * input[i]));
                over[i] = next >= threshold;
                v[i] = over[i] ? refractory : next;
                any |= over[i];
            }
            memset(sum_in, 0, CHUNK * sizeof *sum_in);
        }
        memset(sum, 0, CHUNK * sizeof *sum);
        if (!any) continue;
        for (int i = 0; i < CHUNK; ++i)
            if (over[i]) spiked[count++] = (uint32_t)first + (uint32_t)i;
    }
    return count;
}

#undef REAL
#undef FUSED
#undef STEP
#undef EXTERNAL
