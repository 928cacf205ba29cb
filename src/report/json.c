#include <quenched/report.h>

#include "base/fail.h"
#include "base/number.h"
#include "report/cells.h"

#include <errno.h>
#include <math.h>
#include <string.h>

// Bytes of a well-formed UTF-8 sequence at `text`, 0 where it is none: JSON allows nothing else.
static size_t sequence(const unsigned char *text)
{
    if (text[0] < 0x80) return 1;
    const size_t length = text[0] >= 0xc2 && text[0] < 0xe0   ? 2
                          : (text[0] & 0xf0) == 0xe0          ? 3
                          : text[0] >= 0xf0 && text[0] < 0xf5 ? 4
                                                              : 0;
    for (size_t i = 1; i < length; ++i)
        if ((text[i] & 0xc0) != 0x80) return 0;
    const bool overlong = (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    const bool outside = (text[0] == 0xed && text[1] > 0x9f) || (text[0] == 0xf4 && text[1] > 0x8f);
    return overlong || outside ? 0 : length;
}

static void put_text(FILE *stream, const char *text)
{
    if (!text) {
        fputs("null", stream);
        return;
    }
    fputc('"', stream);
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        const size_t length = sequence(c);
        if (*c == '"' || *c == '\\')
            fprintf(stream, "\\%c", *c);
        else if (*c == '\n')
            fputs("\\n", stream);
        else if (*c < 0x20 || *c == 0x7f)
            fprintf(stream, "\\u%04x", *c);
        else if (length)
            fwrite(c, 1, length, stream);
        else
            fputs("\\ufffd", stream);
        c += length ? length : 1;
    }
    fputc('"', stream);
}

static void put_number(FILE *stream, double value)
{
    char text[QN_NUMBER_SIZE];
    if (isfinite(value))
        qn_number_shortest(value, text);
    else
        strcpy(text, "null");
    fputs(text, stream);
}

static void put_value(FILE *stream, const char *spelling)
{
    double number;
    if (qn_number_read(spelling, &number) && isfinite(number))
        put_number(stream, number);
    else if (!strcmp(spelling, "true") || !strcmp(spelling, "false"))
        fputs(spelling, stream);
    else
        put_text(stream, spelling);
}

static void put_wing(FILE *stream, const char *name, const char *text, double number)
{
    fprintf(stream, ",\"%s\":", name);
    if (text)
        put_text(stream, text);
    else
        put_number(stream, number);
}

static void put_place(FILE *stream, const qn_sweep_point *point)
{
    fputs(",\"at\":{", stream);
    for (size_t k = 0; k < point->count; ++k) {
        if (k) fputc(',', stream);
        put_text(stream, point->keys[k]);
        fputc(':', stream);
        put_value(stream, point->values[k]);
    }
    fputc('}', stream);
}

static void put_sizes(FILE *stream, const qn_quantity *row)
{
    fputs(",\"extrapolated_from\":[", stream);
    for (size_t i = 0; i < sizeof row->extrapolated_sizes / sizeof *row->extrapolated_sizes; ++i)
        if (row->extrapolated_sizes[i]) fprintf(stream, i ? ",%zu" : "%zu", row->extrapolated_sizes[i]);
    fputc(']', stream);
}

static void put_row(FILE *stream, const qn_result *result, const qn_quantity *row)
{
    qn_cells cells;
    qn_cells_of(row, &cells);
    fputs("{\"name\":", stream);
    put_text(stream, row->name);
    fputs(",\"unit\":", stream);
    put_text(stream, row->unit);
    put_wing(stream, "theory", row->theory_text, row->theory);
    if (row->theory_error > 0.0) put_wing(stream, "theory_error", NULL, row->theory_error);
    put_wing(stream, "simulation", row->simulation_text, row->simulation.value);
    put_wing(stream, "standard_error", NULL, row->simulation.standard_error);
    const bool simulated = row->simulation_text || !isnan(row->simulation.value);
    put_wing(stream, "samples", NULL, simulated ? (double)row->simulation.samples : NAN);
    put_wing(stream, "z", NULL, row->z);
    const bool compared = strcmp(cells.z, "-") != 0;
    fprintf(stream, ",\"agrees\":%s", !compared ? "null" : cells.disagrees ? "false" : "true");
    if (row->point < result->point_count && result->points[row->point].count)
        put_place(stream, &result->points[row->point]);
    if (row->extrapolated_sizes[0]) put_sizes(stream, row);
    fputc('}', stream);
}

static void put_list(FILE *stream, const char *name, size_t count, char *const *texts)
{
    fprintf(stream, ",\"%s\":[", name);
    for (size_t i = 0; i < count; ++i) {
        if (i) fputc(',', stream);
        put_text(stream, texts[i]);
    }
    fputc(']', stream);
}

qn_status qn_report_json(const qn_result *result, FILE *stream)
{
    size_t compared;
    const bool agrees = qn_result_agrees(result, &compared);
    fputs("{\"study\":", stream);
    put_text(stream, result->name);
    fputs(",\"version\":", stream);
    put_text(stream, qn_version());
    fprintf(stream, ",\"seed\":%llu,\"quantities\":[", (unsigned long long)result->seed);
    bool first = true;
    for (size_t i = 0; i < result->quantity_count; ++i) {
        if (!qn_cells_any(&result->quantities[i])) continue;
        if (!first) fputc(',', stream);
        put_row(stream, result, &result->quantities[i]);
        first = false;
    }
    fputc(']', stream);
    put_list(stream, "warnings", result->warning_count, result->warnings);
    put_list(stream, "must_see", result->must_see_count, result->must_see);
    if (result->performance.real_time_factor > 0.0) {
        put_wing(stream, "events_per_second", NULL, result->performance.events_per_second);
        put_wing(stream, "real_time_factor", NULL, result->performance.real_time_factor);
        put_wing(stream, "peak_memory", NULL, result->performance.peak_memory);
    }
    fprintf(stream, ",\"compared\":%zu,\"agrees\":%s}\n", compared, agrees ? "true" : "false");
    QN_REQUIRE(!fflush(stream) && !ferror(stream), QN_IO_ERROR, "cannot write the JSON object: %s", strerror(errno));
    return QN_OK;
}
