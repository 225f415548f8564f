"""Genes that scanpy chooses, for tests/preprocess/highly_variable_test.cpp.

Program: scanpy 1.11.5 (numpy 2.4.6, pandas 2.3.3), sc.pp.highly_variable_genes.
usage: highly_variable.py SETS_FOLDER OUT.json
Masks over the kept genes are written as hexadecimal numbers, bit g of the number for gene g.
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
FLAVORS = ["seurat", "cell_ranger"]


def mask(flags):
    return f"{sum(1 << int(g) for g in np.flatnonzero(flags)):x}"


def synthetic():
    """Integer counts by formula; the C++ test builds the same ones."""
    n_cells, n_genes = 120, 340
    i = np.arange(n_cells, dtype=np.int64)[:, None]
    g = np.arange(n_genes, dtype=np.int64)[None, :]
    k = g % 160  # genes 160..319 repeat 0..159: ties
    h = (i * 7919 + k * 104729 + i * k * 31 + i * i * (k + 3)) % 1009
    x = np.where(h < 60 + 5 * k, 1 + h % (1 + k % 7), 0)
    x = np.where((g >= 320) & (g < 324), 0, x)  # never expressed
    x = np.where(g == 324, 400 + h % 50, x)  # alone in its bin of means
    x = np.where(g == 325, 3000 + h % 900, x)
    batch = (i * i + i // 7) % 3
    x = np.where((g >= 20) & (g < 30) & (batch == 1), 0, x)  # absent from one batch
    a = ad.AnnData(sparse.csr_matrix(x.astype(np.float32)))
    a.var_names = [f"g{(j * 37) % n_genes:03d}" for j in range(n_genes)]  # alphabetical order is not column order
    a.obs["batch"] = pd.Categorical([f"b{b}" for b in batch[:, 0]])
    a.obs_names = [f"c{j}" for j in range(n_cells)]
    return a


def number(x):
    return None if np.isnan(x) else ("inf" if x == np.inf else "-inf" if x == -np.inf else float(f"{x:.9g}"))


def well_posed(d, n_top):
    """The values at the cut are equal or clearly apart: rounding (and the processor) cannot swap genes."""
    keys = ["highly_variable_nbatches", "dispersions_norm"] if "highly_variable_nbatches" in d else ["dispersions_norm"]
    d = d.dropna(subset="dispersions_norm").sort_values(keys, ascending=False)
    z = d.dispersions_norm.to_numpy()
    near = np.abs(z - z[min(n_top, len(z)) - 1]) < 1e-6
    return near.sum() == 1 or np.ptp(z[near]) == 0


def run(a, flavor, n_top, batch):
    return sc.pp.highly_variable_genes(
        a, n_top_genes=n_top, flavor=flavor, batch_key="batch" if batch else None, inplace=False
    ).loc[a.var_names]


def on_sets(folder):
    out = []
    for name in ["kang_8684x2511", "pbmc_multistudy_merged", "sc_mixology_merged", "symphony_pbmc_1200x1767"]:
        a = ad.read_h5ad(f"{folder}/{name}.h5ad")
        total = a.shape
        sc.pp.filter_cells(a, min_genes=10)
        sc.pp.filter_genes(a, min_cells=10)
        sc.pp.normalize_total(a, target_sum=1e4)
        sc.pp.log1p(a)
        runs = []
        for flavor in FLAVORS:
            for batch in [False, True]:
                for n_top in [500, 2000]:
                    d = run(a, flavor, min(n_top, a.n_vars), batch)
                    runs.append({"flavor": flavor, "batch": batch, "n_top_genes": n_top,
                                 "chosen": int(d.highly_variable.sum()), "mask": mask(d.highly_variable),
                                 "dispersions_norm": [number(z) for z in d.dispersions_norm[:5]]})
        out.append({"name": name, "cells": total[0], "genes": total[1], "kept_cells": a.n_obs,
                    "kept_genes": a.n_vars, "sum": float(a.X.data.astype(np.float64).sum()), "runs": runs})
    return out


def on_synthetic():
    a = synthetic()
    sc.pp.normalize_total(a, target_sum=1e4)
    sc.pp.log1p(a)
    runs = []
    for flavor in FLAVORS:
        for batch in [False, True]:
            for n_top in [5, 21, 64, 150, 1000, None]:
                d = run(a, flavor, n_top, batch)
                if n_top and not well_posed(d, n_top):
                    continue
                runs.append({"flavor": flavor, "batch": batch, "n_top_genes": n_top, "mask": mask(d.highly_variable)})
                if n_top == 64:
                    runs[-1] |= {"means": [number(z) for z in d.means],
                                 "dispersions_norm": [number(z) for z in d.dispersions_norm],
                                 "nbatches": [int(n) for n in d.highly_variable_nbatches] if batch else []}
    return {"cells": a.n_obs, "genes": a.n_vars, "runs": runs}


result = {"scanpy": sc.__version__, "sets": on_sets(sys.argv[1]), "synthetic": on_synthetic()}
json.dump(result, open(sys.argv[2], "w"), separators=(",", ":"))
