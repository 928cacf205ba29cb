/// Fourier transforms of the delay laws of a network's projections.
#pragma once
#include <quenched/spiking_network.h>

#include <complex.h>

/// A law on the grid: `share[k]` of delays of (k + 1) steps.
typedef struct {
    const qn_delay_law *law; // NULL: of listed synapses
    size_t last;
    double *share;
} qn_lif_delay;

/// Projections with equal laws share a table.
typedef struct {
    double time_step; // ms
    size_t count;
    qn_lif_delay *delay;
    size_t projection_count;
    size_t *of_projection;
} qn_lif_delays;

qn_status qn_lif_delays_create(const qn_spiking_network *network, qn_lif_delays *delays);
void qn_lif_delays_clear(qn_lif_delays *delays);

/// <exp(-2 pi i f d)> of each table at `frequency` (Hz), `count` values.
void qn_lif_delays_transform(const qn_lif_delays *delays, double frequency, double complex *transform);
