// Classes of units with private noise, which the gain does not multiply: the fields are no longer multiples of one.
// What they share is the recurrent part of the base field, Y = (1 - d^2)^-1 g^2 sum_k p_k v_k^2 C_k, and
//     C^x_k(lag) = w_k^2 Y(lag) + sigma^2 exp(-|lag|),   C_k = F(C^x_k(0), C^x_k).
// Y is smooth though the C_k have a cusp: on lags >= 0, where they have none, the kernel exp(-|lag|) / 2 is integrated
// exactly against the cubic through four neighbouring lags.
#include "theory/class_motion.h"

#include "base/fail.h"
#include "base/memory.h"
#include "theory/lyapunov.h"

#include <math.h>
#include <quenched/gaussian_average.h>
#include <quenched/self_consistency.h>
#include <string.h>

enum { ROUNDS = 12, MOST_ITERATIONS = 2000, DEPTH = 8 };

static const double TOLERANCE = 1e-9, WIDEST_STEP = 0.2, MOST_LEFT = 1e-9;
static const double SUITS = 0.95; // of the decay rate that lags were chosen for: lags up to 28 decay times are enough

// Integrals over an interval of exp(-(step - x)) and exp(-x) times the cubic through four lags, of which 0 (first
// interval), 1 (inside) or 2 (last) lie before it.
typedef struct {
    double decay;
    double forth[3][4], back[3][4];
} exponential;

typedef struct {
    const qn_unit_classes *units;
    size_t count;
    double step, tail; // tail: int of exp(-x) C(last + x) / C(last)
    exponential kernel;
    double *noise; // sigma^2 exp(-lag)
    double *field; // C^x_k, then C_k
    double *mean;  // g^2 sum_k p_k C_k
    double *image; // scratch for whoever calls the map
    double *slope, *square_slope, *rate_variance;
} shared;

static double lagrange(int node, double x)
{
    double value = 1.0;
    for (int other = 0; other < 4; ++other)
        if (other != node) value *= (x - other) / (node - other);
    return value;
}

static exponential kernel_of(double step)
{
    // Gauss-Legendre, six points of [0, 1]: the integrand is a cubic times exp(-step x), step at most some tenths.
    static const double place[3] = {0.0337652428984239861, 0.169395306766867743, 0.380690406958401546};
    static const double weight[3] = {0.0856622461895851725, 0.180380786524069304, 0.233956967286345524};
    exponential made = {.decay = exp(-step)};
    for (int before = 0; before < 3; ++before)
        for (int node = 0; node < 4; ++node)
            for (int i = 0; i < 6; ++i) {
                const double x = i < 3 ? place[i] : 1.0 - place[5 - i], w = step * weight[i < 3 ? i : 5 - i];
                const double value = w * lagrange(node, x + before);
                made.forth[before][node] += exp(-step * (1.0 - x)) * value;
                made.back[before][node] += exp(-step * x) * value;
            }
    return made;
}

static double panel(const double (*weights)[4], const double *f, size_t i, size_t count)
{
    const size_t before = i == 0 ? 0 : i + 2 == count ? 2 : 1;
    double sum = 0.0;
    for (size_t node = 0; node < 4; ++node) sum += weights[before][node] * f[i - before + node];
    return sum;
}

// out = (1/2) int exp(-|lag - s|) f(|s|) ds.
static void smooth(const shared *at, const double *f, double *out)
{
    const exponential *kernel = &at->kernel;
    double later = at->tail * f[at->count - 1], earlier = 0.0;
    out[at->count - 1] = later;
    for (size_t i = at->count - 1; i-- > 0;) {
        later = kernel->decay * later + panel(kernel->back, f, i, at->count);
        out[i] = later;
    }
    const double mirrored = out[0];
    out[0] = mirrored;
    for (size_t i = 1; i < at->count; ++i) {
        earlier = kernel->decay * earlier + panel(kernel->forth, f, i - 1, at->count);
        out[i] = 0.5 * (out[i] + earlier + exp(-(double)i * at->step) * mirrored);
    }
}

