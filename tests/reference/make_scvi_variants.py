"""Models of scvi-tools with settings of all kinds, their latent means, and pickled objects as their files hold them: ../golden/scvi/.

usage: make_scvi_variants.py OUT      (OUT: tests/golden/scvi; the Python of `scripts/peers.sh --scvi`)
Written with scvi-tools 1.4.2, torch 2.13.0, numpy 2.4.6, pandas 2.3.3: 60 simulated cells x 6 genes, one epoch on one thread, model.save() without history.
  variants/decoder.pt      all that only the decoder is told: dispersion gene-batch, poisson, size factors, labels, covariates, library sizes, batches as embeddings
  variants/layer_norm.pt   layer norm in place of batch norm, 2 layers (as scArches advises)
  variants/both_norms.pt   batch norm and layer norm, 1 layer, counts without logarithm, numpy's own texts and numbers as settings
  variants/told_batch.pt   encode_covariates, 2 layers, the batch told to both; batches are the numbers 0.5, 1.0, 2.0
  variants/told_first.pt   the same with the batch told to the first layer alone, dispersion gene-cell
  variants/flat.pt         init_params_ as before version 0.9, batches that are dates, names of tensors behind "module."
variants.json: genes, counts (8 cells x 6 genes), site (8 numbers), latent_mean {variant: (8 x n_latent) get_latent_representation()}
pickled_objects.json:
  objects  {name: {protocol: pickle of {"object": it, "after": 7}, hexadecimal}}
  arrays   {name: {"pickle": hexadecimal, protocol 2, "texts": names of the elements}}; texts is null where the elements have none
"""
import collections
import datetime
import decimal
import enum
import functools
import importlib.metadata
import json
import logging
import operator
import os
import pathlib
import pickle
import re
import sys
import tempfile
import types
import uuid
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
import anndata
import numpy as np
import pandas as pd
import scvi
import torch

torch.set_num_threads(1)
scvi.settings.verbosity = 40
N_SHOWN = 8


def simulate():
    rng = np.random.default_rng(6)
    counts = rng.poisson(rng.gamma(0.8, 4.0, (60, 6)) * rng.gamma(3.0, 0.4, (60, 1)))
    counts[:, 0] += 1
    i = np.arange(60)
    obs = pd.DataFrame({"site": np.array([2.0, 0.5, 1.0])[i % 3], "label": pd.Categorical(np.array(["x", "y"])[i % 2]), "size": counts.sum(1) / 20,
                        "age": rng.normal(size=60), "day": pd.to_datetime(["2020-01-01", "2021-01-01"])[i % 2]}, index=[f"cell{k}" for k in i])
    return anndata.AnnData(counts.astype(np.float32), obs=obs, var=pd.DataFrame(index=[f"GENE{5 - k}" for k in range(6)]))


def make(name, setup, change=None, **settings):
    data = simulate()
    scvi.settings.seed = 1
    scvi.model.SCVI.setup_anndata(data, **setup)
    model = scvi.model.SCVI(data, **{"n_hidden": 5, "n_latent": 2, **settings})
    model.train(max_epochs=1, accelerator="cpu", enable_progress_bar=False, logger=False)
    mean = model.get_latent_representation()[:N_SHOWN]
    for attribute in ("history_", "trainer", "train_indices_", "test_indices_", "validation_indices_"):
        model.__dict__.pop(attribute, None)
    if change:
        change(model)
    with tempfile.TemporaryDirectory() as folder:
        model.save(folder, overwrite=True)
        os.replace(os.path.join(folder, "model.pt"), os.path.join(sys.argv[1], "variants", name + ".pt"))
    return [[float(f"{v:.9g}") for v in row] for row in mean]


def flatten(model):
    parameters = model.init_params_
    model.init_params_ = {**parameters["non_kwargs"], "model_kwargs": parameters["kwargs"]["kwargs"], "use_cuda": True}
    state = model.module.state_dict
    model.module.state_dict = lambda: collections.OrderedDict(("module." + k, v) for k, v in state().items())


class Custom:
    def __init__(self):
        self.values = {1: [2, 3]}


class Kind(enum.Enum):
    ONE = 1


class OwnDict(dict):
    pass


def own_function(x):
    return x


def objects():
    return {
        "pathlib": pathlib.PurePosixPath("/x"), "uuid": uuid.UUID(int=2**127), "custom": Custom(), "enum": Kind.ONE, "own_dict": OwnDict(a=1), "function": own_function,
        "bound_method": "abc".upper, "builtin": print, "partial": functools.partial(own_function, 1), "device": torch.device("cpu"), "dtype": torch.float16,
        "size": torch.Size([1, 2]), "ordered": collections.OrderedDict(a=1), "counter": collections.Counter("aab"), "deque": collections.deque([1]),
        "defaultdict": collections.defaultdict(list, {1: [2]}), "datetime": datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc), "date": datetime.date(2020, 1, 1),
        "timedelta": datetime.timedelta(1), "decimal": decimal.Decimal("1.5"), "random_state": np.random.RandomState(1), "generator": np.random.Generator(np.random.PCG64(1)),
        "frame": pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), "series": pd.Series([1.5], name="s"), "categories": pd.Categorical(["a", "b"]), "timestamp": pd.Timestamp("2020-01-01"),
        "multi_index": pd.MultiIndex.from_tuples([(1, 2)]), "complex": 1 + 2j, "set": {1, 2}, "frozenset": frozenset([1]), "large": 10**40, "bytes": b"\x00\xff",
        "no_bytes": b"", "bytearray": bytearray(b"x"), "range": range(3), "slice": slice(1), "half_surrogate": "\ud800", "numpy_date": np.datetime64("2020"),
        "numpy_complex": np.complex64(1), "records": np.zeros(2, dtype=[("a", "i4"), ("b", "U3")]), "masked": np.ma.array([1, 2], mask=[0, 1]), "void": np.zeros(1, dtype="V3")[0],
        "numpy_bytes": np.bytes_(b"ab"), "long_double": np.longdouble(1), "objects": np.array([Custom(), None], dtype=object), "itemgetter": operator.itemgetter(1),
        "pattern": re.compile("a"), "class": collections.OrderedDict, "ellipsis": ..., "namespace": types.SimpleNamespace(a=1),
    }


