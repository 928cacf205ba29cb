/// Memory: aligned arrays whose size is checked, and estimates that refuse what would not fit before it is taken.
#pragma once
#include <quenched/status.h>

#include <stddef.h>
#include <stdint.h>

/// 64-byte aligned, zeroed array of `count` elements of `size` bytes; free with qn_release(). On overflow or lack of
/// memory returns QN_NO_MEMORY with the figure and `what` ("coupling matrix") in the message, *pointer untouched.
qn_status qn_allocate(size_t count, size_t size, const char *what, void **pointer);
void qn_release(void *pointer);

/// QN_NEW(&array, count, "couplings"): qn_allocate for a typed pointer.
#define QN_NEW(pointer, count, what) qn_allocate((count), sizeof **(pointer), (what), (void **)(pointer))

/// A list of what is about to be taken. `{0}` is empty.
typedef struct {
    double bytes;
    char largest[64]; ///< what takes most
    double largest_bytes;
} qn_memory_plan;

/// Count `count` elements of `size` bytes (as doubles: never overflows).
void qn_memory_plan_add(qn_memory_plan *plan, const char *what, double count, double size);

/// Refuse, with the figures, when the plan exceeds what this process may still take: the least of physical memory
/// available, address-space and cgroup limits. `limit` in bytes lowers that further; 0 means no further limit.
qn_status qn_memory_plan_check(const qn_memory_plan *plan, double limit);

/// Bytes this process may still take, by the same rule. Infinite where the system does not tell.
double qn_memory_available(void);