// The rates' autocovariance in class k, for the fields that Y makes.
static qn_status class_rates(const shared *at, size_t k, const double *common, double *rates)
{
    const double square = at->units->gains[k] * at->units->gains[k];
    const double variance = square * fmax(common[0], 0.0) + at->noise[0];
    QN_REQUIRE(isfinite(variance), QN_NO_SOLUTION, "no stationary state: activity of strength %g grows without bound",
               at->units->strength);
    qn_gaussian_average *average;
    QN_TRY(qn_gaussian_average_create(&at->units->transfer, 0.0, variance, &average));
    for (size_t i = 0; i < at->count; ++i)
        at->field[i] = fmax(-variance, fmin(variance, square * common[i] + at->noise[i]));
    qn_gaussian_average_product(average, at->count, at->field, rates);
    at->slope[k] = at->units->gains[k] * qn_gaussian_average_slope(average);
    at->square_slope[k] = qn_gaussian_average_square_slope(average);
    at->rate_variance[k] = qn_gaussian_average_square(average);
    qn_gaussian_average_destroy(average);
    return QN_OK;
}

static qn_status map(size_t size, const double *common, double *image, void *context)
{
    const shared *at = context;
    const double g2 = at->units->strength * at->units->strength;
    for (size_t i = 0; i < size; ++i) at->mean[i] = 0.0;
    for (size_t k = 0; k < at->units->classes; ++k) {
        QN_TRY(class_rates(at, k, common, at->field));
        const double share = g2 * at->units->weights[k] * qn_class_output_square(at->units, k);
        for (size_t i = 0; i < size; ++i) at->mean[i] += share * at->field[i];
    }
    smooth(at, at->mean, image);
    return QN_OK;
}

// kappa_inf^2 = 1 - g^2 sum p (v w <phi'>)^2.
static double decay_rate_squared(const shared *at)
{
    double sum = 0.0;
    for (size_t k = 0; k < at->units->classes; ++k)
        sum += at->units->weights[k] * qn_class_output_square(at->units, k) * at->slope[k] * at->slope[k];
    return 1.0 - at->units->strength * at->units->strength * sum;
}

static qn_status shared_create(const qn_unit_classes *units, size_t count, double step, shared *at)
{
    const size_t classes = units->classes;
    double *memory;
    *at = (shared){.units = units, .count = count, .step = step, .kernel = kernel_of(step)};
    QN_TRY(QN_NEW(&memory, 4 * count + 3 * classes, "autocovariances of unit classes"));
    at->noise = memory;
    at->field = memory + count;
    at->mean = memory + 2 * count;
    at->image = memory + 3 * count;
    at->slope = memory + 4 * count;
    at->square_slope = at->slope + classes;
    at->rate_variance = at->slope + 2 * classes;
    for (size_t i = 0; i < count; ++i) at->noise[i] = units->noise * units->noise * exp(-(double)i * step);
    return QN_OK;
}

static void shared_clear(shared *at) { qn_release(at->noise); }

// Somewhat too wide and too slow rather than too little: the state wanted is the one of largest variance.
static void start(const qn_unit_classes *units, qn_stationary *common)
{
    double bound = qn_transfer_bound(&units->transfer);
    if (!isfinite(bound)) bound = 3.0 * units->noise;
    double sent = 0.0;
    for (size_t k = 0; k < units->classes; ++k) sent += units->weights[k] * qn_class_output_square(units, k);
    for (size_t i = 0; i < common->count; ++i) {
        const double lag = 0.25 * common->step * (double)i;
        common->values[i] = 0.5 * units->strength * units->strength * sent * bound * bound * (1.0 + lag) * exp(-lag);
    }
}

