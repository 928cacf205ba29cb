#include <quenched/status.h>

#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_SIZE = 2048 };

static _Thread_local char message[MESSAGE_SIZE];

const char *qn_last_error(void) { return message; }

const char *qn_version(void) { return QN_VERSION; }

const char *qn_status_name(qn_status status)
{
    switch (status) {
    case QN_OK: return "ok";
    case QN_BAD_VALUE: return "bad value";
    case QN_BAD_FILE: return "bad file";
    case QN_NO_MEMORY: return "no memory";
    case QN_NO_SOLUTION: return "no solution";
    case QN_NOT_CONVERGED: return "not converged";
    case QN_IO_ERROR: return "input/output error";
    case QN_STOPPED: return "stopped";
    case QN_INTERNAL: return "internal error";
    }
    return "unknown status";
}

qn_status(qn_fail)(qn_status status, const char *format, ...)
{
    // Formatted aside first: the arguments may point into the message that is about to be replaced.
    char fresh[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fresh, sizeof fresh, format, arguments);
    va_end(arguments);
    memcpy(message, fresh, sizeof message);
    return status;
}

qn_status(qn_fail_in)(qn_status status, const char *context, ...)
{
    char place[MESSAGE_SIZE / 2];
    va_list arguments;
    va_start(arguments, context);
    vsnprintf(place, sizeof place, context, arguments);
    va_end(arguments);
    return qn_fail(status, "%s: %.*s", place, MESSAGE_SIZE / 2, message);
}
