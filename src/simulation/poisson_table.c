#include "simulation/poisson_table.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { BINS = QN_POISSON_BINS, SHARES = 65536, BIN_SHARES = SHARES / BINS };

// How many of the 65536 words give each number, when of the numbers the part `kept` is to count: the largest remainders
// are rounded up.
static void shares_of(double mean, double kept, int shares[BINS])
{
    double remainder[BINS], probability = exp(-mean);
    int total = 0;
    for (int k = 0; k < BINS; ++k) {
        const double exact = k ? SHARES * probability / kept : SHARES * (1.0 + expm1(-mean) / kept);
        shares[k] = (int)floor(exact);
        remainder[k] = exact - shares[k];
        total += shares[k];
        probability *= mean / (k + 1);
    }
    for (; total < SHARES; ++total) {
        int largest = 0;
        for (int k = 1; k < BINS; ++k)
            if (remainder[k] > remainder[largest]) largest = k;
        ++shares[largest];
        remainder[largest] -= 1.0;
    }
}

// Vose (1991), in integers: each bin takes a number that falls short of 2048 words and one that has more.
static void pair_up(const int shares[BINS], qn_poisson_table *table)
{
    int left[BINS], small[BINS] = {0}, large[BINS] = {0}, small_count = 0, large_count = 0;
    memcpy(left, shares, sizeof left);
    for (int k = 0; k < BINS; ++k) {
        if (left[k] < BIN_SHARES)
            small[small_count++] = k;
        else
            large[large_count++] = k;
    }
    while (small_count > 0 && large_count > 0) {
        const int s = small[--small_count], l = large[large_count - 1];
        table->threshold[s] = (uint16_t)left[s];
        table->alias[s] = (uint16_t)l;
        left[l] -= BIN_SHARES - left[s];
        if (left[l] < BIN_SHARES) {
            --large_count;
            small[small_count++] = l;
        }
    }
    while (large_count > 0) {
        const int l = large[--large_count];
        table->threshold[l] = BIN_SHARES;
        table->alias[l] = (uint16_t)l;
    }
}

void qn_poisson_table_make(double mean, qn_poisson_table *table)
{
    int shares[BINS];
    const bool rare = mean > 0.0 && mean < QN_POISSON_TABLE_RARE;
    table->kept = rare ? (uint32_t)ceil(2.0 * mean * SHARES) : 0; // half of the words or fewer give a number
    const double kept = rare ? table->kept / (double)SHARES : 1.0;
    shares_of(mean, kept, shares);
    pair_up(shares, table);
    for (int k = 0; k < BINS; ++k) table->packed[k] = table->threshold[k] | (uint32_t)table->alias[k] << 16;
    double sum = 0.0;
    for (int k = 0; k < BINS; ++k) sum += (double)k * shares[k] * kept;
    table->scale = sum > 0.0 ? mean * SHARES / sum : 1.0;
}
