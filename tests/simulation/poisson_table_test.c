#include "simulation/poisson_table.h"
#include "testing.h"

enum { WORDS = 65536 };

static const double means[] = {0,   1e-7, 1e-5, 1e-4, 3e-4, 1e-3, 2.4e-3, 7.7e-3, 0.0123, 0.05, 0.16, 0.4,
                               1.0, 1.25, 1.28, 1.6,  2.32, 3.7,  5.0,    6.4,    7.8,    9.99, 10.0};
enum { MEANS = sizeof means / sizeof *means };

// What the table makes of each of the 65536 words, by its description.
static void count_words(const qn_poisson_table *table, int shares[QN_POISSON_BINS])
{
    memset(shares, 0, QN_POISSON_BINS * sizeof *shares);
    for (unsigned word = 0; word < WORDS; ++word) {
        const unsigned bin = word >> 11, number = (word & 2047) < table->threshold[bin] ? bin : table->alias[bin];
        assert_in_range(number, 0, QN_POISSON_BINS - 1);
        ++shares[number];
    }
}

static double probability(double mean, int k) { return pow(mean, k) * exp(-mean) / tgamma(k + 1.0); }

static double kept(const qn_poisson_table *table) { return table->kept ? table->kept / (double)WORDS : 1.0; }

// Largest remainders: every share is its exact value rounded down or up, and none that is rounded down has a larger
// remainder than one that is rounded up.
static void shares_are_the_probabilities_rounded(void **state)
{
    (void)state;
    for (size_t m = 0; m < MEANS; ++m) {
        qn_poisson_table table;
        int shares[QN_POISSON_BINS];
        qn_poisson_table_make(means[m], &table);
        count_words(&table, shares);
        double smallest_up = 1.0, largest_down = 0.0;
        for (int k = 0; k < QN_POISSON_BINS; ++k) {
            const double others = k ? 0.0 : 1.0 - 1.0 / kept(&table);
            const double exact = WORDS * (others + probability(means[m], k) / kept(&table)), excess = shares[k] - exact;
            assert_true(fabs(excess) < 1.0 + 1e-9);
            if (excess > 1e-9) smallest_up = fmin(smallest_up, 1.0 - excess);
            if (excess < -1e-9) largest_down = fmax(largest_down, -excess);
        }
        assert_true(largest_down <= smallest_up + 1e-9);
    }
}

static void moments(const qn_poisson_table *table, double *mean, double *variance)
{
    int shares[QN_POISSON_BINS];
    double sum = 0.0, squares = 0.0;
    count_words(table, shares);
    for (int k = 0; k < QN_POISSON_BINS; ++k) {
        sum += (double)k * shares[k] / WORDS * kept(table);
        squares += (double)k * k * shares[k] / WORDS * kept(table);
    }
    *mean = sum;
    *variance = squares - sum * sum;
}

static void the_scale_makes_the_mean_exact(void **state)
{
    (void)state;
    for (size_t m = 0; m < MEANS; ++m) {
        qn_poisson_table table;
        double mean, variance;
        qn_poisson_table_make(means[m], &table);
        moments(&table, &mean, &variance);
        assert_within(table.scale * mean, means[m], 1e-13 * fmax(means[m], 1e-300));
    }
}

// The promise of 0.1 % (section 6.6 of docs/theory/spiking.md), down to a spike an hour at 0.1 ms; and the scale, which
// is what single spikes weigh, is as near to 1.
static void the_variance_is_nearly_that_of_poisson_numbers(void **state)
{
    (void)state;
    for (double wanted = 3e-8; wanted <= QN_POISSON_TABLE_MEAN; wanted *= 1.0071) {
        qn_poisson_table table;
        double mean, variance;
        qn_poisson_table_make(wanted, &table);
        moments(&table, &mean, &variance);
        assert_within(table.scale * table.scale * variance / wanted, 1.0, wanted < 1e-6 ? 5e-3 : 1e-3);
        assert_within(table.scale, 1.0, wanted < 1e-6 ? 5e-3 : 1e-3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_the_probabilities_rounded),
        cmocka_unit_test(the_scale_makes_the_mean_exact),
        cmocka_unit_test(the_variance_is_nearly_that_of_poisson_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
