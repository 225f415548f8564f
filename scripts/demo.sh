#!/usr/bin/env bash
# What `make demo` runs: a simulated data set (or the user's own file), evaluated with every method at hand.
# DATA, LABEL, BATCH: the user's file and columns; OUT: folder for the results; BIN: the program.
set -euo pipefail

out=${OUT:-demo/result}
if [ -n "${DATA:-}" ]; then
  data=$DATA
  columns=(--label "$LABEL")
  methods=(hvg pca scvi)
  if [ -n "${BATCH:-}" ]; then
    columns+=(--batch "$BATCH")
    methods+=(harmony)
  else
    echo "demo: no BATCH given, so Harmony, which corrects for batches, is left out" >&2
  fi
else
  mkdir -p demo
  data=demo/simulated.h5ad
  columns=(--label celltype --batch batch)
  methods=(hvg pca harmony scvi:max_epochs=60)
  "$BIN" simulate --out "$data" --cells 3000 --genes 5000 --types 8 --batches 3 --seed 1 --force
fi
"$BIN" evaluate "$data" "${columns[@]}" --embedding "${methods[@]}" --out "$out" --force

# A transformer reads a few hundred cells in seconds; untrained, it shows what the architecture alone gives.
geneformer=$out.untrained-geneformer
scgpt=$out.untrained-scgpt
"$BIN" init-model geneformer --genes-from "$data" --out "$geneformer" --force
"$BIN" init-model scgpt --architecture small --genes-from "$data" --out "$scgpt" --force
"$BIN" evaluate "$data" "${columns[@]}" --subsample 300 --embedding hvg pca "untrained@geneformer=$geneformer" \
  "untrained-scgpt@scgpt=$scgpt" --out "$out.300-cells" --force
