"""Reference values of scGPT's network: the package's own TransformerModel on small checkpoints of its architecture.

usage: scgpt_network.py OUT      (OUT: tests/golden/scgpt; the Python of scripts/peers.sh)
Written with scgpt 0.2.4 (its model module alone), torch 2.13.0, numpy 2.4.6: TransformerModel(...).eval() in float32, PyTorch's encoder fast
path off, one cell at a time, so that nothing is padded. Every parameter is perturbed; the script checks that each tensor, when halved, turned
round or (if square) transposed, changes what depends on it.

Folders, each with args.json, vocab.json, best_model.pt (torch.save of the state dict):
  in_proj     dim 48, 3 heads, 3 layers, d_hid 40, 67 tokens; attention as self_attn.in_proj_{weight,bias}; no cls_decoder, as published
  wqkv, impl  the same weights and values as self_attn.Wqkv.{weight,bias} and, as the package's wrapper of
              flash-attention saves them, self_attn._impl.{Wqkv,out_proj}.{weight,bias}
  old         dim 32, 2 heads, 2 layers, d_hid 56; BatchNorm1d (eps 6.1e-5) `bn.*` on the sum of gene and value, running statistics far from 0
              and 1; cls_decoder.*; flag_encoder.weight, which nothing reads
  fine_tuned  dim 32, 4 heads, 2 layers, d_hid 24, of a model with use_batch_labels, dsbn and do_dab: batch_encoder.*, dsbn.bns.*, cls_decoder.*,
              grad_reverse_discriminator.*; decoder.fc.0.weight is [32, 64], mvc_decoder.W.weight [64, 32]: good for embedding only
JSON (in_proj.json, which holds for wqkv and impl too; old.json; fine_tuned.json): `cells`, each with
  genes, tokens     symbols and ids without <cls>
  values            what the value encoder gets at each gene: bins; -1 is masked; one cell has values that are no bins and some above the
                    clamp at 512
  cls_value         of the <cls> token that stands before them: -2 or 0
  cls               output of the last layer at <cls>;  embedding: cls / |cls|
  gep, gepc         mlm_output and mvc_output at every gene (not in fine_tuned.json); gep_cls, gepc_cls: the same at <cls>
fine_tuned.json: cls is what the package gives zero-shot, where tensors of batches are passed over; cls_of_batch: the fine-tuned model's own,
with the batch norm of batch 0, 1, 2.
"""
import functools
import importlib.metadata
import json
import os
import sys
import types
import warnings
from collections import OrderedDict

warnings.filterwarnings("ignore")
import numpy as np
import torch

root = importlib.metadata.distribution("scgpt").locate_file("scgpt")
for name, path in (("scgpt", root), ("scgpt.model", os.path.join(root, "model"))):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [str(path)]
from scgpt.model.model import TransformerModel

REFERENCE = "scgpt 0.2.4 TransformerModel, torch 2.13.0, float32"
N_GENES, N_BATCHES = 64, 3
LENGTHS = (1, 2, 3, 7, 16, 31, 47, 60)
SPECIALS = ("<pad>", "<cls>", "<eoc>")


def make_vocabulary():
    """Synthetic symbols, not listed in the order of their ids; specials have the last ids."""
    shapes = ("ZC{}", "ZC{}-AS1", "ZC{}.2", "Z{}orf7", "MT-Z{}", "zc{}")
    names = [shapes[i % len(shapes)].format(i + 1) for i in range(N_GENES)] + list(SPECIALS)
    order = np.random.default_rng(1).permutation(len(names))
    return {names[i]: int(i) for i in order}


def make_args(dim, heads, layers, hidden):
    return {"embsize": dim, "nheads": heads, "d_hid": hidden, "nlayers": layers, "n_layers_cls": 3, "dropout": 0.2, "pad_token": "<pad>",
            "pad_value": -2, "mask_value": -1, "n_bins": 51, "max_seq_len": 1200, "input_style": "binned", "input_emb_style": "continuous",
            "MVC": True, "USE_GENERATIVE_TRAINING": True, "mask_ratio": [0.25, 0.5, 0.75]}


def build(args, vocabulary, **more):
    return TransformerModel(len(vocabulary), args["embsize"], args["nheads"], args["d_hid"], args["nlayers"], nlayers_cls=args["n_layers_cls"],
                            vocab=vocabulary, dropout=args["dropout"], pad_token=args["pad_token"], pad_value=args["pad_value"], do_mvc=True,
                            n_input_bins=args["n_bins"], **more).eval()


def perturb(model):
    with torch.no_grad():
        for q in model.parameters():
            q.mul_(2.0).add_(0.1 * torch.randn_like(q)) if q.dim() > 1 else q.add_(0.2 * torch.randn_like(q))
        for name, q in model.named_buffers():
            if name.endswith("running_mean"):
                q.copy_(2.0 * torch.randn_like(q))
            elif name.endswith("running_var"):
                q.copy_(0.2 + 6.0 * torch.rand_like(q))
            elif name.endswith("num_batches_tracked"):
                q.fill_(4321)


def save(out, name, args, vocabulary, state):
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    json.dump(args, open(os.path.join(folder, "args.json"), "w"), indent=1)
    json.dump(vocabulary, open(os.path.join(folder, "vocab.json"), "w"), indent=1)
    torch.save(state, os.path.join(folder, "best_model.pt"))


def renamed(state, packed, out="out_proj"):
    names = {"self_attn.in_proj_": f"self_attn.{packed}.", "self_attn.out_proj.": f"self_attn.{out}."}
    return OrderedDict((functools.reduce(lambda k, n: k.replace(n, names[n]), names, key), v) for key, v in state.items())


