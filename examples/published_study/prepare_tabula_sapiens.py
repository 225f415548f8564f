#!/usr/bin/env python3
"""Tabula Sapiens 1.0, from figshare (TabulaSapiens.h5ad) or from CELLxGENE.

The figshare file has X normalised and layers `raw_counts` and `decontXcounts`; the latter are corrected values
and no counts. CELLxGENE's file has the counts in raw.X. The study's 24 labels are tissues. Which column it took
for its 27 batches it does not say: choose with --batch (several columns are joined).
"""
import anndata

from prepared import arguments, checked_counts, column, fail, write

options = arguments(__doc__, (["--label"], {"default": "organ_tissue", "help": "tissue_in_publication in CELLxGENE"}),
                    (["--donor"], {"default": "donor", "help": "donor_id in CELLxGENE"}),
                    (["--batch"], {"nargs": "+", "default": ["donor", "method"]}))
adata = anndata.read_h5ad(options.source)
adata.obs["tissue_label"] = column(adata, options.label, "labels")
parts = [column(adata, name, "batches").astype(str) for name in options.batch]
adata.obs["batch"] = parts[0] if len(parts) == 1 else parts[0].str.cat(parts[1:], sep=" / ")
adata.obs["batch"] = adata.obs["batch"].astype("category")
adata.obs["donor"] = column(adata, options.donor, "donors")
if "raw_counts" in adata.layers:
    counts, var = checked_counts(adata.layers["raw_counts"], "layers/raw_counts"), adata.var
elif adata.raw is not None:
    counts, var = checked_counts(adata.raw.X, "raw/X"), adata.raw.var
else:
    fail(f"neither a layer 'raw_counts' nor raw; layers are {list(adata.layers)}")
whole = anndata.AnnData(X=None, obs=adata.obs, var=var, shape=counts.shape)
write(whole, counts, options.out, "tissue_label", "batch", {"cells": "483k", "labels": 24, "batches": 27})
