#!/usr/bin/env python3
"""PBMC 95k: the bead-purified populations of Zheng et al. 2017, as scvi.data.purified_pbmc_dataset() loads them.

    python -c "import scvi; scvi.data.purified_pbmc_dataset().write_h5ad('purified_scvi.h5ad')"

X holds counts; the population that a cell was purified as is its label. There is one batch.
"""
import anndata

from prepared import arguments, checked_counts, column, write

options = arguments(__doc__, (["--label"], {"default": "cell_types", "help": "column of obs with the population"}),
                    (["--symbols"], {"help": "column of var with gene symbols, where the index holds other ids"}))
adata = anndata.read_h5ad(options.source)
adata.obs["celltype"] = column(adata, options.label, "labels")
if options.symbols:
    adata.var["feature_name"] = adata.var[options.symbols].astype(str)
counts = checked_counts(adata.X, "X")
write(adata, counts, options.out, "celltype", None, {"cells": "95k", "labels": 10, "batches": 1})
