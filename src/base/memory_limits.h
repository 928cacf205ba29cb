/// What the system lets this process take: physical memory, control groups, resource limits.
#pragma once

/// Bytes still to be had according to the files under `root` ("" is the running system: /proc/meminfo, the control
/// groups of both versions with all their parents); infinite where none of them tells. `root` exists so that tests can
/// show systems other than their own.
double qn_memory_told_by_files(const char *root);

/// Bytes still to be had under this process's RLIMIT_AS and RLIMIT_DATA; infinite without limits.
double qn_memory_left_by_limits(void);
