#include "cli/options.h"

#include "base/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name, *shorter, *value; ///< value NULL: a switch
    unsigned flag;
    const char *summary;
} option;

static const option options[] = {
    {"--output", "-o", "DIR", OPTION_OUTPUT, "folder for the results; made if it is not there"},
    {"--quick", NULL, NULL, OPTION_QUICK, "fewer networks, shorter runs, wider error bars"},
    {"--set", NULL, "KEY=VALUE", OPTION_SET, "change any key of the study; may be repeated"},
    {"--seed", NULL, "S", OPTION_SEED, "the same as --set seed=S"},
    {"--threads", NULL, "K", OPTION_THREADS, "use K threads (default: all cores); results do not depend on it"},
    {"--memory-limit", NULL, "SIZE", OPTION_MEMORY, "refuse what needs more, such as 4G or 500M"},
    {"--time-limit", NULL, "TIME", OPTION_TIME, "refuse what is expected to take longer, such as 90s, 10m or 2h"},
    {"--limit", NULL, "LIMIT", OPTION_LIMIT, "either of the two, by its unit: 4G, 10m; may be given for both"},
    {"--plan", NULL, NULL, OPTION_PLAN, "print what a run would take, and do not run"},
    {"--spikes", NULL, "FORMAT", OPTION_SPIKES, "write recorded spikes: sonata (HDF5), npy, both or none"},
    {"--to", NULL, "PROGRAM", OPTION_TO, "for which program: nest"},
    {"--json", NULL, NULL, OPTION_JSON, "print one JSON object instead of the table"},
    {"--strict", NULL, NULL, OPTION_STRICT, "exit with 3 when there is disagreement"},
    {"--reproducible", NULL, NULL, OPTION_REPRODUCIBLE, "leave the time stamp out of the result file"},
    {"--resume", NULL, NULL, OPTION_RESUME, "continue an interrupted run from its checkpoint"},
    {"--no-figures", NULL, NULL, OPTION_NO_FIGURES, "draw nothing; the page has the table alone"},
    {"--index-base", NULL, "0|1", OPTION_INDEX_BASE, "number of the first unit in an edge list"},
    {"--drop-self-loops", NULL, NULL, OPTION_DROP_SELF_LOOPS, "leave the diagonal out"},
    {"--drop-silent", NULL, NULL, OPTION_DROP_SILENT, "leave units out that neither receive nor send"},
    {"--rescale", NULL, "G", OPTION_RESCALE,
     "activity of the matrix rescaled to strength G (of its deviations from the mean)"},
    {"--keep-mean", NULL, NULL, OPTION_KEEP_MEAN, "do not take the mean off every entry"},
    {"--deflate", NULL, NULL, OPTION_DEFLATE, "project singular values off that stand out of the others"},
    {"--noise", NULL, "S", OPTION_NOISE, "private white noise of the units (default: none)"},
    {"--controls", NULL, NULL, OPTION_CONTROLS, "the same of shuffled matrices, in the same table"},
    {"--simulate", NULL, NULL, OPTION_SIMULATE, "simulate the activity, beside theory"},
};
enum { OPTION_COUNT = sizeof options / sizeof *options };

void options_help(unsigned allowed)
{
    for (size_t i = 0; i < OPTION_COUNT; ++i) {
        if (!(options[i].flag & allowed)) continue;
        char left[64];
        snprintf(left, sizeof left, "%s%s%s%s%s", options[i].shorter ? options[i].shorter : "",
                 options[i].shorter ? ", " : "", options[i].name, options[i].value ? " " : "",
                 options[i].value ? options[i].value : "");
        printf("  %-22s %s\n", left, options[i].summary);
    }
}

// Steps of typing between two words: insert, delete, replace.
static size_t distance(const char *a, const char *b)
{
    enum { MOST = 40 };
    const size_t n = strlen(a), m = strlen(b);
    size_t row[MOST + 1];
    if (n > MOST || m > MOST) return MOST;
    for (size_t j = 0; j <= m; ++j) row[j] = j;
    for (size_t i = 1; i <= n; ++i) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; ++j) {
            const size_t replace = corner + (a[i - 1] != b[j - 1]);
            const size_t other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            corner = row[j];
            row[j] = replace < other ? replace : other;
        }
    }
    return row[m];
}

