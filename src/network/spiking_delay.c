#include <quenched/spiking_network.h>

#include <math.h>

static const double SMALLEST_SHARE = 0x1p-17;

// P(X >= x) of a normal deviate of mean 0 and variance 1.
static double beyond(double x) { return 0.5 * erfc(x * 0.70710678118654752440); }

static bool is_one_delay(const qn_delay_law *law)
{
    return law->kind == QN_DELAY_CONSTANT || law->relative_spread == 0.0;
}

// Share of delays of more than `step` steps: 1 - F((step + 1/2) h), law 2.4.3. F(h / 2) is 0 wherever normal deviates
// are cut, because everything up to 3 h / 2 is rounded to one step.
static double share_beyond(const qn_delay_law *law, double time_step, double minimum, double step)
{
    if (step < 1.0) return 1.0;
    if (is_one_delay(law)) return round(law->mean / time_step) > step ? 1.0 : 0.0;
    const double spread = law->relative_spread * law->mean;
    const double kept = beyond((minimum - law->mean) / spread);
    if (kept == 0.0) return 0.0; // a mean far below the cut: all that is left lies right at it
    return beyond(((step + 0.5) * time_step - law->mean) / spread) / kept;
}

size_t qn_delay_last(const qn_delay_law *law, double time_step, double minimum)
{
    // 9 standard deviations above the larger of mean and cut nothing is left: P(X > z + 9) / P(X > z) falls with z.
    const double furthest = fmax(law->mean, minimum) + 9.0 * law->relative_spread * law->mean;
    double low = 1.0, high = ceil(furthest / time_step) + 2.0; // the answer is in [low, high)
    while (high - low > 1.0) {
        const double middle = floor(0.5 * (low + high));
        if (share_beyond(law, time_step, minimum, middle - 1.0) >= SMALLEST_SHARE)
            low = middle;
        else
            high = middle;
    }
    return (size_t)low;
}

void qn_delay_probabilities(const qn_delay_law *law, double time_step, double minimum, size_t last,
                            double *probabilities)
{
    double left = 1.0;
    for (size_t step = 1; step < last; ++step) {
        const double next = share_beyond(law, time_step, minimum, (double)step);
        probabilities[step - 1] = left - next;
        left = next;
    }
    if (last > 0) probabilities[last - 1] = left;
}
