#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

Status error_set(Error *error, Status status, const char *format, ...)
{
    if (error) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->text, sizeof error->text, format, args);
        va_end(args);
        error->status = status;
    }
    return status;
}

Status error_set_errno(Error *error, const char *format, ...)
{
    int number = errno;
    Status status = number == ENOSPC || number == EDQUOT ? STATUS_FULL
                    : number == ENOMEM                   ? STATUS_MEMORY
                                                         : STATUS_IO;
    if (error) {
        va_list args;
        va_start(args, format);
        int used = vsnprintf(error->text, sizeof error->text, format, args);
        va_end(args);
        if (used >= 0 && (size_t)used < sizeof error->text)
            snprintf(error->text + used, sizeof error->text - (size_t)used, ": %s",
                     strerror(number));
        error->status = status;
    }
    return status;
}

const char *status_name(Status status)
{
    static const char *const names[] = {
        [STATUS_OK] = "ok",
        [STATUS_END] = "end",
        [STATUS_ARGUMENT] = "argument",
        [STATUS_IO] = "io",
        [STATUS_FULL] = "full",
        [STATUS_FORMAT] = "format",
        [STATUS_UNSUPPORTED] = "unsupported",
        [STATUS_MEMORY] = "memory",
        [STATUS_CANCELLED] = "cancelled",
        [STATUS_MISSING] = "missing",
        [STATUS_FORBIDDEN] = "forbidden",
        [STATUS_CONFLICT] = "conflict",
    };
    return (unsigned)status < sizeof names / sizeof *names ? names[status] : "unknown";
}
