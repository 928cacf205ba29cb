"""What a user would write instead of quenched, from the formulas, timed for bench/dimension.sh: "name case value" a line.

    dimension_peers.py grid [values]   theory of 50 strengths x 20 effective ranks, erf, without noise: seconds; A and B
    dimension_peers.py simulate        dimension of one network from 32 trials side by side, tanh, noise: seconds, value
    dimension_peers.py floor           sgemm of NumPy's own BLAS, flop/s

Theory: c0 by brentq (E3), the autocorrelation by solve_ivp of the first-order equation, FFT, and E6 summed over a
frequency grid that resolves 16 / kappa_inf^2, in real arithmetic and blocks that stay in the cache; A and B once (E7).
Simulation: stochastic Heun with as many products as quenched has, in double and in single precision; S1 by covariances.
"""
import sys
import time

import numpy as np

STRENGTHS, RANKS = 1.1 + 0.1 * np.arange(50), -1 + 0.5 * np.arange(20)
UNITS, TRIALS, FRAMES, BURN_IN, STEP = 1000, 32, 20, 20, 0.1


def two_point(g, step=0.1):
    """C^phi on a grid of lags, c0phi, S0 and kappa_inf."""
    from scipy.integrate import solve_ivp
    from scipy.optimize import brentq

    def rate_covariance(c, c0):
        return 2 / np.pi * np.arcsin(np.pi / 2 * c / (1 + np.pi / 2 * c0))

    def potential(c, c0):
        a, b = 1 + np.pi / 2 * c0, np.pi / 2
        u = b * c / a
        return -c * c / 2 + g * g * 2 / np.pi * a / b * (u * np.arcsin(u) + np.sqrt(1 - u * u) - 1)

    scan = np.geomspace(1e-6, g * g, 600)  # c0 = 0 is a root as well: divide it out, take the last sign change
    signs = np.sign([potential(c, c) / c**2 for c in scan])
    last = np.flatnonzero(signs[1:] != signs[:-1])[-1]
    c0 = brentq(lambda c: potential(c, c) / c**2, scan[last], scan[last + 1], xtol=1e-14)
    slope = (1 + np.pi / 2 * c0) ** -0.5
    decay = np.sqrt(1 - (g * slope) ** 2)

    # At lag 0 the velocity is zero: start a little later. Far out the potential cancels: exponential from there.
    start, small = 1e-3, 1e-3 * c0
    begin = c0 + (c0 - g * g * rate_covariance(c0, c0)) * start**2 / 2
    lags = np.arange(0, max(40, 30 / decay), step)

    def reached(t, c):
        return c[0] - small

    reached.terminal = True
    orbit = solve_ivp(lambda t, c: -np.sqrt(np.maximum(-2 * potential(c, c0), 0)), (start, lags[-1]), [begin],
                      "DOP853", dense_output=True, events=reached, rtol=1e-10, atol=1e-13)
    until = orbit.t[-1]
    c = np.where(lags <= until, orbit.sol(np.clip(lags, start, until))[0], orbit.y[0, -1] * np.exp(-decay * (lags - until)))
    c[0] = c0
    return rate_covariance(c, c0), slope, decay


