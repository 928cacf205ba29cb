/// Running the built command and keeping what it says.
#pragma once
#include "testing.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { COMMAND_WORDS = 32, COMMAND_TEXT = 1 << 18 };

typedef struct {
    int code; ///< exit code, 128 + number where a signal ended it
    char out[COMMAND_TEXT], err[COMMAND_TEXT];
} command_outcome;

static inline void read_back(FILE *file, char *text)
{
    const ssize_t got = pread(fileno(file), text, COMMAND_TEXT - 1, 0);
    text[got > 0 ? got : 0] = 0;
    fclose(file);
}

static inline pid_t start_command(char *const *words, int out, int err)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    assert_int_equal(posix_spawn(&child, COMMAND_PATH, &actions, NULL, words, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

static inline int end_command(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0) assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// `words` are those behind "quenched", separated by single blanks.
static inline const command_outcome *run_command(const char *words)
{
    static command_outcome outcome;
    char copy[4096], *list[COMMAND_WORDS + 2], name[] = COMMAND_PATH;
    size_t count = 0;
    snprintf(copy, sizeof copy, "%s", words);
    list[count++] = name;
    for (char *word = strtok(copy, " "); word && count <= COMMAND_WORDS; word = strtok(NULL, " ")) list[count++] = word;
    list[count] = NULL;
    FILE *out = tmpfile(), *err = tmpfile();
    assert_true(out && err);
    outcome.code = end_command(start_command(list, fileno(out), fileno(err)));
    read_back(out, outcome.out);
    read_back(err, outcome.err);
    return &outcome;
}

static inline void assert_says_at(const char *text, const char *part, const char *words, const char *file, int line)
{
    if (strstr(text, part)) return;
    print_error("%s:%d: quenched %s does not say \"%s\" but:\n%s\n", file, line, words, part, text);
    _fail(file, line);
}

/// The command ends with `expected_code`, prints `part` on standard error and nothing on standard output.
#define assert_refuses(words, expected_code, part)                                                                     \
    do {                                                                                                               \
        const command_outcome *refused = run_command(words);                                                           \
        assert_says_at(refused->err, (part), (words), __FILE__, __LINE__);                                             \
        assert_string_equal(refused->out, "");                                                                         \
        assert_int_equal(refused->code, (expected_code));                                                              \
    } while (0)

/// The command ends with 0 and prints `part` on standard output.
#define assert_prints(words, part)                                                                                     \
    do {                                                                                                               \
        const command_outcome *printed = run_command(words);                                                           \
        if (printed->code) print_error("quenched %s: %s\n", (words), printed->err);                                    \
        assert_int_equal(printed->code, 0);                                                                            \
        assert_says_at(printed->out, (part), (words), __FILE__, __LINE__);                                             \
    } while (0)