const char *options_meant(const char *word, const char *const *candidates)
{
    const char *best = NULL;
    size_t least = strlen(word) / 3 + 2;
    for (; *candidates; ++candidates) {
        const size_t steps = distance(word, *candidates);
        if (steps >= least) continue;
        least = steps;
        best = *candidates;
    }
    return best;
}

static bool complain(const char *name, const char *message, const char *word)
{
    fprintf(stderr, "quenched %s: %s%s%s; see quenched help %s\n", name, message, *word ? " " : "", word, name);
    return false;
}

static bool complain_unknown(const char *name, unsigned allowed, const char *word)
{
    const char *candidates[OPTION_COUNT + 1];
    size_t count = 0;
    for (size_t i = 0; i < OPTION_COUNT; ++i)
        if (options[i].flag & allowed) candidates[count++] = options[i].name;
    candidates[count] = NULL;
    const char *meant = options_meant(word, candidates);
    if (!meant) return complain(name, "unknown option", word);
    fprintf(stderr, "quenched %s: unknown option %s (did you mean %s?)\n", name, word, meant);
    return false;
}

static bool parse_threads(const char *text, int *threads)
{
    char *end;
    errno = 0;
    const long count = strtol(text, &end, 10);
    if (errno || *end || end == text || count < 1 || count > 4096) return false;
    *threads = (int)count;
    return true;
}

// "4G", "500M", "2GiB", "1e9"
static bool parse_size(const char *text, double *bytes)
{
    static const char units[] = "kMGT";
    char *end;
    double size = strtod(text, &end);
    const char *unit = *end ? strchr(units, *end == 'K' ? 'k' : *end) : NULL;
    if (end == text || !(size > 0.0) || isinf(size)) return false;
    if (unit) {
        const bool binary = end[1] == 'i';
        for (const char *u = units; u <= unit; ++u) size *= binary ? 1024.0 : 1000.0;
        end += 1 + binary;
    }
    if (*end == 'B') ++end;
    *bytes = size;
    return !*end;
}

// "90", "90s", "10m", "2h", "1d"
static bool parse_time(const char *text, double *seconds)
{
    char *end;
    const double time = strtod(text, &end);
    if (end == text || !(time > 0.0) || isinf(time) || (*end && end[1])) return false;
    const double unit = *end == 'm'            ? 60.0
                        : *end == 'h'          ? 3600.0
                        : *end == 'd'          ? 86400.0
                        : *end == 's' || !*end ? 1.0
                                               : 0.0;
    *seconds = time * unit;
    return unit > 0.0;
}

static bool is_spike_format(const char *text)
{
    return !strcmp(text, "sonata") || !strcmp(text, "npy") || !strcmp(text, "both") || !strcmp(text, "none");
}

static bool add_set(command_line *line, const char *key, const char *value)
{
    const size_t room = strlen(key) + strlen(value) + 1;
    char *text = malloc(room);
    if (!text) return false;
    snprintf(text, room, "%s%s", key, value);
    line->sets[line->set_count++] = text;
    return true;
}

static bool apply_switch(unsigned flag, command_line *line)
{
    switch (flag) {
    case OPTION_QUICK: line->quick = true; break;
    case OPTION_JSON: line->json = true; break;
    case OPTION_STRICT: line->strict = true; break;
    case OPTION_REPRODUCIBLE: line->reproducible = true; break;
    case OPTION_RESUME: line->resume = true; break;
    case OPTION_DROP_SELF_LOOPS: line->drop_self_loops = true; break;
    case OPTION_DROP_SILENT: line->drop_silent = true; break;
    case OPTION_KEEP_MEAN: line->keep_mean = true; break;
    case OPTION_DEFLATE: line->deflate = true; break;
    case OPTION_CONTROLS: line->controls = true; break;
    case OPTION_SIMULATE: line->simulate = true; break;
    case OPTION_PLAN: line->plan = true; break;
    default: line->no_figures = true;
    }
    return true;
}