def intercept_and_slope(g, step=0.1):
    """A and B of 1/PR = A + B/PR^D (E6, E7): the sum over frequencies of Theta - C C, where C C is known at lag 0."""
    c, slope, decay = two_point(g, step)
    box = max(150, 16 / decay**2)
    count = max(2 * len(c), int(np.ceil(box / step)))
    even = np.zeros(count)
    even[: len(c)], even[count - len(c) + 1 :] = c, c[:0:-1]
    spectrum = np.fft.rfft(even).real * step
    omega = 2 * np.pi / (count * step) * np.arange(len(spectrum))
    keep = omega <= 9
    spectrum, omega = spectrum[keep], omega[keep]
    s = (g * slope) ** 2
    weight = np.full(len(omega), 2.0)
    weight[0] = 1
    both = np.concatenate([-omega[:0:-1], omega])
    power, square = np.concatenate([spectrum[:0:-1], spectrum]), 1 + both * both
    sum_a = sum_b = 0.0
    rows = max(1, 32768 // len(both))
    for first in range(0, len(omega), rows):
        w = omega[first : first + rows, None]
        product = (1 + w * w) * square  # |(1 + i w)(1 + i w')|^2
        cross = 2 * s * (1 - w * both) - s * s
        inverse = power / (product - cross)  # C(w') / |(1 + i w)(1 + i w') - s|^2
        of_row = weight[first : first + rows] * spectrum[first : first + rows]
        sum_a += of_row @ (cross * inverse).sum(1)
        sum_b += of_row @ inverse.sum(1)
    unit = (1 / (count * step)) ** 2 / c[0] ** 2
    return 1 + sum_a * unit, s * s * sum_b * unit


def grid(with_values):
    start = time.perf_counter()
    found = [intercept_and_slope(g) for g in STRENGTHS]
    ratios = [[1 / (a + b * rank) for rank in RANKS] for a, b in found]
    print(f"numpy grid {time.perf_counter() - start:.6g}", flush=True)
    assert len(ratios) == len(STRENGTHS)
    for g, (a, b) in zip(STRENGTHS, found):
        if with_values:
            print(f"value_numpy {g:.1f} {a:.8g} {b:.8g}")


def simulate_once(dtype, rng):
    noise, strength = 0.5, 1.2
    J = (strength / np.sqrt(UNITS) * rng.standard_normal((UNITS, UNITS), dtype)).astype(dtype)
    x = rng.standard_normal((UNITS, TRIALS), dtype)
    width = dtype(noise * np.sqrt(2 * STEP))
    step, half = dtype(STEP), dtype(STEP / 2)
    per_frame = round(1 / STEP)
    frames = np.empty((TRIALS, FRAMES, UNITS), dtype)
    for k in range((BURN_IN + FRAMES) * per_frame):
        rate = np.tanh(x)
        if k >= BURN_IN * per_frame and k % per_frame == 0:
            frames[:, k // per_frame - BURN_IN] = rate.T
        drift = -x + J @ rate
        xi = width * rng.standard_normal(x.shape, dtype)
        to = x + step * drift + xi
        x = x + half * (drift - to + J @ np.tanh(to)) + xi
    total, each = np.zeros((UNITS, UNITS), dtype), 0.0
    for trial in frames:
        covariance = trial.T @ trial / FRAMES
        total += covariance
        each += np.vdot(covariance, covariance)
    theta = (np.vdot(total, total) - each) / (TRIALS * (TRIALS - 1) * UNITS)
    return np.mean(frames**2) ** 2 / theta


def simulate():
    for name, dtype in (("numpy", np.float64), ("numpy_single", np.float32)):
        best = float("inf")
        for _ in range(2):
            start = time.perf_counter()
            ratio = simulate_once(dtype, np.random.default_rng(1))
            best = min(best, time.perf_counter() - start)
        print(f"{name} simulated {best:.6g}\n{name}_ratio simulated {ratio:.6g}", flush=True)


def ceiling():
    size, rng = 2048, np.random.default_rng(1)
    a, c = rng.standard_normal((size, size), np.float32), np.empty((size, size), np.float32)
    best = float("inf")
    for _ in range(6):
        start = time.perf_counter()
        np.matmul(a, a, out=c)
        best = min(best, time.perf_counter() - start)
    print(f"sgemm_numpy floor {2 * size**3 / best:.6g}", flush=True)


def main():
    words = sys.argv[1:]
    if words in (["grid"], ["grid", "values"]):
        grid(len(words) == 2)
    elif words == ["simulate"]:
        simulate()
    elif words == ["floor"]:
        ceiling()
    else:
        sys.exit(__doc__)


main()
