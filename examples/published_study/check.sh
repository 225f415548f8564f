#!/usr/bin/env bash
# Tries every preparation script on a small file that is built as the download is, and proves that the program
# then takes the counts: scores of the prepared file equal those of the bare counts to the last bit.
#   ZEROCELL=build/release/zerocell PYTHON=python3 examples/published_study/check.sh
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
zerocell=$(command -v "${ZEROCELL:-zerocell}") || { echo "no program: set ZEROCELL" >&2; exit 1; }
zerocell=$(cd "$(dirname "$zerocell")" && pwd)/$(basename "$zerocell")
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore

fail() { echo "FAILED: $1" >&2; exit 1; }

# evaluate FILE OUT LABEL BATCH [OPTION...]
evaluate() {
  local batch=()
  [ -z "$4" ] || batch=(--batch "$4")
  "$zerocell" evaluate "$1" --label "$3" "${batch[@]}" --out "$2" --embedding hvg:n_top_genes=100 pca:n_top_genes=100 --no-umap --quiet "${@:5}" \
    > "$2.txt" || fail "evaluate $1"
}

# same_scores NAME LABEL BATCH: of NAME.prepared.h5ad and NAME.truth.h5ad
same_scores() {
  evaluate "$1.prepared.h5ad" "$1.a" "$2" "$3"
  evaluate "$1.truth.h5ad" "$1.b" "$2" "$3" --layer X
  "$zerocell" compare "$1.a" "$1.b" --fail-on change > "$1.compare" || { cat "$1.compare"; fail "$1: other scores"; }
}

# prepare NAME LABEL BATCH LABELS BATCHES [OPTION...]
prepare() {
  "$python" "$here/prepare_$1.py" "$1.h5ad" "$1.prepared.h5ad" "${@:6}" > "$1.txt" || fail "prepare_$1.py"
  "$zerocell" inspect --json "$1.prepared.h5ad" > "$1.json" || fail "inspect $1"
  "$python" - "$1.json" <<'PY' || fail "$1: inspect does not take layers/counts"
import json, sys
found = json.load(open(sys.argv[1]))
sys.exit(0 if found["counts"] == "layers/counts" and found["n_cells"] == 300 else 1)
PY
  grep -q "^labels: $4 " "$1.txt" || fail "$1: labels, expected $4: $(cat "$1.txt")"
  grep -q "^batches: $5 " "$1.txt" || fail "$1: batches, expected $5: $(cat "$1.txt")"
  same_scores "$1" "$2" "$3"
  echo "ok: $1"
}

"$python" "$here/make_standins.py" .

prepare pancreas celltype batch 14 6
prepare pbmc12k celltype batch 9 2
prepare pbmc95k celltype "" 10 1
prepare immune celltype batch 20 6
prepare tabula_sapiens tissue_label batch 12 6

# The downloads themselves: auto finds the counts of the pancreas and of CELLxGENE files, not those of figshare's
# Tabula Sapiens, whose layer has another name.
for name in pancreas immune; do
  cp "$name.h5ad" direct.h5ad
  "$zerocell" inspect --json direct.h5ad > direct.json
  grep -q '"counts": "\(layers/counts\|raw\)"' direct.json || fail "$name: auto takes $(grep '"counts"' direct.json)"
done
if "$zerocell" evaluate tabula_sapiens.h5ad --label organ_tissue --embedding hvg --out refused --quiet 2> refused.txt
then fail "normalised values of Tabula Sapiens were taken for counts"; fi
if "$zerocell" evaluate pancreas.h5ad --label celltype --layer X --embedding hvg --out refused --quiet 2> refused.txt
then fail "normalised values of the pancreas were taken for counts"; fi
echo "ok: normalised values are refused"

# Values that are not whole are refused by the script, and rounded on request.
if "$python" "$here/prepare_pancreas.py" pancreas_broken.h5ad broken.h5ad 2> broken.txt
then fail "broken values were taken for counts"; fi
grep -q -- "--round" broken.txt || fail "the message does not name --round"
"$python" "$here/prepare_pancreas.py" pancreas_broken.h5ad broken.h5ad --round > broken.txt &&
  grep -q "values rounded" broken.txt || fail "prepare_pancreas.py --round"
"$zerocell" inspect --json broken.h5ad > broken.json
grep -q '"counts": "layers/counts"' broken.json || fail "rounded values are no counts"
echo "ok: values that are not whole"

# The list of cells that a model has seen.
"$python" "$here/overlap_list.py" pancreas.prepared.h5ad overlap.txt --column batch --values inDrop > /dev/null
listed=$(wc -l < overlap.txt)
[ "$listed" -gt 0 ] || fail "the list is empty"
evaluate pancreas.prepared.h5ad without celltype batch --exclude-cells overlap.txt
cells=$(awk -F, 'NR == 2 { print $4 }' without/scores.csv)
[ "$cells" -eq $((300 - listed)) ] || fail "$cells cells are left, $listed were listed"
echo "ok: overlap list ($listed cells left out)"
