#include "report/gnuplot.h"

#include "base/fail.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// Scratch files without names: script in, figure out, complaints out.
typedef struct {
    FILE *script, *figure, *complaints;
} scratch;

static qn_status open_scratch(scratch *files)
{
    *files = (scratch){tmpfile(), tmpfile(), tmpfile()};
    QN_REQUIRE(files->script && files->figure && files->complaints, QN_IO_ERROR, "no temporary file for gnuplot: %s",
               strerror(errno));
    return QN_OK;
}

static void close_scratch(scratch *files)
{
    if (files->script) fclose(files->script);
    if (files->figure) fclose(files->figure);
    if (files->complaints) fclose(files->complaints);
}

static int start(const scratch *files, pid_t *child)
{
    // -d: neither the user's nor the system's initialisation file may change a figure.
    char name[] = "gnuplot", defaults[] = "-d", *arguments[] = {name, defaults, NULL};
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, fileno(files->script), 0);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, fileno(files->figure), 1);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, fileno(files->complaints), 2);
    if (!error) error = posix_spawnp(child, name, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static qn_status wait_for(pid_t child, int *code)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        QN_REQUIRE(errno == EINTR, QN_IO_ERROR, "lost sight of gnuplot: %s", strerror(errno));
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return QN_OK;
}

static qn_status slurp(FILE *stream, char **bytes, size_t *size)
{
    // The child wrote through a descriptor of its own: ask the file, not the stream.
    const off_t length = lseek(fileno(stream), 0, SEEK_END);
    QN_REQUIRE(length >= 0, QN_IO_ERROR, "cannot read what gnuplot wrote: %s", strerror(errno));
    char *all = malloc((size_t)length + 1);
    QN_REQUIRE(all, QN_NO_MEMORY, "no memory for a figure of %lld bytes", (long long)length);
    size_t done = 0;
    while (done < (size_t)length) {
        const ssize_t got = pread(fileno(stream), all + done, (size_t)length - done, (off_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        done += (size_t)got;
    }
    all[done] = 0;
    *bytes = all;
    *size = done;
    return QN_OK;
}

// The line of gnuplot's complaint that says something.
static qn_status refuse(const qn_plot *plot, const scratch *files, int code)
{
    char *text;
    size_t size;
    QN_TRY(slurp(files->complaints, &text, &size));
    char words[400] = "";
    for (char *line = text, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        const char *start_of_words = line + strspn(line, " \t^");
        if (end > start_of_words) snprintf(words, sizeof words, "%.*s", (int)(end - start_of_words), start_of_words);
        if (*end) ++end;
    }
    free(text);
    return qn_fail(QN_IO_ERROR, "gnuplot could not draw %s (exit %d): %s", plot->name, code,
                   *words ? words : "no word of why");
}

static qn_status run(const qn_plot *plot, qn_gnuplot_format format, const scratch *files, char **bytes, size_t *size)
{
    QN_TRY(qn_gnuplot_script(plot, format, files->script));
    QN_REQUIRE(!fflush(files->script) && !ferror(files->script) && lseek(fileno(files->script), 0, SEEK_SET) == 0,
               QN_IO_ERROR, "cannot write gnuplot's commands: %s", strerror(errno));
    pid_t child;
    int code = 0;
    const int error = start(files, &child);
    QN_REQUIRE(error != ENOENT, QN_IO_ERROR,
               "gnuplot is not installed: figures need it (Debian: apt install gnuplot-nox)");
    QN_REQUIRE(!error, QN_IO_ERROR, "cannot start gnuplot: %s", strerror(error));
    QN_TRY(wait_for(child, &code));
    QN_REQUIRE(code != 127, QN_IO_ERROR, "gnuplot is not installed: figures need it (Debian: apt install gnuplot-nox)");
    if (code) return refuse(plot, files, code);
    QN_TRY(slurp(files->figure, bytes, size));
    if (*size > 0) return QN_OK;
    free(*bytes);
    return refuse(plot, files, code);
}

qn_status qn_gnuplot_draw(const qn_plot *plot, qn_gnuplot_format format, char **bytes, size_t *size)
{
    scratch files;
    qn_status status = open_scratch(&files);
    if (status == QN_OK) status = run(plot, format, &files, bytes, size);
    close_scratch(&files);
    return status;
}
