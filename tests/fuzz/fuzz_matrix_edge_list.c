#include "fuzz_matrix.h"

#include "network/matrix_edge_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const qn_matrix_options options[] = {{.index_base = -1}, {.index_base = 0}, {.index_base = 1, .size = 9}};
    for (size_t i = 0; i < sizeof options / sizeof *options; ++i)
        fuzz_matrix(qn_matrix_read_edge_list, &options[i], data, size);
    return 0;
}
