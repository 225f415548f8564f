#!/usr/bin/env bash
# Simulates the data sets of STUDY.toml and writes untrained models with their genes as vocabulary.
#   ZEROCELL=../../build/release/zerocell ./make_data.sh
set -euo pipefail
program=${ZEROCELL:-zerocell}
[[ $program == */* ]] && program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
cd "$(dirname "$0")"
mkdir -p data models

simulate() { "$program" simulate --out "data/$1.h5ad" --genes 1500 --types 6 --force --quiet "${@:2}"; }
simulate easy --cells 1000 --batches 2 --signal 1.5 --batch-effect 0.5 --donors-per-batch 3 --seed 1
simulate batches --cells 1200 --batches 4 --batch-effect 2 --seed 2
simulate one_batch --cells 800 --batches 1 --seed 3

"$program" init-model geneformer --genes-from data/easy.h5ad --out models/geneformer --force --quiet
"$program" init-model scgpt --architecture tiny --genes-from data/easy.h5ad --out models/scgpt --force --quiet
