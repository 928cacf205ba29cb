// help, version, and the table of all commands.
#include "cli/command.h"

#include <quenched/quenched.h>
#include <stdio.h>

enum {
    STUDY_OPTIONS = OPTION_OUTPUT | OPTION_QUICK | OPTION_SET | OPTION_SEED | OPTION_THREADS | OPTION_MEMORY |
                    OPTION_JSON | OPTION_STRICT | OPTION_REPRODUCIBLE | OPTION_RESUME | OPTION_NO_FIGURES |
                    OPTION_TIME | OPTION_LIMIT,
    RUN_OPTIONS = STUDY_OPTIONS | OPTION_PLAN | OPTION_SPIKES
};

#define STUDY_WORDS                                                                                                    \
    "STUDY is a YAML file, or the name of one in ./studies, in a folder of $QUENCHED_STUDIES, or among those that "    \
    "came\n"                                                                                                           \
    "with quenched (`quenched list`)."

const command commands[] = {
    {"run", "STUDY [options]", "theory and simulation of a study, side by side",
     STUDY_WORDS
     "\nWrites NAME.nc (all numbers), NAME.html (one page) and the figures into DIR (out), prints the table.\n"
     "Ctrl-C stops at a checkpoint, from which --resume continues to the same numbers.",
     RUN_OPTIONS, 1, 1, command_run},
    {"theory", "STUDY [options]", "only the theory", STUDY_WORDS "\nPrints the table; writes files only with -o.",
     STUDY_OPTIONS & ~(OPTION_RESUME | OPTION_STRICT | OPTION_TIME | OPTION_LIMIT), 1, 1, command_theory},
    {"simulate", "STUDY [options]", "only the simulation", STUDY_WORDS "\nPrints the table; writes files only with -o.",
     RUN_OPTIONS & ~OPTION_STRICT, 1, 1, command_simulate},
    {"list", "", "the studies there are, and what each must show", "", 0, 0, 0, command_list},
    {"show", "STUDY", "print a study", STUDY_WORDS, 0, 1, 1, command_show},
    {"check", "STUDY... [--set KEY=VALUE]", "check studies without running them", STUDY_WORDS, OPTION_SET | OPTION_SEED,
     1, -1, command_check},
    {"report", "RESULT.nc [options]", "figures, page and table again from a result file",
     "Writes into the folder of the result, or into DIR.",
     OPTION_OUTPUT | OPTION_JSON | OPTION_STRICT | OPTION_NO_FIGURES, 1, 1, command_report},
    {"compare", "A.nc B.nc [--strict]", "two results against each other",
     "Each quantity's simulation (or theory, where there is none) in both, and the difference in combined standard "
     "errors.",
     OPTION_STRICT, 2, 2, command_compare},
    {"connectome", "FILE [options]", "structure of a coupling matrix, and the activity it predicts",
     "FILE is .npy (dense), .npz (SciPy, sparse), .mtx (Matrix Market) or .csv (edge list i,j,weight: to unit i\n"
     "from unit j).\n"
     "Prints strength, effective ranks, outliers, how unequal units are, overlaps of modes; and the activity that\n"
     "theories expect which know more and more of it, beside a simulation (--simulate) and controls (--controls).\n"
     "With -o writes DIR/NAME.nc, DIR/NAME.html and figures. --set reaches the keys of study: connectome.",
     OPTION_INDEX_BASE | OPTION_DROP_SELF_LOOPS | OPTION_DROP_SILENT | OPTION_KEEP_MEAN | OPTION_DEFLATE |
         OPTION_RESCALE | OPTION_NOISE | OPTION_CONTROLS | OPTION_SIMULATE | OPTION_OUTPUT | OPTION_SET | OPTION_SEED |
         OPTION_QUICK | OPTION_THREADS | OPTION_MEMORY | OPTION_JSON | OPTION_REPRODUCIBLE | OPTION_NO_FIGURES,
     1, 1, command_connectome},
    {"export", "STUDY --to nest [options]", "the network of a study as a script for another simulator",
     STUDY_WORDS "\nPrints a Python program for NEST 3 that builds and simulates the network of a study of kind "
                 "spiking, its first\n"
                 "point if there is a sweep; with -o writes DIR/NAME-nest.py.",
     OPTION_TO | OPTION_OUTPUT | OPTION_QUICK | OPTION_SET | OPTION_SEED, 1, 1, command_export},
    {"gp", "STUDY|DATA [TEST] [options]", "predictions of the Gaussian process that a wide network is",
     "STUDY is of kind kernel, with labelled files; or DATA itself is one: IDX, .npy, or .csv with its labels in the "
     "last\n"
     "column. --set reaches the keys of study: kernel, such as files.labels=FILE (sought beside DATA) and "
     "network.g=2.\n"
     "TEST is a file of points to be predicted, all points of DATA being learnt; without it, points of DATA are set "
     "aside.\n"
     "Prints a line for each, row,class,mean...,variance; with -o writes DIR/NAME-predictions.csv.",
     OPTION_OUTPUT | OPTION_QUICK | OPTION_SET | OPTION_SEED | OPTION_THREADS | OPTION_MEMORY, 1, 2, command_gp},
    {"reference", "", "every key that a study may have, as Markdown", "", 0, 0, 0, command_reference},
    {"version", "", "the version", "", 0, 0, 0, command_version},
    {"help", "[COMMAND]", "this, or more about a command", "", 0, 0, 1, command_help},
    {0},
};

int command_version(const command_line *line)
{
    (void)line;
    printf("quenched %s\n", qn_version());
    return EXIT_FINE;
}

static int help_all(void)
{
    puts("quenched: large random neural networks with quenched disorder, by theory and by simulation, side by side.\n");
    for (const command *c = commands; c->name; ++c) printf("  quenched %-10s %s\n", c->name, c->summary);
    puts("\nTo begin: quenched run chaos\n\n"
         "Exit codes: 0 agreement or nothing to compare, 1 error, 2 bad usage or input, 3 disagreement (with "
         "--strict).");
    return EXIT_FINE;
}

int command_help(const command_line *line)
{
    if (!line->argument_count) return help_all();
    const command *about = command_find(line->arguments[0]);
    if (!about) {
        fprintf(stderr, "quenched help: there is no command %s; see quenched help\n", line->arguments[0]);
        return EXIT_BAD_INPUT;
    }
    printf("quenched %s%s%s: %s\n", about->name, *about->arguments ? " " : "", about->arguments, about->summary);
    if (*about->details) printf("\n%s\n", about->details);
    if (about->options) {
        puts("\nOptions:");
        options_help(about->options);
    }
    return EXIT_FINE;
}
