"""scVI trained by scvi-tools and by zerocell: the same bound and scores, seconds per epoch, peak memory.

usage: compare_with_scvi.py --zerocell BIN --shared DIR [--quick | --sets [NAME...] | --genes | --default-epochs] [--epochs N] [--rounds N] [--threads N] [--keep DIR]

Both train SCVI(n_layers=2, n_latent=30, gene_likelihood="nb") with batches; scvi-tools as shared/peers/train_scvi.py does. Each run is a process of its
own; the programs take turns. All ELBOs are in nats per validation cell, KL weight 1: negative, higher is better. (log p of counts is never above 0, so a
positive number is the bound with its sign turned; get_elbo of scvi-tools 1.4.2 returns the bound itself.) With seed 0 both take the same validation cells.

default    pbmc_multistudy_merged, 10 epochs: seconds per epoch (scvi-tools: train(); zerocell: its stage `training`, which looks at the validation cells
           too), peak memory of the whole process, ratios of the paired runs.
--genes    the same on 500 simulated cells of 20,000 genes.
--sets     zerocell alone against tests/golden/scvi_reference_runs.json: 5 seeds, 50 epochs on each of the four sets (or NAME...); up to 10 seeds of
           scvi-tools.
           validation ELBO: our mean no lower than scvi-tools' mean less one standard deviation of its seeds; asw_label, asw_batch, pcr_batch: our mean
           inside the range of its seeds +- 0.02. Single runs outside are named.
--default-epochs  the same with the default number of epochs, 400, on pbmc_multistudy_merged: 4 seeds against those of scvi-tools.
--quick    for every commit: paired on symphony_pbmc_1200x1767, 20 epochs, and `--sets symphony_pbmc_1200x1767`; ratios are printed, never asserted. One
           thread by default: beside other work, threads that wait for one another are slower than one.

Checks of the paired modes, which need no luck: scvi-tools loads the model that zerocell trained (--save-models) and finds the same validation ELBO for it,
up to the draws of z, and the same latent means within 1e-4. The ELBOs of two trainings of a few epochs are printed beside one another, no more: batch norm's
running moments still hold much of their start (momentum 0.01), and seeds of either program differ by several percent. Exit status 1 when something disagrees.
"""
import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

FOUR_SETS = ["symphony_pbmc_1200x1767", "kang_8684x2511", "pbmc_multistudy_merged", "sc_mixology_merged"]
SCORES = ("asw_label", "asw_batch", "pcr_batch")

p = argparse.ArgumentParser()
p.add_argument("--zerocell")
p.add_argument("--shared")
p.add_argument("--quick", action="store_true")
p.add_argument("--sets", nargs="*")
p.add_argument("--genes", action="store_true")
p.add_argument("--default-epochs", action="store_true")
p.add_argument("--epochs", type=int, default=10, help="of the paired runs")
p.add_argument("--rounds", type=int, default=2, help="of the paired runs")
p.add_argument("--threads", type=int, help="default: all processors; 1 with --quick")
p.add_argument("--keep", help="folder that keeps the results of --sets; finished ones there are not run again")
p.add_argument("--reload", nargs=3, help=argparse.SUPPRESS)  # a model that zerocell trained, in scvi-tools: DATA MODEL CELLS_H5AD
o = p.parse_args()
o.threads = o.threads or (1 if o.quick else len(os.sched_getaffinity(0)))


