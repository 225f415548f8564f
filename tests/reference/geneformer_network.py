"""Reference values of Geneformer's network: Hugging Face transformers on small checkpoints of its architecture.

usage: geneformer_network.py OUT      (OUT: tests/golden/geneformer; needs ../shared/peers/requirements.txt)
Written with transformers 5.23.0, torch 2.13.0, numpy 2.4.6: BertForMaskedLM(config)(ids, attention_mask, output_hidden_states=True),
one cell at a time in float32, so that nothing is padded. Two models: `v1` (safetensors, no special tokens) and `v2` (pytorch_model.bin,
<cls> 2 and <eos> 3 around the genes). Every parameter is perturbed, so that a tensor that is dropped, swapped or transposed shows.
JSON: for every cell its tokens; `mean` of every hidden state over the genes, `cls` of every hidden state; predicted token and the margin
between the two best logits at every position.
"""
import json, os, sys
import numpy as np, torch
from transformers import BertConfig, BertForMaskedLM

out = sys.argv[1]
torch.set_num_threads(1)
for name, special in (("v1", False), ("v2", True)):
    torch.manual_seed(3 if special else 2)
    config = BertConfig(hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=80, hidden_act="relu", layer_norm_eps=1e-12,
                        max_position_embeddings=48, vocab_size=57, type_vocab_size=2, pad_token_id=0)
    model = BertForMaskedLM(config).eval()
    with torch.no_grad():
        for q in model.parameters():
            q.mul_(3.0).add_(0.05 * torch.randn_like(q)) if q.dim() > 1 else q.add_(0.2 * torch.randn_like(q))
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    model.save_pretrained(folder)
    if special:
        os.remove(os.path.join(folder, "model.safetensors"))
        torch.save(model.state_dict(), os.path.join(folder, "pytorch_model.bin"))
    for extra in ("generation_config.json",):
        if os.path.exists(os.path.join(folder, extra)):
            os.remove(os.path.join(folder, extra))
    rng = np.random.default_rng(5)
    cells = []
    for length in (1, 2, 3, 7, 16, 31, 46):
        genes = [int(t) for t in rng.permutation(np.arange(4, 57))[:length]]
        tokens = [2, *genes, 3] if special else genes
        with torch.inference_mode():
            ids = torch.tensor([tokens])
            r = model(ids, attention_mask=torch.ones_like(ids), output_hidden_states=True)
        own = slice(1, -1) if special else slice(None)
        best = r.logits[0].topk(2)
        cells.append({"tokens": tokens,
                      "mean": [[float(f"{v:.9g}") for v in h[0, own].double().mean(0).tolist()] for h in r.hidden_states],
                      "cls": [[float(f"{v:.9g}") for v in h[0, 0].tolist()] for h in r.hidden_states],
                      "predicted": best.indices[:, 0].tolist(), "margin": [float(f"{v:.6g}") for v in (best.values[:, 0] - best.values[:, 1]).tolist()]})
    json.dump({"reference": "transformers 5.23.0 BertForMaskedLM, torch 2.13.0, float32", "cells": cells}, open(os.path.join(out, f"{name}.json"), "w"))
