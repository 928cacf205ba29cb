#include "fuzz.h"

#include <quenched/transfer.h>

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    qn_transfer_table *table = NULL;
    const qn_status status = qn_transfer_table_read(fuzz_file(data, size, ".txt"), &table);
    if (status != QN_OK) {
        fuzz_check_refusal(status);
        FUZZ_CHECK(table == NULL);
        return 0;
    }
    // Whatever the table, evaluating it far beyond and between its knots stays within its arrays.
    const qn_transfer transfer = {.kind = QN_TRANSFER_TABLE, .table = table};
    FUZZ_CHECK(qn_transfer_check(&transfer) == QN_OK);
    const double x[] = {-1e308, -1e3, -1, -0.5, -1e-300, 0, 1e-300, 0.5, 1, 1e3, 1e308};
    enum { COUNT = sizeof x / sizeof *x };
    double out[COUNT];
    qn_transfer_value(&transfer, COUNT, x, out);
    qn_transfer_slope(&transfer, COUNT, x, out);
    qn_transfer_integral(&transfer, COUNT, x, out);
    qn_transfer_table_destroy(table);
    return 0;
}
