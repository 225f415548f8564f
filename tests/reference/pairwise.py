"""Silhouettes and nearest neighbours of the HVG matrices, for tests/neighbors/pairwise_golden_test.cpp.

usage: pairwise.py SETS_FOLDER > tests/golden/pairwise.json

scanpy 1.11.5: filter_cells(min_genes=10), filter_genes(min_cells=10), normalize_total(target_sum=1e4), log1p,
highly_variable_genes(n_top_genes=min(2000, n_vars), flavor="seurat"). scikit-learn: silhouette_samples on the dense
float32 matrix over celltype, over batch, and over batch inside each celltype (labels that scib.me.silhouette_batch skips
left out), means over cells; NearestNeighbors(n_neighbors=15, algorithm="brute") on float64 for every 200th cell.
"""
import json
import os
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import anndata as ad
import scanpy as sc
import sklearn
from sklearn.metrics import silhouette_samples
from sklearn.neighbors import NearestNeighbors

result = {"reference": f"scanpy {sc.__version__}, scikit-learn {sklearn.__version__}", "sets": {}}
for name in ["symphony_pbmc_1200x1767", "sc_mixology_merged", "pbmc_multistudy_merged", "kang_8684x2511"]:
    a = ad.read_h5ad(os.path.join(sys.argv[1], name + ".h5ad"))
    sc.pp.filter_cells(a, min_genes=10)
    sc.pp.filter_genes(a, min_cells=10)
    sc.pp.normalize_total(a, target_sum=1e4)
    sc.pp.log1p(a)
    sc.pp.highly_variable_genes(a, n_top_genes=min(2000, a.n_vars), flavor="seurat")
    x = a[:, a.var.highly_variable].X
    x = np.asarray(x.toarray() if hasattr(x, "toarray") else x, dtype=np.float32)
    labels, batches = a.obs["celltype"].astype(str).to_numpy(), a.obs["batch"].astype(str).to_numpy()
    inside = []
    for label in np.unique(labels):
        cells = np.flatnonzero(labels == label)
        if 1 < len(np.unique(batches[cells])) < len(cells):
            inside.append(silhouette_samples(x[cells], batches[cells]))
    wide = x.astype(np.float64)
    cells = np.arange(0, a.n_obs, 200)
    distances, indices = NearestNeighbors(n_neighbors=15, algorithm="brute").fit(wide).kneighbors(wide[cells])
    result["sets"][name] = {
        "shape": x.shape,
        "label": float(silhouette_samples(x, labels).astype(np.float64).mean()),
        "batch": float(silhouette_samples(x, batches).astype(np.float64).mean()),
        "batch_within_label": float(np.concatenate(inside).astype(np.float64).mean()),
        "cells": cells.tolist(),
        "neighbors": indices.tolist(),
        "furthest": [round(float(d), 6) for d in distances[:, -1]],
    }
print(json.dumps(result, separators=(",", ":")))
