"""Harmony by harmonypy 0.0.10, harmonypy 2.1.0 and zerocell: time in paired runs on simulated cells, and agreement of the results.

usage: compare_with_harmonypy.py --program BENCH_HARMONY --old FOLDER --new FOLDER --shared DIR [--quick] [--cells N] [--rounds N] [--no-old]

Time       200,000 cells, 50 coordinates of falling variance, 12 types, 10 batches of unequal size; the programs take turns. Seconds of the call
           alone: no reading, no start of Python. Each with --threads threads (harmonypy 0.0.10: OpenBLAS and OpenMP of as many).
Agreement  asw_batch (1 - |silhouette over batches| inside each type, mean, as scIB) and LISI over batches and types (harmonypy 2.1.0's compute_lisi)
           of the corrected coordinates, ours and 2.1.0's, within 0.01 of one another and never compared with the uncorrected ones alone:
           on pbmc_multistudy_merged, by scanpy's components, where the set is there, else on simulated cells. LISI, which lies between 1 and the
           number of batches, is compared after (LISI - 1) / (batches - 1), as scIB scales it.
           Classic: correlation per dimension with 0.0.10 >= 0.99, or no less than two seeds of 0.0.10 have.
           Default: correlation per dimension with 2.1.0 >= 0.99, or no less than the least of two seeds of 2.1.0.
--quick: 900 cells, agreement by asw_batch on these alone; nothing is asserted of time. Exit status 1 when something disagrees.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

p = argparse.ArgumentParser()
p.add_argument("--program", required=True)
p.add_argument("--old", required=True)
p.add_argument("--new", required=True)
p.add_argument("--shared", required=True)
p.add_argument("--quick", action="store_true")
p.add_argument("--cells", type=int, default=200_000)
p.add_argument("--rounds", type=int, default=2, help="of the paired runs")
p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
p.add_argument("--no-old", action="store_true", help="without the runs of 0.0.10, which take minutes")
p.add_argument("--no-agreement", action="store_true")
p.add_argument("--peer", nargs=6, help=argparse.SUPPRESS)  # one run of a package: FOLDER Z BATCHES OUT SEED THREADS
o = p.parse_args()


def run_peer(folder, z_path, batch_path, out, seed, threads):
    sys.path.insert(0, folder)
    import harmonypy
    import numpy as np
    import pandas as pd
    import logging

    logging.disable(logging.CRITICAL)
    z = np.load(z_path).astype(float)
    meta = pd.DataFrame({"batch": ["b" + line.strip() for line in open(batch_path)]})
    is_new = hasattr(harmonypy.harmony, "HarmonyCpp")
    more = {"ncores": int(threads)} if is_new else {}
    start = time.perf_counter()
    result = harmonypy.run_harmony(z, meta, "batch", random_state=int(seed), verbose=False, **more)
    seconds = time.perf_counter() - start
    corrected = np.asarray(result.Z_corr)
    np.save(out, (corrected if is_new else corrected.T).astype(np.float32))
    print(json.dumps({"seconds": seconds, "iterations": len(result.kmeans_rounds),
                      "rounds": int(sum(result.kmeans_rounds)) + (0 if is_new else len(result.kmeans_rounds)),
                      "objective": float(result.objective_harmony[-1])}))


if o.peer:
    run_peer(*o.peer)
    sys.exit()

import numpy as np

failed = 0


def check(ok, text):
    global failed
    failed += not ok
    print(("agree     " if ok else "DISAGREE  ") + text)


def simulate(n, seed):
    random = np.random.default_rng(seed)
    d, n_types, n_batches = 50, 12, 10
    scale = 10.0 / np.sqrt(1 + np.arange(d))
    centres = random.normal(size=(n_types, d)) * scale
    shifts = random.normal(size=(n_batches, d)) * scale * 0.35
    turned = random.normal(size=(n_types, n_batches, d)) * scale * 0.15
    batch = random.choice(n_batches, n, p=np.arange(1, n_batches + 1) / 55)
    kind = np.empty(n, int)
    for b in range(n_batches):
        here = batch == b
        kind[here] = random.choice(n_types, here.sum(), p=random.dirichlet(np.full(n_types, 2.0)))
    z = centres[kind] + shifts[batch] + turned[kind, batch] + random.normal(size=(n, d)) * scale * 0.4
    return z.astype(np.float32), batch, kind


class Set:
    def __init__(self, folder, name, z, batch, kind):
        self.z, self.batch, self.kind, self.folder, self.name = z, batch, kind, folder, name
        self.z_path, self.batch_path = f"{folder}/{name}.npy", f"{folder}/{name}.txt"
        np.save(self.z_path, z)
        np.savetxt(self.batch_path, batch, fmt="%d")

    def run(self, who, seed=0):
        """(figures, corrected coordinates) of one run: ours, classic, old or new."""
        out = f"{self.folder}/{self.name}_{who}_{seed}.npy"
        if who in ("old", "new"):
            command = [sys.executable, __file__, "--program", "", "--old", "", "--new", "", "--shared", "", "--peer",
                       o.old if who == "old" else o.new, self.z_path, self.batch_path, out, str(seed), str(o.threads)]
        else:
            command = [o.program, self.z_path, self.batch_path, out, str(o.threads), "classic" if who == "classic" else "harmony2", str(seed)]
        # Beside other work, threads that wait for one another are slower than one.
        threads = "1" if o.quick else str(o.threads)
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        done = subprocess.run(command, env=environment, text=True, capture_output=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1]), np.load(out)


def correlations(a, b):
    return np.array([np.corrcoef(a[:, j], b[:, j])[0, 1] for j in range(a.shape[1])])


def asw_batch(x, batch, kind):
    from sklearn.metrics import silhouette_samples

    means = []
    for k in np.unique(kind):
        here = kind == k
        n_batches = len(np.unique(batch[here]))
        if 1 < n_batches < here.sum():
            means.append((1 - np.abs(silhouette_samples(x[here], batch[here]))).mean())
    return float(np.mean(means))


def lisi(x, values):
    import pandas as pd

    sys.path.insert(0, o.new)
    import harmonypy

    sys.path.pop(0)
    scores = harmonypy.compute_lisi(x.astype(float), pd.DataFrame({"v": [str(v) for v in values]}), ["v"])
    return float((np.mean(scores) - 1) / (len(np.unique(values)) - 1))


def compare(data, ours, theirs, spread, with_lisi):
    scores = [("asw_batch", lambda x: asw_batch(x, data.batch, data.kind))]
    if with_lisi:
        scores += [("LISI over batches", lambda x: lisi(x, data.batch)), ("LISI over types", lambda x: lisi(x, data.kind))]
    for name, score in scores:
        a, b, before = score(ours), score(theirs), score(data.z)
        check(abs(a - b) <= 0.01, f"{data.name}: {name} {a:.4f}, harmonypy 2.1.0 {b:.4f} (uncorrected {before:.4f})")
    least, own = correlations(ours, theirs).min(), correlations(theirs, spread).min()
    check(least >= min(0.99, own), f"{data.name}: least correlation of a dimension with 2.1.0 {least:.4f}; of two seeds of 2.1.0 {own:.4f}")


def multistudy(folder):
    path = os.path.join(o.shared, "data", "sets", "pbmc_multistudy_merged.h5ad")
    if not os.path.exists(path):
        return None
    import warnings

    warnings.filterwarnings("ignore")
    import anndata
    import scanpy

    a = anndata.read_h5ad(path)
    if "counts" in a.layers:
        a.X = a.layers["counts"].copy()
    scanpy.pp.filter_genes(a, min_cells=10)
    scanpy.pp.normalize_total(a, target_sum=1e4)
    scanpy.pp.log1p(a)
    scanpy.pp.highly_variable_genes(a, n_top_genes=2000)
    scanpy.pp.pca(a, n_comps=50, mask_var="highly_variable")
    batch = next(c for c in ("batch", "study", "tech", "dataset") if c in a.obs)
    kind = next(c for c in ("celltype", "cell_type", "label", "CellType") if c in a.obs)
    codes = lambda column: np.unique(a.obs[column].astype(str), return_inverse=True)[1]
    return Set(folder, "pbmc_multistudy_merged", a.obsm["X_pca"].astype(np.float32), codes(batch), codes(kind))


with tempfile.TemporaryDirectory(prefix="zerocell-") as folder:
    if not o.no_agreement:
        small = Set(folder, "simulated", *simulate(900 if o.quick else 3000, 1))
        ours, new, new_too = (small.run(*w)[1] for w in (("ours", 0), ("new", 0), ("new", 1)))
        compare(small, ours, new, new_too, with_lisi=not o.quick)
        classic, old, old_too = (small.run(*w)[1] for w in (("classic", 0), ("old", 0), ("old", 1)))
        least, own = correlations(classic, old).min(), correlations(old, old_too).min()
        check(least >= min(0.99, own), f"simulated: least correlation of classic with 0.0.10 {least:.4f}; of two seeds of 0.0.10 {own:.4f}")
        if not o.quick and (real := multistudy(folder)):
            ours, new, new_too = (real.run(*w)[1] for w in (("ours", 0), ("new", 0), ("new", 1)))
            compare(real, ours, new, new_too, with_lisi=True)
    if not o.quick:
        data = Set(folder, "timed", *simulate(o.cells, 2))
        who = ["ours", "new"] + ([] if o.no_old else ["classic", "old"])
        print(f"{o.cells} cells, 50 dimensions, 10 batches, {o.threads} threads; load {os.getloadavg()[0]:.1f}")
        runs = {w: [] for w in who}
        for r in range(o.rounds):
            for w in who:
                figures, _ = data.run(w)
                runs[w].append(figures)
                print(f"  {w:8s}{figures['seconds']:9.2f} s, {figures['iterations']} iterations, {figures['rounds']} rounds, objective {figures['objective']:.6g}", flush=True)
        for a, b, name in (("ours", "new", "harmonypy 2.1.0"), ("classic", "old", "harmonypy 0.0.10"), ("ours", "old", "harmonypy 0.0.10 (our default)")):
            if a in runs and b in runs:
                ratios = [y["seconds"] / x["seconds"] for x, y in zip(runs[a], runs[b])]
                print(f"{name} takes {min(ratios):.2f} to {max(ratios):.2f} times as long as zerocell {'classic' if a == 'classic' else ''}")
sys.exit(failed > 0)
