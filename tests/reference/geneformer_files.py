"""Reference values of Geneformer's network for files as they are met: transformers on tiny checkpoints.

usage: geneformer_files.py OUT      (OUT: tests/golden/geneformer; needs ../shared/peers/requirements.txt)
Written with transformers 5.23.0, torch 2.13.0: BertForMaskedLM.from_pretrained(FOLDER) on the files that are committed, one cell at a time in
float32. Every parameter is perturbed. Folders, each with config.json and weights:
  untied    tie_word_embeddings false: cls.predictions.decoder has a weight and a bias of its own, cls.predictions.bias differs from the latter
  padded    40 tokens, the table of words resized to 64 rows (resize_token_embeddings, pad_to_multiple_of=64)
  trainer   the weights of `padded` before they were padded, as a training script keeps them: torch.save of {"epoch", "model_state_dict",
            "optimizer"}, of a model whose encoder was compiled by itself and which was then compiled as a whole (names `_orig_mod.bert.encoder._orig_mod.`)
JSON (untied.json, padded.json, trainer.json): for every cell its tokens, `mean` of every hidden state over the genes, the predicted token and the
margin between the two best logits at every position.
"""
import json, os, sys
import numpy as np, torch
from transformers import BertConfig, BertForMaskedLM

out = sys.argv[1]
torch.set_num_threads(1)
N_TOKENS = 40


def make(seed, **more):
    torch.manual_seed(seed)
    config = BertConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, hidden_act="relu", layer_norm_eps=1e-12,
                        max_position_embeddings=32, vocab_size=N_TOKENS, type_vocab_size=2, pad_token_id=0, **more)
    model = BertForMaskedLM(config).eval()
    with torch.no_grad():
        for q in model.parameters():
            q.mul_(3.0).add_(0.05 * torch.randn_like(q)) if q.dim() > 1 else q.add_(0.2 * torch.randn_like(q))
    return model


def save(model, name):
    folder = os.path.join(out, name)
    model.save_pretrained(folder)
    extra = os.path.join(folder, "generation_config.json")
    if os.path.exists(extra):
        os.remove(extra)
    return folder


def numbers(values):
    return [float(f"{v:.9g}") for v in values.tolist()]


def write(model, name):
    rng = np.random.default_rng(7)
    cells = []
    for length in (1, 2, 5, 12, 31):
        tokens = [int(t) for t in rng.permutation(np.arange(2, N_TOKENS))[:length]]
        with torch.inference_mode():
            ids = torch.tensor([tokens])
            r = model(ids, attention_mask=torch.ones_like(ids), output_hidden_states=True)
        best = r.logits[0].topk(2)
        cells.append({"tokens": tokens, "mean": [numbers(h[0].double().mean(0)) for h in r.hidden_states], "predicted": best.indices[:, 0].tolist(),
                      "margin": [float(f"{v:.6g}") for v in (best.values[:, 0] - best.values[:, 1]).tolist()]})
    json.dump({"reference": "transformers 5.23.0 BertForMaskedLM, torch 2.13.0, float32", "cells": cells}, open(os.path.join(out, f"{name}.json"), "w"))
    return cells


untied = make(11, tie_word_embeddings=False)
own = untied.state_dict()
assert not torch.equal(own["cls.predictions.decoder.weight"], own["bert.embeddings.word_embeddings.weight"])
assert not torch.equal(own["cls.predictions.decoder.bias"], own["cls.predictions.bias"])
read = BertForMaskedLM.from_pretrained(save(untied, "untied")).eval()
with_decoder = write(read, "untied")
# The decoder of its own shows in the predictions.
read.cls.predictions.decoder.weight = read.bert.embeddings.word_embeddings.weight
changed = [p for cell in with_decoder for p in cell["predicted"]]
with torch.inference_mode():
    tied = [p for cell in with_decoder for p in read(torch.tensor([cell["tokens"]])).logits[0].argmax(-1).tolist()]
assert sum(a != b for a, b in zip(changed, tied)) > len(tied) / 2

model = make(12)
folder = os.path.join(out, "trainer")
os.makedirs(folder, exist_ok=True)
model.config.save_pretrained(folder)
write(model, "trainer")
encoder = model.bert.encoder
model.bert.encoder = torch.compile(encoder)
state = torch.compile(model).state_dict()
assert "_orig_mod.bert.encoder._orig_mod.layer.0.output.dense.bias" in state
torch.save({"epoch": 3, "model_state_dict": state, "optimizer": {"state": {}, "param_groups": [{"lr": 1e-4}]}}, os.path.join(folder, "checkpoint_e3.pt"))
model.bert.encoder = encoder
model.resize_token_embeddings(N_TOKENS, pad_to_multiple_of=64)
assert model.config.vocab_size == 64
write(BertForMaskedLM.from_pretrained(save(model, "padded")).eval(), "padded")
