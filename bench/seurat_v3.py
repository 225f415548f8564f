"""Highly variable genes by seurat_v3 on counts in memory: scanpy against zerocell, in turn, compiled code warm.

usage: seurat_v3.py --bench BIN FILE.h5ad... [--batch batch] [--repeat 5]
"""
import argparse
import os
import re
import subprocess
import time
import warnings

warnings.filterwarnings("ignore")
import anndata as ad
import scanpy as sc

p = argparse.ArgumentParser()
p.add_argument("--bench", required=True)
p.add_argument("files", nargs="+")
p.add_argument("--batch", default="batch")
p.add_argument("--repeat", type=int, default=5)
o = p.parse_args()
for file in o.files:
    a = ad.read_h5ad(file)
    for batch in [None, o.batch]:
        theirs, ours = [], []
        try:
            for i in range(o.repeat + 1):  # the first compiles
                start = time.perf_counter()
                sc.pp.highly_variable_genes(a, n_top_genes=2000, flavor="seurat_v3", batch_key=batch, inplace=False)
                theirs.append(time.perf_counter() - start)
                out = subprocess.run([o.bench, file, "2000", batch or "-", str(os.cpu_count()), "3"], check=True,
                                     capture_output=True, text=True).stdout
                ours.append(min(map(float, re.findall(r"([0-9.]+) s", out))))
        except ValueError as error:
            print(f"{os.path.basename(file)}, batches {batch}: scanpy stops: {error}")
            continue
        best = min(theirs[1:])
        print(f"{os.path.basename(file)}, batches {batch}: scanpy {best:.3f} s, zerocell {min(ours):.4f} s, ratio {best / min(ours):.1f}")
