"""Genes that scanpy chooses from raw counts, for tests/preprocess/seurat_v3_test.cpp.

Program: scanpy 1.11.5 (numpy 2.4.6, pandas 2.3.3, scikit-misc 0.5.3), sc.pp.highly_variable_genes, flavors
seurat_v3 and seurat_v3_paper.
usage: seurat_v3.py SETS_FOLDER OUT.json
"mask" has bit g for the g-th kept gene, hexadecimal. It is scanpy's with one change: numpy.argsort is stable, so that
equal variances keep the order of the columns. "unchanged" is how many genes scanpy's list as it comes, with a sort
whose order of equal values differs between processors, has that "mask" lacks.
"""
import json
import sys
import warnings

import anndata as ad
import numpy as np
import pandas as pd
import scanpy as sc
from scipy import sparse

warnings.simplefilter("ignore")
argsort = np.argsort


def stable(a, axis=-1, kind=None, **rest):
    return argsort(a, axis=axis, kind="stable", **rest)


def mask(flags):
    return f"{sum(1 << int(g) for g in np.flatnonzero(flags)):x}"


def number(x):
    return None if np.isnan(x) else float(x)


def run(a, flavor, n_top, batch):
    return sc.pp.highly_variable_genes(a, n_top_genes=n_top, flavor=flavor, batch_key="batch" if batch else None,
                                       inplace=False)


def record(a, min_counts, flavor, batch, n_top):
    out = {"min_counts": min_counts, "flavor": flavor, "batch": batch, "n_top_genes": n_top}
    try:
        plain = run(a, flavor, n_top, batch)
    except ValueError as error:
        return out | {"error": str(error)}
    np.argsort = stable
    d = run(a, flavor, n_top, batch)
    np.argsort = argsort
    at = np.unique(np.linspace(0, a.n_vars - 1, 40).astype(int))
    return out | {"mask": mask(d.highly_variable), "chosen": int(d.highly_variable.sum()),
                  "unchanged": int((plain.highly_variable & ~d.highly_variable).sum()), "at": at.tolist(),
                  "variances_norm": [number(d.variances_norm.iloc[g]) for g in at],
                  "rank": [number(d.highly_variable_rank.iloc[g]) for g in at]}


def runs(a, tops):
    out = []
    for min_counts in [0, 3]:
        if min_counts:
            sc.pp.filter_genes(a, min_counts=min_counts)
        for flavor, batch in [("seurat_v3", False), ("seurat_v3", True), ("seurat_v3_paper", True)]:
            for n_top in tops:
                out.append({"kept_genes": a.n_vars} | record(a, min_counts, flavor, batch, n_top))
    return out


def synthetic():
    """The counts of highly_variable.py: genes 160..319 repeat 0..159, so that every rank is tied."""
    n_cells, n_genes = 120, 340
    i = np.arange(n_cells, dtype=np.int64)[:, None]
    g = np.arange(n_genes, dtype=np.int64)[None, :]
    k = g % 160
    h = (i * 7919 + k * 104729 + i * k * 31 + i * i * (k + 3)) % 1009
    x = np.where(h < 60 + 5 * k, 1 + h % (1 + k % 7), 0)
    x = np.where((g >= 320) & (g < 324), 0, x)  # never expressed
    x = np.where(g == 324, 400 + h % 50, x)
    x = np.where(g == 325, 3000 + h % 900, x)
    batch = (i * i + i // 7) % 3
    x = np.where((g >= 20) & (g < 30) & (batch == 1), 0, x)  # absent from one batch
    x = np.where(g == 326, 7, x)  # constant
    a = ad.AnnData(sparse.csr_matrix(x.astype(np.float32)))
    a.obs["batch"] = pd.Categorical([f"b{b}" for b in batch[:, 0]])
    return a


sets = []
for name in ["kang_8684x2511", "pbmc_multistudy_merged", "sc_mixology_merged", "symphony_pbmc_1200x1767"]:
    sets.append({"name": name, "runs": runs(ad.read_h5ad(f"{sys.argv[1]}/{name}.h5ad"), [1200, 2000])})
result = {"scanpy": sc.__version__, "sets": sets, "synthetic": runs(synthetic(), [11, 40, 150, 336])}
json.dump(result, open(sys.argv[2], "w"), separators=(",", ":"))
