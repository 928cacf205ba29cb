/// The tables of a script for NEST: populations, projections, stimuli, as Python lists.
#pragma once
#include <quenched/spiking_network.h>

#include <stdio.h>

void qn_nest_put_populations(FILE *stream, const qn_spiking_network *network);
void qn_nest_put_projections(FILE *stream, const qn_spiking_network *network);
void qn_nest_put_stimuli(FILE *stream, const qn_spiking_network *network);
