// Predictions of a study of kernels at given points.
#include "base/fail.h"
#include "study/kernel_point.h"
#include "study/study_data.h"

qn_status qn_study_predict(const qn_study *study, const qn_study_options *options, const char *tests, FILE *stream)
{
    const qn_study_variant *variant = options && options->quick ? &study->quick : &study->normal;
    QN_REQUIRE(study->kind == &qn_kernel_kind, QN_BAD_VALUE,
               "only studies of kind kernel predict, this is one of kind %s", study->kind->name);
    const qn_kernel_study *description = variant->descriptions[0];
    QN_REQUIRE(description->task || description->files, QN_BAD_VALUE,
               "there is nothing to learn from: allowed: a study with task or files");
    QN_REQUIRE(description->files || !tests, QN_BAD_VALUE,
               "test points for a generated task; allowed: for a study with files");
    const double limit = options ? options->memory_limit : 0.0;
    qn_kernel_point point;
    qn_status status = qn_kernel_point_begin(study, description, tests, &point);
    if (status == QN_OK) status = qn_kernel_write_predictions(limit, &point, stream);
    qn_kernel_point_clear(&point);
    return status;
}
