// Spectra of the populations' rates by theory.
#include "base/fail.h"
#include "study/spiking_point.h"

#include <quenched/lif_response.h>

static qn_status take(const qn_spiking_point *point, const qn_lif_spectra *spectra, double *values, qn_result *result)
{
    const size_t n = spectra->population_count;
    if (spectra->unstable_modes > 0)
        return qn_spiking_warn(point, result,
                               "the asynchronous state is unstable: %d mode%s of its linear response grow%s, near %.3g "
                               "Hz; there are no spectra of theory",
                               spectra->unstable_modes, spectra->unstable_modes == 1 ? "" : "s",
                               spectra->unstable_modes == 1 ? "s" : "", spectra->critical_frequency);
    for (size_t k = 0; k < spectra->count; ++k)
        for (size_t p = 0; p < n; ++p) values[p * spectra->count + k] = spectra->power[k * n + p];
    return QN_OK;
}

qn_status qn_spiking_theory_spectra(const qn_spiking_point *point, size_t count, const double *frequencies,
                                    double *values, qn_result *result)
{
    const qn_lif_state *state = qn_spiking_state_of(point);
    const qn_lif_mean_field_options options = qn_spiking_mean_field_options(point->study);
    qn_lif_spectra spectra;
    if (!state) return QN_OK;
    const qn_status status = qn_lif_spectra_solve(point->network, &options, state, count, frequencies, NULL, &spectra);
    if (status == QN_BAD_VALUE || status == QN_NO_SOLUTION)
        return qn_spiking_warn(point, result, "no spectra of theory: %s", qn_last_error());
    QN_TRY(status);
    const qn_status taken = take(point, &spectra, values, result);
    qn_lif_spectra_clear(&spectra);
    return taken;
}
