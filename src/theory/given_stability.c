// What the eigenvalues of a given matrix tell: overlaps of its modes, and directions that no linear theory covers.
#include "theory/given.h"

#include "base/fail.h"
#include "base/memory.h"

#include <math.h>

enum { FREQUENCIES = 400 };
static const double significant = 4.0, lowest_frequency = 1e-4, widest_turn = 2.0;

// Of D = J - c 1 1^T, c = Jbar / N: tr D = tr J - Jbar, tr D^2 = tr J^2 - Jbar^2, tr D^3 = tr J^3 - 3 c 1^T J^2 1
// + 2 Jbar^3. Independent entries of variance g^2 / N, the diagonal included: k_n has mean 0 (k_2: g^2 / N) and
// standard deviation sqrt(n) g^n / N.
qn_status qn_given_cumulants(const double *matrix, qn_given_matrix *given)
{
    const size_t n = given->size;
    const double size = (double)n;
    double *rows;
    QN_TRY(QN_NEW(&rows, 2 * n, "sums of rows and columns"));
    double *columns = rows + n, sum = 0.0, norm = 0.0, through = 0.0;
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) {
            rows[i] += matrix[i * n + j];
            columns[j] += matrix[i * n + j];
        }
    for (size_t i = 0; i < n; ++i) {
        sum += rows[i];
        through += rows[i] * columns[i];
    }
    qn_release(rows);
    const double mean = sum / size;
    for (size_t i = 0; i < n * n; ++i) norm += (matrix[i] - mean / size) * (matrix[i] - mean / size);
    double complex power[3] = {0};
    for (size_t i = 0; i < n; ++i) {
        const double complex value = given->schur.values[i];
        power[0] += value, power[1] += value * value, power[2] += value * value * value;
    }
    const double m1 = (creal(power[0]) - mean) / size, m2 = (creal(power[1]) - mean * mean) / size;
    const double m3 = (creal(power[2]) - 3.0 * mean / size * through + 2.0 * mean * mean * mean) / size;
    const double g = sqrt(norm / size);
    qn_given_structure *found = &given->found;
    found->cumulant[0] = m1;
    found->cumulant[1] = m2 - m1 * m1;
    found->cumulant[2] = m3 - 3.0 * m1 * m2 + 2.0 * m1 * m1 * m1;
    for (int k = 0; k < 3; ++k) {
        const double expected = k == 1 ? g * g / size : 0.0;
        const double score = (found->cumulant[k] - expected) * size / (sqrt(k + 1.0) * pow(g, k + 1.0));
        found->cumulant_score[k] = g > 0.0 ? score : 0.0;
        found->overlaps = found->overlaps || fabs(found->cumulant_score[k]) > significant;
    }
    return QN_OK;
}

// How far the phase of f turns from frequency 0 to infinity, f = 1 + S (K - lambda); NAN where it is singular. f tends
// to 1.
static double phase_turned(size_t count, const qn_given_point *points, double complex eigenvalue)
{
    double complex before = 0.0;
    double turned = 0.0;
    for (size_t i = 0; i <= count; ++i) {
        const double complex f =
            i < count ? 1.0 + points[i].response * (points[i].feedback - eigenvalue) : (double complex)1.0;
        if (i > 0) {
            const double turn = carg(f / before);
            if (!(fabs(turn) < widest_turn)) return NAN;
            turned += turn;
        }
        before = f;
    }
    return turned;
}

static bool is_unstable(size_t count, const qn_given_point *points, double complex eigenvalue)
{
    // f(-omega; lambda) is the conjugate of f(omega; conj lambda). Without a zero in the lower half-plane, where S is
    // analytic, f does not wind around zero.
    const double turned = phase_turned(count, points, eigenvalue) + phase_turned(count, points, conj(eigenvalue));
    return !(fabs(turned) < M_PI);
}

static qn_status wind(const qn_given_matrix *given, int *chosen)
{
    qn_given_point points[FREQUENCIES] = {0};
    QN_TRY(qn_given_point_at(given, 0.0, &points[0]));
    const double last = fmax(qn_given_last_frequency(given), 2.0 * lowest_frequency);
    for (size_t i = 1; i < FREQUENCIES; ++i) {
        const double part = (double)(i - 1) / (FREQUENCIES - 2);
        QN_TRY(qn_given_point_at(given, lowest_frequency * pow(last / lowest_frequency, part), &points[i]));
    }
    for (size_t i = 0; i < given->size; ++i) chosen[i] = is_unstable(FREQUENCIES, points, given->schur.values[i]);
    return QN_OK;
}

// With S = S0 / (1 + i omega) and no feedback, chi is the resolvent of a linear network: eigenvalues tell exactly.
qn_status qn_given_find_unstable(const qn_given_matrix *given, int *chosen, size_t *count)
{
    if (given->supplied || given->found.response == QN_GIVEN_OVERLAPPING)
        QN_TRY(wind(given, chosen));
    else
        for (size_t i = 0; i < given->size; ++i)
            chosen[i] = given->found.mean_slope * creal(given->schur.values[i]) >= 1.0;
    *count = 0;
    for (size_t i = 0; i < given->size; ++i) *count += chosen[i] != 0;
    return QN_OK;
}