def make_cells(vocabulary):
    rng = np.random.default_rng(5)
    genes = [g for g in sorted(vocabulary, key=vocabulary.get) if g not in SPECIALS]
    cells = []

    def add(length, change=lambda values: values):
        chosen = [genes[i] for i in rng.permutation(N_GENES)[:length]]
        values = change(rng.integers(1, 51, length).astype(float))
        for cls_value in (-2, 0):
            cells.append({"genes": chosen, "tokens": [vocabulary[g] for g in chosen], "values": values.tolist(), "cls_value": cls_value})

    for length in LENGTHS:
        add(length)
    add(24, lambda v: np.where(np.arange(len(v)) % 4 == 1, -1.0, v))
    add(9, lambda v: np.r_[2.5, 51, 100, 511.5, 512, 513, 1000, 1e6, 0])
    return cells


def run(model, vocabulary, cell, batch=None):
    ids = torch.tensor([[vocabulary["<cls>"], *cell["tokens"]]])
    values = torch.tensor([[cell["cls_value"], *cell["values"]]], dtype=torch.float32)
    labels = torch.tensor([batch]) if batch is not None else None
    with torch.inference_mode():
        return model(ids, values, src_key_padding_mask=ids.eq(vocabulary["<pad>"]), batch_labels=labels, MVC=True)


def numbers(tensor):
    return [float(f"{v:.9g}") for v in tensor.tolist()]


def expect(model, vocabulary, cells, batch=None, decoders=True):
    rows = []
    for cell in cells:
        r = run(model, vocabulary, cell, batch)
        cls = r["cell_emb"][0]
        row = {**cell, "cls": numbers(cls), "embedding": numbers(cls / cls.norm())}
        if decoders:
            gep, gepc = r["mlm_output"][0], r["mvc_output"][0]
            row |= {"gep": numbers(gep[1:]), "gepc": numbers(gepc[1:]), "gep_cls": float(gep[0]), "gepc_cls": float(gepc[0])}
        rows.append(row)
    return rows


def check_sensitivity(model, vocabulary, cell, batch=None):
    """No tensor can be dropped, turned round or transposed unseen."""
    out = lambda: torch.cat([run(model, vocabulary, cell, batch)[k].flatten() for k in ("cell_emb", "mlm_output", "mvc_output")])
    before = out()
    tensors = {k: v for k, v in model.state_dict().items() if not k.startswith(("cls_decoder", "grad_reverse")) and v.dtype == torch.float32}
    for name, q in tensors.items():
        kept = q.clone()
        changes = [kept / 2, kept.flip(0), kept.flip(1) if kept.dim() > 1 else None, kept.T if kept.dim() > 1 and len(kept) == len(kept.T) else None]
        for change in changes:
            if change is None or torch.equal(change, kept):
                continue
            q.copy_(change)
            moved = (out() - before).abs().max().item()
            assert moved > 1e-3, (name, moved)
        q.copy_(kept)


def write(out, name, cells):
    with open(os.path.join(out, f"{name}.json"), "w") as f:
        rows = ",\n".join("  " + json.dumps(c, separators=(",", ":")) for c in cells)
        f.write(f'{{\n "reference": {json.dumps(REFERENCE)},\n "cells": [\n{rows}\n ]\n}}\n')


def main(out):
    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)
    vocabulary = make_vocabulary()
    cells = make_cells(vocabulary)
    longest = cells[2 * len(LENGTHS) - 1]

    torch.manual_seed(2)
    args = make_args(48, 3, 3, 40)
    model = build(args, vocabulary)
    perturb(model)
    check_sensitivity(model, vocabulary, longest)
    state = OrderedDict((k, v) for k, v in model.state_dict().items() if not k.startswith("cls_decoder"))
    save(out, "in_proj", args, vocabulary, state)
    save(out, "wqkv", args, vocabulary, renamed(state, "Wqkv"))
    save(out, "impl", args, vocabulary, renamed(state, "_impl.Wqkv", "_impl.out_proj"))
    write(out, "in_proj", expect(model, vocabulary, cells))

    torch.manual_seed(3)
    args = make_args(32, 2, 2, 56)
    model = build(args, vocabulary, n_cls=5, domain_spec_batchnorm="batchnorm")
    perturb(model)
    check_sensitivity(model, vocabulary, longest, batch=0)  # a label must be given; batch norm of this kind does not look at it
    state = model.state_dict()
    state["flag_encoder.weight"] = torch.randn(2, args["embsize"])
    save(out, "old", args, vocabulary, state)
    write(out, "old", expect(model, vocabulary, cells, batch=0))

    torch.manual_seed(4)
    args = make_args(32, 4, 2, 24)
    tuned = build(args, vocabulary, n_cls=5, use_batch_labels=True, num_batch_labels=N_BATCHES, domain_spec_batchnorm=True, do_dab=True)
    perturb(tuned)
    save(out, "fine_tuned", args, vocabulary, tuned.state_dict())
    plain = build(args, vocabulary)
    own = plain.state_dict()
    own.update((k, v) for k, v in tuned.state_dict().items() if k in own and v.shape == own[k].shape)  # as the package's load_pretrained does
    plain.load_state_dict(own)
    rows = expect(plain, vocabulary, cells, decoders=False)
    for row, cell in zip(rows, cells):
        row["cls_of_batch"] = [numbers(run(tuned, vocabulary, cell, b)["cell_emb"][0]) for b in range(N_BATCHES)]
    write(out, "fine_tuned", rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
