// The program's commands, one file each. argv holds what follows the command's name; the result is
// the exit status: 0 success, 1 a file unusable, damage found or work failed in part, 2 unusable
// arguments or settings, nothing to do.
#ifndef HEIYAN_APP_COMMANDS_H
#define HEIYAN_APP_COMMANDS_H

#define EXIT_GOOD 0
#define EXIT_PART 1
#define EXIT_USAGE 2

typedef struct Command {
    const char *name, *usage, *help, *help_zh;
    int (*run)(int argc, char **argv);
} Command;

int command_scan(int argc, char **argv);
int command_run(int argc, char **argv);
int command_review(int argc, char **argv);
int command_account(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_export(int argc, char **argv);
int command_check(int argc, char **argv);
int command_measure(int argc, char **argv);
int command_plate(int argc, char **argv);
int command_selftest(int argc, char **argv);

#endif
