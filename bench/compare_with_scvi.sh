#!/usr/bin/env bash
# The comparison of bench/compare_with_scvi.py with the built program and the Python environment of scripts/peers.sh --scvi.
# usage: bench/compare_with_scvi.sh [--quick | --sets [NAME...] | --genes | --default-epochs] ...
set -euo pipefail
cd "$(dirname "$0")/.."
python=${ZEROCELL_PEERS_PYTHON:-$(scripts/peers.sh --scvi)}
program=${ZEROCELL:-build/release/zerocell}
[ -x "$program" ] || { echo "compare_with_scvi.sh: no program; run 'make build' first" >&2; exit 1; }
exec "$python" bench/compare_with_scvi.py --zerocell "$program" --shared "${SHARED:-../shared}" "$@"
