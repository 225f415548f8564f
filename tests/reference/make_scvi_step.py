"""Loss, gradients and steps of scVI by scvi-tools' own module in float64: ../golden/scvi_step.json.

usage: make_scvi_step.py OUT.json      (the Python of `scripts/peers.sh --scvi`)
Written with scvi-tools 1.4.2, torch 2.13.0, numpy 2.4.6: scvi.module.VAE(...).double(); noise and dropout masks are given (Normal.rsample and
torch.nn.functional.dropout replaced). Every given number is a float32, written so that it is read back as the same float32; results are float64
with 10 digits.

{"made_by": text, "cases": [case ...], "steps": {...}}
case:
  name, gene_likelihood, n_genes, n_cells, n_batches, n_hidden, n_latent, n_layers, kl_weight
  counts       (n_cells x n_genes) rows of integers: sparse, one gene zero everywhere, a few counts above 1000
  batch        (n_cells) codes 0 .. n_batches - 1
  shapes       {state-dict name: shape}; every tensor below is flat, row by row (PyTorch's order) of this shape
  parameters   {name: values} trained ones that take part
  statistics   {name: values} running means and variances before
  unused       names of parameters of the module that take no part: no gradient, Adam passes over them; not written here
  training     training mode (batch norm by minibatch statistics, dropout by masks):
    epsilon      (n_cells x n_latent) z = mean + sqrt(variance) * epsilon
    masks        [layer][cell][hidden]: 0 or 1/0.9, what the encoder's values are multiplied with (after ReLU). The decoder has no dropout
    loss         mean over cells of reconstruction + kl_weight * kl;  reconstruction, kl: their means over cells, kl without its weight
    gradients    {name: values} of loss. Biases in front of a batch norm have gradients that are zero but for rounding: compare absolutely
    statistics_after  {name: values} batch norm momentum 0.01, unbiased variance of the minibatch
  evaluation   evaluation mode, with the statistics from before, the same epsilon, no dropout:
    latent_mean, latent_variance (n_cells x n_latent); reconstruction, kl (n_cells); loss with kl_weight
steps: three steps of the optimiser that scvi-tools' TrainingPlan configures (Adam, lr 1e-3, eps 0.01, weight decay 1e-6 as L2), from the
parameters and statistics of the case named in `case`, on its counts, with its kl_weight
  epsilon [step][cell][latent], masks [step][layer][cell][hidden], losses [step] (before each step), parameters and statistics after the third
"""
import importlib.metadata
import json
import logging
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import numpy as np
import torch
from scvi import REGISTRY_KEYS
from scvi.module import VAE
from scvi.train import TrainingPlan

GENES, CELLS, HIDDEN, LATENT, KL_WEIGHT, DROPOUT = 23, 12, 8, 3, 0.37, 0.1
given = {"epsilon": None, "masks": []}


def rsample(self, sample_shape=torch.Size()):
    assert tuple(self.loc.shape) == (CELLS, LATENT)
    return self.loc + self.scale * torch.from_numpy(given["epsilon"])


def dropout(x, p=0.5, training=True, inplace=False):
    if not training:
        return x
    assert p == DROPOUT and x.shape == (CELLS, HIDDEN)
    return x * torch.from_numpy(given["masks"].pop(0))


torch.distributions.Normal.rsample = rsample
torch.nn.functional.dropout = dropout


def single(values):
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def simulate(rng):
    depth = rng.gamma(2.0, 1.0, (CELLS, 1)) + 0.3
    counts = rng.poisson(depth * rng.gamma(0.4, 4.0, (1, GENES)) * rng.gamma(1.0, 1.0, (CELLS, GENES))).astype(np.float64)
    counts[rng.random(counts.shape) < 0.35] = 0
    counts[:, 5] = 0
    counts[2, 7], counts[9, 0], counts[4, 22] = 1500, 1213, 97
    assert counts.sum(1).min() > 0
    return counts


def set_state(module, rng):
    """Weights of the size that training gives, far from symmetric; batch norms and statistics away from 0 and 1."""
    state = {}
    for name, tensor in module.state_dict().items():
        shape = tuple(tensor.shape)
        if name.endswith("num_batches_tracked"):
            state[name] = tensor
            continue
        if name == "px_r":
            values = rng.normal(0, 1.5, shape)
            values[:3] = [-3.5, 4.5, 0.0]
        elif name.endswith("running_var"):
            values = rng.uniform(0.3, 2.0, shape)
        elif ".1." in name and name.endswith("weight"):
            values = rng.uniform(0.5, 1.5, shape)
        elif len(shape) == 2:
            values = rng.normal(0, 1.2 / np.sqrt(shape[1]), shape)
        else:
            values = rng.normal(0, 0.3, shape)
        state[name] = torch.from_numpy(single(values))
    module.load_state_dict(state)


def draw(rng, layers):
    epsilon = single(rng.standard_normal((CELLS, LATENT)))
    keep = rng.random((layers, CELLS, HIDDEN)) >= 0.2  # more than in training, so that every mask matters
    return epsilon, single(keep / (1 - DROPOUT))


