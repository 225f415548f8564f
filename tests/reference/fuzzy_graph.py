"""Golden values of fuzzy_graph: umap.umap_.fuzzy_simplicial_set as scanpy.neighbors calls it.

umap-learn 0.5.9.post2, scipy 1.15. Writes tests/golden/fuzzy_graph.json: for every case the neighbour graph
(itself first) and the connectivities that umap-learn makes of it.

usage: python tests/reference/fuzzy_graph.py
"""
import json
import pathlib
import sys

import numpy as np

here = pathlib.Path(__file__).parent
sys.path.append(str(here))
from synthetic import exact_neighbours, fuzzy_graph, short


def case(name, x, k):
    index, distance = exact_neighbours(x, k)
    graph = fuzzy_graph(x, k)
    return dict(name=name, n=len(x), k=k, indices=index.ravel().tolist(), distances=short(distance),
                indptr=graph.indptr.tolist(), columns=graph.indices.tolist(), values=short(graph.data))


spread = np.round(np.random.default_rng(0).normal(size=(60, 3)) * 64) / 64
clumped = np.concatenate([np.repeat(spread[:3], 9, 0), spread[:20]])  # 9 duplicates and the original
# Two clumps of 10 duplicates: the arcs from one to the other underflow and leave the pattern.
clump = np.concatenate([np.zeros((10, 3)), np.eye(3) / 2])
far = np.concatenate([clump, clump + 64])
out = [case("spread", spread, 15), case("clumped", clumped, 15), case("all_equal", np.zeros((20, 2)), 15),
       case("underflow", far, 15), case("two_neighbours", spread[:10], 2), case("pair", spread[:2], 2)]
path = here.parent / "golden" / "fuzzy_graph.json"
path.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in out) + "\n]\n")
for c in out:
    print(c["name"], len(c["values"]), min(c["values"], default=None))
