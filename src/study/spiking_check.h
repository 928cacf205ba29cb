/// Checks of a spiking study that single keys cannot make; each complains at the line that is wrong.
#pragma once
#include "study/spiking.h"

typedef struct {
    const qn_spiking_study *study;
    const qn_spiking_network_keys *keys; ///< of the study
    const char *folder;
    const qn_node *tree;
    qn_complaints *complaints;
} qn_spiking_checking;

/// The node at the path that printf makes, or the deepest one above it that is written.
const qn_node *qn_spiking_place(const qn_spiking_checking *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/// The node of an entry of the table `key`: the number itself where there is a matrix.
const qn_node *qn_spiking_table_place(const qn_spiking_checking *c, const char *key, size_t target, size_t source);

const qn_spiking_population_keys *qn_spiking_population_keys_at(const qn_spiking_checking *c, size_t index);

qn_status qn_spiking_study_check_populations(const qn_spiking_checking *c);
qn_status qn_spiking_study_check_connectivity(const qn_spiking_checking *c);
