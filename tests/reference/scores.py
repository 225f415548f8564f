"""Golden scores of real data sets: what evaluate_scanpy_scib.py (shared/peers) prints.

scanpy 1.11.5, scib 1.1.7, louvain 0.8.2, umap-learn 0.5.9.post2. For each data set run
  evaluate_scanpy_scib.py NAME.h5ad --label celltype --batch batch --embedding hvg --seeds 10
                          --exact-neighbors --no-umap > NAME.json
and then
  python tests/reference/scores.py NAME.json ...
which gathers scores and the NMI and ARI of every seed in tests/golden/scores_hvg.json.
"""
import json
import pathlib
import sys

out = []
for path in map(pathlib.Path, sys.argv[1:]):
    run = json.loads(path.read_text())
    out.append(dict(name=path.stem, cells=run["cells"], scores=run["scores"], nmi_runs=run["nmi_runs"],
                    ari_runs=run["ari_runs"]))
golden = pathlib.Path(__file__).parents[1] / "golden" / "scores_hvg.json"
golden.write_text(json.dumps(out, indent=1) + "\n")
