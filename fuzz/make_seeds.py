#!/usr/bin/env python3
"""Writes the first inputs of the fuzz targets to fuzz/corpus/: small files of each kind.

Usage: python make_seeds.py [OUT]        (h5py, numpy, torch: the Python of `make peers` has them)

What the fuzzers find on top of them is added by `scripts/fuzz.sh --keep`.
"""
import gzip
import io
import json
import pickle
import struct
import sys
import tempfile
import warnings
from pathlib import Path

import h5py
import numpy as np
import torch

ROOT = Path(__file__).parents[1]
OUT = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "fuzz/corpus"
GOLDEN = ROOT / "tests/golden"
warnings.simplefilter("ignore")


def put(target, name, content):
    folder = OUT / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def zipped(content):
    return gzip.compress(content if isinstance(content, bytes) else content.encode(), mtime=0)


# ---- HDF5


def h5(fill, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/seed.h5"
        with h5py.File(path, "w", track_order=False, **options) as file:
            fill(file)
        return Path(path).read_bytes()


TEXT = h5py.string_dtype()


def mark(thing, encoding, version="0.2.0"):
    thing.attrs["encoding-type"], thing.attrs["encoding-version"] = encoding, version


def frame(parent, name, names, columns):
    group = parent.create_group(name)
    mark(group, "dataframe")
    group.attrs["_index"] = "_index"
    group.attrs["column-order"] = np.array(list(columns), dtype=TEXT)
    group.create_dataset("_index", data=np.array(names, dtype=object), dtype=TEXT)
    for column, add in columns.items():
        add(group, column)


def categorical(group, name):
    made = group.create_group(name)
    mark(made, "categorical")
    made.attrs["ordered"] = False
    made["codes"] = np.array([0, 1, -1], np.int8)
    made.create_dataset("categories", data=np.array(["B", "T"], dtype=object), dtype=TEXT)


def nullable(group, name):
    made = group.create_group(name)
    mark(made, "nullable-integer", "0.1.0")
    made["values"], made["mask"] = np.array([1, 2, 3]), np.array([False, True, False])


def array(values):
    def add(group, name):
        group[name] = values
    return add


def sparse(parent, name, encoding="csr_matrix", **options):
    group = parent.create_group(name)
    mark(group, encoding, "0.1.0")
    group.attrs["shape"] = np.array([3, 2])
    pointers = [0, 1, 1, 3] if encoding == "csr_matrix" else [0, 2, 3]
    indices = [1, 0, 1] if encoding == "csr_matrix" else [0, 2, 1]
    group.create_dataset("indptr", data=np.array(pointers, np.int32), **options)
    group.create_dataset("indices", data=np.array(indices, np.int32), **options)
    group.create_dataset("data", data=np.array([1, 2, 5], np.float32), **options)


CELLS, GENES = ["c0", "c1", "c2"], ["ENSG00000141510", "TP53"]


def current(file):
    frame(file, "obs", CELLS, {"type": categorical, "n": array(np.array([1, 2, 3], ">i4")), "age": nullable})
    frame(file, "var", GENES, {})
    sparse(file, "X")


def chunked(file):
    frame(file, "obs", CELLS, {"flag": array(np.array([True, False, True]))})
    frame(file, "var", GENES, {"mean": array(np.array([0.5, np.nan], np.float16))})
    sparse(file, "X", "csc_matrix", chunks=(2,), compression="gzip", shuffle=True, fletcher32=True)
    file.create_dataset("layers/counts", data=np.ones((3, 2), np.uint8), chunks=(2, 2), compression="lzf")


def with_obsm(file):
    frame(file, "obs", CELLS, {})
    frame(file, "var", GENES, {})
    file["obsm/X_pca"] = np.arange(6, dtype=np.float64).reshape(3, 2)
    sparse(file["obsm"], "X_sparse")
    frame(file["obsm"], "X_frame", CELLS, {"a": array(np.array([1.0, 2, 3]))})


def with_raw(file):
    frame(file, "obs", CELLS, {})
    frame(file, "var", GENES[:1], {})
    file["X"] = np.zeros((3, 1), np.float32)
    raw = file.create_group("raw")
    frame(raw, "var", GENES, {})
    sparse(raw, "X")


def of_0_6(file):
    """Structured arrays, and codes with a list of categories in uns."""
    file["obs"] = np.array([(b"c0", 1.5, 0), (b"c1", 2.5, 1), (b"c2", 0.5, 0)],
                           dtype=[("index", "S2"), ("score", "<f4"), ("type", "i1")])
    file["var"] = np.array([(b"g0",), (b"g1",)], dtype=[("index", "S2")])
    file["obsm"] = np.array([((1, 2),), ((3, 4),), ((5, 6),)], dtype=[("X_pca", "<f4", (2,))])
    file["uns/type_categories"] = np.array([b"B", b"T"])
    file["X"] = np.ones((3, 2), np.float32)


def of_0_7(file):
    """Codes whose categories stand behind a reference."""
    frame(file, "obs", CELLS, {"type": array(np.array([0, 1, 1], np.int8))})
    names = file["obs"].create_dataset("__categories/type", data=np.array(["B", "T"], dtype=object), dtype=TEXT)
    names.attrs["ordered"] = False
    file["obs/type"].attrs["categories"] = names.ref
    frame(file, "var", GENES, {})
    sparse(file, "X")


def own_categories(file):
    """A column whose list of categories is the column itself."""
    current(file)
    del file["obs/type/categories"]
    file["obs/type/categories"] = file["obs/type"]


for name, fill in {"current": current, "chunked": chunked, "obsm": with_obsm, "raw": with_raw, "0.6": of_0_6,
                   "0.7": of_0_7}.items():
    put("h5ad", f"{name}.h5ad", h5(fill, libver="earliest"))
    put("h5ad", f"{name}_compact.h5ad", h5(fill, libver="v110"))
put("h5ad", "own_categories", h5(own_categories, libver="earliest"))


def tenx(file):
    group = file.create_group("matrix")
    group["barcodes"] = np.array([b"AAAC-1", b"AAAG-1"])
    group["features/id"] = np.array([b"ENSG00000141510", b"CD3"])
    group["features/name"] = np.array([b"TP53", b"CD3"])
    group["features/feature_type"] = np.array([b"Gene Expression", b"Antibody Capture"])
    group["features/genome"] = np.array([b"GRCh38", b""])
    group["data"], group["indices"] = np.array([3, 1, 2], np.int32), np.array([0, 0, 1])
    group["indptr"], group["shape"] = np.array([0, 1, 3]), np.array([2, 2], np.int32)


def tenx_2(file):
    group = file.create_group("GRCh38")
    group["barcodes"] = np.array([b"AAAC-1", b"AAAG-1"])
    group["genes"], group["gene_names"] = np.array([b"ENSG00000141510"]), np.array([b"TP53"])
    group["data"], group["indices"] = np.array([3, 1], np.int32), np.array([0, 0])
    group["indptr"], group["shape"] = np.array([0, 1, 2]), np.array([1, 2], np.int32)


for name, fill in {"version_3": tenx, "version_2": tenx_2}.items():
    put("tenx_h5", f"{name}.h5", h5(fill, libver="earliest"))
    put("tenx_h5", f"{name}_compact.h5", h5(fill, libver="v110"))

for name, content in {"all_usual": b"", "all_0x01": b"\1" * 400, "all_0x07": b"\7" * 600, "all_0x03": b"\3" * 600,
                      "rows": bytes(range(0, 256, 5)) * 12, "some_odd": bytes([0, 0, 0, 0, 0, 0, 0, 230] * 60),
                      "more_odd": bytes([3, 1, 240, 2, 6, 0, 225, 7, 5] * 60)}.items():
    put("h5ad_built", name, content)

# ---- Text

MATRIX = "%%MatrixMarket matrix coordinate integer general\n%metadata_json: {}\n2 3 3\n1 1 5\n2 1 1\n1 3 2\n"
FEATURES = "ENSG00000141510\tTP53\tGene Expression\nCD3\tCD3\tAntibody Capture\n"
BARCODES = "AAAC-1\nAAAG-1\nAACC-1\n"
for name, parts in {
        "version_3": ["\0" + MATRIX, FEATURES, BARCODES],
        "version_2": ["\1" + MATRIX, "ENSG00000141510\tTP53\nENSG2\tG2\n", BARCODES],
        "real": ["\0" + MATRIX.replace("integer", "real").replace("5\n", "5.5e0\n"), FEATURES, BARCODES],
        "pattern": ["\0%%MatrixMarket matrix coordinate pattern general\n2 3 1\n1 1\n", FEATURES, BARCODES],
        "quoted": ["\0" + MATRIX.replace("\n", "\r\n"), '"id"\t"name"\n"ENSG1"\t"a ""b"""\n"E2"\t"c"\r\n', '"A"\n"B"\n"C"\n'],
}.items():
    put("tenx_text", name, "\x1e".join(parts))
put("tenx_text", "gzip", b"\0" + b"\x1e".join([zipped(MATRIX), zipped(FEATURES), zipped(BARCODES)]))

for name, text in {
        "plain": "\1" "1,2\n3,4\n5,6\n",
        "named": "\3" ",d0,d1\nb,1,2\na,3,4\nc,5,6\n",
        "tabs": "\2" "cell\td0\td1\r\na\t-1e-3\t2\r\nb\t3\tNaN\r\nc\t5\t6\r\n",
        "r": "\2" '"d0" "d1"\n"a" 1 2\n"b" 3 4\n"c" 5 6\n',
        "positions": "\3" ",0,1\n0,1.5,2\n1,3,4\n2,5,6\n",
        "comments": "\1" "\ufeff# made by\n# hand\n1;2\n3;4\n\n\n",
}.items():
    put("text_table", name, text)
put("text_table", "gzip", b"\3" + zipped(",d0\na,1\nb,2\nc,3\n"))


def npy(values):
    out = io.BytesIO()
    np.save(out, values)
    return out.getvalue()


for name, values in {"float32": np.ones((3, 2), np.float32), "float64_fortran": np.asfortranarray(np.ones((3, 2))),
                     "big_endian": np.ones((3, 2), ">i2"), "vector": np.arange(3), "bool": np.ones((3, 1), bool),
                     "half": np.ones((3, 2), np.float16), "nan": np.full((3, 2), np.nan, np.float32)}.items():
    put("npy", name + ".npy", npy(values))
put("npy", "version_2.npy", npy(np.ones((3, 2), np.float32)).replace(b"NUMPY\1\0v\0", b"NUMPY\2\0v\0\0\0"))

# ---- Weights and pickles

for path in sorted((GOLDEN / "checkpoint").iterdir()):
    if path.is_file() and path.name != "expected.json":
        target = ("dictionary" if path.name.startswith("dictionary") else "safetensors" if path.suffix == ".safetensors"
                  else "torch_legacy" if "legacy" in path.name else "torch_zip")
        put(target, path.name, path.read_bytes())
        if target == "dictionary" and path.suffix == ".pkl":
            put("pickle", path.name, path.read_bytes())
put("zip", "small.zip", (GOLDEN / "checkpoint/small.bin").read_bytes())
shared = [1]
for name, value in {"flat": {"a": 1, "b": 2.5, "c": "text"}, "nested": {"x": [(1, 2, None, True), {"y": b"bytes"}]},
                    "shared": [shared, shared, 2**70, -1.5e300], "array": {"v": np.array(["a", "b"], dtype=object)},
                    "numbers": np.arange(4), "scalar": {"k": np.float32(1.5), "n": np.int64(3)},
                    "fixed_text": np.array(["a", "bc"])}.items():
    for protocol in (2, 4, 5):
        put("pickle", f"{name}_{protocol}.pkl", pickle.dumps(value, protocol))
put("pickle", "ordered.pkl", pickle.dumps(__import__("collections").OrderedDict(a=1), 2))
for name, value in {"tokens.json": {"<pad>": 0, "A": 1}, "mixed.json": {"a": 1.5, "b": "c", "\u00e9": -3}}.items():
    put("dictionary", name, json.dumps(value))
put("dictionary", "escapes.json", '{"\\ud83d\\ude00\\n": 1, "b": 1e400}')


def small_scvi(path):
    """A model of scvi-tools cut down to 3 genes, 2 hidden units and 1 latent dimension."""
    model = torch.load(path, weights_only=False)
    sizes = {40: 3, 16: 2, 4: 1, 7: 4, 19: 5}
    state = model["model_state_dict"]
    for name, tensor in state.items():
        if hasattr(tensor, "shape"):
            state[name] = tensor[tuple(slice(sizes.get(n, n)) for n in tensor.shape)].clone()
    model["var_names"] = model["var_names"][:3].copy()
    attributes = model["attr_dict"]
    for key in ("history_", "train_indices_", "validation_indices_", "test_indices_", "run_name_", "run_id_"):
        attributes.pop(key, None)
    attributes["init_params_"]["non_kwargs"].update(n_hidden=2, n_latent=1)
    fields = attributes["registry_"]["field_registries"]["X"]
    fields["state_registry"].update(n_vars=3, column_names=model["var_names"])
    fields["summary_stats"].update(n_vars=3)
    out = io.BytesIO()
    torch.save(model, out)
    return out.getvalue()


for likelihood in ("nb", "zinb"):
    put("scvi_model", likelihood + ".pt", small_scvi(GOLDEN / "scvi" / likelihood / "model.pt"))

# ---- Files of models

CONFIG = {"architectures": ["BertForMaskedLM"], "hidden_act": "relu", "hidden_size": 8, "intermediate_size": 16,
          "layer_norm_eps": 1e-12, "max_position_embeddings": 32, "model_type": "bert", "num_attention_heads": 2,
          "num_hidden_layers": 1, "type_vocab_size": 2, "vocab_size": 6}
ARGS = {"embsize": 8, "nheads": 2, "d_hid": 8, "nlayers": 1, "n_bins": 51, "max_seq_len": 20, "pad_token": "<pad>",
        "pad_value": -2, "mask_value": -1, "input_emb_style": "continuous", "input_style": "binned",
        "cell_emb_style": "cls", "fast_transformer": True}
put("model_files", "config", "g" + json.dumps(CONFIG))
put("model_files", "args", "a" + json.dumps(ARGS))
put("model_files", "vocab", "v" + json.dumps({"TP53": 0, "CD3E": 1, "<pad>": 2, "<cls>": 3, "<eoc>": 4}))
put("model_files", "index", "i" + json.dumps({"metadata": {"total_size": 8}, "weight_map": {"a": "model-1.safetensors"}}))

V1 = [{"<pad>": 0, "<mask>": 1, "ENSG00000141510": 2, "ENSG00000012048": 3},
      {"ENSG00000141510": 1.5, "ENSG00000012048": 0.25}, {"TP53": "ENSG00000141510"}, {}]
V2 = [{"<pad>": 0, "<mask>": 1, "<cls>": 2, "<eos>": 3, "ENSG00000141510": 4, "ENSG00000012048": 5}, *V1[1:3],
      {"ENSG00000012049": "ENSG00000012048"}]
put("vocabulary", "v1", "\x1e".join(json.dumps(part) for part in V1[:3]))
put("vocabulary", "v2", "\x1e".join(json.dumps(part) for part in V2))
put("vocabulary", "pickles", b"\x1e".join(pickle.dumps(part, 4) for part in V2))

HGNC = ("hgnc_id\tsymbol\tstatus\tprev_symbol\talias_symbol\tensembl_gene_id\n"
        "HGNC:1\tA1BG\tApproved\t\t\tENSG00000121410\nHGNC:2\tNAT1\tApproved\tAAC1|\"NATI\"\tMNAT\tENSG00000171428\n"
        "HGNC:3\tOLD\tWithdrawn\t\t\t\n\"HGNC:4\"\t\"NOID\"\tApproved\tMNAT\t\t\n")
put("gene_aliases", "hgnc.txt", HGNC)
put("gene_aliases", "hgnc.txt.gz", zipped(HGNC))

# ---- Results, studies, specs, conditions, lists

SCORES = ("dataset,embedding,dims,n_cells,seed,metric,value,low,high,direction,convention,status,reason\n"
          'set,"a ""b""",10,100,0,nmi,0.5,0.4,0.6,higher,zerocell,ok,\nset,pca,50,100,0,nmi,0.25,,,higher,zerocell,ok,\n'
          "set,pca,50,100,0,pcr_batch,,,,lower,zerocell,not_applicable,no batch column\n"
          "set,pca-s1 [pc30],30,100,1,avg_bio,0.75,,,higher,zerocell,ok,\n")
RESULT = {"schema": 1, "zerocell": {"version": "0.1.0"}, "provenance": {"input_hash": "00ff", "seed": 0},
          "dataset": {"name": "set", "n_cells": 100, "label": "type"},
          "embeddings": [{"tag": "pca", "method": "pca", "options": "n_comps=50", "group": "pca", "dims": 50}]}
put("results", "one_set", SCORES + "\x1e" + json.dumps(RESULT))
put("results", "no_json", SCORES)
put("results", "study", SCORES + "\x1e" + json.dumps({"kind": "study", "datasets": [{"name": "set", "folder": "set"}],
                                                       "methods": [{"tag": "pca", "options": "x"}]}))

put("study_file", "whole.toml", """title = "Blood"
seed = 3
convention = "zerocell"
tasks = ["clustering", "batch", "reconstruction"]
figures = ["2A"]
formats = ["svg"]
cluster_seeds = 2
reduced_dims = 30
save_models = true
[limits]
threads = 2
max_memory = "1G"
[[dataset]]
name = "pbmc"
path = "data/pbmc.h5ad"
label = "celltype"
batch = "batch"
donor = "donor"
counts = "layer:counts"
gene_ids = "ids"
accept_non_counts = true
where = "tech == '10x' and n > 5"
exclude_cells = "list.txt"
overlap = "seen.txt"
overlap_by = "dataset_id"
subsample = 100
[[method]]
spec = "mine@scvi:max_epochs=5"
seeds = 3
datasets = ["pbmc"]
[[method]]
spec = "scgpt=models/human"
controls = ["weights", "genes", "values"]
subsample = 100
reconstruction = false
""")
put("study_file", "small.toml", '[[dataset]]\npath = "a.h5ad"\n[[method]]\nspec = "hvg"\n')
put("study_file", "wrong.toml", 'sed = 1\n[[dataset]]\npath = 3\nlabl = "x"\n[[method]]\nspec = "hgv"\n[[method]]\n')
put("study_file", "toml.toml", 'a.b.c = 1\n"q" = \'\'\'x\'\'\'\nd = 1979-05-27T07:32:00Z\n[x.y]\nz = {a = [1, 2.5, {}]}\n')

put("embedding_spec", "usual", "hvg\npca:n_comps=30\nb@harmony:theta=1,max_iter=20\nobsm:X_pca\nx@obsm:X_a/b\n")
put("embedding_spec", "models", "geneformer=models/gf-6L:layer=last,pool=cls,max_len=2048\nhuman@scgpt=m:weights=random\n"
    "scvi:model=m.pt\nscvi:max_epochs=5,seeds=3,seed=18446744073709551615\n")
put("embedding_spec", "quotes", "file='a:b,c@d.csv'\n'it''s'@file='x''y'\nhvg:n_top_genes='20'\npca:n_comps=-1\n@=:,\n")

for name, text in {"text": "text == 'a' and whole >= -7", "list": "kind in ['B cell', 01, \"1E3\"]",
                   "number": "real < 1e308 and flag == True", "missing": "whole != 5", "other": "none == 1",
                   "symbols": "text!='' && kind<='B cell' & flag in (True, 0)"}.items():
    put("where", name, text)

put("cell_list", "names", "a\nb\r\n\nzz\n\"c\"\n")
put("cell_list", "hashes", "hash:0123456789abcdef0123456789abcdef\nhash:00000000000000010000000000000002\none\n")
put("cell_list", "header", "cell_id,why\na,dead\n")


def text(x):
    return struct.pack("<Q", len(x)) + x.encode()


def vector(form, *values):
    return struct.pack(f"<Q{len(values)}{form}", len(values), *values)


def matrix(rows, *values):
    return struct.pack("<Q", rows) + vector("f", *values)


TRAINING = text("") + vector("d") * 3 + struct.pack("<QQ?", 0, 0, False) + text("") + struct.pack("<Q", 0) + text("")
EMBEDDING = (text("pca") + text("pca") + b"\0" + matrix(2, 1, 2, 3, 4) + vector("I", 0, 2) + text("n_comps=2") +
             struct.pack("<Q", 0) * 3 + TRAINING + text("all") + struct.pack("<dQd", 1, 2, 3))
put("cache_entry", "embedding", b"\x81" + EMBEDDING)
for kind, name in ((b"\x80", "part"), (b"\x81", "embedding_zeros"), (b"\x82", "reconstruction")):
    put("cache_entry", name + "_zeros", kind + bytes(600))
put("cache_entry", "magic", b"\x00zerocell part 3\n" + b"0" * 32)
put("row_journal", "empty", b"\1")
put("row_journal", "one_record", b"\1" + struct.pack("<QQ4f", 0, 2, 1, 2, 3, 4) + b"0" * 32)
put("row_journal", "other", b"\0zerocell rows 1\nother\n4 2\n")

print({folder.name: (sum(1 for _ in folder.iterdir()), sum(f.stat().st_size for f in folder.iterdir()))
       for folder in sorted(OUT.iterdir())})
