"""The networks of bench/spiking.sh as numbers, for its peers; the same as in bench_spiking.c.

microcircuit         Potjans & Diesmann (2014), Poisson drive, 77 169 neurons
microcircuit-tenth   a tenth of its neurons and in-degrees, mean and variance of the input kept
microcircuit-SCALE   such as 0.5: the largest that fits
brunel-10000, -100000  Brunel (2000), model A: 80 % excitatory, 1000 synapses per neuron whatever the size
"""
import math

import numpy as np

SIZE = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])  # 23E, 23I, 4E, 4I, 5E, 5I, 6E, 6I
EXTERNAL = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])  # synapses per neuron from outside
EXTERNAL_RATE = 8.0  # 1/s, of each of them
PROBABILITY = np.array(  # [target, source]
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443],
    ]
)
INITIAL_MEAN = np.array([-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43])  # mV, at time 0
INITIAL_SPREAD = np.array([5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48])
RATE = np.array([0.918, 3.002, 4.386, 5.878, 7.682, 8.664, 1.099, 7.844])  # 1/s, at full scale
UNIT = 87.80849352920845  # pA: an excursion of 0.15 mV


def scale_of(case):
    """1 of "microcircuit", 0.1 of "microcircuit-tenth", 0.5 of "microcircuit-0.5"."""
    scale = case[len("microcircuit") :].lstrip("-") or "1"
    return 0.1 if scale == "tenth" else float(scale)


def microcircuit(scale):
    """Sizes and in-degrees times `scale`, weights over its square root, the lost mean replaced by a current."""
    membrane, synaptic, capacitance = 10.0, 0.5, 250.0  # ms, ms, pF
    synapses = np.round(np.log(1 - PROBABILITY) / np.log(1 - 1 / np.outer(SIZE, SIZE)))
    weight = np.tile([UNIT, -4 * UNIT], (8, 4))
    weight[0, 2] *= 2  # 4E -> 23E
    jump = synaptic / capacitance  # mV of an arriving pA
    mean = 1e-3 * membrane * jump * ((synapses / SIZE[:, None] * weight) @ RATE + EXTERNAL * UNIT * EXTERNAL_RATE)
    return {
        "membrane": membrane,
        "synaptic": synaptic,
        "capacitance": capacitance,
        "size": (SIZE * scale).astype(int),
        "synapses": np.floor(synapses * scale * scale),
        "weight": weight / math.sqrt(scale),
        "unit": UNIT / math.sqrt(scale),
        "external": EXTERNAL * scale,
        "current": capacitance / membrane * (1 - math.sqrt(scale)) * mean,
    }


def brunel(size):
    """Delta synapses of 0.1 mV, inhibition five times as strong, twice the drive that reaches the threshold alone."""
    jump, gain, membrane, threshold = 0.1, 5.0, 20.0, 20.0  # mV, -, ms, mV above rest
    return {
        "membrane": membrane,
        "threshold": threshold,
        "reset": 10.0,
        "size": np.array([size * 4 // 5, size // 5]),
        "in_degree": np.array([800, 200]),
        "weight": np.array([jump, -gain * jump]),
        "jump": jump,
        "delay": 1.5,
        "external_rate": 2 * threshold / (jump * membrane * 1e-3),  # 1/s, of all external synapses together
    }


def out_degrees(case):
    """Mean number of synapses of a neuron of each population: what one of its spikes delivers."""
    if case.startswith("brunel-"):
        return np.array([1000.0, 1000.0])
    model = microcircuit(scale_of(case))
    return model["synapses"].sum(axis=0) / model["size"]
