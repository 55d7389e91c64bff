// What went wrong, in one value: a status for the program and a sentence for the person.
//
// Every function that can fail returns a Status and takes an Error * as its last argument
// (NULL is allowed). On anything but STATUS_OK and STATUS_END the Error holds one sentence that
// says what failed, where, and what to do about it. No function below app/ prints errors or exits.
#ifndef HEIYAN_BASE_ERROR_H
#define HEIYAN_BASE_ERROR_H

typedef enum Status {
    STATUS_OK = 0,
    STATUS_END,         // no more data: not an error
    STATUS_ARGUMENT,    // the caller or the user gave something unusable
    STATUS_IO,          // the system refused: file, folder, permission
    STATUS_FULL,        // no space left on the disk or over its quota
    STATUS_FORMAT,      // data is damaged or not what it should be
    STATUS_UNSUPPORTED, // data is sound but this program cannot use it
    STATUS_MEMORY,      // out of memory
    STATUS_CANCELLED,   // stopped on request
    STATUS_MISSING,     // there is no such thing
    STATUS_FORBIDDEN,   // not for this person
    STATUS_CONFLICT,    // something changed meanwhile, or does not allow it now
} Status;

typedef struct Error {
    Status status;
    char text[512]; // UTF-8, no newline
} Error;

// Fills *error (if not NULL) and returns status, so that `return error_set(...)` reads as one step.
Status error_set(Error *error, Status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Same from errno: appends ": <strerror>" and picks STATUS_FULL for ENOSPC/EDQUOT, STATUS_MEMORY
// for ENOMEM, STATUS_IO for the rest.
Status error_set_errno(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

const char *status_name(Status status); // static string, never NULL

#endif
