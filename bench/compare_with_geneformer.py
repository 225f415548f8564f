"""Runs Geneformer with Hugging Face transformers and with zerocell on the same checkpoints and cells, in one go.

usage: compare_with_geneformer.py --zerocell BIN --shared DIR [--quick] [--sets NAME...] [--models NAME...] [--time]

Checkpoints are untrained ones that transformers writes (../shared/peers/make_checkpoint.py): V1 with 6 and 12 layers and the V2
layout, as safetensors and, V1 with 6 layers, as pytorch_model.bin. Compared on the first 256 cells of each set (32 of
sc_mixology):
  embeddings     |a - b| / |b| <= 1e-5 and cosine >= 0.999999 for every cell: float32 sums in another order
  correlations   of the rank reconstruction within 1e-6 for every cell whose predicted tokens cannot have changed places; a
                 prediction may differ where the two best logits lie within 1e-4
--time adds cells per second on pbmc_multistudy_merged: the peer as the study's code runs it and with --sort, zerocell between
them in the same run. Exit status 1 when something disagrees.
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time

import anndata
import numpy as np

SETS = ["symphony_pbmc_1200x1767", "sc_mixology_merged", "pbmc_multistudy_merged", "kang_8684x2511"]
MODELS = ["v1-6L", "v1-6L-bin", "v1-12L", "v2", "v2-cls"]

p = argparse.ArgumentParser()
p.add_argument("--zerocell", required=True)
p.add_argument("--shared", required=True)
p.add_argument("--quick", action="store_true", help="6 layers and V2, 64 cells of one set")
p.add_argument("--sets", nargs="*", default=SETS)
p.add_argument("--models", nargs="*", default=MODELS)
p.add_argument("--time", action="store_true")
p.add_argument("--cells", type=int, default=192, help="of --time")
p.add_argument("--rounds", type=int, default=3, help="of --time")
p.add_argument("--keep", help="folder for checkpoints, kept for the next run")
o = p.parse_args()
if o.quick:
    o.sets, o.models = ["symphony_pbmc_1200x1767"], ["v1-6L", "v1-6L-bin", "v2", "v2-cls"]
peers, vocab = os.path.join(o.shared, "peers"), os.path.join(o.shared, "data", "vocab")
work = o.keep or tempfile.mkdtemp(prefix="zerocell-")
os.makedirs(work, exist_ok=True)
environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
failed = 0


def run(command):
    done = subprocess.run(command, env=environment, text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def peer(script, *arguments):
    return json.loads(run([sys.executable, os.path.join(peers, script), *arguments]).strip().splitlines()[-1] or "{}")


def checkpoint(model):
    folder = os.path.join(work, model.removesuffix("-cls"))
    if not os.path.exists(os.path.join(folder, "config.json")):
        kind = ["geneformer-v2"] if model.startswith("v2") else ["geneformer"]
        if model == "v1-12L":
            kind += ["--config", "geneformer_12L_config.json"]
        if model.endswith("-bin"):
            kind += ["--bin"]
        run([sys.executable, os.path.join(peers, "make_checkpoint.py"), *kind, "--vocab", vocab, "--out", folder])
    return folder


def check(what, ok, text):
    global failed
    failed += not ok
    print(f"{'ok  ' if ok else 'FAIL'} {what}: {text}", flush=True)


def first_cells(name, n):
    """The first n cells of a set as a file of their own."""
    path = os.path.join(work, f"{name}.{n}.h5ad")
    if not os.path.exists(path):
        anndata.read_h5ad(os.path.join(o.shared, "data", "sets", f"{name}.h5ad"))[:n].copy().write_h5ad(path)
    return path


def compare_embeddings(model, name, data):
    folder, out = checkpoint(model), os.path.join(work, "peer.npy")
    cls = ["--emb", "cls"] if model.endswith("-cls") else []
    ranks = ["--ranks"] if model == "v1-6L" else []
    tokens = os.path.join(work, "tokens.npz")
    peer("embed_geneformer_hf.py", folder, data, "--out", out, "--batch-size", "4", "--sort", "--dump-tokens", tokens, *cls, *ranks)
    ours = os.path.join(work, "ours.h5ad")
    spec = f"g@geneformer={folder}" + (":pool=cls" if cls else "")
    run([o.zerocell, "embed", data, "--embedding", spec, "--out", ours, "--force", "--quiet"])
    a, b = anndata.read_h5ad(ours).obsm["X_g"].astype(np.float64), np.load(out).astype(np.float64)
    error = np.linalg.norm(a - b, axis=1) / np.linalg.norm(b, axis=1)
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    check(f"{model} {name}", error.max() <= 1e-5 and cosine.min() >= 0.999999, f"largest error {error.max():.1e}, smallest cosine {cosine.min():.9f}, {len(a)} cells")
    if ranks:
        compare_ranks(folder, name, data, tokens, out.replace(".npy", "_ranks.npz"))


def compare_ranks(folder, name, data, tokens, predicted):
    table, result = os.path.join(work, "ranks.csv"), os.path.join(work, "reconstruction")
    peer("geneformer_ranks.py", tokens, predicted, "--out", table)
    run([o.zerocell, "reconstruct", data, "--model", f"g@geneformer={folder}", "--out", result, "--force", "--quiet"])
    expected = np.genfromtxt(table, delimiter=",", names=True)
    obs = anndata.read_h5ad(os.path.join(result, "cells.h5ad")).obs
    for theirs, column in (("model", "rank_correlation"), ("mean_rank", "rank_correlation_mean_rank"), ("mean_rank_loo", "rank_correlation_mean_rank_loo")):
        difference = np.abs(obs[f"g_{column}"].to_numpy() - expected[theirs])
        # A prediction whose two best logits are equal but for rounding moves one gene of one cell.
        off = int((difference > 1e-6).sum())
        allowed = len(difference) // 50 if theirs == "model" else 0
        check(f"{column} {name}", off <= allowed, f"{len(difference) - off} of {len(difference)} cells within 1e-6, largest difference {difference.max():.1e}")


def time_both():
    folder = checkpoint("v1-6L")
    data = first_cells("pbmc_multistudy_merged", o.cells)
    warm = first_cells("pbmc_multistudy_merged", 8)
    rates = {"as run": [], "sorted": [], "zerocell": []}
    for _ in range(o.rounds):
        rates["as run"].append(peer("embed_geneformer_hf.py", folder, data)["cells_per_second"])
        seconds = {}
        for path in (warm, data):
            start = time.perf_counter()
            run([o.zerocell, "embed", path, "--embedding", f"g@geneformer={folder}", "--out", os.path.join(work, "time.h5ad"), "--force", "--quiet"])
            seconds[path] = time.perf_counter() - start
        # Start, weights and file are paid once; the peer's own clock leaves them out too.
        rates["zerocell"].append((o.cells - 8) / (seconds[data] - seconds[warm]))
        rates["sorted"].append(peer("embed_geneformer_hf.py", folder, data, "--sort")["cells_per_second"])
    best = {k: max(v) for k, v in rates.items()}
    print("cells per second: " + ", ".join(f"{k} {v:.1f}" for k, v in best.items()))
    print(f"zerocell / as run {best['zerocell'] / best['as run']:.2f}, zerocell / sorted {best['zerocell'] / best['sorted']:.2f}")


for name in o.sets:
    data = first_cells(name, 64 if o.quick else 32 if name.startswith("sc_mixology") else 256)
    for model in o.models:
        compare_embeddings(model, name, data)
if o.time:
    time_both()
print(f"{failed} disagreements")
sys.exit(failed > 0)
