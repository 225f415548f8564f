#!/usr/bin/env bash
# A virtual environment with the Python programs that zerocell is compared with; prints the path of its python.
# usage: scripts/peers.sh [REQUIREMENTS]   default: ../shared/peers/requirements.txt without the models that are trained
# PEERS_VENV: where it lies (default build/peers).
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=${1:-../shared/peers/requirements.txt}
venv=${PEERS_VENV:-build/peers}
# scgpt itself imports much that is not installed; its model and preprocessing modules do not.
complete='import scanpy, scib, louvain, torch, transformers, safetensors, skmisc, importlib.metadata; importlib.metadata.version("scgpt")'
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c "$complete" 2>/dev/null; then
  python3 -m venv "$venv" >&2
  core=$(mktemp)
  grep -vE '^(#|scvi|scgpt|scib-metrics|harmonypy)' "$requirements" >"$core"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$core" >&2
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps scgpt==0.2.4 >&2
  rm -f "$core"
fi
echo "$(cd "$venv/bin" && pwd)/python"