def reload(path, folder, embedded):
    """Validation ELBO (mean and standard deviation of 20 draws) and latent means of our model by scvi-tools, as JSON."""
    import logging
    import warnings

    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    import anndata
    import numpy as np
    import scvi
    import torch

    scvi.settings.seed = 0
    data = anndata.read_h5ad(path)
    names = np.asarray(torch.load(os.path.join(folder, "model.pt"), map_location="cpu", weights_only=False)["var_names"]).astype(str)
    model = scvi.model.SCVI.load(folder, data[:, names].copy(), accelerator="cpu")
    n = data.n_obs
    n_train = -(-9 * n // 10)
    if n_train > 128 and 0 < n_train % 128 < 3:
        n_train -= n_train % 128
    validation = np.random.RandomState(seed=0).permutation(n)[:n - n_train]
    draws = np.array([float(model.get_elbo(indices=validation)) for _ in range(20)])
    ours = anndata.read_h5ad(embedded).obsm["X_scvi"]
    latent = model.get_latent_representation()
    print(json.dumps({"elbo": -abs(draws.mean()), "sd": draws.std(ddof=1), "latent_difference": float(np.abs(latent - ours).max())}))


if o.reload:
    reload(*o.reload)
    sys.exit()

failed = 0


def check(good, text):
    global failed
    failed += not good
    print(("agree     " if good else "DISAGREE  ") + text, flush=True)


def run(command):
    """(standard output, peak memory in MB) of one process."""
    threads = str(o.threads)
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment, text=True)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(command)}\nfailed with status {process.returncode}:\n{err.read()}")
        return out.read(), usage.ru_maxrss / 1024


def evaluate(data, spec, folder, *options):
    """results.json of one evaluation, and its peak memory."""
    _, peak = run([o.zerocell, "evaluate", data, "--label", "celltype", "--batch", "batch", "--embedding", spec, "--out", folder, "--no-umap",
                   "--reduced-dims", "0", "--quiet", "--threads", str(o.threads), *options])
    with open(os.path.join(folder, "results.json")) as f:
        return json.load(f), peak


def train_theirs(data, epochs):
    out, peak = run([sys.executable, os.path.join(o.shared, "peers", "train_scvi.py"), data, "--batch", "batch", "--epochs", str(epochs)])
    figures = json.loads(out.strip().splitlines()[-1])
    return {"seconds": figures["seconds_per_epoch"], "elbo": -abs(figures["validation_elbo"]), "peak": peak}


def train_ours(data, epochs, folder):
    # Models are written after training, so that neither time nor memory of it changes.
    results, peak = evaluate(data, f"scvi:max_epochs={epochs}", f"{folder}/result", "--force", "--save-models", f"{folder}/models")
    embedding = results["embeddings"][0]
    seconds = next(s["seconds"] for s in embedding["stages"] if s["name"] == "training")
    return {"seconds": seconds / epochs, "elbo": -embedding["training"]["validation"][-1], "peak": peak}


def check_reloaded(name, data, folder, elbo):
    out, _ = run([sys.executable, __file__, "--reload", data, f"{folder}/models/scvi", f"{folder}/result/cells.h5ad"])
    theirs = json.loads(out.strip().splitlines()[-1])
    # Both are means over cells of one draw each (theirs of 20): four standard deviations of a draw, and rounding.
    allowed = 4 * theirs["sd"] * (1 + 1 / 20) ** 0.5 + 1e-4 * abs(elbo)
    check(abs(theirs["elbo"] - elbo) <= allowed, f"{name}: validation ELBO of our model {elbo:.3f}; by scvi-tools {theirs['elbo']:.3f} (+- {allowed:.3f})")
    check(theirs["latent_difference"] <= 1e-4, f"{name}: latent means of our model by scvi-tools differ by {theirs['latent_difference']:.1e} at most")


def paired(name, data, epochs, rounds, folder):
    print(f"{name}, {epochs} epochs, {o.threads} threads; load {os.getloadavg()[0]:.1f}")
    ours, theirs = [], []
    for _ in range(rounds):
        for who, runs in (("zerocell", ours), ("scvi-tools", theirs)):
            runs.append(train_ours(data, epochs, folder) if who == "zerocell" else train_theirs(data, epochs))
            r = runs[-1]
            print(f"  {who:11s}{r['seconds']:9.3f} s an epoch, validation ELBO {r['elbo']:.3f}, peak {r['peak']:.0f} MB; load {os.getloadavg()[0]:.1f}", flush=True)
    ratios = sorted(b["seconds"] / a["seconds"] for a, b in zip(ours, theirs))
    memory = sorted(b["peak"] / a["peak"] for a, b in zip(ours, theirs))
    print(f"  scvi-tools takes {ratios[0]:.2f} to {ratios[-1]:.2f} times as long and {memory[0]:.1f} to {memory[-1]:.1f} times the memory")
    check_reloaded(name, data, folder, ours[-1]["elbo"])


