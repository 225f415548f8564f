"""Models that scvi-tools trained and saved, with their weights and latent means: ../golden/scvi/.

usage: make_scvi_model.py OUT      (OUT: tests/golden/scvi; the Python of `scripts/peers.sh --scvi`)
Written with scvi-tools 1.4.2, torch 2.13.0, numpy 2.4.6: 240 simulated cells x 40 genes, 12 epochs on one thread, model.save().
  nb/model.pt    n_hidden 16, n_latent 4, n_layers 2, nb; batch_key "site" with categories site_c, Site_a, site_b (in pandas' order)
  zinb/model.pt  n_hidden 12, n_latent 5, n_layers 1, zinb, without batch_key
nb.json, zinb.json:
  gene_likelihood, n_hidden, n_latent, n_layers, genes, batches (in the order of the one-hot batch), batch_key ("" without)
  tensors         {state-dict name: flat values, PyTorch's order}: every floating-point tensor of the file, unused ones too
  shapes          {state-dict name: shape}
  counts          (12 cells x 40 genes) integers; one cell of each batch and some more
  batch           (12) names
  latent_mean     (12 x n_latent) get_latent_representation(); latent_variance: its variances (return_dist)
  loss            (12) -log p(x|z) + KL with z = latent mean, nats: what the decoder makes of the batch
"""
import importlib.metadata
import json
import logging
import os
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import anndata
import numpy as np
import pandas as pd
import scvi
import torch

torch.set_num_threads(1)


def simulate():
    rng = np.random.default_rng(4)
    state = rng.gamma(0.6, 5.0, (3, 40))[rng.integers(0, 3, 240)]
    counts = rng.poisson(state * rng.gamma(3.0, 0.4, (240, 1)))
    counts[:, 11] = 0
    counts[:, 0] += 1
    site = np.array(["site_c", "Site_a", "site_b"])[rng.integers(0, 3, 240)]
    return anndata.AnnData(counts.astype(np.float32), obs=pd.DataFrame({"site": pd.Categorical(site)}, index=[f"cell{i}" for i in range(240)]),
                           var=pd.DataFrame(index=[f"GENE{39 - i}" for i in range(40)]))


def numbers(values):
    return [float(f"{v:.9g}") for v in np.asarray(values, dtype=np.float64).ravel()]


def make(data, likelihood, batch_key, **sizes):
    scvi.settings.seed = 1
    scvi.model.SCVI.setup_anndata(data, batch_key=batch_key)
    model = scvi.model.SCVI(data, gene_likelihood=likelihood, **sizes)
    model.train(max_epochs=12, accelerator="cpu", enable_progress_bar=False)
    model.save(os.path.join(sys.argv[1], likelihood), overwrite=True)
    few = data[:12].copy()
    mean, variance = model.get_latent_representation(few, return_dist=True)
    assert np.array_equal(mean, model.get_latent_representation(few))
    torch.distributions.Normal.rsample = lambda self, shape=torch.Size(): self.loc
    loss = -model.get_elbo(few, return_mean=False).numpy()
    state = {k: v for k, v in model.module.state_dict().items() if v.is_floating_point()}
    batches = model.adata_manager.get_state_registry("batch").categorical_mapping
    out = {"made_by": "tests/reference/make_scvi_model.py; " + ", ".join(f"{m} {importlib.metadata.version(m)}" for m in ("scvi-tools", "torch", "numpy")),
           "gene_likelihood": likelihood, **sizes, "genes": list(data.var_names), "batches": [str(b) for b in batches], "batch_key": batch_key or "",
           "tensors": {k: numbers(v) for k, v in state.items()}, "shapes": {k: list(v.shape) for k, v in state.items()},
           "counts": few.X.astype(int).tolist(), "batch": [str(b) for b in few.obs["site"]] if batch_key else ["0"] * 12,
           "latent_mean": [numbers(r) for r in mean], "latent_variance": [numbers(r) for r in variance], "loss": numbers(loss)}
    with open(os.path.join(sys.argv[1], f"{likelihood}.json"), "w") as f:
        f.write(json.dumps(out, separators=(",", ":")) + "\n")


original = torch.distributions.Normal.rsample
data = simulate()
make(data, "nb", "site", n_hidden=16, n_latent=4, n_layers=2)
torch.distributions.Normal.rsample = original
make(data, "zinb", None, n_hidden=12, n_latent=5, n_layers=1)
