"""Opens an .h5ad with anndata and prints what it holds as one JSON document (anndata 0.8 and later).

usage: read_back.py FILE.h5ad
"""
import json
import sys
import warnings

import anndata
import numpy as np
import pandas as pd
import scipy.sparse as sp


def column(series):
    if isinstance(series.dtype, pd.CategoricalDtype):
        return {"categories": list(series.cat.categories), "codes": series.cat.codes.tolist(),
                "ordered": bool(series.cat.ordered)}
    return {"dtype": str(series.dtype), "values": [None if pd.isna(v) else v for v in series.tolist()]}


def frame(table):
    return {"index": table.index.tolist(), "index_name": table.index.name, "order": list(table.columns),
            "columns": {name: column(table[name]) for name in table.columns}}


def matrix(m):
    if m is None:
        return None
    kind = m.format if sp.issparse(m) else "dense"
    if sp.issparse(m):
        assert m.has_canonical_format
        m = m.toarray()
    return {"kind": kind, "dtype": str(m.dtype), "shape": list(m.shape), "sum": float(np.sum(m, dtype="float64")),
            "values": m.ravel().tolist() if m.size <= 1000 else []}


warnings.simplefilter("error")  # a file in an old or doubtful encoding makes anndata warn
a = anndata.read_h5ad(sys.argv[1])
json.dump({"obs": frame(a.obs), "var": frame(a.var), "X": matrix(a.X),
           "layers": {k: matrix(v) for k, v in a.layers.items()},
           "obsm": {k: matrix(v) for k, v in a.obsm.items()},
           "obsp": {k: matrix(v) for k, v in a.obsp.items()},
           "uns": {k: str(v) for k, v in a.uns.items()}}, sys.stdout)
