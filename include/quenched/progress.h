/// Progress of a long call: how far it is, how long it will take, and a way to stop it.
#pragma once
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double fraction;     ///< done so far, 0 to 1
    double seconds_left; ///< estimate from the pace so far; negative while unknown
    const char *message; ///< what is being done, such as "network 3 of 12"; never NULL
} qn_progress_report;

/// Called from the thread that made the long call, at most ten times a second. Return false to stop: the call then
/// returns QN_STOPPED and leaves its results untouched.
typedef bool (*qn_progress_function)(const qn_progress_report *report, void *context);

/// A callback with its context; `{0}` reports nothing.
typedef struct {
    qn_progress_function report;
    void *context;
} qn_progress;

#ifdef __cplusplus
}
#endif
