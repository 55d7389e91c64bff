// Messages to any program: started once per message, the JSON on its standard input, the id, the
// kind and the pack's folder in HEIYAN_MESSAGE_ID, HEIYAN_MESSAGE_KIND and HEIYAN_PACK. Exit status
// 0: delivered; 65 (EX_DATAERR): never again with this message; others: later.
#include "outlet/outlet.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define SLICE_MS 20
#define WORDS 160 // of what it says on standard error, the end

typedef struct Line {
    const OutletOptions *options;
    const atomic_bool *stop;
    char **argv; // ends with NULL; the strings are the settings'
} Line;

typedef struct Run { // one start of the program
    pid_t pid;
    int input, said; // memory file with the message; pipe from its standard error
    char words[WORDS];
} Run;

static Status fill_input(Run *run, const OutletMessage *message, Error *error)
{
    run->input = memfd_create("heiyan-message", MFD_CLOEXEC);
    if (run->input < 0)
        return error_set_errno(error, "no room for a message");
    for (size_t done = 0; done < message->size;) {
        ssize_t written = write(run->input, message->body + done, message->size - done);
        if (written < 0)
            return error_set_errno(error, "no room for a message");
        done += (size_t)written;
    }
    lseek(run->input, 0, SEEK_SET);
    return STATUS_OK;
}

static bool is_ours(const char *entry)
{
    return strncmp(entry, "HEIYAN_MESSAGE_", 15) == 0 || strncmp(entry, "HEIYAN_PACK=", 12) == 0;
}

// Our environment and what is told of the message. One block of memory; NULL when out of it.
static char **make_environment(const OutletMessage *message)
{
    char folder[PATH_SIZE] = "";
    size_t count = 0, kept = 0, room = PATH_SIZE + 512;
    while (environ[count])
        count++;
    char **out = malloc((count + 4) * sizeof *out + 3 * room);
    if (!out)
        return NULL;
    char *text = (char *)(out + count + 4);
    if (*message->folder && !realpath(message->folder, folder))
        folder[0] = '\0';
    for (size_t i = 0; i < count; i++)
        if (!is_ours(environ[i]))
            out[kept++] = environ[i];
    const char *const pairs[3][2] = {{"HEIYAN_MESSAGE_ID", message->id},
                                     {"HEIYAN_MESSAGE_KIND", message->kind},
                                     {"HEIYAN_PACK", folder}};
    for (size_t i = 0; i < 3; i++) {
        snprintf(text + i * room, room, "%s=%s", pairs[i][0], pairs[i][1]);
        out[kept++] = text + i * room;
    }
    out[kept] = NULL;
    return out;
}

static int spawn(Run *run, char *const *argv, char *const *environment, int write_end)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, run->input, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, write_end, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    int result = posix_spawnp(&run->pid, argv[0], &actions, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return result;
}

static Status begin(Run *run, const Line *line, const OutletMessage *message, Error *error)
{
    int ends[2];
    Status status = fill_input(run, message, error);
    if (status != STATUS_OK)
        return status;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(error, "cannot start %s", line->argv[0]);
    run->said = ends[0];
    fcntl(run->said, F_SETFL, O_NONBLOCK);
    char **environment = make_environment(message);
    int result = environment ? spawn(run, line->argv, environment, ends[1]) : ENOMEM;
    free(environment);
    close(ends[1]);
    if (result == 0)
        return STATUS_OK;
    run->pid = 0;
    errno = result;
    error_set_errno(error, "cannot start %s", line->argv[0]);
    return result == ENOENT || result == EACCES || result == ENOEXEC ? STATUS_ARGUMENT : STATUS_IO;
}

// Keeps the end of what it says.
static void listen_to(Run *run)
{
    char data[512];
    struct pollfd wait = {run->said, POLLIN, 0};
    if (poll(&wait, 1, SLICE_MS) <= 0)
        return;
    ssize_t got = read(run->said, data, sizeof data);
    if (got <= 0) { // it closed its standard error and goes on
        usleep(SLICE_MS * 1000);
        return;
    }
    size_t used = strlen(run->words);
    for (ssize_t i = 0; i < got; i++) {
        if (used == WORDS - 1)
            memmove(run->words, run->words + 1, used--);
        run->words[used++] = data[i] < ' ' && data[i] >= 0 ? ' ' : data[i];
        run->words[used] = '\0';
    }
}

static void trim_words(Run *run)
{
    char *words = run->words;
    size_t length = strlen(words), skip = 0;
    while (length && words[length - 1] == ' ')
        words[--length] = '\0';
    while (words[skip] == ' ' || (words[skip] & 0xC0) == 0x80) // no half a character
        skip++;
    memmove(words, words + skip, length - skip + 1);
}

static Status finish(Run *run, const char *name, int state, Error *error)
{
    listen_to(run); // what it said last
    trim_words(run);
    const char *colon = *run->words ? ": " : "";
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
        return STATUS_OK;
    if (!WIFEXITED(state))
        return error_set(error, STATUS_IO, "%s was ended by signal %d%s%s", name, WTERMSIG(state),
                         colon, run->words);
    Status status = WEXITSTATUS(state) == 65 ? STATUS_FORMAT : STATUS_IO;
    return error_set(error, status, "%s ended with %d%s%s", name, WEXITSTATUS(state), colon,
                     run->words);
}

static Status wait_for(Run *run, const Line *line, Error *error)
{
    const char *name = path_base(line->argv[0]);
    int64_t until_us = clock_monotonic_us() + line->options->timeout_s * SECOND_US;
    int state = 255 << 8; // should nobody know how it ended
    while (waitpid(run->pid, &state, WNOHANG) == 0) {
        bool stop = atomic_load(line->stop);
        if (stop || clock_monotonic_us() > until_us) {
            kill(-run->pid, SIGKILL);
            waitpid(run->pid, &state, 0);
            return stop ? error_set(error, STATUS_CANCELLED, "stopped")
                        : error_set(error, STATUS_IO, "%s did not end within %d s", name,
                                    line->options->timeout_s);
        }
        listen_to(run);
    }
    return finish(run, name, state, error);
}

static Status send_message(void *context, const OutletMessage *message, Error *error)
{
    Line *line = context;
    Run run = {.input = -1, .said = -1};
    Status status = begin(&run, line, message, error);
    if (status == STATUS_OK)
        status = wait_for(&run, line, error);
    if (run.input >= 0)
        close(run.input);
    if (run.said >= 0)
        close(run.said);
    return status;
}

static Status open_line(void **out, const OutletOptions *options, const atomic_bool *stop,
                        Error *error)
{
    char *const *words = options->command.items;
    Line *line = *out = calloc(1, sizeof *line);
    if (line)
        line->argv = calloc(options->command.count + 1, sizeof *line->argv);
    if (!line || !line->argv)
        return error_set(error, STATUS_MEMORY, "out of memory");
    line->options = options;
    line->stop = stop;
    memcpy(line->argv, words, options->command.count * sizeof *words);
    return STATUS_OK;
}

static void rest(void *line)
{
    (void)line; // nothing is held between messages
}

static void close_line(void **out)
{
    Line *line = *out;
    *out = NULL;
    if (!line)
        return;
    free(line->argv);
    free(line);
}

const OutletKind outlet_program = {"program", open_line, send_message, rest, close_line};
