#!/bin/sh
# quenched against what a user would write instead: time per trial and time constant of a random rate network, on the same
# cores, in turns, medians over rounds. The NumPy and JAX loops are run where they are installed.
#
#     rate_network.sh PROGRAM [ROUNDS]        PROGRAM: build/bench/bench_rate_network
#     SIZES="500 2000" TRANSFERS=tanh PYTHON=python3 rate_network.sh ...
set -eu
program=$1 rounds=${2:-3}
sizes=${SIZES:-500 2000 8000} transfers=${TRANSFERS:-erf tanh} python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")" && pwd)
figures=$(mktemp) && trap 'rm -f "$figures"' EXIT

# The peers choose the best code for this processor themselves, whatever the environment says.
peers() { env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE -u OPENBLAS_NUM_THREADS "$python" "$here/rate_network_peers.py" "$@" 2>/dev/null || true; }
"$python" -c 'import numpy' 2>/dev/null || echo "(NumPy is not installed for $python: no peers)"

round=0
while [ $((round += 1)) -le "$rounds" ]; do
    [ -t 2 ] && printf 'round %d of %d\r' "$round" "$rounds" >&2
    "$program" ceiling >>"$figures"
    peers ceiling >>"$figures"
    for size in $sizes; do
        for transfer in $transfers; do
            "$program" "$size" "$transfer" >>"$figures"
            peers "$size" "$transfer" >>"$figures"
        done
    done
done

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1)
echo "${processor:-$(uname -m)}, $(getconf _NPROCESSORS_ONLN) cores, load before and after $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo ?), medians of $rounds rounds"
sort "$figures" | awk '
function median(key,   n, list) { n = split(all[key], list, " "); if (n == 0) return 0; return sorted_middle(list, n) }
function sorted_middle(list, n,   i, j, t) {
    for (i = 2; i <= n; ++i) for (j = i; j > 1 && list[j] + 0 < list[j - 1] + 0; --j) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
    return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
function largest(key,   n, list, i, best) { n = split(all[key], list, " "); for (i = 1; i <= n; ++i) if (list[i] > best) best = list[i] + 0; return best }
function show(name, size, label, trials,   t) {
    t = median(name SUBSEP size); if (!t) return
    rate = 2 * size * size * 20 / t
    printf "%6d  %-26s %12.4g %11.1f %10.1f %%", size, label, 1e3 * t, rate / 1e9, 100 * rate / top
    if (trials) printf " %9s", ""; else printf " %8.1f%%", 100 * 4 * rate / copy
    printf " %9.1f x\n", t / ours
}
{ all[$1, $2] = all[$1, $2] " " $3; if ($2 != 4096) sizes[$2 + 0] = 1 }
END {
    linked = largest("sgemm_linked" SUBSEP 4096); numpy = largest("sgemm_numpy" SUBSEP 4096); copy = largest("copy" SUBSEP 4096)
    top = linked > numpy ? linked : numpy
    for (size in sizes) { p = largest("product" SUBSEP size); if (p > top) top = p }
    printf "ceilings, best seen: sgemm 4096 of the linked BLAS %.1f, of NumPy %.1f; largest of all, our product included, %.1f Gflop/s; copy %.1f GB/s\n", linked / 1e9, numpy / 1e9, top / 1e9, copy / 1e9
    printf "%6s  %-26s %12s %11s %12s %9s %11s\n", "size", "RK4, dt 0.2", "ms/trial/tau", "Gflop/s", "of ceiling", "of copy", "x quenched"
    count = split("500 1000 2000 4000 8000 16000", order, " ")
    for (i = 1; i <= count; ++i) {
        size = order[i]; if (!(size in sizes)) continue
        split("erf tanh", phis, " ")
        for (k = 1; k <= 2; ++k) {
            phi = phis[k]; ours = median("quenched_" phi SUBSEP size); if (!ours) continue
            fastest = ours
            show("quenched_" phi, size, "quenched, 32 trials, " phi, 1)
            show("numpy_" phi, size, "NumPy f64, 1 trial, " phi, 0)
            show("jax_" phi, size, "JAX f64, 1 trial, " phi, 0)
            show("jax_batch_" phi, size, "JAX f32, 32 trials, " phi, 1)
        }
        p = median("product" SUBSEP size)
        printf "%6d  product alone %.1f Gflop/s: %.0f %% of the time above is the product; memory %.3f x (J + states), counted %.3f\n", size, p / 1e9, 100 * (2 * size * size * 20 / p) / fastest, median("memory_peak" SUBSEP size), median("memory_counted" SUBSEP size)
    }
    print "The floor is the products: 2 N^2 flops per evaluation and trial, 20 evaluations per time constant, at the ceiling."
}'