// To a residual of `tolerance` relative to Y(0) as it is now.
static qn_status iterate(shared *at, double tolerance, qn_stationary *common, double *residual)
{
    QN_TRY(map(at->count, common->values, at->image, at));
    const double size = at->image[0];
    QN_REQUIRE(size > 0.0, QN_NOT_CONVERGED, "autocovariance: the iteration has left what is possible (variance %g)",
               size);
    const qn_self_consistency_options options = {
        .tolerance = tolerance * size, .iterations = MOST_ITERATIONS, .depth = DEPTH};
    qn_self_consistency_report report = {0};
    const qn_status status = qn_self_consistency_solve(map, at, at->count, common->values, &options, &report);
    *residual = report.residual;
    qn_self_consistency_report_clear(&report);
    return status;
}

// Y, from the guess in *common: coarsely first, which tells its size. *defect: the residual relative to Y(0).
static qn_status solve_on(shared *at, qn_stationary *common, double *defect)
{
    double residual = 0.0;
    QN_TRY(iterate(at, 1e-4, common, &residual));
    QN_TRY(iterate(at, TOLERANCE, common, &residual));
    *defect = residual / common->values[0];
    return QN_OK;
}

typedef struct {
    const qn_unit_classes *units;
    const qn_class_motion *motion;
} perturbed;

// 1 - g^2 sum p v^2 w^2 F1_k(C^x_k(lag)).
static qn_status potential(size_t count, double *lags, void *context)
{
    const perturbed *of = context;
    const qn_unit_classes *units = of->units;
    double *memory;
    QN_TRY(QN_NEW(&memory, 2 * count, "Lyapunov exponent"));
    double *covariance = memory, *sum = memory + count;
    qn_status status = QN_OK;
    for (size_t k = 0; status == QN_OK && k < units->classes; ++k) {
        const double square = units->gains[k] * units->gains[k], variance = of->motion->field_variance[k];
        const double share = units->weights[k] * square * qn_class_output_square(units, k);
        qn_gaussian_average *average;
        status = qn_gaussian_average_create(&units->transfer, 0.0, variance, &average);
        if (status != QN_OK) break;
        for (size_t i = 0; i < count; ++i)
            covariance[i] = fmin(variance, square * qn_stationary_at(&of->motion->base, lags[i]) +
                                               units->noise * units->noise * exp(-lags[i]));
        qn_gaussian_average_slope_product(average, count, covariance, covariance);
        for (size_t i = 0; i < count; ++i) sum[i] += share * covariance[i];
        qn_gaussian_average_destroy(average);
    }
    for (size_t i = 0; i < count; ++i) lags[i] = 1.0 - units->strength * units->strength * sum[i];
    qn_release(memory);
    return status;
}

static qn_status lyapunov_exponent(const qn_unit_classes *units, qn_class_motion *motion)
{
    double energy;
    perturbed of = {units, motion};
    const size_t steps = motion->base.count - 1;
    const qn_potential wall = {.last = motion->base.step * (double)steps,
                               .steps = steps,
                               .beyond = motion->decay_rate * motion->decay_rate,
                               .at = potential,
                               .context = &of};
    QN_TRY(qn_ground_state_of(&wall, &energy));
    motion->lyapunov_exponent = qn_lyapunov_exponent(energy);
    return QN_OK;
}

static qn_status keep(shared *at, const qn_stationary *common, qn_class_motion *motion)
{
    const double noise = at->units->noise;
    for (size_t k = 0; k < motion->classes; ++k) {
        QN_TRY(qn_stationary_create(at->count, at->step, &motion->rate[k]));
        QN_TRY(class_rates(at, k, common->values, motion->rate[k].values));
        motion->slope[k] = at->slope[k];
        motion->cusp[k] = noise * noise * at->square_slope[k];
        motion->rate_variance[k] = at->rate_variance[k];
        motion->field_variance[k] = at->units->gains[k] * at->units->gains[k] * common->values[0] + noise * noise;
    }
    motion->decay_rate = sqrt(decay_rate_squared(at)); // positive: the lags suit it
    motion->base_variance = common->values[0];
    QN_TRY(qn_stationary_create(at->count, at->step, &motion->base));
    memcpy(motion->base.values, common->values, at->count * sizeof *common->values);
    return lyapunov_exponent(at->units, motion);
}

