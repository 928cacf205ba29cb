#include "base/memory_limits.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

enum { PATH_SIZE = 4096, LINE_SIZE = 4096 };

// The number after `key` at the start of a line of a file such as /proc/meminfo or memory.stat; NAN when there is none.
static double number_after(const char *path, const char *key)
{
    FILE *file = fopen(path, "r");
    if (!file) return NAN;
    char line[LINE_SIZE];
    const size_t length = strlen(key);
    double number = NAN;
    while (isnan(number) && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, length)) continue;
        char *end;
        const double value = strtod(line + length, &end);
        if (end != line + length) number = value;
    }
    fclose(file);
    return number;
}

// The number a file such as memory.max consists of; "max" and anything else that is no number is INFINITY.
static double number_in(const char *path)
{
    const double number = number_after(path, "");
    return isnan(number) ? INFINITY : number;
}

typedef struct {
    const char *limit, *usage, *statistics, *cache;
} group_files;

static const group_files UNIFIED = {"memory.max", "memory.current", "memory.stat", "inactive_file "};
static const group_files LEGACY = {"memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat",
                                   "total_inactive_file "};

// Bytes left in one control group. Cached file pages count as usage but are given back on demand.
static double left_in_group(const char *folder, const group_files *files)
{
    char path[PATH_SIZE + 64];
    snprintf(path, sizeof path, "%s/%s", folder, files->limit);
    const double limit = number_in(path);
    if (isinf(limit)) return INFINITY;
    snprintf(path, sizeof path, "%s/%s", folder, files->usage);
    const double usage = number_in(path);
    if (isinf(usage)) return limit;
    snprintf(path, sizeof path, "%s/%s", folder, files->statistics);
    const double cached = number_after(path, files->cache);
    return fmax(0.0, limit - usage + (isnan(cached) ? 0.0 : cached));
}

// The least that is left in a group and its parents. In a container the group's own folder may not be visible: then the
// mount point stands for it.
static double left_in_groups(const char *mount, const char *group, const group_files *files)
{
    char folder[PATH_SIZE];
    snprintf(folder, sizeof folder, "%s%s", mount, group);
    double left = INFINITY;
    while (strlen(folder) >= strlen(mount)) {
        left = fmin(left, left_in_group(folder, files));
        char *slash = strrchr(folder, '/');
        if (!slash) break;
        *slash = '\0';
    }
    return left;
}

// /proc/self/cgroup has lines "ID:CONTROLLERS:GROUP"; version 2 is "0::GROUP".
static double left_by_control_groups(const char *root)
{
    char path[PATH_SIZE], line[LINE_SIZE], mount[PATH_SIZE];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "r");
    if (!file) return INFINITY;
    double left = INFINITY;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *group++ = '\0';
        const int unified = controllers[1] == '\0';
        if (!unified && !strstr(controllers, "memory")) continue;
        snprintf(mount, sizeof mount, "%s/sys/fs/cgroup%s", root, unified ? "" : "/memory");
        left = fmin(left, left_in_groups(mount, strcmp(group, "/") ? group : "", unified ? &UNIFIED : &LEGACY));
    }
    fclose(file);
    return left;
}

#ifdef __APPLE__
static double physical_memory(const char *root)
{
    uint64_t bytes = 0;
    size_t length = sizeof bytes;
    (void)root;
    return sysctlbyname("hw.memsize", &bytes, &length, NULL, 0) == 0 ? (double)bytes : INFINITY;
}
#else
static double physical_memory(const char *root)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    const double kilobytes = number_after(path, "MemAvailable:");
    return isnan(kilobytes) ? INFINITY : 1024.0 * kilobytes;
}
#endif

double qn_memory_told_by_files(const char *root) { return fmin(physical_memory(root), left_by_control_groups(root)); }

// Pages of address space and of data in use: fields 1 and 6 of /proc/self/statm. Zero where the system does not tell.
static void pages_in_use(double *total, double *data)
{
    *total = *data = 0.0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file) return;
    double pages[6];
    if (fscanf(file, "%lf %lf %lf %lf %lf %lf", pages, pages + 1, pages + 2, pages + 3, pages + 4, pages + 5) == 6) {
        *total = pages[0];
        *data = pages[5];
    }
    fclose(file);
}

static double left_by(int resource, double used)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) || limit.rlim_cur == RLIM_INFINITY) return INFINITY;
    return fmax(0.0, (double)limit.rlim_cur - used);
}

double qn_memory_left_by_limits(void)
{
    double total, data;
    pages_in_use(&total, &data);
    const double page = (double)sysconf(_SC_PAGESIZE);
    return fmin(left_by(RLIMIT_AS, page * total), left_by(RLIMIT_DATA, page * data));
}
