#include "fuzz_matrix.h"

#include "network/matrix_npz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const qn_matrix_options options[] = {{0}, {.square = true}};
    for (size_t i = 0; i < sizeof options / sizeof *options; ++i)
        fuzz_matrix(qn_matrix_read_npz, &options[i], data, size);
    return 0;
}
