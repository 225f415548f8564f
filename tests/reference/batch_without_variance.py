"""Genes that scanpy chooses where a batch has no variance, for tests/preprocess/batch_without_variance_test.cpp.

Program: scanpy 1.11.5 (numpy 2.4.6, pandas 2.3.3), sc.pp.highly_variable_genes.
usage: batch_without_variance.py OUT.json
The synthetic counts of highly_variable.py, with cell 17 as a batch of its own and cells 30 and 31 as another;
cell 31 has the counts of cell 30, or twice as many where counts are normalised. `mask`: genes chosen from the
other cells alone, which is what "no vote" means; `n_moved`: genes that scanpy exchanges when those batches vote
too; `error`: what it says where it stops at them. (On counts its library for curves crashes at such a batch.)
"""
import json
import sys
import warnings

import numpy as np
import scanpy as sc

sys.argv, out = [sys.argv[0]], sys.argv[1]
source = open(__file__.replace("batch_without_variance", "highly_variable")).read().split("\nresult = ")[0]
exec(source)  # its functions, without the run on data sets
warnings.simplefilter("ignore")

argsort = np.argsort


def stable(a, axis=-1, kind=None, **rest):
    return argsort(a, axis=axis, kind="stable", **rest)


a = synthetic()
x = a.X.toarray()
x[31] = 2 * x[30]
a.X = sparse.csr_matrix(x)
batch = a.obs.batch.astype(str).to_numpy().copy()
batch[17], batch[30], batch[31] = "lone", "twins", "twins"
a.obs["batch"] = pd.Categorical(batch)
raw = a.copy()
x[31] = x[30]
raw.X = sparse.csr_matrix(x)
sc.pp.normalize_total(a, target_sum=1e4)
sc.pp.log1p(a)
runs = []
for flavor in ["seurat", "cell_ranger", "seurat_v3", "seurat_v3_paper"]:
    data = raw if "v3" in flavor else a
    rest = data[~data.obs.batch.isin(["lone", "twins"])].copy()
    for n_top in [21, 64, 150]:
        # As in seurat_v3.py: equal variances of counts keep the order of the columns.
        np.argsort = stable if "v3" in flavor else argsort
        d = run(rest, flavor, n_top, True)
        if "v3" not in flavor and not well_posed(d, n_top):
            continue
        one = {"flavor": flavor, "n_top_genes": n_top, "mask": mask(d.highly_variable)}
        if "v3" in flavor:
            runs.append(one)
            continue
        try:
            all_batches = run(data.copy(), flavor, n_top, True)
            one["n_moved"] = int((all_batches.highly_variable & ~d.highly_variable).sum())
        except Exception as error:
            one["error"] = f"{type(error).__name__}: {error}".split("\n")[0][:100]
        runs.append(one)
json.dump({"scanpy": sc.__version__, "runs": runs}, open(out, "w"), separators=(",", ":"))
for one in runs:
    print({k: v for k, v in one.items() if k != "mask"})
