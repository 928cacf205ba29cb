"""The smaller networks of bench/spiking.sh in Brian2, compiled as a whole (its fastest mode); prints one line of JSON.

    spiking_brian2.py CASE [--threads K] [--duration MS] [--discard MS] [--seed S]
    CASE: microcircuit-tenth, brunel-10000
"""
import argparse
import json
import os
import shutil
import sys
import tempfile
import time

import numpy as np

import brian2 as b2
from brian2 import Hz, ms

from spiking_model import EXTERNAL_RATE, INITIAL_MEAN, INITIAL_SPREAD, brunel, microcircuit, out_degrees, scale_of

STEP = 0.1  # ms


def redrawn(rng, mean, spread, least, count):
    values = rng.normal(mean, spread, count)
    while (wrong := values < least).any():
        values[wrong] = rng.normal(mean, spread, wrong.sum())
    return values


def microcircuit_groups(scale, rng):
    """All neurons in one group and all synapses in another: the fewest loops per step."""
    model = microcircuit(scale)
    first = np.concatenate([[0], np.cumsum(model["size"])])
    equations = """
    dv/dt = -v / tau_m + (current + constant) / capacitance : 1 (unless refractory)
    dcurrent/dt = -current / tau_s : 1
    constant : 1
    """
    names = {"tau_m": model["membrane"] * ms, "tau_s": model["synaptic"] * ms, "capacitance": model["capacitance"] * ms}
    neurons = b2.NeuronGroup(
        first[-1], equations, threshold="v >= 15", reset="v = 0", refractory=2 * ms, method="exact", namespace=names
    )
    objects = [neurons]
    constant, potential = np.empty(first[-1]), np.empty(first[-1])
    for p in range(8):
        part = slice(first[p], first[p + 1])
        constant[part] = model["current"][p]
        potential[part] = rng.normal(INITIAL_MEAN[p] + 65, INITIAL_SPREAD[p], model["size"][p])
        count = int(round(model["external"][p]))
        objects.append(b2.PoissonInput(neurons[first[p] : first[p + 1]], "current", count, EXTERNAL_RATE * Hz, model["unit"]))
    neurons.constant, neurons.v = constant, potential

    source, target, weight, delay = [], [], [], []
    for t in range(8):
        for s in range(8):
            count, mean = int(model["synapses"][t, s]), model["weight"][t, s]
            source.append(rng.integers(first[s], first[s + 1], count))
            target.append(rng.integers(first[t], first[t + 1], count))
            weight.append(np.sign(mean) * redrawn(rng, abs(mean), 0.1 * abs(mean), 0.0, count))
            mean_delay = 1.5 if s % 2 == 0 else 0.75
            delay.append(redrawn(rng, mean_delay, 0.5 * mean_delay, STEP, count))
    synapses = b2.Synapses(neurons, neurons, "w : 1 (constant)", on_pre="current_post += w")
    synapses.connect(i=np.concatenate(source), j=np.concatenate(target))
    synapses.w = np.concatenate(weight)
    synapses.delay = np.concatenate(delay) * ms
    return objects + [synapses], neurons, first


def brunel_groups(size, rng):
    model = brunel(size)
    first = np.concatenate([[0], np.cumsum(model["size"])])
    neurons = b2.NeuronGroup(
        size,
        "dv/dt = -v / tau_m : 1 (unless refractory)",
        threshold="v >= threshold",
        reset="v = reset",
        refractory=2 * ms,
        method="exact",
        namespace={"tau_m": model["membrane"] * ms, "threshold": model["threshold"], "reset": model["reset"]},
    )
    neurons.v = rng.normal(10.0, 5.0, size)
    objects = [neurons, b2.PoissonInput(neurons, "v", 1000, model["external_rate"] / 1000 * Hz, model["jump"])]
    for s in range(2):
        count = model["in_degree"][s]
        synapses = b2.Synapses(neurons, neurons, on_pre=f"v_post += {model['weight'][s]}", delay=model["delay"] * ms)
        source = rng.integers(first[s], first[s + 1], size * count)
        synapses.connect(i=source, j=np.repeat(np.arange(size), count))
        objects.append(synapses)
    return objects, neurons, first


def run_compiled(folder):
    """Run the program that Brian2 wrote; its peak memory (Brian2 itself does not tell it)."""
    process = os.spawnv(os.P_NOWAIT, os.path.join(folder, "main"), [os.path.join(folder, "main")])
    _, status, usage = os.wait4(process, 0)
    if status:
        sys.exit(f"Brian2's program ended with status {status}")
    b2.get_device().has_been_run = True
    return usage


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--duration", type=float, default=1000.0)
    parser.add_argument("--discard", type=float, default=200.0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()

    folder = tempfile.mkdtemp(prefix="brian2-")
    try:
        b2.set_device("cpp_standalone", build_on_run=False, directory=folder)
        b2.prefs.devices.cpp_standalone.openmp_threads = 0 if chosen.threads == 1 else chosen.threads
        b2.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]
        b2.defaultclock.dt = STEP * ms
        b2.seed(chosen.seed)
        rng = np.random.default_rng(chosen.seed)
        start = time.perf_counter()
        if chosen.case.startswith("brunel-"):
            objects, neurons, first = brunel_groups(int(chosen.case[len("brunel-") :]), rng)
        else:
            objects, neurons, first = microcircuit_groups(scale_of(chosen.case), rng)
        monitor = b2.SpikeMonitor(neurons)
        network = b2.Network(*objects, monitor)
        network.run((chosen.discard + chosen.duration) * ms)
        b2.device.build(directory=folder, compile=True, run=False)
        written = time.perf_counter() - start
        here = os.getcwd()
        os.chdir(folder)
        start = time.perf_counter()
        usage = run_compiled(folder)
        total = time.perf_counter() - start
        os.chdir(here)
        with open(os.path.join(folder, "results", "last_run_info.txt")) as info:
            wall = float(info.read().split()[0])

        seconds = (chosen.discard + chosen.duration) / 1000
        spikes = np.histogram(np.asarray(monitor.i), bins=first)[0]
        late = np.asarray(monitor.t / ms) > chosen.discard + STEP / 2
        measured = np.histogram(np.asarray(monitor.i)[late], bins=first)[0]
        events = float(spikes @ out_degrees(chosen.case))
        result = {
            "simulator": f"Brian2 {b2.__version__}",
            "case": chosen.case,
            "threads": chosen.threads,
            "build_seconds": written + total - wall,
            "wall_seconds": wall,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "biological_seconds": seconds,
            "real_time_factor": wall / seconds,
            "events": events,
            "events_per_second_per_core": events / wall / chosen.threads,
            "peak_bytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
            "rates": list(measured / np.diff(first) / (chosen.duration / 1000)),
        }
        print(json.dumps(result))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
