/// What is kept of one realisation: numbers of populations, and functions of time, rate and frequency.
#pragma once
#include "study/spiking.h"

#include <quenched/spiking_simulation.h>

/// Families of quantities in the order of qn_spiking_families.
enum {
    QN_MEASURED_RATE,
    QN_MEASURED_RATE_SPREAD,
    QN_MEASURED_CV,
    QN_MEASURED_LVR,
    QN_MEASURED_SYNCHRONY,
    QN_MEASURED_CORRELATION,
    QN_MEASURED_MEAN_INPUT,
    QN_MEASURED_INPUT_NOISE,
    QN_MEASURED_FAMILIES
};

/// Numbers of the whole network.
enum {
    QN_MEASURED_FANO_FACTOR,
    QN_MEASURED_DURATION,  ///< ms, shorter than asked where it ran away
    QN_MEASURED_RAN_AWAY,  ///< 1 or 0
    QN_MEASURED_HIGHEST,   ///< rate in the busiest 50 ms, 1/s
    QN_MEASURED_EVENTS,    ///< synaptic events
    QN_MEASURED_SIMULATED, ///< all simulated time, ms
    QN_MEASURED_SECONDS,   ///< that the steps took
    QN_MEASURED_BUILD,     ///< seconds before them
    QN_MEASURED_BYTES,     ///< peak memory
    QN_MEASURED_SCALARS
};

/// A function of every population, [population, place].
typedef struct {
    size_t count; ///< places; 0: not there
    double step;  ///< from one to the next
    double *values;
} qn_measured_function;

typedef struct {
    size_t population_count;
    double scalars[QN_MEASURED_SCALARS];
    double *families;            ///< [QN_MEASURED_FAMILIES, population]; NAN: not measured
    qn_measured_function counts; ///< neurons with 0, 1, 2 ... spikes; step: the rate of one spike, 1/s
    qn_measured_function course; ///< rate over time, 1/s; step in ms
    qn_measured_function rate;   ///< spectrum of the population's rate, 1/s; step in Hz
    qn_measured_function spike;  ///< mean spectrum of its neurons' trains, 1/s; step in Hz
    size_t raster_count;
    double *raster; ///< [raster_count, 3]: time (ms from the beginning of the measurement), place, population
} qn_spiking_measurement;

/// `raster` false: none is kept. `measurement` untouched on error.
qn_status qn_spiking_measure(const qn_spiking_network *network, const qn_spiking_simulation_keys *keys,
                             const qn_spiking_activity *activity, bool raster, qn_spiking_measurement *measurement);
void qn_spiking_measurement_clear(qn_spiking_measurement *measurement);

/// As numbers for a checkpoint, and back. The timings are among them. Free with free().
enum { QN_SPIKING_PACK_LAYOUT = 1 }; ///< raise it when the layout changes
qn_status qn_spiking_pack(const qn_spiking_measurement *measurement, size_t *count, double **numbers);
/// QN_BAD_FILE when they are not what qn_spiking_pack() made for that many populations.
qn_status qn_spiking_unpack(size_t count, const double *numbers, size_t population_count,
                            qn_spiking_measurement *measurement);
