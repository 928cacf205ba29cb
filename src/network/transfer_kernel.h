/// The vectorised loops under transfer.c, one set per instruction set; `gain` multiplies x. In place allowed.
#pragma once
#include "base/cpu.h"

#include <stddef.h>

#define QN_TRANSFER_LOOP(type, name) QN_DECLARE_KERNEL(void, name, (type gain, size_t count, const type *x, type *out))

QN_TRANSFER_LOOP(double, qn_tanh_value);
QN_TRANSFER_LOOP(double, qn_tanh_slope);
QN_TRANSFER_LOOP(double, qn_erf_value);
QN_TRANSFER_LOOP(double, qn_erf_slope);
QN_TRANSFER_LOOP(double, qn_relu_value);
QN_TRANSFER_LOOP(double, qn_relu_slope);
QN_TRANSFER_LOOP(double, qn_linear_value);
QN_TRANSFER_LOOP(float, qn_tanh_value_float);
QN_TRANSFER_LOOP(float, qn_tanh_slope_float);
QN_TRANSFER_LOOP(float, qn_erf_value_float);
QN_TRANSFER_LOOP(float, qn_erf_slope_float);
QN_TRANSFER_LOOP(float, qn_relu_value_float);
QN_TRANSFER_LOOP(float, qn_relu_slope_float);
QN_TRANSFER_LOOP(float, qn_linear_value_float);

#undef QN_TRANSFER_LOOP

/// out = factor max(0, gain (x - threshold))^power, through double; power != 0 (a negative power of 0 is INFINITY).
QN_DECLARE_KERNEL(void, qn_power_value_float,
                  (double gain, double threshold, double power, double factor, size_t count, const float *x,
                   float *out));
