#!/usr/bin/env bash
# All benchmarks, each paired with the peer in the same run. BUILD: folder with the programs (make bench sets it).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build/release}
shared=${SHARED:-../shared}
pbmc=$shared/data/sets/pbmc_multistudy_merged.h5ad
if [ ! -f "$pbmc" ]; then
  echo "bench/run.sh: $pbmc is missing. The benchmarks run on the shared test data:" >&2
  echo "put the folder beside the checkout or name it with SHARED=/path." >&2
  exit 1
fi
python=${ZEROCELL_PEERS_PYTHON:-$(scripts/peers.sh)}
scvi_python=${ZEROCELL_PEERS_PYTHON:-$(scripts/peers.sh --scvi)}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo "## The pass over all pairs, beside scikit-learn"
"$python" bench/peers/pairwise_sklearn.py "$pbmc" --label celltype --batch batch --export "$scratch/pairs" --time
"$build/bench_pairwise" "$scratch/pairs/hvg" "$scratch/pairs/pca"

echo "## Highly variable genes by seurat_v3, beside scanpy"
"$python" bench/seurat_v3.py --bench "$build/bench_seurat_v3" "$shared"/data/sets/*.h5ad

echo "## Reading"
"$python" bench/read.py --bench-read "$build/bench_read" --zerocell "$build/zerocell"

echo "## Whole evaluate, beside scanpy + scib"
ZEROCELL=$build/zerocell bench/compare_with_scib.sh --sets --time

echo "## scVI, beside scvi-tools"
for mode in "" --genes --sets; do ZEROCELL_PEERS_PYTHON=$scvi_python ZEROCELL=$build/zerocell bench/compare_with_scvi.sh $mode; done

echo "## Scaling"
"$python" bench/scaling.py --zerocell "$build/zerocell"
"$python" bench/scaling.py --zerocell "$build/zerocell" --embedding pca
