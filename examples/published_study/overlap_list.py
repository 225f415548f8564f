#!/usr/bin/env python3
"""Writes the names of the cells that a model was pretrained on, one a line: the file for `overlap` in STUDY.toml.

    python overlap_list.py pancreas.h5ad pancreas_overlap.txt --column batch --values inDrop
"""
import anndata

from prepared import arguments, column, fail

options = arguments(__doc__, (["--column"], {"required": True, "help": "column of obs"}),
                    (["--values"], {"required": True, "nargs": "+", "help": "groups of it that were in the corpus"}))
adata = anndata.read_h5ad(options.source, backed="r")
groups = column(adata, options.column, "groups")
unknown = sorted(set(options.values) - set(groups))
if unknown:
    fail(f"'{options.column}' has no group {', '.join(unknown)}; it has {', '.join(sorted(set(groups)))}")
names = adata.obs_names[groups.isin(options.values).to_numpy()]
with open(options.out, "w", encoding="utf-8") as file:
    file.writelines(name + "\n" for name in names)
print(f"{options.out}: {len(names)} of {adata.n_obs} cells")
