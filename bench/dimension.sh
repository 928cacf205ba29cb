#!/bin/sh
# quenched against what a user would write instead: theory of the dimension of activity on a grid, the dimension of one
# network from a simulation, and how far that is from the products it cannot do without; in turns, medians over rounds.
# Then, quenched alone, the Monte-Carlo theory of couplings with feedback. The peers run where SciPy is installed.
#
#     dimension.sh PROGRAM [ROUNDS]        PROGRAM: build/bench/bench_dimension
#     PYTHON=python3 dimension.sh ...
set -eu
program=$1 rounds=${2:-3} python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")" && pwd)
figures=$(mktemp) && trap 'rm -f "$figures"' EXIT

# The peers choose the best code for this processor themselves, whatever the environment says.
peers() { if [ "$with_peers" ]; then env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE -u OPENBLAS_NUM_THREADS "$python" "$here/dimension_peers.py" "$@" >>"$figures"; fi; }
ours() { "$program" "$@" >>"$figures"; }
load() { cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo ?; }

with_peers=yes
"$python" -c 'import numpy, scipy' 2>/dev/null || with_peers=
before=$(load)
"$program"
ours values
peers grid values # as a warm-up, too
round=0
while [ $((round += 1)) -le "$rounds" ]; do
    [ -t 2 ] && printf 'round %d of %d\r' "$round" "$rounds" >&2
    ours grid
    peers grid
    ours floor
    peers floor
    ours simulate
    peers simulate
done
ours fixed-point

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1)
printf '\n%s, %s cores, load before and after %s %s, medians of %s rounds\n' "${processor:-$(uname -m)}" "$(getconf _NPROCESSORS_ONLN)" "$before" "$(load)" "$rounds"
[ "$with_peers" ] || echo "(SciPy is not installed for $python: no peers)"
awk '
function median(key,   n, list, i, j, t) {
    n = split(all[key], list, " "); if (n == 0) return 0
    for (i = 2; i <= n; ++i) for (j = i; j > 1 && list[j] + 0 < list[j - 1] + 0; --j) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
    return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
function largest(key,   n, list, i, best) { n = split(all[key], list, " "); for (i = 1; i <= n; ++i) if (list[i] + 0 > best) best = list[i] + 0; return best }
function apart(a, b) { return a > b ? a / b - 1 : b / a - 1 }
function show(label, key, ours,   t, ratio) {
    t = median(key); if (!t) return
    ratio = last(key)
    printf "  %-44s %9.3f s %9.1f x %s\n", label, t, t / ours, ratio ? sprintf("  PR %.4f", ratio) : ""
}
function last(key,   n, list) { sub(SUBSEP, "_ratio" SUBSEP, key); n = split(all[key], list, " "); return n ? list[n] : 0 }
$1 == "value_quenched" { a[$2] = $3; b[$2] = $4; next }
$1 == "value_numpy" { other_a[$2] = $3; other_b[$2] = $4; next }
$1 == "fixed_point_ratio" { estimate[$2] = $3; bar[$2] = $4; next }
{ all[$1, $2] = all[$1, $2] " " $3 }
END {
    print "theory, 50 g (1.1 to 6) x 20 PR^D, erf, no noise, one core              x quenched"
    t = median("quenched" SUBSEP "grid")
    show("quenched", "quenched" SUBSEP "grid", t)
    show("NumPy and SciPy", "numpy" SUBSEP "grid", t)
    for (g in other_a) for (r = 0; r < 20; ++r) {
        ++compared; off = apart(a[g] + b[g] * (r / 2 - 1), other_a[g] + other_b[g] * (r / 2 - 1))
        if (off > worst) worst = off
    }
    if (compared) printf "  values: %d compared, %s by %.1e at most (allowed 1e-3)\n", compared, worst < 1e-3 ? "agree" : "DIFFER", worst

    print "simulation, one network: tanh, g=1.2, sigma=0.5, N=1000, iid, 32 trials x 20 frames after 20 tau; PR to 3 %"
    t = median("quenched" SUBSEP "simulated")
    show("quenched, of x, phi, z-scored, and spectra", "quenched" SUBSEP "simulated", t)
    show("the same run without its dimension", "quenched_without" SUBSEP "simulated", t)
    show("NumPy f64, 32 trials side by side", "numpy" SUBSEP "simulated", t)
    show("NumPy f32, 32 trials side by side", "numpy_single" SUBSEP "simulated", t)
    linked = largest("sgemm_linked" SUBSEP "floor"); numpy = largest("sgemm_numpy" SUBSEP "floor"); product = largest("product" SUBSEP "floor")
    top = linked > numpy ? linked : numpy; if (product > top) top = product
    motion = median("flops_motion" SUBSEP "floor"); estimator = median("flops_estimator" SUBSEP "floor")
    printf "  ceilings, best seen: sgemm of the linked BLAS %.0f, of NumPy %.0f, our product with 32 trials %.0f Gflop/s\n", linked / 1e9, numpy / 1e9, product / 1e9
    floor = (motion + estimator) / top
    printf "  products: %.1f Gflop of the motion, %.2f of one estimator of Theta(0, 0): %.3f s at the highest of these; quenched takes %.2f x that (at best %.2f x)\n", motion / 1e9, estimator / 1e9, floor, t / floor, least("quenched" SUBSEP "simulated") / floor

    print "Monte-Carlo theory to 1 % on PR, tanh, sigma=0.5, two threads (promised: below 60 s)"
    for (name in estimate) printf "  %-44s %9.3f s   PR %.4f +- %.4f\n", name == "elliptic" ? "elliptic, g=0.8, symmetry 0.4" : "overlapping, g=1.4, half of the modes rho=-0.6", median("fixed_point" SUBSEP name), estimate[name], bar[name]
}
function least(key,   n, list, i, best) { n = split(all[key], list, " "); best = list[1] + 0; for (i = 2; i <= n; ++i) if (list[i] + 0 < best) best = list[i] + 0; return best }
' "$figures"
