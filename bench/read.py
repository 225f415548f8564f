"""Reading all of X: anndata against zerocell's stream, on a simulated file, in turn.

usage: read.py --bench-read BIN --zerocell BIN [--cells 200000] [--genes 10000] [--repeat 3]
"""
import argparse
import os
import re
import subprocess
import tempfile
import time
import warnings

warnings.filterwarnings("ignore")
import anndata as ad

p = argparse.ArgumentParser()
p.add_argument("--bench-read", required=True)
p.add_argument("--zerocell", required=True)
p.add_argument("--cells", type=int, default=400_000)
p.add_argument("--genes", type=int, default=10_000)
p.add_argument("--repeat", type=int, default=3)
o = p.parse_args()
with tempfile.TemporaryDirectory() as scratch:
    data = os.path.join(scratch, "x.h5ad")
    subprocess.run([o.zerocell, "simulate", "--out", data, "--cells", str(o.cells), "--genes", str(o.genes), "--quiet"], check=True,
                   stdout=subprocess.DEVNULL)
    size = os.path.getsize(data) / 2**20
    theirs, ours = [], []
    for _ in range(o.repeat):
        start = time.perf_counter()
        a = ad.read_h5ad(data)
        theirs.append(time.perf_counter() - start)
        nnz = a.X.nnz
        del a
        out = subprocess.run([o.bench_read, data, "X", str(os.cpu_count()), "1"], check=True, capture_output=True, text=True).stdout
        ours.append(float(re.findall(r"([0-9.]+) s", out)[-1]))
    print(f"{size:.0f} MB on disk, {nnz:,} stored values: anndata {min(theirs):.2f} s, zerocell {min(ours):.2f} s, ratio {min(theirs) / min(ours):.1f}")
