#include "base/memory.h"

#include "base/fail.h"
#include "base/memory_limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE = 64, HUGE_PAGE = 1 << 21, HUGE_FROM = HUGE_PAGE };

// A figure people read: "29.8 GB", three digits, decimal units.
static const char *readable(double bytes, char text[32])
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1000.0;
        ++unit;
    }
    snprintf(text, 32, "%.*f %s", unit == 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2, bytes, units[unit]);
    return text;
}

// What fills up an array's last large page, where that is little beside the array; else 0, and small pages hold its
// end.
static size_t rest_of_page(size_t count, size_t size)
{
    if (size == 0 || count > SIZE_MAX / 2 / size) return 0;
    const size_t bytes = count * size, rest = (HUGE_PAGE - bytes % HUGE_PAGE) % HUGE_PAGE;
    return rest <= bytes / 16 ? rest : 0;
}

// calloc() hands out large blocks as fresh pages of zeros that cost nothing until they are touched, by the thread that
// uses them: so arrays are cut out of its blocks, whose address is kept just below the array.
qn_status qn_allocate(size_t count, size_t size, const char *what, void **pointer)
{
    char figure[32];
    const size_t alignment = (double)count * (double)size >= HUGE_FROM ? HUGE_PAGE : LINE;
    const size_t rest = alignment == HUGE_PAGE ? rest_of_page(count, size) : 0,
                 extra = alignment + sizeof(void *) + rest;
    QN_REQUIRE(size == 0 || count <= (SIZE_MAX / 2 - extra) / size, QN_NO_MEMORY,
               "%s needs %s: more than can be addressed", what, readable((double)count * (double)size, figure));

    char *block = calloc(count * size + extra, 1);
    QN_REQUIRE(block, QN_NO_MEMORY, "%s needs %s, which the system does not give", what,
               readable((double)count * (double)size, figure));
    const uintptr_t lowest = (uintptr_t)block + sizeof(void *);
    char *array = block + ((lowest + alignment - 1) / alignment * alignment - (uintptr_t)block);
    memcpy(array - sizeof(void *), &block, sizeof block);
#ifdef MADV_HUGEPAGE
    // Large pages spare the products with a coupling matrix their address translation; refusal does no harm.
    if (alignment == HUGE_PAGE) (void)madvise(array, (count * size + rest) / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
    *pointer = array;
    return QN_OK;
}

void qn_release(void *pointer)
{
    if (!pointer) return;
    void *block;
    memcpy(&block, (char *)pointer - sizeof block, sizeof block);
    free(block);
}

void qn_memory_plan_add(qn_memory_plan *plan, const char *what, double count, double size)
{
    const double bytes = count * size;
    plan->bytes += bytes;
    if (bytes <= plan->largest_bytes) return;
    plan->largest_bytes = bytes;
    snprintf(plan->largest, sizeof plan->largest, "%s", what);
}

double qn_memory_available(void) { return fmin(qn_memory_told_by_files(""), qn_memory_left_by_limits()); }

qn_status qn_memory_plan_check(const qn_memory_plan *plan, double limit)
{
    char largest[32], all[32], left[32];
    const double available = qn_memory_available();
    const int limited = limit > 0.0 && limit < available;
    const double allowed = limited ? limit : available;
    QN_REQUIRE(plan->bytes <= allowed, QN_NO_MEMORY, "%s needs %s (all arrays: %s); %s are %s", plan->largest,
               readable(plan->largest_bytes, largest), readable(plan->bytes, all), readable(allowed, left),
               limited ? "allowed" : "available");
    return QN_OK;
}
