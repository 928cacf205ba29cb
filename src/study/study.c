#include <quenched/study.h>

#include "base/fail.h"
#include "study/study_data.h"

#include <stdlib.h>

void qn_study_destroy(qn_study *study)
{
    if (!study) return;
    qn_study_clear_variant(study, &study->normal);
    qn_study_clear_variant(study, &study->quick);
    qn_typed_schema_destroy(study->schema);
    free(study->path);
    free(study->folder);
    free(study->name);
    free(study->text);
    free(study->overrides);
    free(study);
}

const char *qn_study_name(const qn_study *study) { return study->name; }

const char *qn_study_title(const qn_study *study)
{
    const qn_study_common *common = study->normal.descriptions[0];
    return common->title ? common->title : study->name;
}

const char *qn_study_text(const qn_study *study) { return study->text; }

qn_status qn_study_run(const qn_study *study, const qn_study_options *options, qn_result *result)
{
    static const qn_study_options defaults = {0};
    return study->kind->run(study, options ? options : &defaults, result);
}

qn_status qn_study_plan(const qn_study *study, const qn_study_options *options, char **text)
{
    static const qn_study_options defaults = {0};
    QN_REQUIRE(study->kind->plan, QN_BAD_VALUE, "%s: studies of kind %s have no plan; allowed: spiking", study->path,
               study->kind->name);
    return study->kind->plan(study, options ? options : &defaults, text);
}

qn_status qn_study_reference(FILE *stream)
{
    for (size_t i = 0; qn_study_kinds[i]; ++i) {
        fprintf(stream, "## `study: %s`\n\n%s\n\n", qn_study_kinds[i]->name, qn_study_kinds[i]->summary);
        qn_schema_reference(qn_study_kinds[i]->keys, "", stream);
    }
    QN_REQUIRE(!ferror(stream), QN_IO_ERROR, "the study reference could not be written");
    return QN_OK;
}