def run(module, tensors, epsilon, masks):
    given["epsilon"], given["masks"] = epsilon, list(masks)
    result = module(tensors, loss_kwargs={"kl_weight": KL_WEIGHT})
    assert not module.training or not given["masks"]
    return result


def plain(values, digits=10):
    values = values.detach().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
    if values.ndim == 0:
        return float(f"{float(values):.{digits}g}")
    return [plain(v, digits) for v in values]


def flat(tensors, digits=10):
    return {name: plain(tensor.detach().reshape(-1), digits) for name, tensor in tensors.items()}


def statistics(module):
    return {k: v.clone() for k, v in module.state_dict().items() if k.endswith(("running_mean", "running_var")) and not k.startswith("l_encoder")}


def make_case(likelihood, batches, layers, seed):
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    module = VAE(n_input=GENES, n_batch=batches, n_hidden=HIDDEN, n_latent=LATENT, n_layers=layers, gene_likelihood=likelihood,
                 dropout_rate=DROPOUT).double()
    set_state(module, rng)
    counts, batch = simulate(rng), rng.permutation(np.arange(CELLS) % batches)
    tensors = {REGISTRY_KEYS.X_KEY: torch.from_numpy(counts), REGISTRY_KEYS.BATCH_KEY: torch.from_numpy(batch).reshape(-1, 1),
               REGISTRY_KEYS.LABELS_KEY: torch.zeros((CELLS, 1), dtype=torch.int64)}
    epsilon, masks = draw(rng, layers)
    start = {k: v.clone() for k, v in module.state_dict().items()}

    module.eval()
    inference, _, losses = run(module, tensors, epsilon, [])
    qz, kl = inference["qz"], losses.kl_local["kl_divergence_z"]
    evaluation = {"latent_mean": plain(qz.loc), "latent_variance": plain(qz.scale**2), "reconstruction": plain(losses.reconstruction_loss["reconstruction_loss"]),
                  "kl": plain(kl), "loss": plain(losses.loss)}

    module.train()
    _, _, losses = run(module, tensors, epsilon, masks)
    losses.loss.backward()
    parameters = dict(module.named_parameters())
    used = [k for k, v in parameters.items() if v.grad is not None]
    training = {"epsilon": plain(epsilon, 9), "masks": plain(masks, 9), "loss": plain(losses.loss),
                "reconstruction": plain(losses.reconstruction_loss["reconstruction_loss"].mean()), "kl": plain(losses.kl_local["kl_divergence_z"].mean()),
                "gradients": flat({k: parameters[k].grad for k in used}), "statistics_after": flat(statistics(module))}
    case = {"name": f"{likelihood}, {batches} batch{'es' * (batches > 1)}, {layers} layer{'s' * (layers > 1)}", "gene_likelihood": likelihood,
            "n_genes": GENES, "n_cells": CELLS, "n_batches": batches, "n_hidden": HIDDEN, "n_latent": LATENT, "n_layers": layers,
            "kl_weight": KL_WEIGHT, "counts": counts.astype(int).tolist(), "batch": batch.tolist(),
            "shapes": {k: list(start[k].shape) for k in [*used, *statistics(module)]}, "parameters": flat({k: start[k] for k in used}, 9),
            "statistics": flat({k: start[k] for k in statistics(module)}, 9), "unused": [k for k in parameters if k not in used],
            "training": training, "evaluation": evaluation}
    return case, module, tensors, start


def make_steps(case, module, tensors, start):
    rng = np.random.default_rng(99)
    module.load_state_dict(start)
    module.zero_grad(set_to_none=True)
    optimizer = TrainingPlan(module).configure_optimizers()["optimizer"]
    module.train()
    result = {"case": case["name"], "optimizer": {k: v for k, v in optimizer.defaults.items() if k in ("lr", "betas", "eps", "weight_decay")},
              "epsilon": [], "masks": [], "losses": []}
    assert type(optimizer) is torch.optim.Adam and optimizer.defaults["eps"] == 0.01 and optimizer.defaults["weight_decay"] == 1e-6
    for _ in range(3):
        epsilon, masks = draw(rng, case["n_layers"])
        optimizer.zero_grad()
        _, _, losses = run(module, tensors, epsilon, masks)
        losses.loss.backward()
        optimizer.step()
        result["epsilon"].append(plain(epsilon, 9))
        result["masks"].append(plain(masks, 9))
        result["losses"].append(plain(losses.loss))
    end = module.state_dict()
    assert all(torch.equal(end[k], start[k]) for k in case["unused"])
    return result | {"parameters": flat({k: end[k] for k in case["parameters"]}), "statistics": flat(statistics(module))}


made = [make_case(likelihood, batches, 2, seed) for seed, (likelihood, batches) in
        enumerate([("nb", 1), ("nb", 3), ("zinb", 1), ("zinb", 3)])] + [make_case("zinb", 2, 1, 4)]
versions = ", ".join(f"{m} {importlib.metadata.version(m)}" for m in ("scvi-tools", "torch", "numpy"))
with open(sys.argv[1], "w") as f:
    out = {"made_by": f"tests/reference/make_scvi_step.py OUT.json; {versions}", "cases": [m[0] for m in made], "steps": make_steps(*made[1])}
    f.write(json.dumps(out, separators=(",", ":")) + "\n")
