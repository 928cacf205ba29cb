#!/bin/sh
# Spiking networks in quenched, in NEST 3 and (the smaller ones) in Brian2: same networks, same run length, same threads,
# in one run. Peers run where their Python modules are. What does not fit into the memory that is free is run at the
# largest scale that does, and the memory of the whole is extrapolated, and says so.
#
#     spiking.sh PROGRAM [CASES]           PROGRAM: build/bench/bench_spiking
#     PYTHON=python3 THREADS=2 DURATION=1000 DISCARD=200 MEMORY=12 spiking.sh ...     (MEMORY: at most, GB)
set -eu
program=$1 python=${PYTHON:-${QUENCHED_NEST_PYTHON:-python3}} most=${THREADS:-$(getconf _NPROCESSORS_ONLN)}
cases=${2:-microcircuit-tenth brunel-10000 brunel-100000 microcircuit}
duration=${DURATION:-1000} discard=${DISCARD:-200}
here=$(cd "$(dirname "$0")" && pwd)
figures=$(mktemp) && trap 'rm -f "$figures"' EXIT

load() { cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo ?; }
has() { "$python" -c "import $1" >/dev/null 2>&1; }
run() { # simulator, case, threads
    name=$1 case=$2 threads=$3
    shift 3
    [ -t 2 ] && printf '%s: %s, %s threads        \r' "$case" "$name" "$threads" >&2
    line=$("$@" "$case" --threads "$threads" --duration "$duration" --discard "$discard" 2>/dev/null | tail -1) || line=
    case $line in '{'*) printf '%s\t%s\t%s\t%s\n' "$name" "$case" "$threads" "$line" >>"$figures" ;; *) echo "$name failed on $case with $threads threads" ;; esac
}

# Memory that NEST takes for a case, GB: 65 bytes per synapse of the microcircuit, 85 of a Brunel network (measured).
needs() {
    case $1 in
    microcircuit) echo 19.6 ;;
    microcircuit-tenth) echo 0.6 ;;
    microcircuit-*) awk "BEGIN { s = ${1#microcircuit-}; print 0.2 + 19.4 * s * s }" ;;
    brunel-*) awk "BEGIN { print 0.1 + ${1#brunel-} * 85e-6 }" ;;
    esac
}
free=$(awk '/^MemAvailable/ { print $2 / 1e6 * 0.95 }' /proc/meminfo 2>/dev/null || echo 8)
[ "${MEMORY:-}" ] && free=$(awk "BEGIN { print $MEMORY < $free ? $MEMORY : $free }")
fits() { awk "BEGIN { exit !($(needs "$1") <= $free) }"; }

before=$(load)
with_nest=yes with_brian2=yes
has nest || with_nest=
has brian2 || with_brian2=
for case in $cases; do
    for threads in $(seq 1 "$most"); do
        [ "$threads" -eq 1 ] || [ "$threads" -eq "$most" ] || continue
        run quenched "$case" "$threads" "$program"
        if [ "$with_nest" ] && fits "$case"; then run nest "$case" "$threads" "$python" "$here/spiking_nest.py"; fi
        case $case in microcircuit-tenth | brunel-10000) [ "$with_brian2" ] && run brian2 "$case" "$threads" "$python" "$here/spiking_brian2.py" ;; esac
    done
    if [ "$with_nest" ] && [ "$case" = microcircuit ] && ! fits "$case"; then
        for scale in 0.9 0.8 0.7 0.6 0.5 0.4 0.3 0.2; do
            fits "microcircuit-$scale" || continue
            echo "NEST needs about $(needs "$case") GB for $case and $free are free: both run it at scale $scale"
            run quenched "microcircuit-$scale" "$most" "$program"
            run nest "microcircuit-$scale" "$most" "$python" "$here/spiking_nest.py"
            break
        done
    elif [ "$with_nest" ] && ! fits "$case"; then
        echo "NEST needs about $(needs "$case") GB for $case and $free are free: it does not run"
    fi
