#!/usr/bin/env python3
"""Checks zerocell's untrained scGPT against the scgpt package's own model and loader.

Usage: python scgpt_files.py PEERS MODEL [PACKAGE_MODEL]

PEERS: folder with scgpt_model.py, which builds the package's TransformerModel. MODEL, PACKAGE_MODEL: folders that
`zerocell init-model scgpt` wrote, the second one with --init package. Prints one line a fact and ends with status 1 where one
does not hold:

- torch.load(weights_only=True) reads best_model.pt; all values are float32 and finite
- names and shapes are those of the package's model without cls_decoder, in its order of modules
- the package's model takes them (load_state_dict), and each tensor arrives unchanged
- every tensor has the range of the package's own start: constants equal, otherwise largest magnitude within the package's bound
- layers are equal in the package's start and under --init package, and differ by default
"""
import json
import os
import sys

sys.path.insert(0, sys.argv[1])
import torch
from scgpt_model import build

failures = 0


def fact(holds, text):
    global failures
    failures += not holds
    print("ok  " if holds else "FAIL", text)


def load(folder):
    args, vocab = (json.load(open(os.path.join(folder, f))) for f in ("args.json", "vocab.json"))
    return args, vocab, torch.load(os.path.join(folder, "best_model.pt"), weights_only=True)


def layers_are_equal(state, n_layers):
    first = "transformer_encoder.layers.0."
    return all(torch.equal(value, state[name.replace(first, f"transformer_encoder.layers.{i}.")])
               for name, value in state.items() if name.startswith(first) for i in range(1, n_layers))


args, vocab, state = load(sys.argv[2])
torch.manual_seed(0)
model = build(args, vocab)
own = {k: v.clone() for k, v in model.state_dict().items() if not k.startswith("cls_decoder")}
fact(all(v.dtype == torch.float32 and bool(torch.isfinite(v).all()) for v in state.values()), "float32, finite")
fact({k: v.shape for k, v in state.items()} == {k: v.shape for k, v in own.items()}, f"{len(own)} names and shapes")
fact(list(vocab.values()) == list(range(len(vocab))) or sorted(vocab.values()) == list(range(len(vocab))), "dense ids")
fact(all(s in vocab for s in ("<pad>", "<cls>", "<eoc>")), "the special tokens that the package would append are there")
missing, extra = model.load_state_dict(state, strict=False)
fact(not extra and all(k.startswith("cls_decoder") for k in missing), "the package's model takes them")
fact(all(torch.equal(model.state_dict()[k], v) for k, v in state.items()), "unchanged")
for name, theirs in own.items():
    ours = state[name]
    if bool((theirs == theirs.flatten()[0]).all()) and theirs.numel() > 1:
        fact(torch.equal(ours, theirs), f"{name}: constant {theirs.flatten()[0]:g}")
        continue
    # Of n uniform draws the largest magnitude lies within 20 / n of the bound but for a chance of exp(-20).
    largest, bound = ours.abs().max().item(), theirs.abs().max().item()
    slack = min(1.0, 40 / theirs.numel())
    fact(abs(largest - bound) <= slack * max(largest, bound), f"{name}: largest {largest:.5f}, package {bound:.5f}")
n_layers = args["nlayers"]
fact(layers_are_equal(own, n_layers), "the package's layers start equal")
fact(not layers_are_equal(state, n_layers), "layers drawn by themselves")
if len(sys.argv) > 3:
    _, _, package = load(sys.argv[3])
    fact(layers_are_equal(package, n_layers), "--init package: layers equal")
sys.exit(failures > 0)
