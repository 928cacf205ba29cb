/// Status codes and the per-thread error message.
///
/// Every function that can fail returns a qn_status. On failure qn_last_error() holds one sentence with the offending
/// name, its value and what is allowed; it belongs to the calling thread and lives until that thread's next failure.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QN_OK = 0,
    QN_BAD_VALUE,     ///< an argument or a study key is outside what is allowed
    QN_BAD_FILE,      ///< a file is missing, truncated or not of the form it claims
    QN_NO_MEMORY,     ///< an allocation failed, or an estimate says that it would
    QN_NO_SOLUTION,   ///< the theory has no stationary solution here; the message says why
    QN_NOT_CONVERGED, ///< a solver stopped short; the message has the residual reached
    QN_IO_ERROR,      ///< writing failed (disk full, permission); what was there before is untouched
    QN_STOPPED,       ///< a progress callback asked to stop
    QN_INTERNAL       ///< a defect in quenched or in a library under it
} qn_status;

/// Message of this thread's most recent failure; "" when there was none. Never NULL.
const char *qn_last_error(void);

/// Stable lower-case name of a status, such as "bad value". Never NULL.
const char *qn_status_name(qn_status status);

/// Version of the library that is running, such as "0.1.0".
const char *qn_version(void);

#ifdef __cplusplus
}
#endif