// Lags that suit `decay_rate`, with the present Y on them, or a first guess when there is none.
static qn_status regrid(const qn_unit_classes *units, double decay_rate, qn_stationary *common)
{
    size_t count;
    double step;
    qn_class_motion_lags(decay_rate, &count, &step);
    QN_REQUIRE(step <= WIDEST_STEP, QN_NOT_CONVERGED, "autocovariance: decay rate %g is too small to resolve",
               decay_rate);
    qn_stationary next;
    QN_TRY(qn_stationary_create(count, step, &next));
    if (common->count)
        for (size_t i = 0; i < count; ++i) next.values[i] = qn_stationary_at(common, (double)i * step);
    else
        start(units, &next);
    qn_stationary_clear(common);
    *common = next;
    return QN_OK;
}

// The solution on these lags, and the decay rate it has (0: none, the lags are too few). Kept when the lags suit it.
static qn_status solve_round(shared *at, double decay_rate, qn_stationary *common, qn_class_motion *motion,
                             double *found)
{
    QN_TRY(solve_on(at, common, &motion->defect));
    // The map's last call need not have been at the solution.
    for (size_t k = 0; k < at->units->classes; ++k) QN_TRY(class_rates(at, k, common->values, at->image));
    *found = sqrt(fmax(0.0, decay_rate_squared(at)));
    if (*found < SUITS * decay_rate) return QN_OK;
    const double left = fabs(common->values[at->count - 1]), all = common->values[0];
    QN_REQUIRE(left <= MOST_LEFT * all, QN_NOT_CONVERGED, "autocovariance does not decay: %.2g of it is left at lag %g",
               left / all, at->step * (double)(at->count - 1));
    return keep(at, common, motion);
}

static qn_status solve(const qn_unit_classes *units, qn_stationary *common, qn_class_motion *motion)
{
    double decay_rate = 0.75; // lags up to 40
    for (int round = 0; round < ROUNDS; ++round) {
        QN_TRY(regrid(units, decay_rate, common));
        shared at;
        double found;
        QN_TRY(shared_create(units, common->count, common->step, &at));
        at.tail = 1.0 / (1.0 + decay_rate);
        const qn_status status = solve_round(&at, decay_rate, common, motion, &found);
        shared_clear(&at);
        QN_TRY(status);
        if (found >= SUITS * decay_rate) return QN_OK;
        decay_rate = fmax(found, 0.5 * decay_rate);
    }
    return qn_fail(QN_NOT_CONVERGED, "autocovariance: its decay rate is still falling at %g", decay_rate);
}

// A linear network's variance is finite only while all that it feeds back is less than what comes in.
static qn_status check_linear(const qn_unit_classes *units)
{
    double slope = 0.0, square = 0.0;
    qn_transfer_slope(&units->transfer, 1, &slope, &slope);
    for (size_t k = 0; k < units->classes; ++k)
        square += units->weights[k] * units->gains[k] * units->gains[k] * qn_class_output_square(units, k);
    QN_REQUIRE(units->transfer.kind != QN_TRANSFER_LINEAR ||
                   units->strength * units->strength * slope * slope * square < 1.0,
               QN_NO_SOLUTION, "no stationary state: activity of strength %g grows without bound", units->strength);
    return QN_OK;
}

qn_status qn_class_motion_noisy(const qn_unit_classes *units, qn_class_motion *motion)
{
    QN_TRY(check_linear(units));
    qn_class_motion made;
    QN_TRY(qn_class_motion_create(units->classes, &made));
    qn_stationary common = {0};
    const qn_status status = solve(units, &common, &made);
    qn_stationary_clear(&common);
    if (status != QN_OK) {
        qn_class_motion_clear(&made);
        return status;
    }
    *motion = made;
    return QN_OK;
}
