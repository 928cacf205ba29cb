/// The words behind `quenched COMMAND`, taken apart.
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum {
    OPTION_OUTPUT = 1,
    OPTION_QUICK = 2,
    OPTION_SET = 4,
    OPTION_THREADS = 8,
    OPTION_SEED = 16,
    OPTION_JSON = 32,
    OPTION_STRICT = 64,
    OPTION_REPRODUCIBLE = 128,
    OPTION_RESUME = 256,
    OPTION_MEMORY = 512,
    OPTION_NO_FIGURES = 1024,
    OPTION_INDEX_BASE = 2048,
    OPTION_DROP_SELF_LOOPS = 4096,
    OPTION_DROP_SILENT = 8192,
    OPTION_RESCALE = 16384,
    OPTION_KEEP_MEAN = 1 << 15,
    OPTION_DEFLATE = 1 << 16,
    OPTION_NOISE = 1 << 17,
    OPTION_CONTROLS = 1 << 18,
    OPTION_SIMULATE = 1 << 19,
    OPTION_PLAN = 1 << 20,
    OPTION_TIME = 1 << 21,
    OPTION_SPIKES = 1 << 22,
    OPTION_TO = 1 << 23,
    OPTION_LIMIT = 1 << 24
};

typedef struct {
    const char *directory; ///< NULL: not said
    bool quick, json, strict, reproducible, resume, no_figures, help, drop_self_loops, drop_silent;
    bool keep_mean, deflate, controls, simulate, plan;
    int threads;         ///< 0: all
    int index_base;      ///< 0 or 1; -1: not said
    double rescale;      ///< wanted strength; 0: as it is
    double noise;        ///< private noise of the units
    double memory_limit; ///< bytes; 0: what the machine has
    double time_limit;   ///< seconds; 0: none
    const char *spikes;  ///< how they are written; NULL: as the study says
    const char *to;      ///< what is exported to; NULL: not said
    size_t set_count;
    char **sets; ///< "key=value", owned
    size_t argument_count;
    const char **arguments;
} command_line;

/// Take `words` apart; `allowed` are the options of command `name`. On failure prints one message and returns false.
bool options_parse(const char *name, unsigned allowed, int count, char **words, command_line *line);
void options_clear(command_line *line);

/// Print the options of `allowed`, one per line, for the help.
void options_help(unsigned allowed);

/// The likeliest of `candidates` (NULL-terminated) that was meant by `word`, or NULL.
const char *options_meant(const char *word, const char *const *candidates);
