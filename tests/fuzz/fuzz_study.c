#include "fuzz.h"

#include <quenched/study.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    qn_study *study = NULL;
    const qn_status status = qn_study_read(fuzz_file(data, size, ".yaml"), 0, NULL, &study);
    if (status != QN_OK) {
        fuzz_check_refusal(status);
        FUZZ_CHECK(study == NULL);
        return 0;
    }
    FUZZ_CHECK(qn_study_name(study) != NULL && qn_study_text(study) != NULL);
    qn_study_destroy(study);
    return 0;
}
