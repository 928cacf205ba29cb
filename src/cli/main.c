#include "cli/command.h"
#include "cli/interrupt.h"

#include <stdio.h>
#include <string.h>

static const char *standard_name(const char *word)
{
    if (!strcmp(word, "--version") || !strcmp(word, "-V")) return "version";
    if (!strcmp(word, "--help") || !strcmp(word, "-h")) return "help";
    return word;
}

const command *command_find(const char *name)
{
    for (const command *c = commands; c->name; ++c)
        if (!strcmp(c->name, name)) return c;
    return NULL;
}

static int unknown_command(const char *word)
{
    const char *names[32] = {NULL};
    size_t count = 0;
    for (const command *c = commands; c->name && count + 1 < sizeof names / sizeof *names; ++c)
        names[count++] = c->name;
    const char *meant = options_meant(word, names);
    if (meant)
        fprintf(stderr, "quenched: unknown command %s (did you mean %s?)\n", word, meant);
    else
        fprintf(stderr, "quenched: unknown command %s; see quenched help\n", word);
    return EXIT_BAD_INPUT;
}

static int start(const command *chosen, command_line *line)
{
    if (line->help) {
        *line->arguments = chosen->name;
        line->argument_count = 1;
        return command_help(line);
    }
    const int count = (int)line->argument_count;
    if (count < chosen->least || (chosen->most >= 0 && count > chosen->most)) {
        fprintf(stderr, "quenched %s: usage: quenched %s%s%s\n", chosen->name, chosen->name,
                *chosen->arguments ? " " : "", chosen->arguments);
        return EXIT_BAD_INPUT;
    }
    return chosen->run(line);
}

int main(int count, char **words)
{
    interrupt_prepare();
    const char *name = count > 1 ? standard_name(words[1]) : "help";
    const command *chosen = command_find(name);
    if (!chosen) return unknown_command(name);
    command_line line;
    int code = EXIT_BAD_INPUT;
    if (options_parse(chosen->name, chosen->options, count > 2 ? count - 2 : 0, words + 2, &line))
        code = start(chosen, &line);
    options_clear(&line);
    if (count < 2) code = EXIT_BAD_INPUT;
    if (fflush(stdout) && !interrupt_pipe_closed()) {
        perror("quenched: cannot write to standard output");
        return EXIT_ERROR;
    }
    return code;
}
