/// Poisson numbers from 16 random bits, by Walker's alias method in integers: the upper 5 bits choose a bin, the lower
/// 11 whether its own number or its alias.
///
/// Probabilities are multiples of 2^-16; the mean of the table is not quite the one asked for, so users scale what a
/// count weighs by `scale`, which makes the mean exact and leaves the variance within 0.1 %. That needs some hundred of
/// the 65536 words for the number 1: small means have numbers that are thinned by a second word of 16 bits.
#pragma once
#include <stdint.h>

enum { QN_POISSON_BINS = 32 };

typedef struct {
    uint16_t threshold[QN_POISSON_BINS]; ///< 0 to 2048
    uint16_t alias[QN_POISSON_BINS];
    uint32_t packed[QN_POISSON_BINS]; ///< threshold | alias << 16
    uint32_t kept; ///< the number counts where a second word is below, else it is 0; 0: there is no second word
    double scale;  ///< mean asked for / mean of the table; 1 for mean 0
} qn_poisson_table;

/// Smaller means take two words.
#define QN_POISSON_TABLE_RARE 0.02

/// Most that one table serves; a larger mean is the sum of several draws.
#define QN_POISSON_TABLE_MEAN 10.0

/// The table for 0 <= mean <= QN_POISSON_TABLE_MEAN.
void qn_poisson_table_make(double mean, qn_poisson_table *table);
