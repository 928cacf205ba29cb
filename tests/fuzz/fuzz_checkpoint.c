// A checkpoint of any bytes: refused, or read up to its first broken record. A head that fits is put before half of the
// inputs, so that records are reached too.
#include "fuzz.h"

#include "study/checkpoint.h"

static qn_status look(size_t job, size_t count, const double *numbers, void *context)
{
    double *sum = context;
    for (size_t i = 0; i < count; ++i) *sum += numbers[i] * (double)job;
    return QN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size, ".checkpoint");
    qn_checkpoint *checkpoint = NULL;
    double sum = 0.0;
    const bool headed = size > 0 && data[0] % 2;
    if (headed) {
        FUZZ_CHECK(qn_checkpoint_begin(path, 7, &checkpoint) == QN_OK);
        qn_checkpoint_close(checkpoint);
        checkpoint = NULL;
        FILE *file = fopen(path, "ab");
        if (!file || fwrite(data + 1, 1, size - 1, file) != size - 1 || fclose(file) != 0) abort();
    }
    const qn_status status = qn_checkpoint_resume(path, 7, look, &sum, &checkpoint);
    if (status != QN_OK) fuzz_check_refusal(status);
    FUZZ_CHECK((status == QN_OK) == (checkpoint != NULL));
    FUZZ_CHECK(!headed || status == QN_OK);
    qn_checkpoint_close(checkpoint);
    return 0;
}
