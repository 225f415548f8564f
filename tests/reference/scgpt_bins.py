"""Bins of scGPT, from the package's own code, on hand-made vectors and on the first cells of real data sets.

Program: scgpt 0.2.4 (`preprocess._digitize`, `preprocess.binning`, `preprocess.Preprocessor`), numpy 2.4.6, torch 2.13.0, scanpy 1.11.5,
scikit-misc 0.5.3. The module is imported alone, with a package object that holds nothing but a logger.
usage: scgpt_bins.py SHARED_FOLDER > tests/golden/scgpt_bins.json     (the Python of scripts/peers.sh; two minutes)

Tie rules. With 50 edges (n_bins - 1), a value x lies above `below` edges and at or above `upper` edges. The package draws
ceil(r * (below - upper) + upper), r from np.random.rand: any integer of lower .. upper, lower = min(below + 1, upper). The files name
  upper, lower, mid    upper; lower; (lower + upper) // 2; nothing is drawn
  numpy-mt19937        the package's draw: np.random.seed(7), then one np.random.rand(n) per cell, n its nonzero values in column order
Edges are np.quantile(x, np.linspace(0, 1, 50)): float64 of float32 values; quantile j stands at j * (1 / 49) with 1 / 49 rounded (the
last at 1), which is not j / 49: with 50 or 99 values, edges that would hit a value fall just beside it; bins of one real cell in a hundred
depend on it. Between neighbours a and b an edge is a + (b - a) * t where t < 0.5, else b - (b - a) * (1 - t); b - a is float32, the rest
float64, every operation rounded by itself.

Genes. A gene counts where its symbol is a key of ../shared/data/vocab/scgpt_human_vocab.json, exactly. symphony and pbmc_multistudy name
genes by symbol. sc_mixology and kang name them by Ensembl id: the symbol is column `symbol` of the line of hgnc_compact.tsv.gz whose status
is Approved and whose ensembl_gene_id is the id; ids of several such lines have none; former symbols and aliases are not looked at.
Route A  `binning` as the package's collator calls it, on X (counts, float32) of all these genes.
Route B  Preprocessor(use_key="X", filter_gene_by_counts=3, normalize_total=1e4, log1p=True, subset_hvg=1200, hvg_flavor="seurat_v3",
         binning=51)(adata, batch_key=None) on all cells of the set, restricted to these genes.

Hashes are 64-bit FNV-1a (start cbf29ce484222325, prime 100000001b3; 16 hexadecimal digits) over bytes:
  of a cell          for every gene with a bin above 0, sorted by the bytes of its symbol: the symbol (UTF-8), a byte 0, a byte with the bin
  of a list of genes the symbols sorted by their bytes, each followed by a byte 0

JSON: `vectors`: name, values (float32), edges, and per tie rule the bins; numpy-mt19937 is seeded anew for each. `matrix`: values with zeros
and a row of zeros, its bins by Preprocessor(binning=51) alone, rows in order after one seed. `sets`: per set and route `n_genes`, per cell
`lengths` (genes with a bin above 0, without <cls>) and `hashes` by tie rule; route A also `first_1199`, where cells are longer: the hash over
the cell's first 1,199 such genes in column order, of bins taken over all of them. Route B: `genes`, the hash of its gene list.
"""
import functools
import gzip
import importlib.metadata
import json
import logging
import os
import sys
import types
import warnings
from collections import defaultdict

warnings.filterwarnings("ignore")
import anndata
import numpy as np
import torch

SETS = {"kang_8684x2511": 256, "pbmc_multistudy_merged": 256, "sc_mixology_merged": 32, "symphony_pbmc_1200x1767": 256}
TIES = ["upper", "lower", "mid", "numpy-mt19937"]
SEED, N_BINS, LONGEST = 7, 51, 1200

root = importlib.metadata.distribution("scgpt").locate_file("scgpt")
stub = types.ModuleType("scgpt")
stub.__path__, stub.logger = [str(root)], logging.getLogger("scgpt")
stub.logger.disabled = True
sys.modules["scgpt"] = stub
from scgpt import preprocess

package_digitize = preprocess._digitize


