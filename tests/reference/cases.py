#!/usr/bin/env python3
"""Small inputs of the kinds that have led to wrong numbers or misleading messages, with the right answers.

usage: cases.py OUTPUT_FOLDER          (tests/golden/cases; needs numpy, pandas, scipy, h5py, anndata 0.12, scikit-learn, scib 1.1.7)

Writes the inputs and cases.json, a list of {id, kind, situation, command, expect}; tests/cli/cases_test.cpp runs each command in that
folder. Expected scores are those of scib 1.1.7 (silhouette, silhouette_batch) on the vectors as they were made, matched to the cells by
this script, so that no reader takes part in them.
"""
import gzip, json, shutil, sys
from pathlib import Path

import anndata, h5py, numpy as np, pandas as pd, scib, scipy.sparse as sp

OUT = Path(sys.argv[1])
N, G, D = 60, 40, 4
CASES = []
rng = np.random.default_rng(20250107)
label = np.array(["B cell", "T cell", "NK cell"])[np.repeat([0, 1, 2], N // 3)]
order = rng.permutation(N)
label = label[order]
batch = np.array(["first", "second"])[rng.integers(0, 2, N)]
centres = {"B cell": 0.0, "T cell": 3.0, "NK cell": 6.0}
vectors = rng.normal(size=(N, D)) + np.array([centres[x] for x in label])[:, None] + 0.4 * (batch == "second")[:, None]
vectors = vectors.astype(np.float32).astype(np.float64)
counts = rng.poisson(1.5, size=(N, G)) + rng.poisson(6.0, size=(N, G)) * (np.arange(G) % 3 == np.array([list(centres).index(x) for x in label])[:, None])
barcodes = [f"{''.join(rng.choice(list('ACGT'), 12))}-{1 + (b == 'second')}" for b in batch]
genes = [f"ENSG{i:011d}" for i in range(G)]


def scores(z, keep=slice(None), labels=label, batches=batch):
    """asw_label and asw_batch of scib."""
    a = anndata.AnnData(np.zeros((len(labels[keep]), 1), np.float32), obs=pd.DataFrame({"l": pd.Categorical(labels[keep]), "b": pd.Categorical(batches[keep])}, index=[str(i) for i in range(len(labels[keep]))]))
    a.obsm["z"] = z[keep]
    # verbose=False prints nothing; scale=True is the default of both.
    return {"asw_label": [float(scib.me.silhouette(a, "l", "z")), 2e-5],  # sums in float32 there
            "asw_batch": [float(scib.me.silhouette_batch(a, "b", "l", "z", verbose=False)), 2e-5]}


def obs(names, **more):
    return pd.DataFrame({"celltype": pd.Categorical(label), "batch": pd.Categorical(batch), **more}, index=pd.Index(names, dtype=object))


def write(name, names=barcodes, x=None, obsm=None, layers=None, **more):
    a = anndata.AnnData(sp.csr_matrix(counts.astype(np.float32)) if x is None else x, obs=obs(names, **more))
    if x is None:
        a.var_names = genes
    a.obsm.update(obsm or {})
    a.layers.update(layers or {})
    a.write_h5ad(OUT / name)


def case(id, kind, situation, command, **expect):
    CASES.append({"id": id, "kind": kind, "situation": situation, "command": command, "expect": expect})


def evaluated(data, spec, *more):
    return ["evaluate", data, "--label", "celltype", "--batch", "batch", "--embedding", *spec.split(), "--reduced-dims", "0", "--no-umap", "--out", "{out}", *more]


def expected_scores(tag, values):
    return {f"{tag}/{metric}": value for metric, value in values.items()}


def names_in_tables():
    kind = "names of cells in tables"
    right = expected_scores("m", scores(vectors))
    shuffled = rng.permutation(N)
    ids = [str(x) for x in 5000 + rng.permutation(900)[:N]]
    zero, one = [str(x) for x in rng.permutation(N)], [str(x + 1) for x in rng.permutation(N)]
    for name, names in (("barcodes", barcodes), ("ids", ids), ("zero", zero), ("one", one)):
        write(f"{name}.h5ad", names)

    def table(file, names, separator=",", header=None, at=0, rows=shuffled, quote=False, end="\n"):
        """A row per cell in the order `rows`, the names as field `at`."""
        lines = [] if header is None else [separator.join(header)]
        for i in rows:
            fields = [f"{v:.9g}" for v in vectors[i]]
            fields.insert(at, f'"{names[i]}"' if quote else names[i])
            lines.append(separator.join(fields))
        text = end.join(lines) + end
        packed = file.endswith(".gz")
        (OUT / file).write_bytes(gzip.compress(text.encode(), mtime=0) if packed else text.encode())

    dims = [f"d{j}" for j in range(D)]
    numbers = [str(j) for j in range(D)]
    by_number = sorted(range(N), key=lambda i: int(zero[i]))
    for id, data, situation, kwargs in (
            ("ids-unknown-header", "ids", "numbers as names under an unknown header", dict(names=ids, header=["tile", *dims])),
            ("ids-no-header", "ids", "numbers as names, no header", dict(names=ids)),
            ("ids-last-column", "ids", "numbers as names in the last column", dict(names=ids, header=[*dims, "tile"], at=D)),
            ("ids-middle-column", "ids", "numbers as names between the dimensions, no header", dict(names=ids, at=2)),
            ("zero-header-of-numbers", "zero", "cells 0..n-1 in another order, columns called 0, 1, 2", dict(names=zero, header=["", *numbers], rows=by_number)),
            ("one-no-header", "one", "cells 1..n in another order, no header", dict(names=one)),
            ("barcodes-unknown-header", "barcodes", "barcodes under an unknown header", dict(names=barcodes, header=["CB", *numbers])),
            ("barcodes-short-header", "barcodes", "a header without a field for the names, as R writes it", dict(names=barcodes, header=dims, quote=True)),
            ("barcodes-semicolon", "barcodes", "semicolons and CRLF", dict(names=barcodes, header=["sample", *dims], separator=";", end="\r\n")),
    ):
        table(f"table_{id}.csv", **kwargs)
        case(f"table-{id}", kind, situation, evaluated(f"{data}.h5ad", f"m@file=table_{id}.csv"), exit=0, scores=right, dims={"m": D})
    table("table_gz.tsv.gz", barcodes, "\t", ["cell", *dims])
    case("table-gz", kind, "a compressed table", evaluated("barcodes.h5ad", "m@file=table_gz.tsv.gz"), exit=0, scores=right, dims={"m": D})

    table("in_order.csv", [str(i) for i in range(N)], header=["row", *dims], rows=range(N))
    case("table-consecutive", kind, "0..n-1 in order, which name nothing: never a dimension", evaluated("barcodes.h5ad", "m@file=in_order.csv"),
         exit=0, scores=right, dims={"m": D}, stderr="by position")
    table("permuted.csv", [str(i) for i in range(N)], header=["row", *dims])
    case("table-permuted", kind, "0..n-1 in another order, which name nothing: the order is unknown", evaluated("barcodes.h5ad", "m@file=permuted.csv"), exit=1, stderr="permuted.csv", leftover=False)
    some = [b if i % 4 else b + "_x" for i, b in enumerate(barcodes)]
    table("some.csv", some, header=["CB", *dims])
    case("table-some-match", kind, "three of four names match", evaluated("barcodes.h5ad", "m@file=some.csv"), exit=1, stderr="45|15", leftover=False)
    np.savetxt(OUT / "plain_numbers.csv", vectors, delimiter=",", fmt="%.9g")
    case("table-by-position", kind, "numbers alone: by position, and it is said", evaluated("barcodes.h5ad", "m@file=plain_numbers.csv"), exit=0, scores=right, dims={"m": D}, stderr="by position")

    frame = pd.DataFrame(vectors, index=barcodes, columns=dims)
    for name, index in (("frame_reordered", None), ("frame_other", [b + "_x" for b in barcodes]), ("frame_numbers", [str(i) for i in range(N)])):
        write(f"{name}.h5ad", obsm={"X_df": frame})
        with h5py.File(OUT / f"{name}.h5ad", "r+") as f:
            node = f["obsm/X_df"]
            if index is None:
                for key in ("_index", *dims):
                    node[key][...] = node[key][...][shuffled]
            else:
                del node["_index"]
                node.create_dataset("_index", data=index, dtype=h5py.string_dtype())
    case("obsm-frame-reordered", kind, "the index of a data frame holds the cells in another order", evaluated("frame_reordered.h5ad", "m@obsm:X_df"), exit=0, scores=right)
    case("obsm-frame-other", kind, "the index of a data frame holds other cells", evaluated("frame_other.h5ad", "m@obsm:X_df"), exit=1, stderr="X_df", leftover=False)
    case("obsm-frame-numbers", kind, "the index of a data frame is 0..n-1", evaluated("frame_numbers.h5ad", "m@obsm:X_df"), exit=0, scores=right)

    keep = np.arange(N) % 3 != 0
    (OUT / "left_out.txt").write_text("\r\n".join(f'"{barcodes[i]}"' for i in range(N) if not keep[i]) + "\r\n")
    case("cell-list-quoted", kind, "a list of cells in quotes with CRLF", evaluated("barcodes.h5ad", "m@file=plain_numbers.csv", "--exclude-cells", "left_out.txt"),
         exit=0, n_cells=int(keep.sum()), scores=expected_scores("m", scores(vectors, keep)))
    (OUT / "others.txt").write_text("\n".join(b + "_x" for b in barcodes) + "\n")
    case("cell-list-none", kind, "a list of which no name is in the file", evaluated("barcodes.h5ad", "m@file=plain_numbers.csv", "--exclude-cells", "others.txt"), exit=1, stderr="others.txt", leftover=False)
    case("cell-list-folder", kind, "a folder in place of a list", evaluated("barcodes.h5ad", "m@file=plain_numbers.csv", "--exclude-cells", "."), exit=[1, 2], leftover=False)


def tenx_text():
    kind = "10x text files"
    coo = sp.coo_matrix(counts.T)
    entries = [f"{r + 1} {c + 1} {v}" for r, c, v in zip(coo.row, coo.col, coo.data)]

    def folder(name, feature_lines, barcode_lines, banner="%%MatrixMarket matrix coordinate integer general", end="\n", prefix="", more=()):
        path = OUT / name
        path.mkdir(exist_ok=True)
        lines = {"matrix.mtx": [banner, f"{len(genes) + len(more)} {N} {len(entries) + len(more)}", *entries, *more], "features.tsv": feature_lines, "barcodes.tsv": barcode_lines}
        for file, text in lines.items():
            (path / (prefix + file)).write_text(end.join(text) + end, newline="")

    plain = [f"{g}\tGENE{i}\tGene Expression" for i, g in enumerate(genes)]
    quoted = ["\t".join(f'"{x}"' for x in line.split("\t")) for line in plain]
    antibodies = [f"{len(genes) + k + 1} {k + 1} 7" for k in range(3)]
    clean = dict(exit=0, stdout=f'"n_genes": *{G}', stdout_not="unknown")
    folder("tenx_quoted", quoted, [f'"{b}"' for b in barcodes])
    case("tenx-quoted", kind, "fields in quotes", ["inspect", "tenx_quoted", "--json"], **clean)
    folder("tenx_lines", [f'"{x}"' for x in plain], [f'"{b}"' for b in barcodes], end="\r\n")
    case("tenx-quoted-lines", kind, "whole lines in quotes, CRLF", ["inspect", "tenx_lines", "--json"], **clean)
    folder("tenx_banner", plain, barcodes, banner="%%matrixmarket MATRIX Coordinate INTEGER General")
    case("tenx-banner", kind, "another case in the banner", ["inspect", "tenx_banner", "--json"], **clean)
    folder("tenx_antibodies", quoted + [f'"CD{k}"\t"CD{k}"\t"Antibody Capture"' for k in range(3)], barcodes, more=antibodies)
    case("tenx-antibodies", kind, "quoted antibodies are no genes", ["inspect", "tenx_antibodies", "--json"], **clean)
    folder("tenx_header", ["gene_id\tgene_name\tfeature_type", *plain], ["barcode", *barcodes])
    case("tenx-header", kind, "header lines", ["inspect", "tenx_header", "--json"], any=[dict(exit=0, stdout=f'"n_genes": *{G}'), dict(exit=1, stderr="header")])
    folder("tenx_prefixed", plain, barcodes, prefix="GSM1_")
    case("tenx-prefixed", kind, "one set of files with a prefix", ["inspect", "tenx_prefixed", "--json"], **clean)
    folder("tenx_two", plain, barcodes, prefix="GSM1_")
    folder("tenx_two", plain, barcodes, prefix="GSM2_")
    case("tenx-two-prefixes", kind, "two sets of files with a prefix", ["inspect", "tenx_two"], exit=1, stderr="GSM2_")


def conditions():
    kind = "conditions on obs"
    plate = np.array(["1", "01", "1.0", "1E3", "1000", "inf"])[np.arange(N) % 6]
    score = (np.arange(N) % 5).astype(float)
    score[::10] = np.nan
    write("where.h5ad", obsm={"X_emb": vectors}, plate=pd.Categorical(plate), score=score, flag=np.arange(N) % 2 == 0)
    for id, condition, keep in (("text-1", "plate == '1'", plate == "1"), ("text-01", "plate == '01'", plate == "01"), ("text-not-1000", "plate != '1000'", plate != "1000"),
                                ("number", "score >= 3", score >= 3), ("bool", "flag == True", np.arange(N) % 2 == 0)):
        case(f"where-{id}", kind, condition, evaluated("where.h5ad", "obsm:X_emb", "--where", condition), exit=0, n_cells=int(keep.sum()), scores=expected_scores("X_emb", scores(vectors, keep)))
    case("where-nothing", kind, "a value that is not there", evaluated("where.h5ad", "obsm:X_emb", "--where", "plate == 'one'"), exit=[1, 2], stderr="1E3", leftover=False)


def missing_codes():
    kind = "missing values as numbers"
    codes = np.array([list(centres).index(x) for x in label])
    keep = np.arange(N) % 6 != 0
    for dtype, value in (("int32", -2147483648), ("int64", -9223372036854775808), ("uint32", 4294967295)):
        column = codes.astype(dtype)
        column[~keep] = value
        write(f"missing_{dtype}.h5ad", obsm={"X_emb": vectors}, code=column)
        case(f"missing-{dtype}", kind, f"{value} stands for missing", ["evaluate", f"missing_{dtype}.h5ad", "--label", "code", "--embedding", "obsm:X_emb", "--reduced-dims", "0", "--no-umap", "--out", "{out}"],
             exit=0, stderr=str(value), scores={"X_emb/asw_label": scores(vectors, keep)["asw_label"]})


def files_that_contradict():
    kind = "files that contradict themselves"

    def edited(name, edit):
        write(name)
        with h5py.File(OUT / name, "r+") as f:
            edit(f["X"])

    def replace(node, key, values):
        del node[key]
        node.create_dataset(key, data=values)

    def stop(x):
        indptr = x["indptr"][...]
        indptr[-8:] = indptr[-8]
        replace(x, "indptr", indptr)

    def decrease(x):
        indptr = x["indptr"][...]
        indptr[5] = indptr[9]
        replace(x, "indptr", indptr)

    edited("offsets_stop.h5ad", stop)
    edited("offsets_decrease.h5ad", decrease)
    edited("short_offsets.h5ad", lambda x: replace(x, "indptr", x["indptr"][...][:-1]))
    edited("short_indices.h5ad", lambda x: replace(x, "indices", x["indices"][...][:-3]))
    edited("index_beyond.h5ad", lambda x: replace(x, "indices", np.where(np.arange(x["indices"].shape[0]) == 7, G + 5, x["indices"][...])))
    for name in ("offsets_stop", "offsets_decrease", "short_offsets", "short_indices", "index_beyond"):
        case(name.replace("_", "-"), kind, name.replace("_", " "), evaluated(f"{name}.h5ad", "pca:n_comps=3"), exit=1, stderr="indptr|indices|offset", leftover=False)


def values():
    kind = "values that are not finite or not apart"
    right = expected_scores("m", scores(vectors))
    write("values.h5ad", obsm={"X_one": np.where(np.arange(N * D).reshape(N, D) == 22, np.nan, vectors)})
    case("nan-one", kind, "one NaN: entry, row and column are named", evaluated("values.h5ad", "obsm:X_one"), exit=1, stderr="X_one", leftover=False)
    np.save(OUT / "offset.npy", vectors + 1e8)
    case("offset", kind, "float64 around 1e8", evaluated("values.h5ad", "m@file=offset.npy"), exit=0, scores=right)
    keep = np.arange(N) % 7 != 0
    rows = vectors.copy()
    rows[~keep] = np.nan
    np.save(OUT / "rows.npy", rows)
    np.savetxt(OUT / "rows.csv", rows, delimiter=",", fmt="%.9g")
    for file in ("rows.npy", "rows.csv"):
        case(f"nan-{file}", kind, "rows of NaN are cells without a vector", evaluated("values.h5ad", f"m@file={file}"), exit=0, scores=expected_scores("m", scores(vectors, keep)))
    x = anndata.AnnData(vectors, obs=obs(barcodes))
    x.write_h5ad(OUT / "x_embedding.h5ad")
    case("x-embedding", kind, "X is the embedding", evaluated("x_embedding.h5ad", "m@X"), exit=0, scores=right)


def forms():
    kind = "messages that lead on"
    write("other_layer.h5ad", x=np.log1p(counts.astype(np.float32)), layers={"umi": sp.csr_matrix(counts.astype(np.float32))})
    case("other-layer", kind, "counts in another layer", evaluated("other_layer.h5ad", "pca:n_comps=3"), any=[dict(exit=0, stderr="umi"), dict(exit=1, stderr="umi")])
    case("other-layer-named", kind, "the advice of that message", evaluated("other_layer.h5ad", "pca:n_comps=3", "--layer", "umi"), exit=0)
    with open(OUT / "barcodes.h5ad", "rb") as a, gzip.GzipFile(OUT / "packed.h5ad.gz", "wb", mtime=0) as b:
        shutil.copyfileobj(a, b)
    (OUT / "page.h5ad").write_text("<!DOCTYPE html>\n<html><head><title>404</title></head><body>Not found</body></html>\n")
    (OUT / "pointer.h5ad").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n")
    (OUT / "saved.rds").write_bytes(gzip.compress(b"X\n\x00\x00\x00\x03" + b"\x00" * 40, mtime=0))
    (OUT / "store.zarr").mkdir(exist_ok=True)
    (OUT / "store.zarr" / ".zgroup").write_text('{"zarr_format": 2}')
    (OUT / "empty.h5ad").write_bytes(b"")
    for file, word in (("packed.h5ad.gz", "gunzip|gzip"), ("page.h5ad", "HTML|web page"), ("pointer.h5ad", "LFS"), ("saved.rds", "R "), ("store.zarr", "[Zz]arr"), ("empty.h5ad", "empty")):
        case(f"file-{file}", kind, file, ["inspect", file], exit=1, stderr=word)
    with h5py.File(OUT / "cells.loom", "w") as f:
        f.create_dataset("matrix", data=counts.T)
        f.create_group("row_attrs").create_dataset("Gene", data=[g.encode() for g in genes])
        f.create_group("col_attrs").create_dataset("CellID", data=[b.encode() for b in barcodes])
    case("file-loom", kind, "a Loom file", ["inspect", "cells.loom"], exit=1, stderr="[Ll]oom")
    coo = sp.csr_matrix(counts.astype(np.float32))
    write("duplicates.h5ad")
    with h5py.File(OUT / "duplicates.h5ad", "r+") as f:
        x = f["X"]
        data, indices, indptr = x["data"][...].astype(np.float32), x["indices"][...], x["indptr"][...]
        at = int(np.argmax(data > 1))
        row = int(np.searchsorted(indptr, at, side="right") - 1)
        data = np.insert(data, at, 1)
        data[at + 1] -= 1
        indices, indptr = np.insert(indices, at, indices[at]), indptr + (np.arange(len(indptr)) > row)
        for key, values_ in (("data", data), ("indices", indices), ("indptr", indptr)):
            del x[key]
            x.create_dataset(key, data=values_)
    assert coo.shape == (N, G)
    case("duplicates", kind, "a gene twice in a row: summed, with a warning", evaluated("duplicates.h5ad", "hvg:n_top_genes=10"), exit=0, stderr="summed|added up")


OUT.mkdir(parents=True, exist_ok=True)
for part in (names_in_tables, tenx_text, conditions, missing_codes, files_that_contradict, values, forms):
    part()
(OUT / "cases.json").write_text(json.dumps(CASES, indent=1) + "\n")
print(f"{len(CASES)} cases in {OUT}")
