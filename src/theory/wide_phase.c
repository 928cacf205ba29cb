#include <quenched/wide_phase.h>

#include "base/fail.h"
#include "numerics/roots.h"
#include "theory/wide_expectation.h"

#include <math.h>
#include <quenched/gaussian_average.h>

enum { MOST_PLACES = 80, STRENGTHS = 41 };
static const double SMALLEST = 1e-12, LARGEST = 1e12, FACTOR = 4.0;
static const double STRONGEST = 1e3;

static double gain_of(const qn_transfer *phi) { return phi->gain == 0.0 ? 1.0 : phi->gain; }

static double depth_of(double slope)
{
    if (slope >= 1.0) return INFINITY;
    return slope > 0.0 ? -1.0 / log(slope) : 0.0;
}

static qn_status check_map(const qn_wide_map_parameters *map)
{
    const qn_status status = qn_transfer_check(&map->activation);
    if (status != QN_OK) return qn_fail_in(status, "activation");
    QN_REQUIRE(map->bias >= 0.0 && isfinite(map->bias), QN_BAD_VALUE, "bias is %g; allowed: 0 or more", map->bias);
    QN_REQUIRE(map->input >= 0.0 && isfinite(map->input), QN_BAD_VALUE, "input is %g; allowed: 0 or more", map->input);
    QN_REQUIRE(fabs(map->input_overlap) <= map->input, QN_BAD_VALUE,
               "input_overlap is %g; allowed: at most input = %g in magnitude", map->input_overlap, map->input);
    return QN_OK;
}

static double drive_of(const qn_wide_map_parameters *map) { return map->bias * map->bias + map->input; }

// (sigma^2 + g^2 E(q)) / q - 1: by what a variance q grows in one layer.
static double growth(double q, void *context)
{
    const qn_wide_map_parameters *map = context;
    qn_gaussian_average *average;
    if (qn_gaussian_average_create(&map->activation, 0.0, q, &average) != QN_OK) return (double)NAN;
    const double square = qn_gaussian_average_square(average);
    qn_gaussian_average_destroy(average);
    return (drive_of(map) + map->strength * map->strength * square) / q - 1.0;
}

// Where variances that start small come to rest: the first root of (8) from below; 0 where they do not even grow.
static qn_status fixed_variance(const qn_wide_map_parameters *map, double *variance)
{
    const double drive = drive_of(map), bound = qn_transfer_bound(&map->activation);
    const double reach = 2.0 * (drive + map->strength * map->strength * bound * bound);
    const double last = fmax(fmin(reach, LARGEST), FACTOR * SMALLEST);
    double q = drive > 0.0 ? fmin(SMALLEST, 0.5 * drive) : SMALLEST, places[MOST_PLACES];
    qn_wide_map_parameters copy = *map;
    if (drive == 0.0 && growth(q, &copy) <= 0.0) {
        *variance = 0.0;
        return QN_OK;
    }
    size_t count = 0;
    for (; count + 1 < MOST_PLACES && q < last; q *= FACTOR) places[count++] = q;
    places[count++] = last;
    double low, high;
    QN_REQUIRE(qn_first_sign_change(growth, &copy, count, places, -1, &low, &high), QN_NO_SOLUTION,
               "variances grow without bound at strength %g and bias %g: no fixed point below %g", map->strength,
               map->bias, last);
    return qn_find_root(growth, &copy, low, high, 0.0, variance);
}

// E(q) = slope q: relu and linear. At slope 1 without drive every variance stays what it is: NAN.
static qn_status fixed_variance_homogeneous(const qn_wide_map_parameters *map, double part, double *variance)
{
    const double gain = gain_of(&map->activation), slope = map->strength * map->strength * gain * gain * part;
    const double drive = drive_of(map), rounding = 4e-16;
    if (drive == 0.0 && fabs(slope - 1.0) <= rounding) {
        *variance = (double)NAN;
        return QN_OK;
    }
    QN_REQUIRE(slope < 1.0 - rounding, QN_NO_SOLUTION,
               "variances grow without bound at strength %.15g: %s networks have a fixed point below %.15g only",
               map->strength, qn_transfer_name(map->activation.kind), 1.0 / (gain * sqrt(part)));
    *variance = drive / (1.0 - slope);
    return QN_OK;
}

typedef struct {
    const qn_gaussian_average *average; ///< at q*
    double strength, drive, variance;   ///< drive of two inputs: bias and overlap
} correlation_map;

// (10) minus c.
static double correlation_growth(double c, void *context)
{
    const correlation_map *map = context;
    const double covariance = c * map->variance;
    double product;
    qn_gaussian_average_product(map->average, 1, &covariance, &product);
    return (map->drive + map->strength * map->strength * product) / map->variance - c;
}

// The map is convex on [0, 1]: it has one fixed point below 1 when its slope at 1 exceeds 1 or the inputs differ.
static qn_status fixed_correlation(correlation_map *map, double *correlation)
{
    const double at_zero = correlation_growth(0.0, map);
    if (at_zero == 0.0) {
        *correlation = 0.0;
        return QN_OK;
    }
    if (at_zero < 0.0) return qn_find_root(correlation_growth, map, -1.0, 0.0, 0.0, correlation);
    for (double distance = 1e-2; distance > 1e-13; distance *= 0.1)
        if (correlation_growth(1.0 - distance, map) < 0.0)
            return qn_find_root(correlation_growth, map, 0.0, 1.0 - distance, 0.0, correlation);
    *correlation = 1.0; // so near the transition that rounding hides the other
    return QN_OK;
}

