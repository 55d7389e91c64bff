// --json: one record per line on standard output, and nothing else there.
#ifndef HEIYAN_APP_LINES_H
#define HEIYAN_APP_LINES_H

// The record of a sealed pack; says on stderr when it cannot be read.
void print_record(const char *folder);

#endif
