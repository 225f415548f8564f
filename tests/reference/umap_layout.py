"""Reference quality of UMAP layouts: umap-learn (through scanpy 1.11.5, umap-learn 0.5.9.post2).

usage: umap_layout.py SETS_DIR OUT.json [--export DIR] [--seeds N] [--only NAME]

For every real set, on the 2,000 HVGs and on 50 principal components, and for the synthetic points, with exact
neighbours, calls sc.tl.umap(a, min_dist=0.3, random_state=seed) and writes mean, standard deviation and least value over the seeds of
  trustworthiness  sklearn.manifold.trustworthiness, k = 15 (own code here, checked against sklearn on the smallest set)
  continuity       the same with the roles of the two spaces exchanged
  label_accuracy   share of cells whose label is the majority of their 15 nearest in 2-D (sklearn KNeighborsClassifier's vote)
  knn_overlap      mean share of the 15 nearest in the embedding that are among the 15 nearest in 2-D
--export writes the fuzzy graph, embedding, labels and reference layouts as raw arrays, for bench/umap.cpp.
"""
import argparse, json, logging, pathlib, warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import anndata as ad, numpy as np, scanpy as sc
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from synthetic import points_around_centres

SETS = ["synthetic", "symphony_pbmc_1200x1767", "sc_mixology_merged", "pbmc_multistudy_merged", "kang_8684x2511"]
K = 15


def embeddings(path):
    if path.stem == "synthetic":
        x, labels = points_around_centres(600)
        return labels.astype(np.int32), {"points": x}
    a = ad.read_h5ad(path)
    sc.pp.filter_cells(a, min_genes=10)
    sc.pp.filter_genes(a, min_cells=10)
    sc.pp.normalize_total(a, target_sum=1e4)
    sc.pp.log1p(a)
    sc.pp.highly_variable_genes(a, n_top_genes=min(2000, a.n_vars), flavor="seurat")
    sc.pp.pca(a, n_comps=50)
    x = a[:, a.var.highly_variable].X
    labels = a.obs["celltype"].astype("category").cat.codes.to_numpy().astype(np.int32)
    return labels, {"hvg": np.asarray(x.toarray() if hasattr(x, "toarray") else x, np.float32),
                    "pca": np.asarray(a.obsm["X_pca"], np.float32)}


def squared_distances(x, rows):
    """(rows, N) in float64, own distance -1 so that a cell comes first."""
    norm = np.einsum("ij,ij->i", x, x)
    d = norm[rows, None] + norm[None, :] - 2 * x[rows] @ x.T
    d[np.arange(len(rows)), rows] = -1
    return d


def rank_table(x):
    """rank[i, j]: how many cells are nearer to i than j is, itself included: 1 = nearest other cell."""
    x = x.astype(np.float64) - x.astype(np.float64).mean(0)
    n = len(x)
    rank = np.empty((n, n), np.uint16)
    for begin in range(0, n, 512):
        rows = np.arange(begin, min(n, begin + 512))
        order = np.argsort(squared_distances(x, rows), axis=1, kind="stable")
        np.put_along_axis(rank[begin:begin + 512], order, np.arange(n, dtype=np.uint16)[None, :], axis=1)
    return rank


def ranks_of(x, neighbors):
    """rank in x of the listed neighbours."""
    x = x.astype(np.float64) - x.astype(np.float64).mean(0)
    out = np.empty(neighbors.shape, np.int64)
    for begin in range(0, len(x), 512):
        rows = np.arange(begin, min(len(x), begin + 512))
        d = squared_distances(x, rows)
        near = np.take_along_axis(d, neighbors[rows], axis=1)
        d.sort(axis=1)
        for r in range(len(rows)):
            out[rows[r]] = np.searchsorted(d[r], near[r])
    return out


def penalty(rank):
    n = len(rank)
    return 1 - 2 / (n * K * (2 * n - 3 * K - 1)) * np.maximum(rank.astype(np.int64) - K, 0).sum()


def nearest(x):
    return NearestNeighbors(n_neighbors=K + 1).fit(x).kneighbors(return_distance=False)[:, :K]


def quality(rank, near_high, layout, labels):
    near_low = nearest(layout)
    votes = np.stack([np.bincount(v, minlength=labels.max() + 1) for v in labels[near_low]])
    return {"trustworthiness": penalty(np.take_along_axis(rank, near_low, axis=1)),
            "continuity": penalty(ranks_of(layout, near_high)),
            "label_accuracy": (votes.argmax(1) == labels).mean(),
            "knn_overlap": np.mean([len(np.intersect1d(p, q)) / K for p, q in zip(near_low, near_high)])}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("sets", type=pathlib.Path); p.add_argument("out", type=pathlib.Path)
    p.add_argument("--export", type=pathlib.Path); p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--only", default="")
    o = p.parse_args()
    golden = {"reference": "sc.tl.umap(min_dist=0.3), scanpy 1.11.5, umap-learn 0.5.9.post2, exact 15 neighbours",
              "seeds": o.seeds, "k": K, "cases": {}}
    if o.out.exists():
        golden["cases"] = json.loads(o.out.read_text())["cases"]
    for name in SETS:
        if o.only not in name:
            continue
        labels, by_kind = embeddings(o.sets / f"{name}.h5ad")
        for kind, x in by_kind.items():
            a = ad.AnnData(np.zeros((len(x), 1), np.float32), obsm={"E": x})
            sc.pp.neighbors(a, use_rep="E", transformer="sklearn")
            rank = rank_table(x)
            near_high = np.argsort(rank, axis=1, kind="stable")[:, 1:K + 1].astype(np.int64)
            target = o.export / f"{name}.{kind}" if o.export else None
            if target:
                target.mkdir(parents=True, exist_ok=True)
                g = a.obsp["connectivities"].tocsr().sorted_indices()
                g.indptr.astype(np.uint64).tofile(target / "indptr.u64")
                g.indices.astype(np.uint32).tofile(target / "indices.u32")
                g.data.astype(np.float32).tofile(target / "values.f32")
                x.astype(np.float32).tofile(target / "embedding.f32")
                labels.tofile(target / "labels.i32")
            runs = []
            for seed in range(o.seeds):
                sc.tl.umap(a, min_dist=0.3, random_state=seed)
                layout = np.asarray(a.obsm["X_umap"], np.float32)
                if target:
                    layout.tofile(target / f"reference_{seed}.f32")
                runs.append(quality(rank, near_high, layout, labels))
                if len(x) < 1100 and seed == 0:
                    assert abs(trustworthiness(x, layout, n_neighbors=K) - runs[0]["trustworthiness"]) < 1e-4
            case = {m: {"mean": round(float(np.mean([r[m] for r in runs])), 5),
                        "sd": round(float(np.std([r[m] for r in runs], ddof=1)), 5),
                        "min": round(float(np.min([r[m] for r in runs])), 5)} for m in runs[0]}
            golden["cases"][f"{name}.{kind}"] = {"cells": len(x), **case}
            print(name, kind, {m: (v["mean"], v["sd"]) for m, v in case.items()}, flush=True)
            o.out.write_text(json.dumps(golden, indent=1) + "\n")


main()
