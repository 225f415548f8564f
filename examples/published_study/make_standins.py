#!/usr/bin/env python3
"""Small files that are built as the five downloads are: the same places for counts, the same columns.

Each comes with NAME.truth.h5ad, whose X holds the counts and nothing else, so that a check can tell whether the
right matrix was taken. The numbers themselves are made up.
"""
import sys

import anndata
import numpy as np
import pandas as pd
import scipy.sparse as sp

N_CELLS, N_GENES = 300, 400


def counts_of(rng, n_labels):
    """Counts with `n_labels` types; returns the counts and each cell's type."""
    types = rng.integers(0, n_labels, N_CELLS)
    profiles = rng.gamma(0.4, 1.0, N_GENES) * np.exp(rng.normal(0, 0.8, (n_labels, N_GENES)))
    depth = rng.gamma(8, 0.2, N_CELLS)[:, None]
    return sp.csr_matrix(rng.poisson(profiles[types] * depth).astype(np.float32)), types


def log_normalised(counts):
    totals = np.asarray(counts.sum(axis=1)).ravel()
    scaled = sp.diags(1e4 / np.maximum(totals, 1)) @ counts
    return sp.csr_matrix(scaled.log1p().astype(np.float32))


def frame(rng, types, **columns):
    obs = pd.DataFrame({k: pd.Categorical([v[i % len(v)] for i in rng.permutation(N_CELLS)])
                        for k, v in columns.items()})
    obs.index = [f"cell-{i}" for i in range(N_CELLS)]
    return obs


def symbols():
    return [f"GENE{i}" for i in range(N_GENES)]


def ensembl():
    return [f"ENSG{i:011d}" for i in range(N_GENES)]


def save(folder, name, adata, counts, obs, genes):
    adata.write_h5ad(f"{folder}/{name}.h5ad")
    anndata.AnnData(X=counts, obs=obs, var=pd.DataFrame(index=genes)).write_h5ad(f"{folder}/{name}.truth.h5ad")


def pancreas(folder, rng):
    counts, types = counts_of(rng, 14)
    obs = frame(rng, types, tech=["celseq", "celseq2", "fluidigmc1", "inDrop1", "inDrop2", "inDrop3", "inDrop4",
                                  "smarter", "smartseq2"])
    obs["celltype"] = pd.Categorical([f"type {t}" for t in types])
    truth = obs.assign(batch=obs["tech"].astype(str).str.replace(r"(?<=inDrop)\d", "", regex=True))
    adata = anndata.AnnData(X=log_normalised(counts), obs=obs, var=pd.DataFrame(index=symbols()),
                            layers={"counts": counts.toarray()})
    save(folder, "pancreas", adata, counts, truth, symbols())
    broken = adata.copy()
    broken.layers["counts"][::3] *= 1.25  # protocols whose counts are estimates
    broken.write_h5ad(f"{folder}/pancreas_broken.h5ad")


def pbmc12k(folder, rng):
    counts, types = counts_of(rng, 9)
    obs = frame(rng, types, batch=[0, 1])
    obs["batch"] = obs["batch"].astype(np.int64)
    obs["labels"] = types
    obs["str_labels"] = [f"type {t}" for t in types]
    var = pd.DataFrame({"gene_symbols-0": symbols()}, index=ensembl())
    adata = anndata.AnnData(X=counts, obs=obs, var=var, obsm={"qc_pc": rng.normal(size=(N_CELLS, 2))})
    names = list(obs.index)
    names[1] = names[0]  # both runs may have a barcode
    adata.obs_names = names
    save(folder, "pbmc12k", adata, counts, obs.assign(celltype=obs["str_labels"], batch=obs["batch"].astype(str)),
         ensembl())


def pbmc95k(folder, rng):
    counts, types = counts_of(rng, 10)
    obs = frame(rng, types)
    obs.index = [f"cell-{i}" for i in range(N_CELLS)]
    obs["cell_types"] = pd.Categorical([f"type {t}" for t in types])
    adata = anndata.AnnData(X=counts, obs=obs, var=pd.DataFrame(index=symbols()))
    save(folder, "pbmc95k", adata, counts, obs.assign(celltype=obs["cell_types"]), symbols())


def cellxgene(counts, obs):
    """X log-normalised and without some genes, counts of all genes in raw."""
    var = pd.DataFrame({"feature_name": symbols()}, index=ensembl())
    whole = anndata.AnnData(X=counts, obs=obs, var=var)
    adata = anndata.AnnData(X=log_normalised(counts)[:, :-20], obs=obs, var=var.iloc[:-20].copy())
    adata.raw = whole
    return adata


def immune(folder, rng):
    counts, types = counts_of(rng, 20)
    obs = frame(rng, types, donor_id=["d1", "d2", "d3"], assay=["10x 3' v3", "10x 5' v1"])
    obs["Manually_curated_celltype"] = pd.Categorical([f"type {t}" for t in types])
    both = obs["donor_id"].astype(str) + " / " + obs["assay"].astype(str)
    save(folder, "immune", cellxgene(counts, obs), counts,
         obs.assign(celltype=obs["Manually_curated_celltype"], batch=both), ensembl())


def tabula_sapiens(folder, rng):
    counts, types = counts_of(rng, 12)
    obs = frame(rng, types, donor=["TSP1", "TSP2", "TSP3"], method=["10X", "smartseq2"])
    obs["organ_tissue"] = pd.Categorical([f"organ {t}" for t in types])
    corrected = counts.copy()
    corrected.data = corrected.data * 0.9
    adata = anndata.AnnData(X=log_normalised(counts), obs=obs, var=pd.DataFrame(index=symbols()),
                            layers={"raw_counts": counts, "decontXcounts": corrected})
    both = obs["donor"].astype(str) + " / " + obs["method"].astype(str)
    save(folder, "tabula_sapiens", adata, counts, obs.assign(tissue_label=obs["organ_tissue"], batch=both), symbols())


for number, build in enumerate((pancreas, pbmc12k, pbmc95k, immune, tabula_sapiens)):
    build(sys.argv[1], np.random.default_rng(number))