def arrays():
    texts = np.array(["d1", "é🧬", ""])
    interval = pd.cut(pd.Series([1.0, 2.0, 3.0]), 2).cat.categories.to_numpy()
    return {
        "object": (texts.astype(object), list(texts)), "fixed": (texts, list(texts)), "numpy_texts": (np.array([np.str_(t) for t in texts], dtype=object), list(texts)),
        "list": ([np.str_(t) for t in texts], list(texts)), "tuple": (("a", 1), ["a", "1"]), "bytes": (np.array([b"ab", b"c"]), ["ab", "c"]),
        "int8": (np.array([-1, 2], dtype=np.int8), ["-1", "2"]), "uint64": (np.array([2**64 - 1], dtype=np.uint64), [str(2**64 - 1)]),
        "float64": (np.array([1.0, 2.5, -0.1]), ["1", "2.5", "-0.1"]), "float32": (np.array([2.5, 1.0], dtype=np.float32), ["2.5", "1"]),
        "float16": (np.array([0.5], dtype=np.float16), ["0.5"]), "big_endian": (np.array([1.5], dtype=">f8"), ["1.5"]), "bool": (np.array([False, True]), ["False", "True"]),
        "mixed": (np.array(["a", 2, 1.5, True], dtype=object), ["a", "2", "1.5", "True"]), "pandas_string": (pd.array(["a", "b"], dtype="string").to_numpy(), ["a", "b"]),
        "dates": (pd.to_datetime(["2020-01-01"]).to_numpy(), None), "timestamps": (pd.to_datetime(["2020-01-01"]).tz_localize("UTC").to_numpy(), None),
        "intervals": (interval, None), "uuids": (np.array([uuid.UUID(int=1)], dtype=object), None), "index": (pd.Index(["a"]), None),
        "extension": (pd.array(["a"], dtype="string"), None), "matrix": (np.array([["a"]]), None),
    }


def write(name, document):
    document = {"made_by": "tests/reference/make_scvi_variants.py; " + ", ".join(f"{m} {importlib.metadata.version(m)}" for m in ("scvi-tools", "torch", "numpy", "pandas")), **document}
    with open(os.path.join(sys.argv[1], name), "w") as f:
        f.write(json.dumps(document, separators=(",", ":")) + "\n")


os.makedirs(os.path.join(sys.argv[1], "variants"), exist_ok=True)
data = simulate()
means = {
    "decoder": make("decoder", {"batch_key": "site", "labels_key": "label", "size_factor_key": "size", "categorical_covariate_keys": ["label"], "continuous_covariate_keys": ["age"]},
                    dispersion="gene-batch", gene_likelihood="poisson", batch_representation="embedding", deeply_inject_covariates=False, use_observed_lib_size=False,
                    extra_decoder_kwargs={}, var_activation=torch.nn.functional.softplus, n_layers=2, use_batch_norm="encoder", use_layer_norm="decoder"),
    "layer_norm": make("layer_norm", {"batch_key": "site"}, use_layer_norm="both", use_batch_norm="none", n_layers=2, dropout_rate=0.2),
    "both_norms": make("both_norms", {}, use_layer_norm=np.str_("encoder"), log_variational=np.bool_(False), n_latent=np.int64(2), gene_likelihood=np.str_("nb"), dispersion="gene-label"),
    "told_batch": make("told_batch", {"batch_key": "site"}, encode_covariates=True, n_layers=2),
    "told_first": make("told_first", {"batch_key": "site"}, encode_covariates=True, deeply_inject_covariates=False, n_layers=2, dispersion="gene-cell"),
    "flat": make("flat", {"batch_key": "day"}, flatten, use_layer_norm="encoder", use_batch_norm="decoder"),
}
write("variants.json", {"genes": list(data.var_names), "counts": data.X[:N_SHOWN].astype(int).tolist(), "site": data.obs["site"][:N_SHOWN].tolist(), "latent_mean": means})
write("pickled_objects.json", {
    "objects": {name: {str(p): pickle.dumps({"object": value, "after": 7}, p).hex() for p in (2, 5)} for name, value in objects().items()},
    "arrays": {name: {"pickle": pickle.dumps(value, 2).hex(), "texts": None if texts is None else [str(t) for t in texts]} for name, (value, texts) in arrays().items()}})
