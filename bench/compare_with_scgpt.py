"""Runs scGPT with its own package and with zerocell on the same checkpoints and cells, in one go.

usage: compare_with_scgpt.py --zerocell BIN --shared DIR [--quick] [--sets NAME...] [--routes A B] [--time]

Programs: scgpt 0.2.4 (its model by ../shared/peers/embed_scgpt.py, its Preprocessor here), torch 2.13.0, numpy 2.4.6, scanpy 1.11.5.
Checkpoints are untrained ones that the package writes (../shared/peers/make_checkpoint.py): `full`, of the published size, and `small`,
2 layers of 64 channels, on which whole sets are quick. The peer runs float32 on the processor, cells sorted, PyTorch's fast path off.
  route A full    first 256 cells of each set (32 of sc_mixology)
  route A small   one whole set with every rule for ties; numpy-mt19937 after seed 7, so that every draw of every cell must be the same
  route B small   whole sets, of them the first with numpy-mt19937. The peer gets the genes that the package's Preprocessor chooses (vocabulary
                  genes with 3 counts, 1,200 by seurat_v3 of X); zerocell chooses by itself
  route B full    first cells, where the choice is clear: the reference can fit them and no genes tie at the cut, whose order is accidental
  namings         self_attn.in_proj_*, .Wqkv.*, ._impl.{Wqkv,out_proj}.* of the same weights: the same bits (ours against ours; the package reads the
                  first two)
Compared for each:
  embeddings      |a - b| / |b| <= 1e-5 for every cell: float32 sums in another order
  MSE             of GEP and GEPC within 1e-5 of their value, likewise; of the mean bin within 1e-9, as bins are integers and its sums float64
Sets that name genes by Ensembl id: both get approved symbols of the HGNC table. (zerocell's own aliases= finds more: former symbols, and genes that the
vocabulary names by id; 23 of sc_mixology, which changes the cells that express them.)
--time adds cells per second on pbmc_multistudy_merged: the peer as the package runs and with --sort --no-fastpath, zerocell between them.
The peer always gives embedding, GEP and GEPC; zerocell `embed` gives the first, `reconstruct` all with its figures: both are timed.
Exit status 1 when something disagrees.
"""
import argparse
import csv
import gzip
import importlib.metadata
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
import types
import warnings
from collections import OrderedDict, defaultdict

warnings.filterwarnings("ignore")
import anndata
import numpy as np

SETS = ["symphony_pbmc_1200x1767", "sc_mixology_merged", "pbmc_multistudy_merged", "kang_8684x2511"]
TIES = ["upper", "lower", "mid", "numpy-mt19937"]
NAMINGS = ["in_proj", "wqkv", "impl"]
N_TOP_GENES = 1200

p = argparse.ArgumentParser()
p.add_argument("--zerocell", required=True)
p.add_argument("--shared", required=True)
p.add_argument("--quick", action="store_true", help="4 layers, 24 cells, one set; one rule for ties")
p.add_argument("--sets", nargs="*", default=SETS)
p.add_argument("--routes", nargs="*", default=["A", "B"])
p.add_argument("--time", action="store_true")
p.add_argument("--cells", type=int, default=64, help="of --time")
p.add_argument("--rounds", type=int, default=2, help="of --time")
p.add_argument("--keep", help="folder for checkpoints, kept for the next run")
o = p.parse_args()
if o.quick:
    o.sets = SETS[:1]
peers, vocab = os.path.join(o.shared, "peers"), os.path.join(o.shared, "data", "vocab")
hgnc = os.path.join(vocab, "hgnc_compact.tsv.gz")
temporary = None if o.keep else tempfile.TemporaryDirectory(prefix="zerocell-")
work = o.keep or temporary.name
os.makedirs(work, exist_ok=True)
environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
failed = 0


