"""Reference values of the bin reconstruction: tests/golden/scgpt_reconstruction.json. numpy 2.

Follows the code published with Kedzierska et al. 2025 (microsoft/zero-shot-scfoundation, sc_foundation_evals, calculate_losses) by its
definitions, in float64: all selected genes of all cells together; MSE, MAE; the relative errors whose denominator is the prediction
+ 1e-6, with its sign (MRE) and without (MRE_all); the baseline "mean" is the mean of the selected input bins. The other baselines by
definition: numpy.median, a mean per gene, and that mean from the table without the cell's own rows.

usage: scgpt_reconstruction.py > tests/golden/scgpt_reconstruction.json
"""
import json

import numpy as np

rng = np.random.default_rng(8)
N_GENES, N_BINS = 60, 51
LENGTHS = [40, 1, 25, 0, 33, 7, 55, 12, 3, 21, 49, 30]

cells = []
for i, length in enumerate(LENGTHS):
    # The last two genes are in one cell each; gene 57 in none.
    genes = rng.choice(N_GENES - 3, length, replace=False)
    if i == 4:
        genes[0] = N_GENES - 1
    if i == 9:
        genes[0] = N_GENES - 2
    bins = rng.integers(1, N_BINS, length)
    gep = (0.2 * bins + 20 + rng.normal(0, 6, length)).astype(np.float32)
    gepc = (0.7 * bins + 6 + rng.normal(0, 8, length)).astype(np.float32)  # some below 0
    scored = (rng.random(length) < 0.4).astype(int)
    cells.append((genes, bins, gep, gepc, scored))

cell = np.repeat(np.arange(len(cells)), LENGTHS)
gene, true, gep, gepc, scored = (np.concatenate([c[k] for c in cells]).astype(np.float64) for k in range(5))


def left_out():
    out = np.empty(len(true))
    for k in range(len(true)):
        others = cell != cell[k]
        own = others & (gene == gene[k])
        out[k] = true[own].mean() if own.any() else true[others].mean()
    return out


predictions = {
    "gep": gep,
    "gepc": gepc,
    "mean": np.full(len(true), true.mean()),
    "median": np.full(len(true), np.median(true)),
    "gene_mean": np.array([true[gene == g].mean() for g in gene]),
    "gene_mean_loo": left_out(),
}


def losses(selected):
    out = {}
    t = true[selected]
    for name, prediction in predictions.items():
        p = prediction[selected]
        out["mse_" + name] = np.mean((t - p) ** 2)
        out["mae_" + name] = np.mean(np.abs(t - p))
        out["mre_" + name] = np.mean(np.abs(t - p) / t)
        if name in ("gep", "gepc", "mean"):
            out["mre_published_" + name] = np.mean(np.abs(p - t) / (p + 1e-6))
            out["mre_all_published_" + name] = np.mean(np.abs(p - t) / np.abs(p + 1e-6))
    for name in ("gep", "gepc"):
        out[f"mse_gain_{name}_loo"] = out["mse_gene_mean_loo"] - out["mse_" + name]
    return {key: float(value) for key, value in out.items()}


def mse_per_cell():
    """Per cell: MSE of GEP over its genes; None without genes."""
    return [float(np.mean((true[cell == i] - gep[cell == i]) ** 2)) if n else None for i, n in enumerate(LENGTHS)]


print(json.dumps({
    "program": f"tests/reference/scgpt_reconstruction.py, numpy {np.__version__}",
    "n_genes": N_GENES,
    "n_bins": N_BINS,
    "offsets": np.concatenate([[0], np.cumsum(LENGTHS)]).tolist(),
    "genes": gene.astype(int).tolist(),
    "bins": true.astype(int).tolist(),
    "gep": [float(v) for v in gep],
    "gepc": [float(v) for v in gepc],
    "scored": scored.astype(int).tolist(),
    "losses": losses(np.ones(len(true), bool)),
    "losses_scored": losses(scored > 0),
    "mse_gep_per_cell": mse_per_cell(),
    "n_in_no_other_cell": int(sum((gene == g).sum() == 1 for g in gene)),
}))