def digitize_by(rule, x, bins, side="both"):
    upper, below = np.digitize(x, bins), np.digitize(x, bins, right=True)
    lower = np.minimum(below + 1, upper)
    return {"upper": upper, "lower": lower, "mid": (lower + upper) // 2}[rule].astype(np.int64)


def with_ties(rule, call):
    """The package's code with another rule for ties, or with its own after the seed."""
    preprocess._digitize = package_digitize if rule == "numpy-mt19937" else functools.partial(digitize_by, rule)
    np.random.seed(SEED)
    try:
        return call()
    finally:
        preprocess._digitize = package_digitize


def fnv1a(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{h:016x}"


def hash_genes(symbols):
    return fnv1a(b"".join(s.encode() + b"\0" for s in sorted(symbols, key=str.encode)))


def hash_cell(symbols, bins):
    pairs = sorted((s.encode(), int(b)) for s, b in zip(symbols, bins) if b > 0)
    return fnv1a(b"".join(s + bytes([0, b]) for s, b in pairs))


def bin_nonzeros(values):
    """As DataCollator does: a float32 tensor of nonzero values."""
    return preprocess.binning(torch.from_numpy(np.array(values, np.float32)), N_BINS).numpy().astype(int)


def vectors():
    rng = np.random.default_rng(11)
    skewed = lambda n: np.ceil(rng.lognormal(0.3, 1.1, n))
    distinct = lambda n: rng.permutation(np.arange(1, n + 1)) * 3.0
    cases = {
        "one gene": [4], "two genes": [1, 7], "two equal genes": [3, 3], "three genes": [2, 9, 2], "all equal": [1] * 60,
        "two values": [1] * 30 + [2] * 30, "one above the rest": [1] * 70 + [900],
        **{f"{n} distinct": distinct(n) for n in (49, 50, 51, 98, 99, 100, 148, 197, 491)},
        **{f"{n} counts": skewed(n) for n in (49, 50, 51, 99, 148, 300, 1300)},
        "60 percent ones": rng.permutation(np.r_[np.ones(240), 1 + rng.integers(1, 40, 160)]),
        "beyond 2^24": [2.0**24 - 1, 2.0**24, 2.0**24 + 2, 2.0**25 + 4, 1, 2.0**24, 3e9, 2.0**32, 1e12, 16777213, 5, 2.0**24 + 2],
        "beyond 2^24, 99 values": 2.0**24 + 2 * rng.integers(0, 60, 99),
        "fractions": np.round(rng.gamma(0.7, 3.0, 120) + 0.01, 2),
        "fractions, 99 distinct": rng.gamma(0.7, 3.0, 99) + 1e-3,
        "expected counts": np.r_[rng.integers(1, 6, 80), rng.random(40) * 4 + 0.2],
        "small": rng.random(75) * 1e-30 + 1e-38,
        "logarithms of counts": np.log1p(skewed(260).astype(np.float32) * np.float32(1e4 / 1234)),
    }
    for name, values in cases.items():
        values = np.asarray(values).astype(np.float32)
        edges = np.quantile(values, np.linspace(0, 1, N_BINS - 1))
        yield {"name": name, "values": [float(v) for v in values], "edges": [float(e) for e in edges],
               **{rule: with_ties(rule, lambda: bin_nonzeros(values)).tolist() for rule in TIES}}


def preprocessor_only_bins(x):
    data = anndata.AnnData(x.copy())
    preprocess.Preprocessor(use_key="X", normalize_total=False, binning=N_BINS)(data)
    return data.layers["X_binned"]


def matrix():
    rng = np.random.default_rng(12)
    x = rng.poisson(rng.gamma(0.4, 3.0, (6, 40))).astype(np.float32)
    x[2] = 0
    return {"values": x.astype(int).tolist(), **{rule: with_ties(rule, lambda: preprocessor_only_bins(x)).tolist() for rule in TIES}}


def approved_symbols(path):
    with gzip.open(path, "rt") as f:
        header, *lines = [line.rstrip("\n").split("\t") for line in f]
    symbols = defaultdict(list)
    for line in lines:
        row = dict(zip(header, line))
        if row["status"] == "Approved" and row["ensembl_gene_id"]:
            symbols[row["ensembl_gene_id"]].append(row["symbol"])
    return {i: s[0] for i, s in symbols.items() if len(s) == 1}


def restricted(path, vocabulary, hgnc):
    """The set's vocabulary genes under their symbols."""
    data = anndata.read_h5ad(path)
    if data.var_names[0].startswith("ENSG"):
        data.var_names = [hgnc.get(g, "") for g in data.var_names]
    data = data[:, [g in vocabulary for g in data.var_names]].copy()
    assert data.var_names.is_unique
    return data


def route_a(data, n_cells):
    symbols, x = np.array(data.var_names), data.X[:n_cells].toarray()
    columns = [np.flatnonzero(row) for row in x]
    longer = any(len(c) >= LONGEST for c in columns)
    result = {"n_genes": len(symbols), "lengths": [len(c) for c in columns], "hashes": {}, **({"first_1199": {}} if longer else {})}
    for rule in TIES:
        bins = with_ties(rule, lambda: [bin_nonzeros(row[c]) for row, c in zip(x, columns)])
        result["hashes"][rule] = [hash_cell(symbols[c], b) for c, b in zip(columns, bins)]
        if longer:
            result["first_1199"][rule] = [hash_cell(symbols[c[: LONGEST - 1]], b) for c, b in zip(columns, bins)]
    return result


def preprocessed(data):
    data = data.copy()
    preprocess.Preprocessor(use_key="X", filter_gene_by_counts=3, filter_cell_by_counts=False, normalize_total=1e4, result_normed_key="X_normed",
                            log1p=True, result_log1p_key="X_log1p", subset_hvg=1200, hvg_flavor="seurat_v3", binning=N_BINS,
                            result_binned_key="X_binned")(data, batch_key=None)
    return data


def route_b(name, data, n_cells):
    result = {"n_genes": 0, "genes": "", "lengths": [], "hashes": {}}
    for rule in TIES:
        done = with_ties(rule, lambda: preprocessed(data))
        symbols, bins = np.array(done.var_names), done.layers["X_binned"][:n_cells]
        result.update(n_genes=len(symbols), genes=hash_genes(symbols), lengths=[int(n) for n in (bins > 0).sum(1)])
        result["hashes"][rule] = [hash_cell(symbols, b) for b in bins]
        if rule == "upper":
            # Not in the file: how often bins of the counts differ from bins of their logarithms.
            counts = done.X[:n_cells].toarray()
            own = np.zeros_like(bins)
            with_ties(rule, lambda: [own[i].__setitem__(row > 0, bin_nonzeros(row[row > 0])) for i, row in enumerate(counts) if row.any()])
            print(f"{name}: route B bins of counts differ from those of logarithms in {(own != bins).any(1).sum()} cells", file=sys.stderr)
    return result


def write(value, depth=0):
    """One line for a list of plain values, an indented line for every other entry."""
    pad = " " * (depth + 1)
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{pad}{json.dumps(k)}: {write(v, depth + 1)}" for k, v in value.items()) + "\n" + " " * depth + "}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(pad + write(v, depth + 1) for v in value) + "\n" + " " * depth + "]"
    return json.dumps(value, separators=(",", ":"))


def main(shared):
    torch.set_num_threads(1)
    vocabulary = json.load(open(os.path.join(shared, "data", "vocab", "scgpt_human_vocab.json")))
    hgnc = approved_symbols(os.path.join(shared, "data", "vocab", "hgnc_compact.tsv.gz"))
    golden = {"reference": f"scgpt {importlib.metadata.version('scgpt')}, numpy {np.__version__}, scanpy {importlib.metadata.version('scanpy')}",
              "n_bins": N_BINS, "seed": SEED, "vectors": list(vectors()), "matrix": matrix(), "sets": {}}
    for name, n_cells in SETS.items():
        data = restricted(os.path.join(shared, "data", "sets", f"{name}.h5ad"), vocabulary, hgnc)
        golden["sets"][name] = {"cells": n_cells, "route_a": route_a(data, n_cells), "route_b": route_b(name, data, n_cells)}
    print(write(golden))


if __name__ == "__main__":
    main(*sys.argv[1:])
