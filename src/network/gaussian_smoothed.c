#include "network/gaussian_smoothed.h"

#include "base/fail.h"
#include "base/memory.h"
#include "network/transfer_table.h"

#include <math.h>

static const double PI = 3.14159265358979323846;
static const double END = 8.7;         // in deviations: exp(-END^2 / 2) = 4e-17
static const double TANH_REACH = 20.0; // |gain x| beyond which phi' has vanished
static const double DECADES =
    46.0; // natural ones: exp(-37) = 1e-16, and exp(9) for the powers of k before the exponential

// Trapezoid step in y: poles of tanh lie at +-i pi / (2 gain deviation), where the Gaussian has grown by exp(pole^2 /
// 2).
static double step_of(const qn_smoothed *smoothed)
{
    return fmin(0.5, 0.24 / (smoothed->transfer->gain * smoothed->deviation));
}

qn_status qn_smoothed_create(const qn_transfer *transfer, bool slope, double deviation, qn_smoothed *smoothed)
{
    qn_smoothed made = {.transfer = transfer, .slope = slope, .deviation = deviation};
    if (transfer->kind == QN_TRANSFER_TABLE) {
        made.room = transfer->table->count;
    } else {
        const double reach = slope ? fmin(END, TANH_REACH / (transfer->gain * deviation)) : END;
        made.room = (size_t)(2.0 * reach / step_of(&made)) + 4;
    }
    QN_TRY(QN_NEW(&made.work, 3 * made.room, "Gaussian average"));
    *smoothed = made;
    return QN_OK;
}

void qn_smoothed_clear(qn_smoothed *smoothed)
{
    qn_release(smoothed->work);
    *smoothed = (qn_smoothed){0};
}

double qn_smoothed_reach(const qn_smoothed *smoothed)
{
    if (!smoothed->slope || smoothed->transfer->kind == QN_TRANSFER_TABLE) return (double)INFINITY;
    return TANH_REACH / smoothed->transfer->gain + END * smoothed->deviation;
}

// tanh decays as exp(-pi k / (2 gain)), the Gaussian as exp(-deviation^2 k^2 / 2); in a product of two, each carries
// half of k.
double qn_smoothed_bandwidth(const qn_smoothed *smoothed, int factors)
{
    const double quadratic = 0.5 * smoothed->deviation * smoothed->deviation / factors;
    const double linear = smoothed->transfer->kind == QN_TRANSFER_TABLE ? 0.0 : PI / (2.0 * smoothed->transfer->gain);
    return 2.0 * DECADES / (linear + sqrt(linear * linear + 4.0 * quadratic * DECADES));
}

static double tanh_at(qn_smoothed *smoothed, double m)
{
    const double step = step_of(smoothed), deviation = smoothed->deviation;
    double from = -END, to = END;
    if (smoothed->slope) { // nothing beyond the reach of phi'
        const double reach = TANH_REACH / smoothed->transfer->gain;
        from = fmax(from, (-reach - m) / deviation);
        to = fmin(to, (reach - m) / deviation);
    }
    if (from >= to) return 0.0;
    const double first = ceil(from / step);
    const size_t count = (size_t)(floor(to / step) - first + 1.0); // may be none
    double *y = smoothed->work, *value = y + smoothed->room;
    for (size_t j = 0; j < count; ++j) {
        y[j] = (first + (double)j) * step;
        value[j] = m + deviation * y[j];
    }
    (smoothed->slope ? qn_transfer_slope : qn_transfer_value)(smoothed->transfer, count, value, value);
    // exp(-y^2 / 2), vectorised: the slope of an erf of this gain, up to the gain.
    const double gain = 0.79788456080286535588;
    qn_transfer_slope(&(qn_transfer){.kind = QN_TRANSFER_ERF, .gain = gain}, count, y, y);
    double sum = 0.0;
    for (size_t j = 0; j < count; ++j) sum += y[j] * value[j];
    return sum * step / (gain * 2.5066282746310005024);
}

