#!/usr/bin/env python3
"""PBMC 12k: what scvi.data.pbmc_dataset() returns, saved as .h5ad.

    python -c "import scvi; scvi.data.pbmc_dataset().write_h5ad('pbmc_scvi.h5ad')"

X holds counts; obs has `str_labels` and `batch` (0, 1); the index of var holds Ensembl ids, and symbols are in
a column that concatenation may have given a number.
"""
import anndata

from prepared import arguments, checked_counts, column, fail, write

options = arguments(__doc__)
adata = anndata.read_h5ad(options.source)
adata.obs["celltype"] = column(adata, "str_labels", "labels")
adata.obs["batch"] = column(adata, "batch", "batches")
symbols = [name for name in adata.var.columns if str(name).startswith("gene_symbols")]
if not symbols:
    fail(f"var has no column with gene symbols; it has {', '.join(map(str, adata.var.columns))}")
adata.var["feature_name"] = adata.var[symbols[0]].astype(str)
counts = checked_counts(adata.X, "X")
write(adata, counts, options.out, "celltype", "batch", {"cells": "12k", "labels": 9, "batches": 2})
