"""Golden modularities of Louvain: louvain.find_partition as scanpy.tl.louvain(flavor='vtraag') calls it.

louvain 0.8.2, igraph 0.11.9, umap-learn 0.5.9.post2 (RBConfigurationVertexPartition, directed, unweighted).
Writes tests/golden/louvain.json: per graph and resolution the mean and standard deviation of the unweighted
modularity over 10 seeds. "synthetic" is computed here; each further graph is a dump of
evaluate_scanpy_scib.py --embedding hvg --seeds 10 --exact-neighbors --no-umap --dump-graph NAME.npz.

usage: python tests/reference/louvain_modularity.py [NAME.npz ...]
"""
import json
import pathlib
import sys

import igraph
import louvain
import numpy as np

here = pathlib.Path(__file__).parent
sys.path.append(str(here))
from synthetic import fuzzy_graph, points_around_centres

RESOLUTIONS = [2 * i / 20 for i in range(1, 21)]


def modularity(graph, membership, resolution):
    source, degree, m = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr)), np.diff(graph.indptr), graph.nnz
    total = np.bincount(membership, weights=degree)
    inside = (membership[source] == membership[graph.indices]).sum()
    return (inside - resolution * (total**2).sum() / m) / m


def synthetic():
    graph = fuzzy_graph(points_around_centres(1200)[0])
    source = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    g = igraph.Graph(n=graph.shape[0], edges=list(zip(source.tolist(), graph.indices.tolist())), directed=True)
    rows = []
    for resolution in RESOLUTIONS:
        for seed in range(10):
            part = louvain.find_partition(g, louvain.RBConfigurationVertexPartition, seed=seed,
                                          resolution_parameter=resolution)
            rows.append((seed, resolution, modularity(graph, np.array(part.membership), resolution)))
    return graph.shape[0], graph.nnz, rows


def summary(name, n_cells, n_arcs, rows):
    rows = np.asarray(rows)
    q = [rows[np.isclose(rows[:, 1], r), 2] for r in RESOLUTIONS]
    return dict(name=name, n_cells=int(n_cells), n_arcs=int(n_arcs), mean=[float(v.mean()) for v in q],
                sd=[float(v.std()) for v in q])


out = [summary("synthetic", *synthetic())]
for path in map(pathlib.Path, sys.argv[1:]):
    z = np.load(path)
    out.append(summary(path.stem, len(z["indptr"]) - 1, len(z["indices"]), z["modularity"]))
text = json.dumps(dict(resolutions=RESOLUTIONS, graphs=out), indent=1)
(here.parent / "golden" / "louvain.json").write_text(text + "\n")
for g in out:
    print(g["name"], g["n_cells"], g["n_arcs"], g["mean"][9], g["sd"][9])