def run(command, **variables):
    done = subprocess.run(command, env={**environment, **variables}, text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def peer(script, *arguments):
    # Beside other work, threads that wait for one another are slower than one.
    threads = {"OMP_NUM_THREADS": "1"} if o.quick else {}
    return json.loads((run([sys.executable, os.path.join(peers, script), *arguments], **threads).strip().splitlines() or ["{}"])[-1])


def check(what, ok, text):
    global failed
    failed += not ok
    print(f"{'ok  ' if ok else 'FAIL'} {what}: {text}", flush=True)


def checkpoint(size, naming="in_proj"):
    layers = "4" if o.quick else "12"
    name = f"{size}-{naming}" if size == "small" else f"{size}{layers}-{naming}"
    folder = os.path.join(work, name)
    if os.path.exists(os.path.join(folder, "vocab.json")):
        return folder
    if naming == "impl":
        rename_to_impl(checkpoint(size, "wqkv"), folder)
        return folder
    shape = ["--layers", layers] if size == "full" else ["--layers", "2", "--dim", "64", "--heads", "4"]
    flash = ["--flash-names"] if naming == "wqkv" else []
    peer("make_checkpoint.py", "scgpt", "--vocab", vocab, "--out", folder, *shape, *flash)
    return folder


def rename_to_impl(source, folder):
    import torch

    state = torch.load(os.path.join(source, "best_model.pt"))
    os.makedirs(folder)
    renamed = OrderedDict((re.sub(r"self_attn\.(Wqkv|out_proj)\.", r"self_attn._impl.\1.", k), v) for k, v in state.items())
    torch.save(renamed, os.path.join(folder, "best_model.pt"))
    for f in ("args.json", "vocab.json"):
        os.link(os.path.join(source, f), os.path.join(folder, f))


def approved_symbols():
    """Ensembl id -> approved symbol; ids of several approved symbols are left out."""
    with gzip.open(hgnc, "rt") as f:
        header, *lines = [line.rstrip("\n").split("\t") for line in f]
    symbols = defaultdict(list)
    for line in lines:
        row = dict(zip(header, line))
        if row["status"] == "Approved" and row["ensembl_gene_id"]:
            symbols[row["ensembl_gene_id"]].append(row["symbol"])
    return {i: s[0] for i, s in symbols.items() if len(s) == 1}


def first_cells(name, n=None):
    """The first n cells of a set as a file of their own, or all; with the symbols that the peer is given."""
    path = os.path.join(work, f"{name}.{n or 'all'}.h5ad")
    if not os.path.exists(path):
        data = anndata.read_h5ad(os.path.join(o.shared, "data", "sets", f"{name}.h5ad"))
        data = data[:n].copy() if n else data
        if data.var_names[0].startswith("ENSG"):
            symbols = approved_symbols()
            data.var["peer_symbols"] = [symbols.get(g, "") for g in data.var_names]
        data.write_h5ad(path)
    return path


def chosen_genes(data):
    """Path of the list that the package's Preprocessor chooses, or None and why it can't be compared."""
    import scanpy

    path = f"{data}.genes"
    table = anndata.read_h5ad(data)
    if "peer_symbols" in table.var:
        table.var_names = table.var["peer_symbols"].astype(str)
    known = json.load(open(os.path.join(vocab, "scgpt_human_vocab.json")))
    table = table[:, [g in known for g in table.var_names]].copy()
    counted = table.copy()
    scanpy.pp.filter_genes(counted, min_counts=3)
    try:
        scanpy.pp.highly_variable_genes(counted, n_top_genes=N_TOP_GENES, flavor="seurat_v3")
    except ValueError as error:
        return None, f"the reference fails: {error}"
    variances = np.sort(counted.var["variances_norm"].to_numpy())[::-1]
    if len(variances) > N_TOP_GENES and variances[N_TOP_GENES - 1] - variances[N_TOP_GENES] <= 1e-6 * variances[N_TOP_GENES]:
        return None, f"{int((abs(variances - variances[N_TOP_GENES]) <= 1e-6 * variances[N_TOP_GENES]).sum())} genes tie at the cut"
    preprocessor()(use_key="X", filter_gene_by_counts=3, filter_cell_by_counts=False, normalize_total=1e4, log1p=True, subset_hvg=N_TOP_GENES,
                   hvg_flavor="seurat_v3")(table, batch_key=None)
    with open(path, "w") as f:
        f.write("\n".join(table.var_names) + "\n")
    return path, f"{table.n_vars} genes"


def preprocessor():
    """The package's class; the package itself would want more to be installed."""
    if "scgpt" not in sys.modules:
        package = types.ModuleType("scgpt")
        package.__path__ = [str(importlib.metadata.distribution("scgpt").locate_file("scgpt"))]
        package.logger = logging.getLogger("scgpt")
        package.logger.disabled = True
        sys.modules["scgpt"] = package
    from scgpt.preprocess import Preprocessor

    return Preprocessor


def specification(folder, name, route, ties="upper"):
    options = [f"route={route}", f"bin_ties={ties}", "long_cells=first"]
    options += ["seed=7"] if ties == "numpy-mt19937" else []
    return f"g@scgpt={folder}:" + ",".join(options)


def gene_ids(data):
    return ["--gene-ids", "peer_symbols"] if os.path.basename(data).startswith(("kang", "sc_mixology")) else []


def embed(data, spec):
    out = os.path.join(work, "ours.h5ad")
    run([o.zerocell, "embed", data, "--embedding", spec, "--out", out, "--force", "--quiet", *gene_ids(data)])
    return anndata.read_h5ad(out).obsm["X_g"]


def reconstruct(data, spec):
    out = os.path.join(work, "reconstruction")
    run([o.zerocell, "reconstruct", data, "--model", spec, "--out", out, "--force", "--quiet", *gene_ids(data)])
    with open(os.path.join(out, "scores.csv")) as f:
        return {row["metric"]: float(row["value"] or "nan") for row in csv.DictReader(f)}


def peer_results(folder, data, name, route, ties, genes):
    """Embedding and mean squared errors; these in float64, from the values that the peer writes."""
    out = os.path.join(work, "peer.npz")
    ids = ["--ids", "peer_symbols"] if name.startswith(("kang", "sc_mixology")) else []
    hvg = ["--hvg", genes] if genes else []
    peer("embed_scgpt.py", folder, data, "--out", out, "--route", route, "--ties", ties, "--seed", "7", "--sort", "--no-fastpath", *ids, *hvg)
    r = np.load(out)
    truth = r["truth"].astype(np.float64)
    mse = {f"mse_{k}": float(np.mean((r[k].astype(np.float64) - truth) ** 2)) for k in ("gep", "gepc")}
    return r["embedding"].astype(np.float64), {**mse, "mse_mean": float(truth.var())}, len(truth)


def compare(size, name, data, route, ties="upper", genes=None):
    folder = checkpoint(size)
    b, expected, tokens = peer_results(folder, data, name, route, ties, genes)
    spec = specification(folder, name, route, ties)
    a = embed(data, spec).astype(np.float64)
    what = f"route {route} {size} {name} {ties}"
    error = np.linalg.norm(a - b, axis=1) / np.linalg.norm(b, axis=1)
    check(what, error.max() <= 1e-5, f"largest error {error.max():.1e}, {int((error > 1e-5).sum())} of {len(a)} cells off, {tokens} genes")
    scores = reconstruct(data, spec)
    for metric, tolerance in (("mse_gep", 1e-5), ("mse_gepc", 1e-5), ("mse_mean", 1e-9)):
        ours = scores.get(metric, float("nan"))
        check(f"{what} {metric}", abs(ours - expected[metric]) <= tolerance * expected[metric], f"{ours:.9g} against {expected[metric]:.9g}")


def compare_chosen(size, name, data, ties="upper"):
    genes, text = chosen_genes(data)
    if genes:
        compare(size, name, data, "B", ties, genes)
    else:
        print(f"skip route B {size} {name}: {text}", flush=True)


def compare_namings():
    data = first_cells(SETS[0], 8)
    results = [embed(data, specification(checkpoint("small", naming), SETS[0], "A")) for naming in NAMINGS]
    check("namings", all(np.array_equal(r, results[0]) for r in results), f"{', '.join(NAMINGS)} in {len(results[0])} cells")


def time_both():
    folder, name, n_warm = checkpoint("full"), "pbmc_multistudy_merged", 8
    data, warm = first_cells(name, o.cells), first_cells(name, n_warm)
    spec = specification(folder, name, "A")
    rates = {"as run": [], "embed": [], "reconstruct": [], "tuned": []}
    for _ in range(o.rounds):
        rates["as run"].append(peer("embed_scgpt.py", folder, data)["cells_per_second"])
        for job in (embed, reconstruct):
            seconds = {}
            for path in (warm, data):
                start = time.perf_counter()
                job(path, spec)
                seconds[path] = time.perf_counter() - start
            # Start, weights and file are paid once; the peer's own clock leaves them out too.
            rates[job.__name__].append((o.cells - n_warm) / (seconds[data] - seconds[warm]))
        rates["tuned"].append(peer("embed_scgpt.py", folder, data, "--sort", "--no-fastpath")["cells_per_second"])
    best = {k: max(v) for k, v in rates.items()}
    print("cells per second: " + ", ".join(f"{k} {v:.2f}" for k, v in best.items()))
    for job in ("embed", "reconstruct"):
        print(f"zerocell {job} / as run {best[job] / best['as run']:.2f}, zerocell {job} / tuned {best[job] / best['tuned']:.2f}")


if "A" in o.routes:
    for name in o.sets:
        compare("full", name, first_cells(name, 24 if o.quick else 32 if name.startswith("sc_mixology") else 256), "A")
    for ties in [] if o.quick else TIES:
        compare("small", o.sets[0], first_cells(o.sets[0]), "A", ties)
    compare_namings()
if "B" in o.routes:
    for name in o.sets:
        compare_chosen("small", name, first_cells(name), TIES[-1] if name == SETS[0] else "upper")
        if not o.quick:
            compare_chosen("full", name, first_cells(name, 48 if name.startswith("sc_mixology") else 256))
if o.time:
    time_both()
print(f"{failed} disagreements")
sys.exit(failed > 0)
