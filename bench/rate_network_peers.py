"""What a user would write instead of quenched, timed for bench/rate_network.sh: one figure a line, "name size value".

    rate_network_peers.py ceiling          sgemm of NumPy's own BLAS, flop/s
    rate_network_peers.py SIZE erf|tanh    seconds per trial and time constant (RK4, dt 0.2: 20 evaluations)

numpy      float64, one trial, J @ phi(x): the loop everybody writes
jax        the same, jitted as a whole, float64, one trial
jax_batch  jitted, float32, 32 trials side by side: the strongest we know of
"""
import sys
import time

import numpy as np

STEP, STEPS, TRIALS = 0.2, 5, 32
SQRT_PI_2 = float(np.sqrt(np.pi) / 2)  # a plain float: NumPy's would turn float32 arrays into float64


def best_of(run, seconds=2.0, least=3):
    """Shortest of at least `least` runs, for about `seconds`."""
    run()
    best, until, count = float("inf"), time.perf_counter() + seconds, 0
    while count < least or time.perf_counter() < until:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
        count += 1
    return best


def rk4_step(f, x):
    k1 = f(x)
    k2 = f(x + STEP / 2 * k1)
    k3 = f(x + STEP / 2 * k2)
    k4 = f(x + STEP * k3)
    return x + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def time_numpy(size, transfer, rng):
    if transfer == "erf":
        try:
            from scipy.special import erf
        except ImportError:
            return
        phi = lambda x: erf(SQRT_PI_2 * x)
    else:
        phi = np.tanh
    J = 2 / np.sqrt(size) * rng.standard_normal((size, size))
    state = [rng.standard_normal(size)]

    def run():
        x = state[0]
        for _ in range(STEPS):
            x = rk4_step(lambda y: -y + J @ phi(y), x)
        state[0] = x

    print(f"numpy_{transfer} {size} {best_of(run):.6g}", flush=True)


def time_jax(size, transfer, rng):
    try:
        import jax
    except ImportError:
        return
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from jax.scipy.special import erf

    phi = (lambda x: erf(SQRT_PI_2 * x)) if transfer == "erf" else jnp.tanh

    @jax.jit
    def time_constant(J, x):
        return jax.lax.fori_loop(0, STEPS, lambda _, y: rk4_step(lambda z: -z + J @ phi(z), y), x)

    for name, dtype, shape, trials in (("jax", np.float64, (size,), 1), ("jax_batch", np.float32, (size, TRIALS), TRIALS)):
        J = jnp.asarray(2 / np.sqrt(size) * rng.standard_normal((size, size)), dtype)
        state = [jnp.asarray(rng.standard_normal(shape), dtype)]

        def run():
            state[0] = time_constant(J, state[0]).block_until_ready()

        print(f"{name}_{transfer} {size} {best_of(run) / trials:.6g}", flush=True)


def ceiling(rng):
    size = 4096
    a, b = (rng.standard_normal((size, size)).astype(np.float32) for _ in range(2))
    c = np.empty((size, size), np.float32)
    print(f"sgemm_numpy {size} {2 * size**3 / best_of(lambda: np.matmul(a, b, out=c)):.6g}", flush=True)


def main():
    rng = np.random.default_rng(1)
    if sys.argv[1:] == ["ceiling"]:
        ceiling(rng)
    elif len(sys.argv) == 3 and sys.argv[2] in ("erf", "tanh"):
        size = int(sys.argv[1])
        time_numpy(size, sys.argv[2], rng)
        time_jax(size, sys.argv[2], rng)
    else:
        sys.exit(__doc__)


main()
