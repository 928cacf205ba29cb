// What a study states must be seen, as sentences for people who choose among studies.
#include <quenched/study.h>

#include "base/fail.h"
#include "study/study_data.h"
#include "study/text.h"

#include <stdlib.h>

size_t qn_study_must_show_count(const qn_study *study)
{
    const qn_study_common *common = study->normal.descriptions[0];
    return common->must_see.count;
}

static qn_status add_bound(qn_text *text, double bound, const char *what)
{
    return bound > 0.0 ? qn_text_add(text, ", %s < %g", what, bound) : QN_OK;
}

static qn_status add_range(qn_text *text, const char *side, const qn_list *range)
{
    const double *ends = range->items;
    return range->count == 2 ? qn_text_add(text, ", %s within %g ... %g", side, ends[0], ends[1]) : QN_OK;
}

static qn_status describe(const qn_must_see *sought, qn_text *text)
{
    QN_TRY(qn_text_add(text, "%s", sought->quantity));
    if (sought->equals) return qn_text_add(text, " is %s", sought->equals);
    if (sought->rises_with) QN_TRY(qn_text_add(text, " rises with %s", sought->rises_with));
    if (sought->falls_with) QN_TRY(qn_text_add(text, " falls with %s", sought->falls_with));
    if (sought->below) QN_TRY(qn_text_add(text, " is below %s", sought->below));
    QN_TRY(add_range(text, "theory", &sought->theory_within));
    QN_TRY(add_range(text, "simulation", &sought->simulation_within));
    const bool bounds = sought->max_z > 0.0 || sought->max_relative_error > 0.0 || sought->max_relative_bar > 0.0;
    if (!bounds) return QN_OK;
    const bool more = sought->rises_with || sought->falls_with || sought->below;
    QN_TRY(qn_text_add(text, more ? " and agrees" : " agrees"));
    QN_TRY(add_bound(text, sought->max_z, "|z|"));
    QN_TRY(add_bound(text, sought->max_relative_error, "relative error"));
    return add_bound(text, sought->max_relative_bar, "relative error bar");
}

qn_status qn_study_must_show(const qn_study *study, size_t index, char **sentence)
{
    const qn_study_common *common = study->normal.descriptions[0];
    const qn_must_see *sought = common->must_see.items;
    QN_REQUIRE(index < common->must_see.count, QN_BAD_VALUE, "index is %zu; the study states %zu things", index,
               common->must_see.count);
    qn_text text = {0};
    const qn_status status = describe(&sought[index], &text);
    if (status == QN_OK)
        *sentence = text.bytes;
    else
        free(text.bytes);
    return status;
}