static qn_status fill_correlation(const qn_wide_map_parameters *map, const qn_gaussian_average *average,
                                  qn_wide_phase *phase)
{
    const double square = map->strength * map->strength;
    correlation_map correlations = {average, map->strength, map->bias * map->bias + map->input_overlap,
                                    phase->variance};
    phase->chi = square * qn_gaussian_average_square_slope(average);
    phase->correlation = 1.0;
    phase->correlation_slope = phase->chi;
    if (phase->chi > 1.0 || map->input_overlap < map->input) {
        QN_TRY(fixed_correlation(&correlations, &phase->correlation));
        const double covariance = phase->correlation * phase->variance;
        qn_gaussian_average_slope_product(average, 1, &covariance, &phase->correlation_slope);
        phase->correlation_slope *= square;
    }
    phase->correlation_depth = depth_of(phase->correlation_slope);
    return QN_OK;
}

// Nothing but the slope at 0 is left; correlations keep their value (odd phi) or move by powers of the depth (relu).
static qn_status fill_at_zero(const qn_wide_map_parameters *map, qn_wide_phase *phase)
{
    const double square = map->strength * map->strength, gain = gain_of(&map->activation);
    double slope = 0.0;
    qn_transfer_slope(&map->activation, 1, &slope, &slope);
    phase->chi = square * (map->activation.kind == QN_TRANSFER_RELU ? 0.5 * gain * gain : slope * slope);
    phase->variance_slope = phase->chi;
    phase->variance_depth = depth_of(phase->chi);
    phase->correlation = (double)NAN;
    phase->correlation_slope = phase->chi;
    phase->correlation_depth = depth_of(phase->chi);
    return QN_OK;
}

static qn_status fill_above_zero(const qn_wide_map_parameters *map, qn_wide_phase *phase)
{
    qn_wide_square square;
    QN_TRY(qn_wide_square_of(&map->activation, phase->variance, &square));
    phase->variance_slope = map->strength * map->strength * square.first;
    phase->variance_depth = depth_of(phase->variance_slope);
    qn_gaussian_average *average;
    QN_TRY(qn_gaussian_average_create(&map->activation, 0.0, phase->variance, &average));
    const qn_status status = fill_correlation(map, average, phase);
    qn_gaussian_average_destroy(average);
    return status;
}

static qn_status solve(const qn_wide_map_parameters *map, qn_wide_phase *phase)
{
    switch (map->activation.kind) {
    case QN_TRANSFER_RELU: QN_TRY(fixed_variance_homogeneous(map, 0.5, &phase->variance)); break;
    case QN_TRANSFER_LINEAR: QN_TRY(fixed_variance_homogeneous(map, 1.0, &phase->variance)); break;
    case QN_TRANSFER_TANH:
    case QN_TRANSFER_ERF:
    case QN_TRANSFER_THRESHOLD_POWER:
    case QN_TRANSFER_TABLE: QN_TRY(fixed_variance(map, &phase->variance)); break;
    }
    return phase->variance > 0.0 ? fill_above_zero(map, phase) : fill_at_zero(map, phase);
}

qn_status qn_wide_phase_solve(const qn_wide_map_parameters *map, qn_wide_phase *phase)
{
    QN_TRY(check_map(map));
    QN_REQUIRE(map->strength > 0.0 && isfinite(map->strength), QN_BAD_VALUE, "strength is %g; allowed: greater than 0",
               map->strength);
    qn_wide_phase found = {0};
    QN_TRY(solve(map, &found));
    *phase = found;
    return QN_OK;
}

// Logarithms keep Brent's steps even over the decades.
static double distance_from_border(double strength, void *context)
{
    qn_wide_map_parameters map = *(const qn_wide_map_parameters *)context;
    qn_wide_phase phase = {0};
    map.strength = strength;
    return solve(&map, &phase) == QN_OK ? log(phase.chi) : (double)NAN;
}

qn_status qn_wide_critical_strength(const qn_wide_map_parameters *map, double *strength)
{
    QN_TRY(check_map(map));
    const double gain = gain_of(&map->activation);
    const qn_transfer_kind kind = map->activation.kind;
    if (kind == QN_TRANSFER_RELU || kind == QN_TRANSFER_LINEAR) {
        *strength = (kind == QN_TRANSFER_RELU ? sqrt(2.0) : 1.0) / gain;
        return QN_OK;
    }
    if (drive_of(map) == 0.0 && (kind == QN_TRANSFER_ERF || kind == QN_TRANSFER_TANH)) {
        *strength = 1.0 / gain; // above it chi_1 - 1 begins with the square of the distance: Brent would lose half
        return QN_OK;
    }
    double places[STRENGTHS], low, high;
    for (int i = 0; i < STRENGTHS; ++i) places[i] = 1e-3 * pow(STRONGEST / 1e-3, (double)i / (STRENGTHS - 1));
    qn_wide_map_parameters copy = *map;
    QN_REQUIRE(qn_first_sign_change(distance_from_border, &copy, STRENGTHS, places, 1, &low, &high), QN_NO_SOLUTION,
               "chi_1 stays below 1 for strengths up to %g at bias %g and input %g: no chaos there", STRONGEST,
               map->bias, map->input);
    return qn_find_root(distance_from_border, &copy, low, high, 1e-13, strength);
}