static bool apply_value(const char *name, const option *found, const char *value, command_line *line)
{
    char message[96];
    switch (found->flag) {
    case OPTION_OUTPUT:
        line->directory = value;
        return *value ? true : complain(name, "--output needs the name of a folder", "");
    case OPTION_SET:
        if (!strchr(value, '=')) return complain(name, "--set needs KEY=VALUE, not", value);
        return add_set(line, "", value);
    case OPTION_SEED: return add_set(line, "seed=", value);
    case OPTION_INDEX_BASE:
        if (strcmp(value, "0") && strcmp(value, "1")) return complain(name, "--index-base needs 0 or 1, not", value);
        line->index_base = *value - '0';
        return true;
    case OPTION_RESCALE:
        if (qn_number_read(value, &line->rescale) && line->rescale > 0.0 && line->rescale <= 100.0) return true;
        return complain(name, "--rescale needs a strength above 0, at most 100, not", value);
    case OPTION_NOISE:
        if (qn_number_read(value, &line->noise) && line->noise >= 0.0 && line->noise <= 1e6) return true;
        return complain(name, "--noise needs a number of at least 0, not", value);
    case OPTION_TIME:
        if (parse_time(value, &line->time_limit)) return true;
        return complain(name, "--time-limit needs a time such as 90s, 10m or 2h, not", value);
    case OPTION_LIMIT: // a bare number could be bytes or seconds
        if (*value && strchr("smhd", value[strlen(value) - 1]) && parse_time(value, &line->time_limit)) return true;
        if (*value && strchr("GMTKkB", value[strlen(value) - 1]) && parse_size(value, &line->memory_limit)) return true;
        return complain(name, "--limit needs a size such as 4G or a time such as 90s, 10m or 2h, not", value);
    case OPTION_SPIKES:
        line->spikes = value;
        return is_spike_format(value) ? true : complain(name, "--spikes needs sonata, npy, both or none, not", value);
    case OPTION_TO:
        line->to = value;
        return !strcmp(value, "nest") ? true : complain(name, "--to knows nest, not", value);
    case OPTION_THREADS:
        if (parse_threads(value, &line->threads)) return true;
        snprintf(message, sizeof message, "--threads needs a whole number from 1 to 4096, not");
        return complain(name, message, value);
    default:
        if (parse_size(value, &line->memory_limit)) return true;
        return complain(name, "--memory-limit needs a size such as 4G or 500M, not", value);
    }
}

// "--name", "--name=value", "-o", "-oDIR": which option, and where its value begins if it is attached.
static const option *find_option(const char *word, unsigned allowed, const char **attached)
{
    *attached = NULL;
    for (size_t i = 0; i < OPTION_COUNT; ++i) {
        const option *o = &options[i];
        if (!(o->flag & allowed)) continue;
        const size_t length = strlen(o->name);
        if (!strncmp(word, o->name, length) && (!word[length] || word[length] == '=')) {
            if (word[length]) *attached = word + length + 1;
            return o;
        }
        if (o->shorter && !strncmp(word, o->shorter, 2)) {
            if (word[2]) *attached = word + 2;
            return o;
        }
    }
    return NULL;
}

static bool parse_option(const char *name, unsigned allowed, int count, char **words, int *at, command_line *line)
{
    const char *attached;
    const option *found = find_option(words[*at], allowed, &attached);
    if (!found) return complain_unknown(name, allowed, words[*at]);
    if (!found->value)
        return attached ? complain(name, "no value is wanted by", found->name) : apply_switch(found->flag, line);
    if (attached) return apply_value(name, found, attached, line);
    if (*at + 1 >= count) return complain(name, "a value is missing behind", found->name);
    return apply_value(name, found, words[++*at], line);
}

bool options_parse(const char *name, unsigned allowed, int count, char **words, command_line *line)
{
    *line = (command_line){.index_base = -1,
                           .sets = calloc((size_t)count + 1, sizeof *line->sets),
                           .arguments = calloc((size_t)count + 1, sizeof *line->arguments)};
    if (!line->sets || !line->arguments) return complain(name, "no memory", "");
    bool only_arguments = false;
    for (int at = 0; at < count; ++at) {
        const char *word = words[at];
        if (only_arguments || word[0] != '-' || !word[1])
            line->arguments[line->argument_count++] = word;
        else if (!strcmp(word, "--"))
            only_arguments = true;
        else if (!strcmp(word, "--help") || !strcmp(word, "-h"))
            line->help = true;
        else if (!parse_option(name, allowed, count, words, &at, line))
            return false;
    }
    return true;
}

void options_clear(command_line *line)
{
    for (size_t i = 0; i < line->set_count; ++i) free(line->sets[i]);
    free(line->sets);
    free(line->arguments);
    *line = (command_line){0};
}
