/// How code inside the library fails: a status with a message, in one line.
#pragma once
#include <quenched/status.h>

/// Record the message of this thread's failure and return `status`. `format` as for printf.
qn_status qn_fail(qn_status status, const char *format, ...) __attribute__((format(printf, 2, 3), cold));

/// Put text before this thread's present message: `qn_fail_in("studies/chaos.yaml")` gives "studies/chaos.yaml: ...".
qn_status qn_fail_in(qn_status status, const char *context, ...) __attribute__((format(printf, 2, 3), cold));

#ifdef __clang_analyzer__
// The analyser sees one source at a time: tell it that a failure returns the status it was given, so never QN_OK.
#define qn_fail(status, ...) ((void)(qn_fail)((status), __VA_ARGS__), (status))
#define qn_fail_in(status, ...) ((void)(qn_fail_in)((status), __VA_ARGS__), (status))
#endif

/// Return from the calling function when `condition` does not hold.
#define QN_REQUIRE(condition, status, ...)                                                                             \
    do {                                                                                                               \
        if (!(condition)) return qn_fail((status), __VA_ARGS__);                                                       \
    } while (0)

/// Return from the calling function when `call` fails; its message stands.
#define QN_TRY(call)                                                                                                   \
    do {                                                                                                               \
        const qn_status qn_try_status = (call);                                                                        \
        if (qn_try_status != QN_OK) return qn_try_status;                                                              \
    } while (0)
