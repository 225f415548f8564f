"""umap-learn's layout of the graph that bench_umap reads, cold and warm: seconds of wall and of processor.

usage: umap_learn.py FOLDER [--min-dist 0.3] [--repeat 2]
FOLDER is written by tests/reference/umap_layout.py --export. The first call compiles (numba); as sc.tl.umap does,
the start is spectral and one seeded thread walks the epochs.
"""
import argparse, json, pathlib, time, warnings

warnings.filterwarnings("ignore")
import numpy as np
import scipy.sparse
from umap.umap_ import find_ab_params, simplicial_set_embedding

p = argparse.ArgumentParser()
p.add_argument("folder", type=pathlib.Path)
p.add_argument("--min-dist", type=float, default=0.3)
p.add_argument("--repeat", type=int, default=2)
o = p.parse_args()
indptr = np.fromfile(o.folder / "indptr.u64", np.uint64).astype(np.int64)
indices = np.fromfile(o.folder / "indices.u32", np.uint32).astype(np.int32)
graph = scipy.sparse.csr_matrix((np.fromfile(o.folder / "values.f32", np.float32), indices, indptr))
x = np.fromfile(o.folder / "embedding.f32", np.float32).reshape(graph.shape[0], -1)
a, b = find_ab_params(1.0, o.min_dist)
for call in range(o.repeat):
    wall, cpu = time.perf_counter(), time.process_time()
    simplicial_set_embedding(
        data=x, graph=graph.tocoo(), n_components=2, initial_alpha=1.0, a=a, b=b, gamma=1.0, negative_sample_rate=5,
        n_epochs=500 if graph.shape[0] <= 10000 else 200, init="spectral", random_state=np.random.RandomState(0),
        metric="euclidean", metric_kwds={}, densmap=False, densmap_kwds={}, output_dens=False)
    print(json.dumps({"call": call, "seconds": round(time.perf_counter() - wall, 3),
                      "cpu_seconds": round(time.process_time() - cpu, 3)}), flush=True)
