"""What the preparation scripts share: find counts, check them, write them so that nothing else can be taken.

A prepared file holds its counts in layers['counts'] and has no X, all of obs, the gene ids as index of var and
other names of the genes as columns of var.
"""
import argparse
import sys

import anndata
import numpy as np
import scipy.sparse as sp


def arguments(description, *extra):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("source", help="downloaded .h5ad file")
    parser.add_argument("out", help=".h5ad file to write")
    for names, options in extra:
        parser.add_argument(*names, **options)
    return parser.parse_args()


def fail(message):
    sys.exit("error: " + message)


def column(adata, name, what):
    """The column of obs as text without unused categories; fails with the columns that are there."""
    if name not in adata.obs:
        fail(f"obs has no column '{name}' for the {what}; it has {', '.join(map(str, adata.obs.columns))}")
    return adata.obs[name].astype(str).astype("category")


def fractions(matrix):
    """Number of stored values that are not whole, and number of stored values."""
    values = matrix.data if sp.issparse(matrix) else np.asarray(matrix).ravel()
    return int(np.count_nonzero(values != np.rint(values))), int(values.size)


def checked_counts(matrix, where, round_them=False):
    """The matrix as CSR, refused where it holds negative or, unless rounded, broken values."""
    matrix = sp.csr_matrix(matrix)
    if matrix.nnz and (matrix.data.min() < 0 or not np.isfinite(matrix.data).all()):
        fail(f"{where} holds negative or non-finite values: these are no counts")
    n_broken, n = fractions(matrix)
    if n_broken and not round_them:
        fail(f"{where} holds {n_broken} values of {n} that are not whole numbers; look at them, and if they are "
             "estimates of counts (as of RSEM or of corrected barcodes), give --round")
    if n_broken:
        print(f"{where}: {n_broken} of {n} values rounded to whole numbers")
        matrix = matrix.copy()
        matrix.data = np.rint(matrix.data)
        matrix.eliminate_zeros()
    return matrix.astype(np.float32)


def write(adata, counts, out, label, batch, expected):
    """Writes the file and says what `zerocell inspect` should show beside what the study had."""
    if not adata.obs_names.is_unique:
        adata.obs_names_make_unique()
        print("names of cells occurred twice; the later ones have a number behind them")
    prepared = anndata.AnnData(X=None, obs=adata.obs, var=adata.var, layers={"counts": counts})
    prepared.write_h5ad(out, compression="gzip")
    found = {"cells": prepared.n_obs, "labels": prepared.obs[label].nunique(),
             "batches": prepared.obs[batch].nunique() if batch else 1}
    for name, value in found.items():
        print(f"{name}: {value} (the study: {expected[name]})")
    print(f"{out}: {prepared.n_obs} cells x {prepared.n_vars} genes, counts in layers/counts")
