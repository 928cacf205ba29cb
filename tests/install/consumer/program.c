// What a user writes: nothing but the public interface, and the numbers must be right.
#include <math.h>
#include <quenched/quenched.h>
#include <stdio.h>

int main(void)
{
    const qn_transfer transfer = {.kind = QN_TRANSFER_TANH};
    const double x[2] = {0.5, -1.0};
    double rate[2];
    qn_transfer_value(&transfer, 2, x, rate);
    if (fabs(rate[0] - tanh(0.5)) > 1e-14 || fabs(rate[1] - tanh(-1.0)) > 1e-14) return 1;

    qn_matrix matrix = {0};
    if (qn_matrix_read("no-such-matrix.npy", NULL, &matrix) != QN_BAD_FILE) return 2;
    printf("quenched %s: %s\n", qn_version(), qn_last_error());
    return 0;
}
