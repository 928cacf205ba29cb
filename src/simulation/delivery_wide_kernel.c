// Compiled without contraction (src/CMakeLists.txt): every instruction set draws the same weights.
#include "simulation/delivery_kernel.h"

#include "base/cipher_lanes.h"

uint64_t QN_KERNEL(qn_delivery_add_wide)(const qn_delivery *delivery, const qn_wide_weights *wide,
                                         const qn_delivery_items *items)
{
    uint64_t events = 0;
    for (size_t i = 0; i < items->count; ++i) {
        const uint32_t table = items->meta[i] >> 8, count = items->meta[i] & 0xff;
        uint32_t word[QN_ITEM_SYNAPSES], radius[QN_ITEM_SYNAPSES], angle[QN_ITEM_SYNAPSES];
        int32_t weight[QN_ITEM_SYNAPSES];
        const uint32_t source = items->source[i], block = items->block[i];
        lane_cipher_run(&delivery->key, source, delivery->unit, block, delivery->stream, 2, word);
        lane_cipher_run(&delivery->key, source, delivery->unit, block, wide->radius_stream, 2, radius);
        lane_cipher_run(&delivery->key, source, delivery->unit, block, wide->angle_stream, 2, angle);
        const float log_mean = wide->log_mean[table], spread = wide->spread[table], sign = wide->sign[table];
#pragma omp simd
        for (int j = 0; j < QN_ITEM_SYNAPSES; ++j) {
            float sine, cosine;
            const float unit = ((float)(int32_t)(radius[j] >> 1) + 0.5f) * 0x1p-31f;
            lane_sincos_turns_float((float)(int32_t)angle[j] * 0x1p-32f, &sine, &cosine);
            const float z = sqrtf(-2.0f * lane_log_float(unit)) * cosine;
            // Below 2^28 quanta: 6 standard deviations of the logarithm are there, sums of 32 bits do not overflow.
            const float exponent = log_mean + spread * z;
            const float size = lane_exp_float(exponent < 19.4f ? exponent : 19.4f);
            weight[j] = (int32_t)(sign * (size + 0.5f));
        }
        for (uint32_t j = 0; j < count; ++j) {
            const uint32_t target = (uint32_t)((uint64_t)(word[j] >> 8) * delivery->size >> 24);
            delivery->sum[target + delivery->lane[table]] += weight[j];
        }
        events += count;
    }
    return events;
}
