"""Runs scanpy + scib and zerocell on the same data in one go; compares every score and the time taken.

usage: compare_with_scib.py --zerocell BIN --shared DIR [--quick] [--sets NAME...] [--seeds 10] [--time]

Scores: asw_* and pcr_batch must agree within 1e-5 (float32 distances on both sides), graph_connectivity within 1e-6
(same exact neighbour graph), NMI and ARI averaged over seeds must lie within the range of the reference's seeds widened
by 0.01 (Louvain visits nodes in random order). --time adds the paired whole-process comparison on pbmc_multistudy_merged,
as users run the peer and tuned (exact neighbours, compiled code warm). Exit status 1 when a score disagrees.
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time

SETS = ["symphony_pbmc_1200x1767", "sc_mixology_merged", "pbmc_multistudy_merged", "kang_8684x2511"]
TOLERANCE = {"asw_label": 1e-5, "asw_batch": 1e-5, "asw_batch_global": 1e-5, "pcr_batch": 1e-5, "graph_connectivity": 1e-6}

p = argparse.ArgumentParser()
p.add_argument("--zerocell", required=True)
p.add_argument("--shared", required=True)
p.add_argument("--quick", action="store_true", help="the two small sets, HVG alone, 3 seeds")
p.add_argument("--sets", nargs="*", help="none after it: no comparison of scores")
p.add_argument("--seeds", type=int, default=10)
p.add_argument("--time", action="store_true")
o = p.parse_args()
peer = [sys.executable, os.path.join(o.shared, "peers", "evaluate_scanpy_scib.py")]
environment = {**os.environ, "PYTHONWARNINGS": "ignore"}


def run(command):
    """Output, seconds and peak memory (GB) of one process."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment, text=True)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        out.seek(0), err.seek(0)
        if status:
            sys.exit(f"{' '.join(command)}\nfailed with status {os.waitstatus_to_exitcode(status)}:\n{err.read()}")
        return out.read(), seconds, usage.ru_maxrss / 2**20


def peer_scores(data, *options):
    out, seconds, peak = run([*peer, data, "--label", "celltype", "--batch", "batch", *options])
    return json.loads(out.strip().splitlines()[-1]), seconds, peak


def zerocell_scores(data, embeddings, folder, seeds=1, *options):
    _, seconds, peak = run([o.zerocell, "evaluate", data, "--label", "celltype", "--batch", "batch", "--embedding", *embeddings,
                      "--out", folder, "--cluster-seeds", str(seeds), "--force", "--quiet", *options])
    rows = {}
    with open(os.path.join(folder, "scores.csv")) as f:
        for row in csv.DictReader(f):
            rows.setdefault(row["embedding"], {})[row["metric"]] = float(row["value"]) if row["value"] else None
    return rows, seconds, peak


failures = 0


def compare(title, ours, reference):
    global failures
    print(f"\n{title}\n  {'metric':<20}{'zerocell':>12}{'reference':>12}{'difference':>12}  verdict")
    for metric, value in reference["scores"].items():
        if metric in ("nmi", "ari"):
            runs = reference[f"{metric}_runs"]
            good = min(runs) - 0.01 <= ours[metric] <= max(runs) + 0.01
            limit = f"range {min(runs):.4f}..{max(runs):.4f}"
        elif metric in TOLERANCE:
            good = abs(ours[metric] - value) <= TOLERANCE[metric]
            limit = f"tolerance {TOLERANCE[metric]:g}"
        else:
            continue
        failures += not good
        print(f"  {metric:<20}{ours[metric]:>12.6f}{value:>12.6f}{ours[metric] - value:>12.1e}  {'ok' if good else 'DIFFERS'} ({limit})")


with tempfile.TemporaryDirectory() as scratch:
    seeds = 3 if o.quick else o.seeds
    for name in o.sets if o.sets is not None else (SETS[:2] if o.quick else SETS):
        data = os.path.join(o.shared, "data", "sets", name + ".h5ad")
        options = ["--exact-neighbors", "--no-umap", "--seeds", str(seeds)]
        reference, _, _ = peer_scores(data, *options)
        ours, _, _ = zerocell_scores(data, ["hvg"], os.path.join(scratch, name), seeds, "--no-umap")
        compare(f"{name}, hvg, {seeds} seeds", ours["hvg"], reference)
        if o.quick:
            continue
        pca = os.path.join(scratch, name + "_pca.npy")
        reference, _, _ = peer_scores(data, "--embedding", "pca", "--dump-embedding", pca, *options)
        ours, _, _ = zerocell_scores(data, [f"pca@file={pca}"], os.path.join(scratch, name + "_pca"), seeds, "--no-umap")
        compare(f"{name}, PCA of scanpy given as a file, {seeds} seeds", ours["pca"], reference)
    if o.time:
        data = os.path.join(o.shared, "data", "sets", "pbmc_multistudy_merged.h5ad")
        print("\npbmc_multistudy_merged, whole evaluate with HVG and UMAP")
        _, peer_seconds, peer_peak = peer_scores(data)
        tuned, _, tuned_peak = peer_scores(data, "--exact-neighbors", "--warm")
        trials = []
        for i in range(5):
            _, seconds, peak = zerocell_scores(data, ["hvg"], os.path.join(scratch, f"time{i}"), 1, "--reduced-dims", "0")
            trials.append(seconds)
        _, both, _ = zerocell_scores(data, ["hvg"], os.path.join(scratch, "both"), 1)
        ours = sorted(trials)[len(trials) // 2]
        print(f"  zerocell, whole process, median of 5       {ours:8.2f} s   {peak:.2f} GB")
        print(f"  zerocell, scores in 30 dimensions too      {both:8.2f} s")
        print(f"  scanpy + scib, as run (whole process)      {peer_seconds:8.2f} s   {peer_peak:.2f} GB   ratio {peer_seconds / ours:.1f}")
        print(f"  scanpy + scib, tuned (stages alone, warm)  {tuned['total_seconds']:8.2f} s   {tuned_peak:.2f} GB   ratio {tuned['total_seconds'] / ours:.1f}")
        print(f"  peak memory, reference / zerocell: {peer_peak / peak:.1f}")
print(f"\n{'every score agrees' if not failures else f'{failures} scores differ'}")
sys.exit(1 if failures else 0)
