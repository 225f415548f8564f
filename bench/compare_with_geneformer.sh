#!/usr/bin/env bash
# The comparison of bench/compare_with_geneformer.py with the built program and the Python environment of scripts/peers.sh.
# usage: bench/compare_with_geneformer.sh [--quick] [--time] ...
set -euo pipefail
cd "$(dirname "$0")/.."
python=${ZEROCELL_PEERS_PYTHON:-$(scripts/peers.sh)}
program=${ZEROCELL:-build/release/zerocell}
[ -x "$program" ] || { echo "compare_with_geneformer.sh: no program; run 'make build' first" >&2; exit 1; }
exec "$python" bench/compare_with_geneformer.py --zerocell "$program" --shared "${SHARED:-../shared}" "$@"
