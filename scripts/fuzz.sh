#!/usr/bin/env bash
# Builds the fuzz targets with clang and runs them in turn, each for some seconds of processor time; prints a table.
# usage: scripts/fuzz.sh [TARGET...] [--seconds N] [--keep]
#   TARGET     names of fuzz/<TARGET>.cpp; all where none is given
#   --seconds  processor time of each target (default 60)
#   --keep     adds the smallest inputs that reach new code to fuzz/corpus, to be committed
# NO_BUILD=1 takes the programs as they are. What is found lies in build/fuzz/findings/TARGET, what was learned in build/fuzz/learned/TARGET, and a line for each run, with
# processor seconds, executions and findings, in build/fuzz/runs.tsv. Exit status 1 where anything was found.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=60 keep= targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=${2:?"--seconds needs a number"}; shift ;;
    --keep) keep=1 ;;
    -*) echo "fuzz.sh: unknown option $1" >&2; exit 2 ;;
    *) targets+=("$1") ;;
  esac
  shift
done
if [ ${#targets[@]} -eq 0 ]; then
  mapfile -t targets < <(sed -n 's/^zerocell_fuzz([a-z]* \(.*\))$/\1/p' cmake/Fuzz.cmake | tr ' ' '\n')
fi
for target in "${targets[@]}"; do
  [ -f "fuzz/$target.cpp" ] || { echo "fuzz.sh: there is no target '$target'" >&2; exit 2; }
done

build=build/fuzz
if [ -z "${NO_BUILD:-}" ]; then
  scripts/setup.sh develop
  cmake --preset fuzz $(command -v ccache >/dev/null && echo -DCMAKE_CXX_COMPILER_LAUNCHER=ccache) >/dev/null
  cmake --build $build -j "${JOBS:-$(nproc)}" --target "${targets[@]/#/fuzz_}" >/dev/null
fi

# Files that readers want to have lie in memory.
[ -d /dev/shm ] && memory=/dev/shm || memory=${TMPDIR:-/tmp}
TMPDIR=$(mktemp -d "$memory/zerocell_fuzz.XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
# HDF5 asks for what a damaged size says and copes with a no.
export ASAN_OPTIONS=allocator_may_return_null=1:suppressions=$PWD/tests/address_sanitizer.supp
export LSAN_OPTIONS=suppressions=$PWD/tests/leak_sanitizer.supp:print_suppressions=0

options_of() {
  local longest=4096 leaks=1
  case $1 in
    h5ad | tenx_h5) longest=32768 leaks=0 ;;  # HDF5 keeps much until the end
    h5ad_built) leaks=0 ;;
    scvi_model | torch_zip) longest=24576 ;;
  esac
  echo "-max_len=$longest -malloc_limit_mb=256 -rss_limit_mb=2048 -timeout=10 -detect_leaks=$leaks -print_final_stats=1"
  [ -f "fuzz/dictionaries/$1.dict" ] && echo "-dict=fuzz/dictionaries/$1.dict"
  return 0
}

# Processor seconds of a process of ours; nothing once it has ended.
processor_seconds() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  set -- ${stat##*) }
  [ "${1:-Z}" = Z ] || awk "BEGIN { print (${12} + ${13}) / $ticks }"
}
ticks=$(getconf CLK_TCK)

# Runs a target until its time is used up; a finding ends a run, and the next one begins.
run() {
  local target=$1 used=0 executions=0 findings=0 log status process spent now
  mkdir -p "$build/learned/$target" "$build/findings/$target"
  log=$build/findings/$target/last.log
  while [ $findings -lt 20 ] && awk "BEGIN { exit !($used < $seconds) }"; do
    # shellcheck disable=SC2046
    "$build/fuzz_$target" "$build/learned/$target" "fuzz/corpus/$target" $(options_of "$target") \
      -artifact_prefix="$build/findings/$target/" >"$log" 2>&1 &
    process=$! spent=0 status=0
    while now=$(processor_seconds $process) && [ -n "$now" ]; do
      spent=$now
      # On this signal libFuzzer ends as if it had done all that was asked for.
      awk "BEGIN { exit !($used + $spent >= $seconds) }" && kill -USR1 $process 2>/dev/null
      sleep 0.5
    done
    wait $process || status=$?
    used=$(awk "BEGIN { print $used + $spent }")
    executions=$((executions + $(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1 | grep . || echo 0)))
    if [ $status -ne 0 ]; then
      findings=$((findings + 1))
      mv "$log" "$build/findings/$target/$(date +%s).log"
    fi
  done
  printf '%s\t%s\t%.0f\t%d\t%d\n' "$(date -u +%FT%T)" "$target" "$used" $executions $findings >>$build/runs.tsv
  printf '%-16s %10.0f s %14d %9d\n' "$target" "$used" $executions $findings
  [ $findings -eq 0 ]
}

# Adds to the corpus the fewest small inputs that reach what it does not: places in the code, not how often they are passed. At most 24
# of a target come from here (names of 40 hexadecimal digits), 10 of HDF5, so that replaying stays short.
keep_inputs() {
  local target=$1 merged=$TMPDIR/merged room=24 longest=4096
  case $target in h5ad | tenx_h5 | scvi_model) room=10 longest=16384 ;; esac
  rm -rf "$merged" && cp -r "fuzz/corpus/$target" "$merged"
  # shellcheck disable=SC2046
  "$build/fuzz_$target" -merge=1 -use_counters=0 $(options_of "$target") -max_len=$longest "$merged" "$build/learned/$target" >/dev/null 2>&1 ||
    echo "fuzz.sh: inputs of $target were not merged" >&2
  room=$((room - $(find "fuzz/corpus/$target" -type f | grep -cE '/[0-9a-f]{40}$' || true)))
  diff -rq "$merged" "fuzz/corpus/$target" | sed -n "s|^Only in $merged: ||p" | while read -r name; do
    stat -c '%s %n' "$merged/$name"
  done | sort -n | head -n "$room" | cut -d' ' -f2- | xargs -r cp -t "fuzz/corpus/$target"
}

printf '%-16s %12s %14s %9s\n' target processor executions findings
failed=0
for target in "${targets[@]}"; do
  run "$target" || failed=1
  [ -z "$keep" ] || keep_inputs "$target"
done
exit $failed
