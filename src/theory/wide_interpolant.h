/// <phi phi> of one layer of a wide network for activations without closed form, as a series (7b).
#pragma once
#include <quenched/transfer.h>

#include <stddef.h>

typedef struct qn_wide_interpolant qn_wide_interpolant;