done

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1)
printf '\n%s, %s cores, load before and after %s %s; %s ms after %s ms\n' "${processor:-$(uname -m)}" "$(getconf _NPROCESSORS_ONLN)" "$before" "$(load)" "$duration" "$discard"
awk "BEGIN { exit !(${before:-0} + 0 > 0.5) }" && echo "(the machine was not idle: threads that wait for each other by spinning, as NEST's and Brian2's do, suffer most)"
[ "$with_nest" ] || echo "(NEST is not installed for $python: no NEST)"
[ "$with_brian2" ] || echo "(Brian2 is not installed for $python: no Brian2)"
"$program" ceilings
awk -F'\t' '
function get(key,   text) {
    if (!match($4, "\"" key "\": *[-0-9.e+]+")) return 0
    text = substr($4, RSTART, RLENGTH); sub(/^[^:]*: */, "", text)
    return text + 0
}
function short(list,   n, part, i, text) { n = split(list, part, ","); for (i = 1; i <= n; ++i) text = text sprintf(" %.3f", part[i]); return text }
function label(name) { return name == "nest" ? "NEST" : name == "brian2" ? "Brian2" : "quenched" }
{
    at = $2 SUBSEP $3
    if (!(at in seen)) { seen[at] = 1; order[++count] = at }
    names[at] = names[at] " " $1
    build[at, $1] = get("build_seconds"); factor[at, $1] = get("real_time_factor"); rate[at, $1] = get("events_per_second_per_core")
    peak[at, $1] = get("peak_bytes"); synapses[at] = synapses[at] ? synapses[at] : get("synapses")
    match($4, /"rates": *\[[^]]*/); rates[at, $1] = substr($4, RSTART + 10, RLENGTH - 10)
}
END {
    printf "%-20s %7s  %-9s %9s %14s %12s %9s %18s\n", "case", "threads", "", "build s", "s per bio. s", "Mevents/s/c", "MB", "quenched ahead by"
    for (i = 1; i <= count; ++i) {
        at = order[i]; split(at, key, SUBSEP); n = split(names[at], list, " ")
        for (k = 1; k <= n; ++k) {
            who = list[k]
            printf "%-20s %7s  %-9s %9.2f %14.3f %12.1f %9.0f", key[1], key[2], label(who), build[at, who], factor[at, who], rate[at, who] / 1e6, peak[at, who] / 1e6
            if (who != "quenched" && factor[at, "quenched"]) printf "   %6.1f x, memory %.1f x", factor[at, who] / factor[at, "quenched"], peak[at, who] / peak[at, "quenched"]
            printf "\n"
        }
        for (k = 1; k <= n; ++k) printf "%-20s %7s  %-9s rates%s\n", "", "", label(list[k]), short(rates[at, list[k]])
        if (peak[at, "nest"] && key[1] ~ /^microcircuit/) { # memory per synapse, from the smallest and the largest that ran
            if (!low || synapses[at] < low) { low = synapses[at]; low_peak = peak[at, "nest"] }
            if (synapses[at] > high) { high = synapses[at]; high_peak = peak[at, "nest"] }
        }
        if (key[1] == "microcircuit") ours = peak[at, "quenched"]
    }
    for (i = 1; i <= count; ++i) { # fair to all: each at the number of threads that suits it
        split(order[i], key, SUBSEP); n = split(names[order[i]], list, " ")
        for (k = 1; k <= n; ++k) {
            best = key[1] SUBSEP list[k]
            if (!(best in fastest) || factor[order[i], list[k]] < fastest[best]) { fastest[best] = factor[order[i], list[k]]; with[best] = key[2] }
        }
        if (key[1] == done) continue
        done = key[1]; kinds[++kind_count] = key[1]
    }
    print "fastest of each, s per biological s (threads)"
    for (i = 1; i <= kind_count; ++i) {
        printf "%-20s", kinds[i]
        for (k = split("quenched nest brian2", list, " "); k >= 1; --k) {
            who = list[4 - k]; best = kinds[i] SUBSEP who
            if (!(best in fastest)) continue
            printf "   %s %.3f (%d)", label(who), fastest[best], with[best]
            if (who != "quenched") printf " %.1f x", fastest[best] / fastest[kinds[i], "quenched"]
        }
        printf "\n"
    }
    if (ours && high > low && high < 298e6) {
        whole = high_peak + (high_peak - low_peak) / (high - low) * (298880968 - high)
        printf "NEST, whole microcircuit: %.1f GB EXTRAPOLATED linearly in synapses from %.0f and %.0f million; memory %.0f x quenched\n", whole / 1e9, low / 1e6, high / 1e6, whole / ours
    }
}' "$figures"
