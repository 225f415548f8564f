"""Golden values of the metrics on synthetic points and labelings.

scib 1.1.7 (me.silhouette, silhouette_batch, graph_connectivity, ari), scikit-learn (normalized_mutual_info_score,
which scib.me.nmi calls), scib_metrics 0.5.10 (bras, graph_connectivity). Writes tests/golden/metrics.json.
tests/metrics draws the same points and labels (tests/support/brute_force.h).

usage: python tests/reference/metrics.py
"""
import json
import pathlib
import sys
import warnings

import anndata as ad
import numpy as np
import pandas as pd
import scib
import scib_metrics
from scib_metrics.nearest_neighbors import NeighborsResults
from sklearn.metrics import normalized_mutual_info_score

here = pathlib.Path(__file__).parent
sys.path.append(str(here))
from synthetic import exact_neighbours, fuzzy_graph, mix64, points_around_centres

warnings.filterwarnings("ignore")


def agreement(labels, clusters):
    a = ad.AnnData(np.zeros((len(labels), 1), np.float32),
                   obs=pd.DataFrame(dict(l=pd.Categorical(np.array(labels)), c=pd.Categorical(np.array(clusters))),
                                    index=[str(i) for i in range(len(labels))]))
    with np.errstate(all="ignore"):
        ari = float(scib.me.ari(a, "c", "l"))
    nmi = float(normalized_mutual_info_score(list(labels), list(clusters), average_method="arithmetic"))
    return dict(nmi=nmi, ari=None if np.isnan(ari) else ari)


def labelings():
    many = [mix64(1, i) % 10000 for i in range(20000)]
    part = [many[i] % 37 if mix64(2, i) % 10 < 6 else mix64(3, i) % 37 for i in range(20000)]
    cases = dict(
        perfect=([0, 0, 1, 1, 2, 2], [1, 1, 0, 0, 2, 2]),
        split=([0, 0, 0, 1, 1, 1, 2, 2], [0, 0, 1, 1, 1, 1, 2, 3]),
        independent=([0, 0, 1, 1], [0, 1, 0, 1]),
        one_label=([0, 0, 0, 0], [0, 0, 1, 1]),
        one_cluster=([0, 0, 1, 1], [0, 0, 0, 0]),
        one_and_one=([0, 0, 0], [0, 0, 0]),
        every_cell_alone=([0, 1, 2, 3], [0, 1, 2, 3]),
        a_label_a_cell=([0, 1, 2, 3], [0, 0, 1, 1]),
    )
    out = {name: dict(labels=l, clusters=c, **agreement(l, c)) for name, (l, c) in cases.items()}
    out["ten_thousand_labels"] = agreement(many, part)
    return out


def embedding(name, x, labels, batches):
    n = len(x)
    obs = pd.DataFrame(dict(l=pd.Categorical(labels), b=pd.Categorical(batches)), index=[str(i) for i in range(n)])
    a = ad.AnnData(x, obs=obs, obsm=dict(E=x), uns=dict(neighbors={}), obsp=dict(connectivities=fuzzy_graph(x)))
    index, distance = exact_neighbours(x, 15)
    knn = NeighborsResults(indices=index, distances=distance)
    return dict(name=name, asw_label=float(scib.me.silhouette(a, "l", "E")),
                asw_batch_global=float(scib.me.silhouette(a, "b", "E")),
                asw_batch=float(scib.me.silhouette_batch(a, "b", "l", "E", verbose=False)),
                graph_connectivity=float(scib.me.graph_connectivity(a, "l")),
                graph_connectivity_directed=float(scib_metrics.graph_connectivity(knn, np.array(labels))),
                bras=float(scib_metrics.bras(x, np.array(labels), np.array(batches))))


x, centre = points_around_centres(240)
batch = np.array([mix64(9, i) % 3 for i in range(len(x))])
# Labels that are not the centres, so that the graph falls apart; label 0 in one batch, label 1 a batch a cell.
label = np.array([mix64(10, i) % 12 if mix64(11, i) % 4 == 0 else c for i, c in enumerate(centre)])
batch[label == 0] = 0
few = np.flatnonzero(label == 1)
label[few[3:]] = 2
batch[few[:3]] = [0, 1, 2]
# Every point three times.
triple = np.repeat(x[:80], 3, 0)
out = dict(labelings=labelings(),
           embeddings=[embedding("mixed", x, label, batch),
                       embedding("triplicates", triple, np.repeat(label[:80], 3), np.tile([0, 1, 2], 80))])
(here.parent / "golden" / "metrics.json").write_text(json.dumps(out, indent=1) + "\n")
print(json.dumps({k: {a: b for a, b in v.items() if a in ("nmi", "ari")} for k, v in out["labelings"].items()}, indent=0))
print(json.dumps(out["embeddings"], indent=0))
