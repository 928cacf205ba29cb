#include "study/spiking_given.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/number.h"
#include "study/study_data.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t largest_file = (size_t)1 << 32;

typedef struct {
    const char *path;
    size_t neurons;
    double time_step;
    size_t count, room;
    uint32_t *neuron;
    double *time;
} reading;

static qn_status make_room(reading *r)
{
    if (r->count < r->room) return QN_OK;
    const size_t room = r->room ? 2 * r->room : 1024;
    uint32_t *neuron = realloc(r->neuron, room * sizeof *neuron);
    if (neuron) r->neuron = neuron;
    double *time = realloc(r->time, room * sizeof *time);
    if (time) r->time = time;
    QN_REQUIRE(neuron && time, QN_NO_MEMORY, "%s: no memory for %zu spikes", r->path, room);
    r->room = room;
    return QN_OK;
}

static char *trimmed(char *text)
{
    while (isspace((unsigned char)*text)) ++text;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1])) *--end = '\0';
    return text;
}

static qn_status read_line(reading *r, size_t number, char *line)
{
    char *comma = strchr(line, ',');
    double neuron, time;
    if (!*trimmed(line)) return QN_OK;
    QN_REQUIRE(comma, QN_BAD_FILE, "%s:%zu: \"%.60s\"; allowed: neuron,time", r->path, number, line);
    *comma = '\0';
    const bool numbers = qn_number_read(trimmed(line), &neuron) && qn_number_read(trimmed(comma + 1), &time);
    if (!numbers && number == 1) return QN_OK; // names of the columns
    QN_REQUIRE(numbers, QN_BAD_FILE, "%s:%zu: not two numbers; allowed: neuron,time", r->path, number);
    QN_REQUIRE(neuron >= 0.0 && neuron < (double)r->neurons && neuron == floor(neuron), QN_BAD_FILE,
               "%s:%zu: neuron is %g; allowed: whole numbers from 0 to %zu", r->path, number, neuron, r->neurons - 1);
    const double steps = time / r->time_step;
    QN_REQUIRE(steps > 0.5 && fabs(steps - round(steps)) < 1e-4, QN_BAD_FILE,
               "%s:%zu: time is %g ms; allowed: above 0, a multiple of the time step, %g ms", r->path, number, time,
               r->time_step);
    QN_TRY(make_room(r));
    r->neuron[r->count] = (uint32_t)neuron;
    r->time[r->count++] = time;
    return QN_OK;
}

static qn_status read_lines(reading *r, char *bytes)
{
    size_t number = 0;
    for (char *line = bytes; line;) {
        char *next = strchr(line, '\n');
        if (next) *next++ = '\0';
        line[strcspn(line, "#")] = '\0';
        QN_TRY(read_line(r, ++number, line));
        line = next;
    }
    return QN_OK;
}

qn_status qn_given_spikes_read(const char *folder, const char *file, size_t neurons, double time_step,
                               qn_given_spikes *spikes)
{
    char *path = NULL, *bytes = NULL;
    size_t size;
    QN_TRY(qn_study_file(folder, file, &path));
    reading r = {.path = path, .neurons = neurons, .time_step = time_step};
    qn_status status = qn_file_read(path, largest_file, &bytes, &size);
    if (status == QN_OK) status = read_lines(&r, bytes);
    free(bytes);
    free(path);
    if (status == QN_OK) {
        *spikes = (qn_given_spikes){.count = r.count, .neuron = r.neuron, .time = r.time};
        return QN_OK;
    }
    free(r.neuron);
    free(r.time);
    return status;
}

void qn_given_spikes_clear(qn_given_spikes *spikes)
{
    free((uint32_t *)spikes->neuron);
    free((double *)spikes->time);
    *spikes = (qn_given_spikes){0};
}
