#!/usr/bin/env python3
"""Pancreas of the scIB benchmark: human_pancreas_norm_complexBatch.h5ad.

X is log-normalised; counts are in layers['counts']. obs has `celltype` and `tech`, where the inDrop runs are
separate (9 groups); the study's 6 batches merge them, which this script does from the names in `tech`.
"""
import re

import anndata

from prepared import arguments, checked_counts, column, fail, write

options = arguments(__doc__, (["--round"], {"action": "store_true", "help": "round values that are not whole"}))
adata = anndata.read_h5ad(options.source)
if "counts" not in adata.layers:
    fail(f"no layer 'counts'; there are {list(adata.layers)}")
adata.obs["celltype"] = column(adata, "celltype", "labels")
adata.obs["tech"] = column(adata, "tech", "protocol")
# inDrop1 .. inDrop4 are four donors of one protocol.
merged = [re.sub(r"(?i)^(indrop)\d+$", r"\1", tech) for tech in adata.obs["tech"]]
adata.obs["batch"] = merged
adata.obs["batch"] = adata.obs["batch"].astype("category")
counts = checked_counts(adata.layers["counts"], "layers/counts", options.round)
write(adata, counts, options.out, "celltype", "batch", {"cells": "16,382", "labels": 14, "batches": 6})
