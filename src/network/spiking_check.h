/// Parts of qn_spiking_network_check(): each fails with QN_BAD_VALUE and "field is value; allowed: ...", to which the
/// caller adds the path of the entry.
#pragma once
#include <quenched/spiking_network.h>

typedef enum { QN_ANY_NUMBER, QN_NOT_NEGATIVE, QN_POSITIVE } qn_number_range;

typedef struct {
    const char *name;
    double value;
    const char *unit; ///< with a blank before it: " ms"; "" for none
    qn_number_range range;
} qn_checked_number;

/// Every number is finite and in its range.
qn_status qn_check_numbers(size_t count, const qn_checked_number *numbers);

/// A time that is a whole number of steps, below 2^32 of them.
qn_status qn_check_on_grid(const char *name, double time, double time_step);

/// Add "populations[3] (4I): " to the message of this thread's failure.
qn_status qn_fail_in_population(qn_status status, const qn_spiking_network *network, size_t population);
/// Add "projections[12] (4I -> 4E): ", of a projection whose populations exist.
qn_status qn_fail_in_projection(qn_status status, const qn_spiking_network *network, size_t projection);

/// The name of a population, or its number, for messages: in `text`, or where the population keeps it.
enum { QN_POPULATION_NAME = 24 };
const char *qn_spiking_population_name(const qn_spiking_network *network, size_t population,
                                       char text[QN_POPULATION_NAME]);

bool qn_is_source(const qn_spiking_population *population);

qn_status qn_spiking_check_population(const qn_spiking_network *network, const qn_spiking_population *population);

/// All projections of a network whose populations are right.
qn_status qn_spiking_check_projections(const qn_spiking_network *network);

/// The explicit list of a projection.
qn_status qn_spiking_check_edges(const qn_spiking_network *network, const qn_spiking_projection *projection);
