"""Time and peak memory of `zerocell evaluate` by stage on simulated data of growing size, as a Markdown table.

usage: scaling.py --zerocell BIN [--cells 10000 50000 200000] [--genes 5000] [--embedding hvg]
The exponent is that of cells in seconds (or bytes) between the first and the last size.
"""
import argparse
import json
import math
import os
import subprocess
import sys
import tempfile

p = argparse.ArgumentParser()
p.add_argument("--zerocell", required=True)
p.add_argument("--cells", type=int, nargs="+", default=[10_000, 50_000, 200_000])
p.add_argument("--genes", type=int, default=5000)
p.add_argument("--embedding", default="hvg")
o = p.parse_args()


def run(command):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    err = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)}\n{err}")
    return usage.ru_maxrss / 2**20


table, peaks = {}, []
with tempfile.TemporaryDirectory() as scratch:
    for n in o.cells:
        data, out = os.path.join(scratch, f"{n}.h5ad"), os.path.join(scratch, str(n))
        run([o.zerocell, "simulate", "--out", data, "--cells", str(n), "--genes", str(o.genes), "--quiet"])
        peaks.append(run([o.zerocell, "evaluate", data, "--label", "celltype", "--batch", "batch", "--embedding", o.embedding,
                          "--reduced-dims", "0", "--out", out, "--quiet"]))
        results = json.load(open(os.path.join(out, "results.json")))
        stages = results["embeddings"][0]["stages"] + [s for s in results["stages"] if s["name"] in ("cells.h5ad", "figures")]
        for stage in stages:
            table.setdefault(stage["name"], []).append(stage["seconds"])
        table.setdefault("all", []).append(sum(s["seconds"] for s in stages))
        os.remove(data)


def exponent(values):
    if len(values) < 2 or min(values) < 0.005:
        return ""
    return f"{math.log(values[-1] / values[0]) / math.log(o.cells[-1] / o.cells[0]):.2f}"


print(f"`{o.embedding}`, {o.genes:,} genes\n")
print("| Stage | " + " | ".join(f"{n:,} cells" for n in o.cells) + " | exponent |")
print("|---" * (len(o.cells) + 2) + "|")
for name, seconds in table.items():
    print(f"| {name} | " + " | ".join(f"{s:.2f} s" for s in seconds) + f" | {exponent(seconds)} |")
print("| peak memory | " + " | ".join(f"{g:.2f} GB" for g in peaks) + f" | {exponent(peaks)} |")
