/// How integrate-and-fire neurons respond to small modulations of their input, and what fluctuations of populations
/// follow from it: transfer functions, spectra of one neuron, spectra of population rates by linear response.
///
/// Source: section 4.5 of docs/theory/spiking.md, equations (13)-(17), (E15) (Brunel & Hakim 1999; Lindner &
/// Schimansky-Geier 2001; Schuecker, Diesmann & Helias 2015; Bos, Diesmann & Helias 2016). Frequencies in Hz, >= 0;
/// spectra two-sided, S(f) = int C(t) exp(-2 pi i f t) dt.
#pragma once
#include <quenched/lif_mean_field.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Transfer functions: a mean input mu + epsilon exp(2 pi i f t) makes the rate nu + epsilon n(f) exp(2 pi i f t), n =
/// `by_mean` (1/(s mV)); likewise for noise^2, `by_variance` (1/(s mV^2)). Exact for white noise; to first order in
/// sqrt(tau_s / tau_m) for coloured, where the input is what drives the membrane: what arrives at synapses passes
/// 1 / (1 + 2 pi i f tau_s) first. At f = 0 they are S and T of qn_siegert().
///
/// @param[in]  noise  mV, > 0; the distance of threshold and reset from mean at most 1000 noise
/// @param[out] by_mean, by_variance  real and imaginary part in turn, 2 count values; NULL: not wanted
/// Accuracy: 1e-11 relative. Cost: 20 us each. Thread-safe.
qn_status qn_lif_transfer(const qn_siegert_neuron *neuron, double mean, double noise, size_t count,
                          const double *frequencies, double *by_mean, double *by_variance);

/// Spectrum (1/s) of the spike train of one neuron, without the delta of its mean at f = 0: a renewal process (E15).
/// Exact for white noise. The shift of coloured noise makes the rate right, but not the intervals: those are
/// correlated.
qn_status qn_lif_spectrum(const qn_siegert_neuron *neuron, double mean, double noise, size_t count,
                          const double *frequencies, double *power);

/// Coefficient of variation of the intervals between spikes, same conditions.
qn_status qn_lif_interval_variation(const qn_siegert_neuron *neuron, double mean, double noise, double *variation);

typedef struct {
    bool cross;          ///< all cross-spectra too
    bool mean_only;      ///< leave modulations of the noise out (T = 0 in (16)), as much published theory does
    bool poisson_noise;  ///< D = nu / N in (17), as much published theory has it; false: the neurons' own spectra / N
    bool no_eigenvalues; ///< leave stability out: it takes most of the time from 50 populations on
} qn_lif_spectra_options;

/// Spectra of population rates (spikes per neuron and time), arrays per frequency.
typedef struct {
    size_t population_count, count;
    double *power;    ///< [frequency, population], 1/s: the neurons' own noise once it has gone round the loops
    double *cross;    ///< [frequency, population, population], real and imaginary part in turn, <y_i conj(y_j)>, 1/s;
                      ///< NULL unless asked for. Coherence is |C_ij|^2 / (C_ii C_jj)
    double *distance; ///< |1 - lambda| of the eigenvalue of the loop gain nearest to 1; NAN without eigenvalues
    double critical_frequency;                ///< where that is smallest, Hz
    double critical_real, critical_imaginary; ///< and that eigenvalue: instability when it reaches 1
    int unstable_modes; ///< growing modes of the linear dynamics, by winding: 0 where spectra mean something; -1: the
                        ///< frequencies are too few, or do not reach from near 0 to where all eigenvalues are below 1
} qn_lif_spectra;

/// Linear response about `state` of `network`, found with `mean_field` options (NULL for defaults): (16), (17).
/// With a spread of mean inputs over neurons, transfer functions are averaged over them.
///
/// @param[in]  frequencies  increasing, Hz
/// @param[out] result       free with qn_lif_spectra_clear(). Untouched on error.
/// @return QN_BAD_VALUE; QN_NO_SOLUTION where the response diverges at a frequency.
/// Cost: per frequency 20 to 40 us for each population and node, and n^3; 8 populations and 1000 frequencies 0.3 s,
/// with heterogeneity 4 s. Thread-safe.
qn_status qn_lif_spectra_solve(const qn_spiking_network *network, const qn_lif_mean_field_options *mean_field,
                               const qn_lif_state *state, size_t count, const double *frequencies,
                               const qn_lif_spectra_options *options, qn_lif_spectra *result);
void qn_lif_spectra_clear(qn_lif_spectra *result);

#ifdef __cplusplus
}
#endif
