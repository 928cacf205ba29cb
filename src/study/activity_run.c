#include "base/fail.h"
#include "study/activity.h"

qn_status qn_activity_run(const qn_study *study, const qn_study_options *options, qn_result *result)
{
    (void)study, (void)options, (void)result;
    return qn_fail(QN_INTERNAL, "running a study is not available yet");
}
