/// The fixed parts of a script for NEST: what it says of itself, and the program that reads the tables.
#pragma once
#include <stddef.h>
#include <stdio.h>

void qn_nest_put_head(FILE *stream, size_t neurons, double synapses);
void qn_nest_put_program(FILE *stream);
