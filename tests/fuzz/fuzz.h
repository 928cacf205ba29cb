/// What every fuzzer includes: the entry point libFuzzer calls, its input as a stream or a file, and a limit on memory.
///
/// A fuzzer checks more than "it does not crash": what was read keeps its promises, what was refused left the result
/// alone and a message.
#pragma once
#include <quenched/status.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

/// Abort, which the fuzzer reports with the input, unless `condition` holds.
#define FUZZ_CHECK(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s does not hold; last error: %s\n", __FILE__, __LINE__, #condition,               \
                    qn_last_error());                                                                                  \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/// A refusal has a status that blames the input (or its size), and one line that says why.
static inline void fuzz_check_refusal(qn_status status)
{
    FUZZ_CHECK(status == QN_BAD_FILE || status == QN_BAD_VALUE || status == QN_NO_MEMORY);
    FUZZ_CHECK(qn_last_error()[0] != '\0');
}

/// The input as a seekable stream; NULL when it is empty.
static inline FILE *fuzz_stream(const uint8_t *data, size_t size)
{
    return size == 0 ? NULL : fmemopen((void *)(uintptr_t)data, size, "rb");
}

/// The input as a file (in memory where the system has that) whose name has this ending; good until the next call.
static inline const char *fuzz_file(const uint8_t *data, size_t size, const char *ending)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/quenched-fuzz-%ld%s", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
             (long)getpid(), ending);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) abort();
    return path;
}

// Inputs that promise gigabytes are to be refused, not served: the library asks for its limits before it takes memory.
// The sanitizer's shadow counts as data too, so the limit lies above what is mapped already.
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count, (void)arguments;
    unsigned long long pages[6] = {0};
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL) return 0;
    const int found =
        fscanf(file, "%llu %llu %llu %llu %llu %llu", pages, pages + 1, pages + 2, pages + 3, pages + 4, pages + 5);
    fclose(file);
    struct rlimit limit;
    if (found != 6 || getrlimit(RLIMIT_DATA, &limit) != 0) return 0;
    limit.rlim_cur = (rlim_t)pages[5] * (rlim_t)sysconf(_SC_PAGESIZE) + ((rlim_t)128 << 20);
    setrlimit(RLIMIT_DATA, &limit);
    return 0;
}
