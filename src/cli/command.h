/// The commands of `quenched`: what each is called, says about itself, and does.
#pragma once
#include "cli/options.h"

/// What the shell sees.
enum {
    EXIT_FINE = 0,      ///< agreement, or nothing to compare
    EXIT_ERROR = 1,     ///< something went wrong that the user could not foresee
    EXIT_BAD_INPUT = 2, ///< usage, study, file, folder, memory that does not fit
    EXIT_DISAGREE = 3   ///< theory and simulation disagree, with --strict
};

typedef struct {
    const char *name, *arguments, *summary;
    const char *details; ///< for `quenched help NAME`; options are listed below it
    unsigned options;    ///< which options it takes: OPTION_* of options.h
    int least, most;     ///< how many arguments; most < 0: any number
    int (*run)(const command_line *line);
} command;

extern const command commands[]; ///< ends with a NULL name

int command_run(const command_line *line);
int command_theory(const command_line *line);
int command_simulate(const command_line *line);
int command_list(const command_line *line);
int command_show(const command_line *line);
int command_check(const command_line *line);
int command_report(const command_line *line);
int command_compare(const command_line *line);
int command_connectome(const command_line *line);
int command_export(const command_line *line);
int command_gp(const command_line *line);
int command_reference(const command_line *line);
int command_version(const command_line *line);
int command_help(const command_line *line);

/// The command of that name, or NULL.
const command *command_find(const char *name);
