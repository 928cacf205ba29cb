#include <quenched/given_matrix.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/progress_meter.h"
#include "theory/given.h"

#include <math.h>

enum { LARGEST = 5000 }; // an hour on one core

void qn_given_matrix_destroy(qn_given_matrix *given)
{
    if (!given) return;
    qn_rate_spectrum_clear(&given->spectrum);
    qn_schur_clear(&given->schur);
    qn_release(given->triangle);
    qn_schur_rotation_clear(&given->rotation);
    qn_release(given);
}

static qn_status check_unit(const qn_given_unit *unit)
{
    QN_REQUIRE(unit->at && unit->rate && unit->rate->count > 0, QN_BAD_VALUE,
               "unit.%s is missing: a spectrum needs both", unit->at ? "rate" : "at");
    QN_REQUIRE(unit->last_frequency > 0.0 && isfinite(unit->last_frequency), QN_BAD_VALUE,
               "unit.last_frequency is %g; must be above 0 and finite", unit->last_frequency);
    QN_REQUIRE(unit->rate->values[0] > 0.0 && isfinite(unit->rate->values[0]), QN_BAD_VALUE,
               "unit.rate is %g at zero lag; must be above 0 and finite", unit->rate->values[0]);
    return QN_OK;
}

static qn_status check_options(const qn_given_options *options)
{
    QN_REQUIRE(options->tolerance >= 0.0 && options->tolerance <= 0.1, QN_BAD_VALUE,
               "tolerance is %g; allowed: 0 (the default) to 0.1", options->tolerance);
    QN_REQUIRE((unsigned)options->response <= QN_GIVEN_OVERLAPPING, QN_BAD_VALUE, "response is %d; no such kind",
               (int)options->response);
    QN_REQUIRE((unsigned)options->source <= QN_GIVEN_SOURCE_DIAGONAL, QN_BAD_VALUE, "source is %d; no such kind",
               (int)options->source);
    return options->unit ? check_unit(options->unit) : QN_OK;
}

static qn_status check_matrix(size_t size, const double *matrix)
{
    QN_REQUIRE(size <= LARGEST, QN_BAD_VALUE,
               "theory of a given matrix: network.size is %zu; allowed: at most %d, which takes about an hour (cost "
               "grows as size^3)",
               size, LARGEST);
    for (size_t i = 0; i < size * size; ++i)
        QN_REQUIRE(isfinite(matrix[i]), QN_BAD_VALUE, "matrix[%zu][%zu] is %g; must be finite", i / size, i % size,
                   matrix[i]);
    return QN_OK;
}

static qn_status plan(size_t size)
{
    const double n = (double)size;
    qn_memory_plan memory = {0};
    qn_memory_plan_add(&memory, "Schur form of the matrix", 2.0 * n * n, sizeof(double));
    qn_memory_plan_add(&memory, "triangular form of the matrix", n * n, sizeof(double complex));
    return qn_memory_plan_check(&memory, 0.0);
}

static qn_status take_unit(qn_given_matrix *given, const qn_rate_network *network, const qn_two_point *two_point,
                           const qn_given_options *options)
{
    if (!options->unit) {
        QN_REQUIRE(two_point, QN_BAD_VALUE, "two_point is missing; it may be left out only when options.unit is given");
        QN_TRY(qn_rate_spectrum_create(network, two_point, &given->spectrum));
        given->found.strength = given->spectrum.strength;
        given->found.mean_slope = given->spectrum.mean_slope;
        return QN_OK;
    }
    QN_TRY(qn_rate_spectrum_check(network));
    qn_coupling_statistics coupling;
    QN_TRY(qn_coupling_statistics_of(&network->coupling, network->size, &coupling));
    given->supplied = true;
    given->unit = *options->unit;
    given->found.strength = coupling.strength;
    qn_given_point point;
    QN_TRY(qn_given_unit_at(given, 0.0, &point));
    given->found.mean_slope = creal(point.response);
    return QN_OK;
}

static qn_status choose(qn_given_structure *found, bool supplied, const qn_given_options *options)
{
    const bool automatic = options->response == QN_GIVEN_AUTOMATIC;
    found->response =
        automatic ? (supplied && found->overlaps ? QN_GIVEN_OVERLAPPING : QN_GIVEN_INDEPENDENT) : options->response;
    const bool plain = !found->overlaps && found->response == QN_GIVEN_INDEPENDENT;
    found->source = options->source != QN_GIVEN_SOURCE_AUTOMATIC
                        ? options->source
                        : (plain ? QN_GIVEN_SOURCE_UNIFORM : QN_GIVEN_SOURCE_TRACE);
    return QN_OK;
}

static void find_leading(qn_given_matrix *given)
{
    double complex leading = -INFINITY;
    for (size_t i = 0; i < given->size; ++i)
        if (creal(given->schur.values[i]) > creal(leading)) leading = given->schur.values[i];
    given->found.leading_real = given->found.mean_slope * creal(leading);
    given->found.leading_imaginary = given->found.mean_slope * cimag(leading);
}

