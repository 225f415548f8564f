"""What scvi-tools reaches on the four sets: ../golden/scvi_reference_runs.json.

usage: scvi_reference_runs.py SHARED OUT.json [--sets NAME...] [--seeds 0 1 2 3 4] [--epochs 50] [--threads 1]
       (the Python of `scripts/peers.sh --scvi`). Runs that OUT holds already are kept; each new one is written at once.
Written with scvi-tools 1.4.2, torch 2.13.0, scib 1.1.7, scanpy 1.11.5, numpy 2.4.6.

SCVI(n_layers=2, n_latent=30, gene_likelihood="nb") with batch_key="batch" on X (counts) of all genes and cells, nothing filtered;
train(max_epochs=epochs), everything else by default. `split`: every seed has the same validation cells, those that scvi-tools 1.4.2 itself
takes for scvi.settings.seed = 0 (see scvi_schedule.json), given by external indexing; seeds differ in initial weights, order of cells and noise.

Each run: set, seed, epochs, cells, genes, n_train, n_validation and
  validation_elbo            mean over the validation cells of log p(x|z) - KL(q(z|x) || N(0, I)) in nats per cell, KL weight 1, evaluation
                             mode, mean of 20 draws of z: negative, higher is better
  validation_elbo_draw_sd    standard deviation over these draws: what one draw, as get_elbo takes it, adds
  train_elbo                 the same for the training cells, mean of 3 draws
  asw_label                  scib.me.silhouette of celltype
  asw_batch                  scib.me.silhouette_batch of batch within celltype (higher is better)
  asw_batch_global           scib.me.silhouette of batch over all cells (lower is better): ASW_batch of the zero-shot study
  pcr_batch                  scib.me.pc_regression of batch
all four of get_latent_representation() (means) in float32.
"""
import argparse
import importlib.metadata
import json
import logging
import os
import sys
import warnings

p = argparse.ArgumentParser()
p.add_argument("shared")
p.add_argument("out")
p.add_argument("--sets", nargs="*", default=["symphony_pbmc_1200x1767", "sc_mixology_merged", "kang_8684x2511", "pbmc_multistudy_merged"])
p.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2, 3, 4])
p.add_argument("--epochs", type=int, default=50)
p.add_argument("--threads", type=int, default=1)
o = p.parse_args()
os.environ["OMP_NUM_THREADS"] = str(o.threads)
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import anndata
import numpy as np
import scib
import scvi
import torch

torch.set_num_threads(o.threads)


def split(n):
    """(train, validation) of scvi-tools 1.4.2 for settings.seed = 0."""
    from scvi.dataloaders._data_splitting import validate_data_split

    n_train, n_validation = validate_data_split(n, 0.9, None, 128, False, True)
    order = np.random.RandomState(seed=0).permutation(n)
    return order[n_validation:n_validation + n_train], order[:n_validation]


def elbo(model, indices, draws):
    # get_elbo of 1.4.2 returns the negative of compute_elbo, which is reconstruction loss + KL: the bound itself, higher is better.
    return np.array([float(model.get_elbo(indices=indices)) for _ in range(draws)])


def scores(data, latent):
    data.obsm["E"] = latent.astype(np.float32)
    return {
        "asw_label": scib.me.silhouette(data, "celltype", "E"),
        "asw_batch": scib.me.silhouette_batch(data, "batch", "celltype", "E", verbose=False),
        "asw_batch_global": scib.me.silhouette(data, "batch", "E"),
        "pcr_batch": scib.me.pc_regression(data.obsm["E"], data.obs["batch"]),
    }


def train(name, seed):
    data = anndata.read_h5ad(os.path.join(o.shared, "data", "sets", f"{name}.h5ad"))
    for column in ("celltype", "batch"):
        data.obs[column] = data.obs[column].astype("category")
    scvi.settings.seed = seed
    scvi.model.SCVI.setup_anndata(data, batch_key="batch")
    model = scvi.model.SCVI(data, n_layers=2, n_latent=30, gene_likelihood="nb")
    training, validation = split(data.n_obs)
    model.train(max_epochs=o.epochs, accelerator="cpu", enable_progress_bar=False,
                datasplitter_kwargs={"external_indexing": [training, validation]})
    assert np.array_equal(model.validation_indices, validation)
    draws = elbo(model, validation, 20)
    result = {"set": name, "seed": seed, "epochs": o.epochs, "cells": data.n_obs, "genes": data.n_vars, "n_train": len(training),
              "n_validation": len(validation), "validation_elbo": draws.mean(), "validation_elbo_draw_sd": draws.std(ddof=1),
              "train_elbo": elbo(model, training, 3).mean(), **scores(data, model.get_latent_representation())}
    return {k: float(f"{v:.8g}") if isinstance(v, (float, np.floating)) else v for k, v in result.items()}


def write(runs):
    versions = ", ".join(f"{m} {importlib.metadata.version(m)}" for m in ("scvi-tools", "torch", "scib", "scanpy", "numpy"))
    lines = ",\n".join(f"    {json.dumps(r)}" for r in runs)
    with open(o.out + ".part", "w") as f:
        f.write('{\n  "made_by": ' + json.dumps(f"tests/reference/scvi_reference_runs.py; {versions}") + ',\n  "runs": [\n' + lines + "\n  ]\n}\n")
    os.replace(o.out + ".part", o.out)


runs = json.load(open(o.out))["runs"] if os.path.exists(o.out) else []
done = {(r["set"], r["seed"], r["epochs"]) for r in runs}
for name in o.sets:
    for seed in o.seeds:
        if (name, seed, o.epochs) in done:
            continue
        runs.append(train(name, seed))
        write(runs)
        print(runs[-1], file=sys.stderr, flush=True)