// int over t from a to b of (q0 + q1 t + q2 t^2 + q3 t^3) n(t): distribution differences dp, densities na and nb.
static double cubic_moment(const double q[4], double a, double b, double dp, double na, double nb)
{
    const double first = na - nb, second = dp + a * na - b * nb, third = (a * a + 2.0) * na - (b * b + 2.0) * nb;
    return q[0] * dp + q[1] * first + q[2] * second + q[3] * third;
}

// phi or phi' on the interval behind knot k as a polynomial in t, x = m + deviation t. k = -1 and count - 1: beyond the
// ends.
static void piece(const qn_smoothed *smoothed, ptrdiff_t k, double m, double q[4])
{
    const qn_transfer_table *table = smoothed->transfer->table;
    const ptrdiff_t last = (ptrdiff_t)table->count - 1;
    const ptrdiff_t knot = k < 0 ? 0 : k;
    double p[4] = {table->value[knot], table->slope[knot], 0.0, 0.0}; // powers of x - x[knot]
    if (k >= 0 && k < last) {
        const double h = table->x[k + 1] - table->x[k], secant = (table->value[k + 1] - table->value[k]) / h;
        p[2] = (3.0 * secant - 2.0 * table->slope[k] - table->slope[k + 1]) / h;
        p[3] = (table->slope[k] + table->slope[k + 1] - 2.0 * secant) / (h * h);
    }
    if (smoothed->slope) {
        p[0] = p[1];
        p[1] = 2.0 * p[2];
        p[2] = 3.0 * p[3];
        p[3] = 0.0;
    }
    const double e = m - table->x[knot], s = smoothed->deviation;
    q[0] = p[0] + e * (p[1] + e * (p[2] + e * p[3]));
    q[1] = s * (p[1] + e * (2.0 * p[2] + 3.0 * e * p[3]));
    q[2] = s * s * (p[2] + 3.0 * e * p[3]);
    q[3] = s * s * s * p[3];
}

static size_t first_knot_above(const qn_transfer_table *table, double x)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (table->x[middle] > x)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static double table_at(qn_smoothed *smoothed, double m)
{
    const qn_transfer_table *table = smoothed->transfer->table;
    const double s = smoothed->deviation, gain = 0.79788456080286535588; // erf(sqrt(pi) gain t / 2) = 2 Phi(t) - 1
    const qn_transfer normal = {.kind = QN_TRANSFER_ERF, .gain = gain};
    const size_t first = first_knot_above(table, m - END * s);
    size_t count = 0;
    double *t = smoothed->work, *both = t + smoothed->room, *density = both + smoothed->room;
    for (size_t k = first; k < table->count && table->x[k] < m + END * s; ++k) t[count++] = (table->x[k] - m) / s;
    qn_transfer_value(&normal, count, t, both);
    qn_transfer_slope(&normal, count, t, density);
    double sum = 0.0, left = -END, left_both = -1.0, left_density = 0.0;
    for (size_t j = 0; j <= count; ++j) {
        const double right = j < count ? t[j] : END, right_both = j < count ? both[j] : 1.0;
        const double right_density = j < count ? density[j] / (gain * 2.5066282746310005024) : 0.0;
        double q[4];
        piece(smoothed, (ptrdiff_t)(first + j) - 1, m, q);
        sum += cubic_moment(q, left, right, 0.5 * (right_both - left_both), left_density, right_density);
        left = right;
        left_both = right_both;
        left_density = right_density;
    }
    return sum;
}

double qn_smoothed_at(qn_smoothed *smoothed, double m)
{
    if (smoothed->deviation == 0.0) {
        double value;
        (smoothed->slope ? qn_transfer_slope : qn_transfer_value)(smoothed->transfer, 1, &m, &value);
        return value;
    }
    return smoothed->transfer->kind == QN_TRANSFER_TABLE ? table_at(smoothed, m) : tanh_at(smoothed, m);
}