def our_runs(name, folder, spec):
    """{figure: its values over the seeds}."""
    keep = os.path.join(o.keep, name) if o.keep else f"{folder}/{name}"
    data = os.path.join(o.shared, "data", "sets", f"{name}.h5ad")
    results, _ = evaluate(data, spec, keep)
    values = {"validation_elbo": [-e["training"]["validation"][-1] for e in results["embeddings"]]}
    with open(os.path.join(keep, "scores.csv")) as f:
        for row in csv.DictReader(f):
            if row["metric"] in SCORES:
                values.setdefault(row["metric"], []).append(float(row["value"]))
    return values


def reference_runs(name, epochs):
    with open(os.path.join(os.path.dirname(__file__), "..", "tests", "golden", "scvi_reference_runs.json")) as f:
        return [r for r in json.load(f)["runs"] if r["set"] == name and r["epochs"] == epochs]


def compare_set(name, folder, epochs, n_seeds):
    reference = reference_runs(name, epochs)
    if len(reference) < 2:
        return check(False, f"{name}: {len(reference)} reference runs")
    ours = our_runs(name, folder, f"scvi:max_epochs={epochs},seeds={n_seeds}")
    print(f"{name}, {epochs} epochs: {len(ours['validation_elbo'])} seeds, scvi-tools {len(reference)}")
    for figure in ("validation_elbo", *SCORES):
        a, b = ours[figure], [r[figure] for r in reference]
        mean, low, high = statistics.mean(a), min(b), max(b)
        deviation = statistics.stdev(b)
        text = (f"{figure:16s} ours {mean:.5g} (sd {statistics.stdev(a):.2g}, {min(a):.5g} to {max(a):.5g}), "
                f"scvi-tools {statistics.mean(b):.5g} (sd {deviation:.2g}, {low:.5g} to {high:.5g})")
        if figure == "validation_elbo":
            check(mean >= statistics.mean(b) - deviation, f"  {text}")
        else:
            outside = [f"{x:.4f}" for x in a if not low - 0.02 <= x <= high + 0.02]
            check(low - 0.02 <= mean <= high + 0.02, f"  {text}" + (f"; outside +- 0.02: {', '.join(outside)}" if outside else ""))


start = time.perf_counter()
with tempfile.TemporaryDirectory(prefix="zerocell-scvi-") as folder:
    if o.quick:
        name = FOUR_SETS[0]
        paired(name, os.path.join(o.shared, "data", "sets", f"{name}.h5ad"), 20, 1, folder)
        compare_set(name, folder, 50, 5)
    elif o.sets is not None:
        for name in o.sets or FOUR_SETS:
            compare_set(name, folder, 50, 5)
    elif o.default_epochs:
        compare_set("pbmc_multistudy_merged", folder, 400, 4)
    elif o.genes:
        data = f"{folder}/simulated.h5ad"
        run([o.zerocell, "simulate", "--out", data, "--cells", "500", "--genes", "20000", "--quiet"])
        paired("500 simulated cells, 20,000 genes", data, o.epochs, o.rounds, folder)
    else:
        paired("pbmc_multistudy_merged", os.path.join(o.shared, "data", "sets", "pbmc_multistudy_merged.h5ad"), o.epochs, o.rounds, folder)
print(f"{time.perf_counter() - start:.0f} s")
sys.exit(failed > 0)
