#include "fuzz.h"

#include <quenched/result.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    qn_result result = {.seed = 77};
    const qn_status status = qn_result_read(fuzz_file(data, size, ".nc"), &result);
    if (status != QN_OK) {
        fuzz_check_refusal(status);
        FUZZ_CHECK(result.seed == 77 && result.name == NULL);
        return 0;
    }
    qn_result_clear(&result);
    return 0;
}
