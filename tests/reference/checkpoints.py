#!/usr/bin/env python3
"""Writes small checkpoints and dictionaries to tests/golden/checkpoint/ with the programs that write real ones.

Usage: python checkpoints.py [OUT]

torch.save (zip and older format), safetensors.torch.save_file, pickle.dumps; versions in expected.json. expected.json holds
for each checkpoint the tensors' shapes, number formats and values as float32 (float64 for integers), and for each dictionary
its entries. The pickles with numpy 1 spelling are those of numpy 2 with the module name replaced: numpy.core.multiarray
was renamed to numpy._core.multiarray, nothing else changed.
"""
import collections
import json
import pickle
import sys
from pathlib import Path

import numpy
import safetensors
import torch
from safetensors.torch import save_file

OUT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "golden/checkpoint")
OUT.mkdir(parents=True, exist_ok=True)
torch.manual_seed(1)
NAMES = {torch.float64: "f64", torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16", torch.int64: "i64",
         torch.int32: "i32", torch.int16: "i16", torch.int8: "i8", torch.uint8: "u8", torch.bool: "boolean"}
expected = {"torch": torch.__version__, "safetensors": safetensors.__version__, "numpy": numpy.__version__,
            "checkpoints": {}, "dictionaries": {}}


def describe(state):
    out = {}
    for name, tensor in state.items():
        tensor = tensor.detach()
        values = tensor.float() if tensor.is_floating_point() else tensor.double()
        out[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "values": values.reshape(-1).tolist()}
    return out


def state_dict():
    base = torch.randn(4, 6)
    tied = torch.nn.Parameter(torch.randn(5, 3))
    state = collections.OrderedDict()
    state["embeddings.weight"] = tied
    state["decoder.weight"] = tied  # shares the storage, as a tied decoder does
    state["norm.bias"] = torch.nn.Parameter(torch.randn(3), requires_grad=False)
    state["base"] = base
    state["transposed"] = base.t()
    state["rows"] = base[1:3]
    state["strided"] = base[::2, 1::3]
    state["middle"] = base[:, 2:5]
    state["three"] = torch.randn(2, 3, 4).permute(2, 0, 1)
    state["scalar"] = torch.tensor(2.5)
    state["empty"] = torch.zeros(0, 3)
    state["half"] = torch.tensor([1.5, -0.25, 65504.0, 6e-8, 0.0, -2e-5], dtype=torch.float16)
    state["brain"] = torch.tensor([1.5, -0.25, 1e30, 1e-40], dtype=torch.bfloat16)
    state["brain.strided"] = torch.arange(12, dtype=torch.bfloat16).reshape(3, 4).t()
    state["double"] = torch.tensor([[0.1, 1 / 3], [1e-50, 16777217.0]], dtype=torch.float64)
    state["position_ids"] = torch.arange(4).reshape(1, 4)
    state["int"] = torch.tensor([-3, 7], dtype=torch.int32)
    state["short"] = torch.tensor([-300, 7], dtype=torch.int16)
    state["char"] = torch.tensor([-3, 7], dtype=torch.int8)
    state["byte"] = torch.tensor([3, 200], dtype=torch.uint8)
    state["bool"] = torch.tensor([True, False])
    state._metadata = collections.OrderedDict({"": {"version": 1}, "norm": {"version": 2}})
    return state


def save(name, value, state, **options):
    torch.save(value, OUT / name, **options)
    expected["checkpoints"][name] = describe(state)


state = state_dict()
save("all_kinds.bin", state, state)
save("all_kinds_legacy.bin", state, state, _use_new_zipfile_serialization=False)
small = {"weight": torch.nn.Parameter(torch.randn(2, 3)), "bias": torch.randn(3).half()}
save("small.bin", small, small)
save("small_legacy.bin", small, small, _use_new_zipfile_serialization=False)
save("protocol4.bin", small, small, pickle_protocol=4)
for wrapper in ["state_dict", "model_state_dict", "model"]:
    save(f"{wrapper}.pt", {"epoch": 3, "note": "x", "rate": 0.1, "steps": [1, (2, None)], wrapper: small}, small)
torch.serialization.set_crc32_options(False)
save("no_checksums.bin", small, small)
torch.serialization.set_crc32_options(True)

whole = {name: tensor.detach().clone().contiguous() for name, tensor in state.items()}
save_file(whole, OUT / "all_kinds.safetensors", metadata={"format": "pt"})
expected["checkpoints"]["all_kinds.safetensors"] = describe(whole)
plain = {name: tensor.detach().clone() for name, tensor in small.items()}
save_file(plain, OUT / "small.safetensors")
expected["checkpoints"]["small.safetensors"] = describe(plain)

sharded = OUT / "sharded"
sharded.mkdir(exist_ok=True)
for number, name in enumerate(plain, 1):
    save_file({name: plain[name]}, sharded / f"model-{number:05}-of-00002.safetensors", metadata={"format": "pt"})
index = {"metadata": {"total_size": 30},
         "weight_map": {name: f"model-{number:05}-of-00002.safetensors" for number, name in enumerate(plain, 1)}}
(sharded / "model.safetensors.index.json").write_text(json.dumps(index, indent=2))
expected["checkpoints"]["sharded"] = describe(plain)

scalars = {"int16": numpy.int16(-12345), "int64": numpy.int64(1 << 40), "uint8": numpy.uint8(200),
           "float64": numpy.float64(41.877031521142754), "float32": numpy.float32(0.1), "float16": numpy.float16(0.1),
           "int32": numpy.int32(-2),
           "plain": 7, "negative": -70000, "long": -(1 << 62), "real": 2.5, "text": "ENSG00000075624", "é": "μ"}
for protocol in [2, 4, 5]:
    data = pickle.dumps(scalars, protocol=protocol)
    (OUT / f"dictionary_numpy2_{protocol}.pkl").write_bytes(data)
    old = data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    if protocol > 2:  # lengths of the text and of the frame, one byte less
        old = old.replace(b"\x8c\x16numpy.core", b"\x8c\x15numpy.core")
        old = old[:3] + (int.from_bytes(old[3:11], "little") - 1).to_bytes(8, "little") + old[11:]
    assert pickle.loads(old) == scalars
    (OUT / f"dictionary_numpy1_{protocol}.pkl").write_bytes(old)
entries = {key: value if isinstance(value, str) else value.item() if hasattr(value, "item") else value
           for key, value in scalars.items()}
(OUT / "dictionary.json").write_text(json.dumps(entries))
expected["dictionaries"] = entries

(OUT / "expected.json").write_text(json.dumps(expected))
