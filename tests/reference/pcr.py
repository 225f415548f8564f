"""Principal-component regression of the batch and PCA variances, for tests/metrics/pcr_test.cpp and tests/baselines/pca_test.cpp.

Program: scib 1.1.7, scib.me.pc_regression(X, obs.batch) (scanpy 1.11.5's ARPACK PCA in float32, 50 components);
numpy 2.4.6 eigvalsh in float64 for the variances.
usage: pcr.py SETS_FOLDER OUT.json
"""
import json
import sys
import warnings

import anndata as ad
import numpy as np
import scanpy as sc
import scib

warnings.simplefilter("ignore")


def variances(x):
    x = x.astype(np.float64)
    x = x - x.mean(axis=0)
    products = x @ x.T if x.shape[0] < x.shape[1] else x.T @ x
    return np.sort(np.linalg.eigvalsh(products))[::-1] / (x.shape[0] - 1)


out = []
for name in ["kang_8684x2511", "pbmc_multistudy_merged", "sc_mixology_merged", "symphony_pbmc_1200x1767"]:
    a = ad.read_h5ad(f"{sys.argv[1]}/{name}.h5ad")
    sc.pp.filter_cells(a, min_genes=10)
    sc.pp.filter_genes(a, min_cells=10)
    sc.pp.normalize_total(a, target_sum=1e4)
    sc.pp.log1p(a)
    sc.pp.highly_variable_genes(a, n_top_genes=min(2000, a.n_vars), flavor="seurat")
    x = a[:, a.var.highly_variable].X.toarray()
    sc.pp.pca(a, n_comps=50)
    v = variances(x)
    out.append({"name": name, "pcr_hvg": float(scib.me.pc_regression(x, a.obs["batch"])),
                "pcr_pca": float(scib.me.pc_regression(a.obsm["X_pca"].astype(np.float32), a.obs["batch"])),
                "variance": [float(f"{z:.12g}") for z in v[:50]], "total_variance": float(v.sum())})
json.dump({"scib": "1.1.7", "sets": out}, open(sys.argv[2], "w"), indent=0)
