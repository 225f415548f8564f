"""Curves that scikit-misc fits, for tests/preprocess/loess_test.cpp.

Program: scikit-misc 0.5.3, skmisc.loess.loess(x, y, span=0.3, degree=2), as scanpy 1.11.5 calls it.
usage: loess.py SETS_FOLDER OUT.json
Real sets: log10 variance over log10 mean of the counts, every gene that varies. Fitted values of 100 points a case.
"""
import json
import sys

import anndata as ad
import numpy as np
from scanpy.preprocessing._utils import _get_mean_var
from skmisc.loess import loess


def fit(x, y):
    try:
        model = loess(x, y, span=0.3, degree=2)
        model.fit()
        return np.array(model.outputs.fitted_values)
    except ValueError as error:
        return str(error)


def sample(fitted):
    if isinstance(fitted, str):
        return {"error": fitted}
    at = np.unique(np.linspace(0, len(fitted) - 1, 100).astype(int))
    return {"at": at.tolist(), "fitted": [float(fitted[i]) for i in at]}


def formula(n, distinct):
    """Points that the C++ test builds alike: only sums, products and quotients. `distinct` positions at most."""
    i = np.arange(n, dtype=np.int64)
    x = ((i * i * 7919 + i * 31) % distinct) / distinct
    y = 3 * x * (1 - x) + ((i * 104729 + i * i) % 997) / 997 * 0.3
    return x, y


def on_formulas():
    out = []
    for n, distinct in [(13, 1009), (16, 1009), (17, 1009), (33, 1009), (50, 1009), (100, 1009), (199, 1009), (499, 1009),
                        (500, 1009), (3000, 10007), (1000, 50), (1000, 20), (1000, 4)]:
        out.append({"n": n, "distinct": distinct, **sample(fit(*formula(n, distinct)))})
    return out


def on_sets(folder):
    out = []
    for name in ["kang_8684x2511", "pbmc_multistudy_merged", "sc_mixology_merged", "symphony_pbmc_1200x1767"]:
        a = ad.read_h5ad(f"{folder}/{name}.h5ad")
        for batch in [None, *sorted(a.obs["batch"].unique())]:
            x = a.X if batch is None else a.X[(a.obs["batch"] == batch).to_numpy()]
            mean, variance = _get_mean_var(x)
            varies = variance > 0
            fitted = fit(np.log10(mean[varies]), np.log10(variance[varies]))
            out.append({"name": name, "batch": batch, "n": int(varies.sum()), **sample(fitted)})
    return out


json.dump({"formulas": on_formulas(), "sets": on_sets(sys.argv[1])}, open(sys.argv[2], "w"), separators=(",", ":"))
