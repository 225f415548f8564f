#!/usr/bin/env bash
# Looks for the least limit on address space (ulimit -v) under which commands succeed, and runs each with half of
# it and other shares: the answer must be exit status 1 and a message, never a signal, a hang or a file.
# Usage: limit_memory.sh [PROGRAM]
set -euo pipefail
program=$(realpath "${1:-build/dev/zerocell}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$program" simulate --out data.h5ad --cells 2000 --genes 1500 --types 4 --batches 2 --quiet >/dev/null
"$program" init-model scgpt --architecture tiny --genes-from data.h5ad --out tiny --quiet >/dev/null
failed=0
# Runs a command under a limit in KB; prints its status.
limited() {
  local limit=$1 status=0
  shift
  rm -rf out*
  (ulimit -v "$limit"; ulimit -c 0; exec timeout -k 5 120 "$program" "$@" --quiet --threads 2) >said 2>&1 || status=$?
  echo "$status"
}
try() {
  local name=$1 low=90000 high=4000000 middle
  shift
  while ((high - low > 10000)); do
    middle=$(((low + high) / 2))
    if [[ $(limited "$middle" "$@") == 0 ]]; then high=$middle; else low=$middle; fi
  done
  echo "$name needs $((high / 1024)) MB"
  for share in 95 75 50 30; do
    local limit=$((high * share / 100)) status
    ((limit < 95000)) && continue # the system cannot load the program's libraries
    status=$(limited "$limit" "$@")
    echo "  $share %: exit status $status: $(tail -1 said | cut -c1-150)"
    if [[ $status != 1 || -n $(find . -name '*.tmp') ]]; then failed=1; fi
  done
}
try simulate simulate --cells 2000 --genes 1500 --out out.h5ad
try "evaluate hvg pca harmony" evaluate data.h5ad --label celltype --batch batch --embedding hvg pca harmony --out out
try "evaluate scvi" evaluate data.h5ad --label celltype --batch batch --embedding scvi:max_epochs=1 --out out
try "embed scgpt" embed data.h5ad --embedding scgpt=tiny --out out.h5ad
try "reconstruct scgpt" reconstruct data.h5ad --model scgpt=tiny --out out
exit $failed