// The first unstable eigenvalue of largest real part among the chosen ones, in words.
static qn_status refuse(const qn_given_matrix *given, const int *chosen, size_t count)
{
    double complex worst = -INFINITY;
    for (size_t i = 0; i < given->size; ++i)
        if (chosen[i] && creal(given->schur.values[i]) > creal(worst)) worst = given->schur.values[i];
    const char *plural = count > 1 ? "s are" : " is";
    if (given->supplied || given->found.response == QN_GIVEN_OVERLAPPING)
        return qn_fail(
            QN_NO_SOLUTION,
            "given matrix: %zu eigenvalue%s unstable: with lambda = %.6g%+.6gi of J, 1 + S K - S lambda winds "
            "around 0 (S(0) is %.4g); linear theory of this matrix does not hold (exclude_unstable leaves "
            "such directions out)",
            count, plural, creal(worst), cimag(worst), given->found.mean_slope);
    return qn_fail(QN_NO_SOLUTION,
                   "given matrix: %zu eigenvalue%s unstable: %.6g%+.6gi of J times the mean slope %.4g is %.4g%+.4gi; "
                   "stable is a real part below 1. Linear theory of this matrix does not hold (exclude_unstable leaves "
                   "such directions out)",
                   count, plural, creal(worst), cimag(worst), given->found.mean_slope,
                   given->found.mean_slope * creal(worst), given->found.mean_slope * cimag(worst));
}

static qn_status settle_stability(qn_given_matrix *given, const qn_given_options *options)
{
    int *chosen;
    size_t count = 0;
    QN_TRY(QN_NEW(&chosen, given->size, "unstable eigenvalues"));
    qn_status status = qn_given_find_unstable(given, chosen, &count);
    if (status == QN_OK && count > 0)
        status = options->exclude_unstable ? qn_schur_move_first(&given->schur, chosen, &count)
                                           : refuse(given, chosen, count);
    qn_release(chosen);
    QN_TRY(status);
    QN_REQUIRE(count < given->size, QN_NO_SOLUTION, "given matrix: all %zu eigenvalues are unstable", count);
    QN_REQUIRE(count == 0 || given->found.source != QN_GIVEN_SOURCE_DIAGONAL, QN_BAD_VALUE,
               "given matrix: %zu unstable directions are left out; a diagonal source needs all of them", count);
    given->bulk = given->size - count;
    given->found.excluded = count;
    return QN_OK;
}

static qn_status triangulate(qn_given_matrix *given)
{
    QN_TRY(QN_NEW(&given->triangle, given->bulk * given->bulk, "triangular form of the matrix"));
    QN_TRY(qn_schur_triangular(&given->schur, given->size - given->bulk, given->triangle, &given->rotation));
    qn_release(given->schur.form);
    given->schur.form = NULL;
    return QN_OK;
}

static qn_status prepare(qn_given_matrix *given, const qn_rate_network *network, const qn_two_point *two_point,
                         const double *matrix, const qn_given_options *options, const qn_progress *progress)
{
    qn_progress_meter meter;
    qn_progress_meter_start(&meter, progress);
    QN_TRY(qn_progress_meter_tick(&meter, 0.0, "Schur form of the matrix"));
    QN_TRY(take_unit(given, network, two_point, options));
    QN_TRY(plan(given->size));
    QN_TRY(qn_schur_create(given->size, matrix, &given->schur));
    QN_TRY(qn_progress_meter_tick(&meter, 0.9, "stability of the matrix"));
    find_leading(given);
    QN_TRY(qn_given_cumulants(matrix, given));
    QN_TRY(choose(&given->found, given->supplied, options));
    QN_TRY(settle_stability(given, options));
    return triangulate(given);
}

qn_status qn_given_matrix_create(const qn_rate_network *network, const qn_two_point *two_point, const double *matrix,
                                 const qn_given_options *options, const qn_progress *progress, qn_given_matrix **result)
{
    const qn_given_options defaults = {0}, *chosen = options ? options : &defaults;
    QN_TRY(qn_rate_network_check(network));
    QN_TRY(check_options(chosen));
    QN_TRY(check_matrix(network->size, matrix));
    qn_given_matrix *made;
    QN_TRY(QN_NEW(&made, 1, "theory of a given matrix"));
    made->size = made->bulk = made->found.size = network->size;
    made->tolerance = chosen->tolerance > 0.0 ? chosen->tolerance : 1e-6;
    const qn_status status = prepare(made, network, two_point, matrix, chosen, progress);
    if (status != QN_OK) {
        qn_given_matrix_destroy(made);
        return status;
    }
    *result = made;
    return QN_OK;
}

void qn_given_matrix_structure(const qn_given_matrix *given, qn_given_structure *result) { *result = given->found; }
