#include "network/mode_spectrum.h"

#include "base/fail.h"

#include <math.h>
#include <stdlib.h>

// Modes weaker than exp(-7) of the strongest carry a 1e-6th of g^2: they are left out. What the others' effective rank
// is, is met exactly all the same.
static const double LENGTHS = 7.0;

static double modes_of(const qn_mode_spectrum *spectrum) { return spectrum->modes == 0.0 ? 1.0 : spectrum->modes; }

static size_t count_of(const qn_mode_spectrum *spectrum, size_t size, bool orthogonal)
{
    const double n = (double)size;
    switch (spectrum->kind) {
    case QN_SPECTRUM_FLAT: return (size_t)floor(spectrum->effective_rank * n + 0.5);
    case QN_SPECTRUM_EXPONENTIAL: {
        const double most = ceil(LENGTHS * fmax(1.0, spectrum->effective_rank * n));
        return orthogonal && most > n ? size : (size_t)most;
    }
    case QN_SPECTRUM_POWER_LAW:
    case QN_SPECTRUM_TWO_LEVEL: return (size_t)floor(modes_of(spectrum) * n + 0.5);
    case QN_SPECTRUM_LIST: return spectrum->count;
    }
    return 0;
}

static qn_status check_list(const qn_mode_spectrum *spectrum)
{
    QN_REQUIRE(spectrum->values && spectrum->count, QN_BAD_VALUE, "network.coupling.spectrum.values is missing");
    double largest = 0.0;
    for (size_t a = 0; a < spectrum->count; ++a) {
        const double value = spectrum->values[a];
        QN_REQUIRE(value >= 0.0 && isfinite(value), QN_BAD_VALUE,
                   "network.coupling.spectrum.values[%zu] is %g; allowed: finite, at least 0", a, value);
        largest = fmax(largest, value);
    }
    QN_REQUIRE(largest > 0.0, QN_BAD_VALUE, "network.coupling.spectrum.values are all 0: there is no coupling");
    return QN_OK;
}

static qn_status check_rank(const qn_mode_spectrum *spectrum, size_t size, bool orthogonal)
{
    const double rank = spectrum->effective_rank, most = orthogonal ? 1.0 : 100.0;
    const bool exponential = spectrum->kind == QN_SPECTRUM_EXPONENTIAL;
    QN_REQUIRE(rank > 0.0 && rank <= most && !(orthogonal && exponential && rank >= 0.99), QN_BAD_VALUE,
               "network.coupling.spectrum.effective_rank is %g; allowed: greater than 0, %s %g (fraction of N)", rank,
               orthogonal && exponential ? "below" : "at most", orthogonal && exponential ? 0.99 : most);
    QN_REQUIRE(rank * (double)size >= (exponential ? 1.5 : 0.5), QN_BAD_VALUE,
               "network.coupling.spectrum.effective_rank is %g: %.3g modes of %zu units; allowed: at least %s", rank,
               rank * (double)size, size, exponential ? "1.5 modes" : "1 mode");
    return QN_OK;
}

qn_status qn_mode_spectrum_check(const qn_mode_spectrum *spectrum, size_t size, bool orthogonal)
{
    const char *where = "network.coupling.spectrum";
    switch (spectrum->kind) {
    case QN_SPECTRUM_FLAT:
    case QN_SPECTRUM_EXPONENTIAL: QN_TRY(check_rank(spectrum, size, orthogonal)); break;
    case QN_SPECTRUM_POWER_LAW:
        QN_REQUIRE(spectrum->exponent >= 0.0 && spectrum->exponent <= 100.0, QN_BAD_VALUE,
                   "%s.exponent is %g; allowed: 0 to 100", where, spectrum->exponent);
        break;
    case QN_SPECTRUM_TWO_LEVEL:
        QN_REQUIRE(spectrum->ratio > 0.0 && isfinite(spectrum->ratio), QN_BAD_VALUE,
                   "%s.ratio is %g; allowed: greater than 0", where, spectrum->ratio);
        QN_REQUIRE(spectrum->fraction > 0.0 && spectrum->fraction <= 1.0, QN_BAD_VALUE,
                   "%s.fraction is %g; allowed: greater than 0, at most 1", where, spectrum->fraction);
        break;
    case QN_SPECTRUM_LIST: QN_TRY(check_list(spectrum)); break;
    default: return qn_fail(QN_BAD_VALUE, "%s.kind is %d; no such kind", where, (int)spectrum->kind);
    }
    QN_REQUIRE(modes_of(spectrum) > 0.0 && modes_of(spectrum) <= 100.0, QN_BAD_VALUE,
               "%s.modes is %g; allowed: greater than 0, at most 100 (fraction of N)", where, spectrum->modes);
    const size_t modes = count_of(spectrum, size, orthogonal);
    QN_REQUIRE(modes >= 1, QN_BAD_VALUE, "%s has no mode: %g of %zu units", where, modes_of(spectrum), size);
    QN_REQUIRE(!orthogonal || modes <= size, QN_BAD_VALUE,
               "%s has %zu modes; allowed for orthogonal ones: at most %zu, the number of units", where, modes, size);
    return QN_OK;
}

// (sum D^2)^2 / sum D^4 of D_a = exp(-a / scale): geometric sums, rate = 2 / scale.
static double rank_of(double rate, double modes)
{
    const double squares = expm1(-rate * modes) / expm1(-rate),
                 fourths = expm1(-2.0 * rate * modes) / expm1(-2.0 * rate);
    return squares * squares / fourths;
}

// The rank falls with the rate, from all modes to one.
static double rate_for(double rank, double modes)
{
    double low = 1e-12, high = 50.0;
    for (int i = 0; i < 200; ++i) {
        const double middle = sqrt(low * high);
        if (rank_of(middle, modes) > rank)
            low = middle;
        else
            high = middle;
    }
    return high;
}

qn_status qn_mode_spectrum_values(const qn_mode_spectrum *spectrum, size_t size, bool orthogonal, size_t *modes,
                                  double **strengths)
{
    const size_t count = count_of(spectrum, size, orthogonal);
    double *values = malloc(count * sizeof *values);
    QN_REQUIRE(values, QN_NO_MEMORY, "no memory for %zu modes", count);
    double rate = 0.0;
    if (spectrum->kind == QN_SPECTRUM_EXPONENTIAL)
        rate = rate_for(spectrum->effective_rank * (double)size, (double)count);
    const double special = floor(spectrum->fraction * (double)count + 0.5);
    for (size_t a = 0; a < count; ++a) switch (spectrum->kind) {
        case QN_SPECTRUM_FLAT: values[a] = 1.0; break;
        case QN_SPECTRUM_EXPONENTIAL: values[a] = exp(-0.5 * rate * (double)a); break;
        case QN_SPECTRUM_POWER_LAW: values[a] = pow((double)(a + 1), -spectrum->exponent); break;
        case QN_SPECTRUM_TWO_LEVEL: values[a] = (double)a < special ? spectrum->ratio : 1.0; break;
        case QN_SPECTRUM_LIST: values[a] = spectrum->values[a]; break;
        }
    *modes = count;
    *strengths = values;
    return QN_OK;
}
