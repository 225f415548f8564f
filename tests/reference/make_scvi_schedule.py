"""How scvi-tools divides cells and how long it trains: ../golden/scvi_schedule.json.

usage: make_scvi_schedule.py OUT.json      (the Python of `scripts/peers.sh --scvi`)
Written with scvi-tools 1.4.2, torch 2.13.0, numpy 2.4.6: its DataSplitter (scvi.settings.seed = 0, train_size left out, minibatches of 128) on n cells,
get_max_epochs_heuristic, TrainingPlan's KL weight.

{"made_by": text, "batch_size": 128, "splits": [...], "kl": {...}}
splits, each:
  n_cells, n_train, n_validation   n_train = ceil(0.9 n), less the 1 or 2 cells that would be a minibatch of their own
  moved               those 1 or 2 cells; they become validation cells. Without validation cells (n <= 9) they belong to neither: n_test
  n_test              cells of neither
  validation_head     first 20 of the validation indices in order: the first n_validation of RandomState(0).permutation(n)
  train_head          first 20 of the training indices in order: the next n_train of the permutation (a random order every epoch)
  validation_sum, train_sum        sums of all indices
  minibatches         sizes in the order of one epoch, as [size, how many]
  default_epochs      get_max_epochs_heuristic(n): min(round(20000/n * 400), 400), at least 1; Python's round: halves to even
kl: weight by epoch {"0": 0.0, ...}: epoch / 400 below 400, then 1
"""
import importlib.metadata
import itertools
import json
import logging
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import anndata
import numpy as np
import scvi
from scvi.dataloaders import DataSplitter
from scvi.model._utils import get_max_epochs_heuristic
from scvi.train._trainingplans import _compute_kl_weight

SIZES = [5, 9, 10, 100, 128, 129, 142, 143, 144, 285, 286, 287, 300, 1021, 1137, 1200, 8405, 8684, 20000, 20051, 32000, 160000, 640000]


def split(n):
    data = anndata.AnnData(np.ones((n, 1), dtype=np.float32))
    scvi.settings.seed = 0
    scvi.model.SCVI.setup_anndata(data)
    splitter = DataSplitter(scvi.model.SCVI(data, n_hidden=1, n_latent=1).adata_manager)
    splitter.setup()
    training, validation = np.asarray(splitter.train_idx), np.asarray(splitter.val_idx)
    sizes = [len(indices) for indices in splitter.train_dataloader().sampler] if n < 50000 else None
    result = {"n_cells": n, "n_train": len(training), "n_validation": len(validation), "moved": int(np.ceil(0.9 * n)) - len(training),
              "n_test": len(splitter.test_idx), "validation_head": validation[:20].tolist(), "train_head": training[:20].tolist(),
              "validation_sum": int(validation.sum()), "train_sum": int(training.sum())}
    if sizes is not None:
        result["minibatches"] = [[size, len(list(group))] for size, group in itertools.groupby(sizes)]
    return result | {"default_epochs": get_max_epochs_heuristic(n)}


versions = ", ".join(f"{m} {importlib.metadata.version(m)}" for m in ("scvi-tools", "torch", "numpy"))
out = {"made_by": f"tests/reference/make_scvi_schedule.py OUT.json; {versions}", "batch_size": 128, "splits": [split(n) for n in SIZES],
       "kl": {str(e): float(_compute_kl_weight(e, 0, 400, None)) for e in (0, 1, 2, 3, 10, 49, 50, 199, 398, 399, 400, 401, 1000)}}
with open(sys.argv[1], "w") as f:
    f.write('{\n"made_by": ' + json.dumps(out["made_by"]) + ',\n"batch_size": 128,\n"splits": [\n' + ",\n".join(json.dumps(s) for s in out["splits"])
            + '\n],\n"kl": ' + json.dumps(out["kl"]) + "\n}\n")
