#include "simulation/wide_moments.h"

#include "base/fail.h"
#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>

enum { GROUP = 2048 }; // elements that a thread takes at a time

qn_status qn_wide_moments_create(size_t elements, qn_wide_moments *moments)
{
    *moments = (qn_wide_moments){.elements = elements};
    QN_TRY(QN_NEW(&moments->mean, 4 * elements, "moments"));
    moments->second = moments->mean + elements;
    moments->third = moments->second + elements;
    moments->fourth = moments->third + elements;
    return QN_OK;
}

void qn_wide_moments_clear(qn_wide_moments *moments)
{
    qn_release(moments->mean);
    *moments = (qn_wide_moments){0};
}

static void add_one(qn_wide_moments *moments, size_t begin, size_t end, double number, const double *values)
{
    for (size_t i = begin; i < end; ++i) {
        const double deviation = values[i] - moments->mean[i], step = deviation / number;
        const double square = step * step, term = deviation * step * (number - 1);
        moments->mean[i] += step;
        moments->fourth[i] += term * square * (number * number - 3 * number + 3) + 6 * square * moments->second[i] -
                              4 * step * moments->third[i];
        moments->third[i] += term * step * (number - 2) - 3 * step * moments->second[i];
        moments->second[i] += term;
    }
}

void qn_wide_moments_add(qn_wide_moments *moments, size_t count, const double *values)
{
    const size_t elements = moments->elements, groups = (elements + GROUP - 1) / GROUP;
#pragma omp parallel for schedule(static) num_threads(qn_threads_for(groups))
    for (size_t group = 0; group < groups; ++group) {
        const size_t begin = group * GROUP, end = begin + GROUP < elements ? begin + GROUP : elements;
        for (size_t i = 0; i < count; ++i)
            add_one(moments, begin, end, (double)(moments->samples + i + 1), values + i * elements);
    }
    moments->samples += count;
}

qn_estimate qn_wide_moments_mean(const qn_wide_moments *moments, size_t element)
{
    const double count = (double)moments->samples;
    const double error = count > 1 ? sqrt(moments->second[element] / (count - 1) / count) : (double)NAN;
    return (qn_estimate){moments->mean[element], error, moments->samples};
}

qn_estimate qn_wide_moments_variance(const qn_wide_moments *moments, size_t element)
{
    const double count = (double)moments->samples;
    if (count < 2) return (qn_estimate){(double)NAN, (double)NAN, moments->samples};
    const double variance = moments->second[element] / (count - 1);
    const double rest = moments->fourth[element] / count - variance * variance;
    return (qn_estimate){variance, sqrt(fmax(rest, 0) / count), moments->samples};
}

double qn_wide_moments_fourth(const qn_wide_moments *moments, size_t element)
{
    return moments->samples < 2 ? (double)NAN : moments->fourth[element] / (double)moments->samples;
}
