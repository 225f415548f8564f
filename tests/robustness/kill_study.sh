#!/usr/bin/env bash
# Kills a study of two sets by SIGKILL at random moments, lets each go on, and compares its scores with those of
# a run that nobody killed. Usage: kill_study.sh [PROGRAM] [TIMES] [SEED]
set -euo pipefail
program=$(realpath "${1:-build/dev/zerocell}") times=${2:-50} RANDOM=${3:-1}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for set in 1 2; do
  "$program" simulate --out "set$set.h5ad" --cells 400 --genes 500 --types 4 --batches 2 --seed "$set" --quiet >/dev/null
done
"$program" init-model scgpt --architecture tiny --genes-from set1.h5ad --out tiny --quiet >/dev/null
cat > study.toml <<'TOML'
tasks = ["clustering", "batch", "reconstruction"]
formats = ["svg"]
[[dataset]]
name = "one"
path = "set1.h5ad"
label = "celltype"
batch = "batch"
[[dataset]]
name = "two"
path = "set2.h5ad"
label = "celltype"
batch = "batch"
[[method]]
spec = "hvg:n_top_genes=200"
[[method]]
spec = "pca:n_comps=20"
[[method]]
spec = "tiny@scgpt=tiny"
TOML
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
start=$(milliseconds)
"$program" study study.toml --out whole --quiet >/dev/null 2>&1
length=$(($(milliseconds) - start))
equal=0 whole_before=0
for ((i = 1; i <= times;)); do
  "$program" study study.toml --out killed --quiet >/dev/null 2>&1 &
  moment=$((RANDOM * length / 32768))
  sleep "$(printf '%d.%03d' $((moment / 1000)) $((moment % 1000)))"
  kill -KILL $! 2>/dev/null || true
  status=0
  wait $! 2>/dev/null || status=$?
  if [[ $status != 137 ]]; then # it was done before; the machine has more time than when it was measured
    whole_before=$((whole_before + 1))
    length=$((length * 9 / 10))
    rm -rf killed
    continue
  fi
  "$program" study study.toml --out killed --quiet >/dev/null 2>&1 || { echo "run $i does not go on"; exit 1; }
  left=$(find killed -name '*.tmp' | wc -l)
  if cmp -s killed/scores.csv whole/scores.csv && [[ $left == 0 ]]; then
    equal=$((equal + 1))
  else
    echo "run $i: scores differ, or $left temporary files are left"
  fi
  rm -rf killed
  i=$((i + 1))
done
echo "$times studies were killed at random moments ($whole_before more were done before); $equal of $times gave the same scores.csv"
[[ $equal == "$times" ]]
