"""The networks of bench/spiking.sh in NEST 3, as its users write them; prints one line of JSON like bench_spiking.

    spiking_nest.py CASE [--threads K] [--duration MS] [--discard MS] [--seed S]
    CASE: microcircuit, microcircuit-tenth, microcircuit-SCALE, brunel-10000, brunel-100000
"""
import argparse
import json
import math
import resource
import sys
import time

import nest
import numpy as np

from spiking_model import EXTERNAL_RATE, INITIAL_MEAN, INITIAL_SPREAD, brunel, microcircuit, out_degrees, scale_of
STEP = 0.1  # ms


def one_sign(mean, spread):
    """Normal weights, drawn again until they have the sign of their mean."""
    law = nest.random.normal(mean=mean, std=spread)
    low, high = (0.0, math.inf) if mean >= 0 else (-math.inf, 0.0)
    return nest.math.redraw(law, min=low, max=high)


def connect_microcircuit(scale):
    model = microcircuit(scale)
    populations = []
    for p in range(8):
        neuron = {
            "tau_m": model["membrane"],
            "tau_syn_ex": model["synaptic"],
            "tau_syn_in": model["synaptic"],
            "C_m": model["capacitance"],
            "t_ref": 2.0,
            "E_L": -65.0,
            "V_th": -50.0,
            "V_reset": -65.0,
            "I_e": model["current"][p],
        }
        nodes = nest.Create("iaf_psc_exp", int(model["size"][p]), neuron)
        nodes.V_m = nest.random.normal(mean=INITIAL_MEAN[p], std=INITIAL_SPREAD[p])
        populations.append(nodes)
    for target in range(8):
        drive = nest.Create("poisson_generator", params={"rate": model["external"][target] * EXTERNAL_RATE})
        nest.Connect(drive, populations[target], "all_to_all", {"weight": model["unit"], "delay": STEP})
        # NEST keeps at most 2^27 synapses of a model in a thread, so each target population has its own.
        nest.CopyModel("static_synapse", f"synapse_{target}")
        for source in range(8):
            count = int(model["synapses"][target, source])
            if not count:
                continue
            weight = model["weight"][target, source]
            delay = 1.5 if source % 2 == 0 else 0.75
            law = {
                "synapse_model": f"synapse_{target}",
                "weight": one_sign(weight, 0.1 * abs(weight)),
                "delay": nest.math.redraw(nest.random.normal(mean=delay, std=0.5 * delay), min=STEP, max=math.inf),
            }
            nest.Connect(populations[source], populations[target], {"rule": "fixed_total_number", "N": count}, law)
    return populations


def connect_brunel(size):
    model = brunel(size)
    neuron = {
        "tau_m": model["membrane"],
        "t_ref": 2.0,
        "E_L": 0.0,
        "V_th": model["threshold"],
        "V_reset": model["reset"],
    }
    populations = [nest.Create("iaf_psc_delta", int(n), neuron) for n in model["size"]]
    for nodes in populations:
        nodes.V_m = nest.random.normal(mean=10.0, std=5.0)
    drive = nest.Create("poisson_generator", params={"rate": model["external_rate"]})
    for target in populations:
        nest.Connect(drive, target, "all_to_all", {"weight": model["jump"], "delay": STEP})
        for source, count, weight in zip(populations, model["in_degree"], model["weight"]):
            rule = {"rule": "fixed_indegree", "indegree": int(count)}
            nest.Connect(source, target, rule, {"weight": weight, "delay": model["delay"]})
    return populations


def build(case):
    if case.startswith("brunel-"):
        return connect_brunel(int(case[len("brunel-") :]))
    return connect_microcircuit(scale_of(case))


def quiet():
    if hasattr(nest, "VerbosityLevel"):
        nest.verbosity = nest.VerbosityLevel.ERROR
    else:
        nest.set_verbosity("M_ERROR")


def peak_bytes():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--duration", type=float, default=1000.0)
    parser.add_argument("--discard", type=float, default=200.0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()

    quiet()
    nest.set(resolution=STEP, total_num_virtual_procs=chosen.threads, rng_seed=chosen.seed)
    start, start_cpu = time.perf_counter(), time.process_time()
    populations = build(chosen.case)
    synapses = nest.num_connections
    recorders = []
    for nodes in populations:
        recorder = nest.Create("spike_recorder")
        nest.Connect(nodes, recorder)
        recorders.append(recorder)
    nest.Prepare()
    nest.Run(STEP)  # sorts the synapses and builds the tables of targets: still building
    built = time.perf_counter()
    nest.Run(chosen.discard + chosen.duration - STEP)
    wall = time.perf_counter() - built
    cpu = time.process_time() - start_cpu
    nest.Cleanup()
    peak = peak_bytes()  # before spikes are copied

    seconds = (chosen.discard + chosen.duration) / 1000
    times = [np.asarray(recorder.events["times"]) for recorder in recorders]
    sizes = [len(nodes) for nodes in populations]
    events = float(np.array([len(t) for t in times]) @ out_degrees(chosen.case))
    measured = [np.count_nonzero(t > chosen.discard + STEP / 2) for t in times]
    result = {
        "simulator": f"NEST {nest.__version__}",
        "case": chosen.case,
        "threads": chosen.threads,
        "build_seconds": built - start,
        "wall_seconds": wall,
        "cpu_seconds": cpu,
        "biological_seconds": seconds,
        "real_time_factor": wall / seconds,
        "events": events,
        "events_per_second_per_core": events / wall / chosen.threads,
        "peak_bytes": peak,
        "synapses": synapses,
        "rates": [n / size / (chosen.duration / 1000) for n, size in zip(measured, sizes)],
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
