#!/usr/bin/env bash
# The comparison of bench/compare_with_harmonypy.py with the built bench_harmony, the Python environment of scripts/peers.sh, and the two
# harmonypy packages in folders of their own (build/harmonypy_old, build/harmonypy_new; installed where they are missing).
# usage: bench/compare_with_harmonypy.sh [--quick] ...
set -euo pipefail
cd "$(dirname "$0")/.."
python=${ZEROCELL_PEERS_PYTHON:-$(scripts/peers.sh)}
install() {  # FOLDER VERSION
  [ -d "$1/harmonypy-$2.dist-info" ] || "$python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$1" "harmonypy==$2" >&2
}
install build/harmonypy_old 0.0.10
install build/harmonypy_new 2.1.0
program=${BENCH_HARMONY:-build/release/bench_harmony}
[ -x "$program" ] || { echo "compare_with_harmonypy.sh: $program is missing; configure with -DZEROCELL_BUILD_BENCH=ON and build first" >&2; exit 1; }
exec "$python" bench/compare_with_harmonypy.py --program "$program" --old build/harmonypy_old --new build/harmonypy_new \
  --shared "${SHARED:-../shared}" "$@"
