#!/usr/bin/env bash
# A virtual environment with the Python programs that zerocell is compared with; prints the path of its python.
# usage: scripts/peers.sh [--scvi] [REQUIREMENTS]   default: ../shared/peers/requirements.txt without the models that are trained
#   --scvi   scvi-tools too, in the version of REQUIREMENTS; whatever was there already keeps its version
# PEERS_VENV: where it lies (default build/peers).
set -euo pipefail
cd "$(dirname "$0")/.."
scvi=
[ "${1:-}" != --scvi ] || { scvi=1; shift; }
requirements=${1:-../shared/peers/requirements.txt}
if [ ! -f "$requirements" ]; then
  echo "peers.sh: $requirements is missing. It lists the versions of the Python programs that zerocell is compared with:" >&2
  echo "put the shared test data beside the checkout, or name a list of your own: scripts/peers.sh requirements.txt" >&2
  exit 1
fi
venv=${PEERS_VENV:-build/peers}
pip=("$venv/bin/python" -m pip --quiet --disable-pip-version-check)
# scgpt itself imports much that is not installed; its model and preprocessing modules do not.
complete='import scanpy, scib, louvain, torch, transformers, safetensors, skmisc, importlib.metadata; importlib.metadata.version("scgpt")'
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c "$complete" 2>/dev/null; then
  python3 -m venv "$venv" >&2
  core=$(mktemp)
  grep -vE '^(#|scvi|scgpt|scib-metrics|harmonypy)' "$requirements" >"$core"
  "${pip[@]}" install -r "$core" >&2
  "${pip[@]}" install --no-deps scgpt==0.2.4 >&2
  rm -f "$core"
fi
if [ -n "$scvi" ]; then
  wanted=$(grep -E '^scvi-tools' "$requirements")
  has='import sys, importlib.metadata as m; sys.exit("scvi-tools==" + m.version("scvi-tools") != sys.argv[1])'
  if ! "$venv/bin/python" -c "$has" "$wanted" 2>/dev/null; then
    # The build label of PyTorch (+cpu) is not in every index; the version without it allows what is installed.
    constraints=$(mktemp)
    "$venv/bin/python" -m pip list --disable-pip-version-check --format=freeze | grep -vE '^(pip|setuptools|scvi-tools)==' | sed 's/+.*//' >"$constraints"
    "${pip[@]}" install -c "$constraints" "$wanted" >&2
    rm -f "$constraints"
  fi
fi
echo "$(cd "$venv/bin" && pwd)/python"
