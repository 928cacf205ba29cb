#include <quenched/random.h>

#include "base/random_kernel.h"

#include <Random123/philox.h>
#include <string.h>

// Part of the reproducibility promise, like the purposes.
enum { KIND_UNIFORM = 0, KIND_NORMAL = 1, KIND_NORMAL_FLOAT = 2 };

// Seed, purpose, index, kind and block number together are more bits than Philox4x32 has (192), so the name is ciphered
// first. For one seed this is a bijection of (index, purpose, kind): no two streams of a seed share a (key, counter).
static qn_random_name named(const qn_stream *stream, uint32_t kind)
{
    const philox4x32_key_t key = {{(uint32_t)stream->seed, (uint32_t)(stream->seed >> 32)}};
    const philox4x32_ctr_t counter = {
        {(uint32_t)stream->index, (uint32_t)(stream->index >> 32), stream->purpose, kind}};
    const philox4x32_ctr_t name = philox4x32_R(10, counter, key);
    return (qn_random_name){{name.v[0], name.v[1]}, {name.v[2], name.v[3]}};
}

// Whole groups go straight to `out`; the cut ones at both ends through a group of their own.
#define IN_GROUPS(type, GROUP, kernel)                                                                                 \
    {                                                                                                                  \
        uint64_t group = first / GROUP;                                                                                \
        size_t skip = (size_t)(first % GROUP);                                                                         \
        while (count > 0) {                                                                                            \
            const size_t whole = skip ? 0 : count / GROUP;                                                             \
            if (whole) kernel(&name, group, whole, out);                                                               \
            size_t done = whole * GROUP;                                                                               \
            if (!whole) {                                                                                              \
                type cut[GROUP];                                                                                       \
                kernel(&name, group, 1, cut);                                                                          \
                done = GROUP - skip < count ? GROUP - skip : count;                                                    \
                memcpy(out, cut + skip, done * sizeof *out);                                                           \
            }                                                                                                          \
            group += whole ? whole : 1;                                                                                \
            skip = 0;                                                                                                  \
            out += done;                                                                                               \
            count -= done;                                                                                             \
        }                                                                                                              \
    }

void qn_uniform(const qn_stream *stream, uint64_t first, size_t count, double *out)
{
    const qn_random_name name = named(stream, KIND_UNIFORM);
    IN_GROUPS(double, QN_RANDOM_GROUP, QN_PICK_KERNEL(qn_random_uniform))
}

void qn_normal(const qn_stream *stream, uint64_t first, size_t count, double *out)
{
    const qn_random_name name = named(stream, KIND_NORMAL);
    IN_GROUPS(double, QN_RANDOM_GROUP, QN_PICK_KERNEL(qn_random_normal))
}

void qn_normal_float(const qn_stream *stream, uint64_t first, size_t count, float *out)
{
    const qn_random_name name = named(stream, KIND_NORMAL_FLOAT);
    IN_GROUPS(float, QN_RANDOM_GROUP_FLOAT, QN_PICK_KERNEL(qn_random_normal_float))
}
