// Measurements as plain numbers: a head of lengths, then everything in the order of the struct.
#include "base/fail.h"
#include "study/spiking_measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTIONS = 4, HEAD = 2 + 2 * FUNCTIONS };

static void functions_of(qn_spiking_measurement *m, qn_measured_function *functions[FUNCTIONS])
{
    functions[0] = &m->counts;
    functions[1] = &m->course;
    functions[2] = &m->rate;
    functions[3] = &m->spike;
}

void qn_spiking_measurement_clear(qn_spiking_measurement *measurement)
{
    free(measurement->families);
    free(measurement->counts.values);
    free(measurement->course.values);
    free(measurement->rate.values);
    free(measurement->spike.values);
    free(measurement->raster);
    *measurement = (qn_spiking_measurement){0};
}

static double *put(double *at, size_t count, const double *values)
{
    if (count) memcpy(at, values, count * sizeof *at);
    return at + count;
}

qn_status qn_spiking_pack(const qn_spiking_measurement *measurement, size_t *count, double **numbers)
{
    qn_spiking_measurement m = *measurement;
    qn_measured_function *functions[FUNCTIONS];
    functions_of(&m, functions);
    size_t size = HEAD + QN_MEASURED_SCALARS + QN_MEASURED_FAMILIES * m.population_count + 3 * m.raster_count;
    for (size_t f = 0; f < FUNCTIONS; ++f) size += functions[f]->count * m.population_count;
    double *made = malloc(size * sizeof *made), *at = made;
    QN_REQUIRE(made, QN_NO_MEMORY, "no memory for %zu numbers of a realisation", size);
    *at++ = (double)m.population_count;
    *at++ = (double)m.raster_count;
    for (size_t f = 0; f < FUNCTIONS; ++f) {
        *at++ = (double)functions[f]->count;
        *at++ = functions[f]->step;
    }
    at = put(at, QN_MEASURED_SCALARS, m.scalars);
    at = put(at, QN_MEASURED_FAMILIES * m.population_count, m.families);
    for (size_t f = 0; f < FUNCTIONS; ++f) at = put(at, functions[f]->count * m.population_count, functions[f]->values);
    put(at, 3 * m.raster_count, m.raster);
    *count = size;
    *numbers = made;
    return QN_OK;
}

// A length from a file: whole, and no more than there are numbers.
static bool get_length(double number, size_t most, size_t *length)
{
    if (!(number >= 0.0) || number > (double)most || number != floor(number)) return false;
    *length = (size_t)number;
    return true;
}

static bool get(const double **at, size_t *left, size_t count, double **values)
{
    if (count > *left) return false;
    *values = malloc((count + 1) * sizeof **values);
    if (!*values) return false;
    if (count) memcpy(*values, *at, count * sizeof **values);
    *at += count;
    *left -= count;
    return true;
}

static bool unpack(size_t count, const double *numbers, size_t populations, qn_spiking_measurement *m)
{
    qn_measured_function *functions[FUNCTIONS];
    functions_of(m, functions);
    if (count < HEAD + QN_MEASURED_SCALARS || numbers[0] != (double)populations) return false;
    m->population_count = populations;
    if (!get_length(numbers[1], count / 3, &m->raster_count)) return false;
    for (size_t f = 0; f < FUNCTIONS; ++f) {
        if (!get_length(numbers[2 + 2 * f], count, &functions[f]->count)) return false;
        functions[f]->step = numbers[3 + 2 * f];
    }
    memcpy(m->scalars, numbers + HEAD, sizeof m->scalars);
    const double *at = numbers + HEAD + QN_MEASURED_SCALARS;
    size_t left = count - HEAD - QN_MEASURED_SCALARS;
    bool good = get(&at, &left, QN_MEASURED_FAMILIES * populations, &m->families);
    for (size_t f = 0; good && f < FUNCTIONS; ++f)
        good = get(&at, &left, functions[f]->count * populations, &functions[f]->values);
    return good && get(&at, &left, 3 * m->raster_count, &m->raster) && left == 0;
}

qn_status qn_spiking_unpack(size_t count, const double *numbers, size_t population_count,
                            qn_spiking_measurement *measurement)
{
    qn_spiking_measurement made = {0};
    if (unpack(count, numbers, population_count, &made)) {
        *measurement = made;
        return QN_OK;
    }
    qn_spiking_measurement_clear(&made);
    return qn_fail(QN_BAD_FILE, "the checkpoint does not fit the study; remove it or run without --resume");
}
