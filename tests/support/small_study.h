/// Studies of small networks, from text to result.
#pragma once
#include "testing.h"

#include "study/study_data.h"

#define SMALL                                                                                                          \
    "study: activity\n"                                                                                                \
    "network: {size: 60, transfer: erf, coupling: {kind: iid, strength: 2}}\n"
#define SIMULATION "simulation: {realisations: 4, trials: 8, duration: 40, burn_in: 20, lag_max: 10, tangents: 2}\n"

/// `override`: NULL, or KEY=VALUE
static inline qn_study *study_of(const char *text, const char *override)
{
    qn_study *study = NULL;
    assert_ok(qn_study_read_text(text, strlen(text), "studies/small.yaml", override ? 1 : 0, &override, &study));
    return study;
}

static inline qn_result result_of(const char *text, const char *override, const qn_study_options *options)
{
    qn_study *study = study_of(text, override);
    qn_result result = {0};
    assert_ok(qn_study_run(study, options, &result));
    qn_study_destroy(study);
    return result;
}

static inline bool warned(const qn_result *result, const char *part)
{
    for (size_t i = 0; i < result->warning_count; ++i)
        if (strstr(result->warnings[i], part)) return true;
    return false;
}
