#!/usr/bin/env python3
"""Immune: the cross-tissue atlas of Dominguez Conde et al. 2022, as CELLxGENE distributes it.

X is normalised, counts are in raw.X, which may hold more genes than X; var has symbols in `feature_name`. The
label is `Manually_curated_celltype`. Which column the study took for its 31 batches it does not say: choose with
--batch (several columns are joined) and compare the number that this script prints.
"""
import anndata

from prepared import arguments, checked_counts, column, fail, write

options = arguments(__doc__, (["--label"], {"default": "Manually_curated_celltype"}),
                    (["--batch"], {"nargs": "+", "default": ["donor_id", "assay"]}))
adata = anndata.read_h5ad(options.source)
if adata.raw is None:
    fail("the file has no raw; counts would have to be elsewhere: see 'zerocell inspect'")
adata.obs["celltype"] = column(adata, options.label, "labels")
parts = [column(adata, name, "batches").astype(str) for name in options.batch]
adata.obs["batch"] = parts[0] if len(parts) == 1 else parts[0].str.cat(parts[1:], sep=" / ")
adata.obs["batch"] = adata.obs["batch"].astype("category")
if "donor_id" in adata.obs:
    adata.obs["donor"] = column(adata, "donor_id", "donors")
counts = checked_counts(adata.raw.X, "raw/X")
whole = anndata.AnnData(X=None, obs=adata.obs, var=adata.raw.var, shape=counts.shape)
write(whole, counts, options.out, "celltype", "batch", {"cells": "330k", "labels": 45, "batches": 31})
