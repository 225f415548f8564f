#!/usr/bin/env python3
"""Reads every .h5ad of the shared test data with anndata and writes tests/golden/reader_corpus.json.

Usage: python reader_corpus.py SHARED_DIR

Every file is read by anndata.read_h5ad (version in the output). Where a matrix or column is one that anndata reads into
something without a plain value (data frames inside obsm, for example), only its name, shape and encoding are kept.

Hashes of text are FNV-1a 64 over the UTF-8 bytes of each string followed by a zero byte. Columns of numbers are summarised
by sum, minimum, maximum, number of missing values and a hash of their float64 bits (missing as NaN 0x7ff8...).
Values of matrices are cast to float32 first (numpy astype), sums are float64.
"""
import json
import sys
import warnings
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import scipy.sparse as sp

warnings.filterwarnings("ignore")


def fnv(chunks):
    h = 0xCBF29CE484222325
    for chunk in chunks:
        for byte in chunk:
            h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{h:016x}"


def text_hash(values):
    return fnv(str(v).encode() + b"\0" for v in values)


def bits_hash(values):
    values = np.asarray(values, dtype="<f8").copy()
    values[np.isnan(values)] = np.nan
    return fnv([values.tobytes()])


def number(x):
    x = float(x)
    return None if np.isnan(x) else x


def matrix_summary(x):
    """Sum, stored nonzeros, extremes and a sum weighted by position, of the float32 values."""
    if sp.issparse(x):
        coo = x.tocoo()
        rows, cols, values = coo.row.astype(np.int64), coo.col.astype(np.int64), coo.data.astype(np.float32)
    else:
        dense = np.asarray(x).astype(np.float32)
        rows, cols = np.nonzero(dense)
        values = dense[rows, cols]
    keep = values != 0
    rows, cols, values = rows[keep], cols[keep], values[keep].astype(np.float64)
    finite = np.isfinite(values)
    r, c, v = rows[finite], cols[finite], values[finite]
    return {
        "shape": list(x.shape),
        "nonzero": int(keep.sum()),
        "not_finite": int((~finite).sum()),
        "sum": float(v.sum()),
        "weighted_sum": float((v * (r % 97 + 1) * (c % 89 + 1)).sum()),
        "min": number(v.min()) if len(v) else None,
        "max": number(v.max()) if len(v) else None,
    }


def column_summary(series):
    out = {"name": str(series.name), "n": int(len(series))}
    if isinstance(series.dtype, pd.CategoricalDtype):
        out |= {"kind": "categorical", "ordered": bool(series.cat.ordered),
                "categories": text_hash(series.cat.categories), "n_categories": len(series.cat.categories),
                "codes": bits_hash(series.cat.codes.astype(float))}
        return out
    if pd.api.types.is_bool_dtype(series.dtype):
        values = series.astype("float64").to_numpy(na_value=np.nan) if series.hasnans else series.to_numpy(dtype=float)
        kind = "bool"
    elif pd.api.types.is_integer_dtype(series.dtype):
        values = series.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        kind = "int"
    elif pd.api.types.is_float_dtype(series.dtype):
        values, kind = series.to_numpy(dtype=float), "float"
    else:
        missing = series.isna().to_numpy()
        return out | {"kind": "string", "missing": int(missing.sum()),
                      "hash": text_hash(np.where(missing, "", series.astype(object)))}
    good = values[~np.isnan(values)]
    return out | {"kind": kind, "missing": int(np.isnan(values).sum()), "hash": bits_hash(values),
                  "sum": float(good[np.isfinite(good)].sum())}


def frame_summary(frame):
    return {"n": len(frame), "index": text_hash(frame.index), "columns": [column_summary(frame[c]) for c in frame.columns]}


def encoding(x):
    if sp.issparse(x):
        return x.format
    return "dataframe" if isinstance(x, pd.DataFrame) else "dense"


def file_summary(path):
    a = anndata.read_h5ad(path)
    out = {"shape": list(a.shape), "obs": frame_summary(a.obs), "var": frame_summary(a.var), "matrices": {}, "obsm": {}}
    if a.X is not None:
        out["matrices"]["X"] = matrix_summary(a.X) | {"encoding": encoding(a.X), "dtype": str(a.X.dtype)}
    for name, layer in a.layers.items():
        out["matrices"]["layers/" + name] = matrix_summary(layer) | {"encoding": encoding(layer), "dtype": str(layer.dtype)}
    if a.raw is not None:
        out["matrices"]["raw"] = matrix_summary(a.raw.X) | {"encoding": encoding(a.raw.X), "dtype": str(a.raw.X.dtype)}
        out["raw_var"] = frame_summary(a.raw.var)
    for key, value in a.obsm.items():
        entry = {"encoding": encoding(value), "shape": list(value.shape)}
        if not isinstance(value, pd.DataFrame):
            entry |= matrix_summary(value)
        out["obsm"][key] = entry
    return out


def main():
    shared = Path(sys.argv[1])
    files = sorted(p for folder in ("reader_corpus", "sets", "not_counts") for p in (shared / "data" / folder).glob("*.h5ad"))
    result = {"program": "anndata.read_h5ad", "anndata": anndata.__version__, "numpy": np.__version__, "pandas": pd.__version__,
              "files": {}, "failed": {}}
    for path in files:
        key = str(path.relative_to(shared))
        try:
            result["files"][key] = file_summary(path)
        except Exception as error:  # said in the output, so that the test knows
            result["failed"][key] = f"{type(error).__name__}: {error}"[:300]
    target = Path(__file__).resolve().parent.parent / "golden" / "reader_corpus.json"
    target.write_text(json.dumps(result, indent=None, separators=(",", ":"), sort_keys=True).replace('"data/', '\n"data/') + "\n")
    print(len(result["files"]), "read,", result["failed"])


if __name__ == "__main__":
    main()
