"""The four computations of the pairwise pass with scikit-learn, one by one, on one embedding.

usage: pairwise_sklearn.py DATA.h5ad --label COL --batch COL --export DIR [--time]

Writes DIR/hvg and DIR/pca, each with x.f32 (N x D, row-major), labels.i32 and batches.i32, for bench_pairwise.
--time: also times silhouette_samples over labels, over batches, over batches inside each label, and the 15 exact
nearest neighbours (brute force), on dense float32 as users have it, with all cores that scikit-learn takes.
"""
import argparse
import json
import os
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import anndata as ad
import scanpy as sc
from sklearn.metrics import silhouette_samples
from sklearn.neighbors import NearestNeighbors


def inside_labels(x, labels, batches):
    result = np.full(len(x), np.nan)
    for label in np.unique(labels):
        cells = np.flatnonzero(labels == label)
        n_batches = len(np.unique(batches[cells]))
        if 1 < n_batches < len(cells):
            result[cells] = silhouette_samples(x[cells], batches[cells])
    return result


def timed(jobs):
    seconds = {}
    for name, job in jobs.items():
        wall, cpu = time.perf_counter(), time.process_time()
        result = job()
        seconds[name] = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        if name != "knn":
            seconds[name]["mean"] = float(np.nanmean(result))
    seconds["total"] = {k: sum(s[k] for s in seconds.values()) for k in ("wall", "cpu")}
    return seconds


p = argparse.ArgumentParser()
p.add_argument("data"); p.add_argument("--label", required=True); p.add_argument("--batch", required=True)
p.add_argument("--export", required=True); p.add_argument("--time", action="store_true")
o = p.parse_args()
a = ad.read_h5ad(o.data)
sc.pp.filter_cells(a, min_genes=10)
sc.pp.filter_genes(a, min_cells=10)
sc.pp.normalize_total(a, target_sum=1e4)
sc.pp.log1p(a)
sc.pp.highly_variable_genes(a, n_top_genes=min(2000, a.n_vars), flavor="seurat")
sc.pp.pca(a, n_comps=50)
hvg = a[:, a.var.highly_variable].X
labels = a.obs[o.label].astype("category").cat.codes.to_numpy(np.int32)
batches = a.obs[o.batch].astype("category").cat.codes.to_numpy(np.int32)
embeddings = {"hvg": hvg.toarray() if hasattr(hvg, "toarray") else hvg, "pca": a.obsm["X_pca"]}
for name, x in embeddings.items():
    x = np.ascontiguousarray(x, dtype=np.float32)
    folder = os.path.join(o.export, name)
    os.makedirs(folder, exist_ok=True)
    x.tofile(os.path.join(folder, "x.f32"))
    labels.tofile(os.path.join(folder, "labels.i32"))
    batches.tofile(os.path.join(folder, "batches.i32"))
    if o.time:
        print(name, x.shape, json.dumps(timed({
            "label": lambda: silhouette_samples(x, labels),
            "batch": lambda: silhouette_samples(x, batches),
            "batch_within_label": lambda: inside_labels(x, labels, batches),
            "knn": lambda: NearestNeighbors(n_neighbors=15, algorithm="brute").fit(x).kneighbors(x),
        }), indent=1))
