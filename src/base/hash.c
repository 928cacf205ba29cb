#include "base/hash.h"

uint64_t qn_hash(uint64_t hash, const void *bytes, size_t size)
{
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): the structs hashed here have no padding
    for (const unsigned char *at = bytes; size-- > 0; ++at) hash = (hash ^ *at) * UINT64_C(1099511628211);
    return hash;
}
