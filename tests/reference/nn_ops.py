"""Reference values of the operations of a transformer: torch on small inputs.

torch 2.13.0, torch.nn.functional.linear, relu, gelu(approximate="none"), layer_norm(eps=1e-12), scaled_dot_product_attention. Inputs are
multiples of 1/64, which float32 holds exactly; torch computes in float64, so that its own rounding does not count.

usage: python tests/reference/nn_ops.py > tests/golden/nn_ops.json
"""
import json

import torch
from torch.nn.functional import gelu, layer_norm, linear, relu, scaled_dot_product_attention

torch.manual_seed(7)
torch.set_num_threads(1)


def draw(*shape, scale=1.0):
    return torch.round(scale * torch.randn(*shape, dtype=torch.float64) * 64) / 64


def matrix(x):
    x = x.reshape(1, -1) if x.dim() == 1 else x
    return dict(n_rows=x.shape[0], n_cols=x.shape[1], values=[float(f"{v:.12g}") for v in x.flatten().tolist()])


def linear_case():
    x, w, b = draw(14, 37, scale=1.5), draw(45, 37, scale=0.5), draw(45)
    y = linear(x, w, b)
    best = y.topk(2)
    return dict(x=matrix(x), weight=matrix(w), bias=matrix(b), out=matrix(y), relu=matrix(relu(y)), gelu=matrix(gelu(y)),
                argmax=best.indices[:, 0].tolist(), logit=best.values[:, 0].tolist(),
                margin=(best.values[:, 0] - best.values[:, 1]).tolist())


def layer_norm_case():
    x, residual, scale, shift = draw(4, 19), draw(4, 19, scale=2.0), draw(19), draw(19)
    return dict(x=matrix(x), residual=matrix(residual), scale=matrix(scale), shift=matrix(shift),
                out=matrix(layer_norm(x + residual, (19,), scale, shift, eps=1e-12)),
                without_residual=matrix(layer_norm(x, (19,), scale, shift, eps=1e-12)))


OFFSETS, HEADS, WIDTH = [0, 5, 18], 2, 16


def heads(x):  # (L, D) -> (heads, L, d)
    return x.reshape(len(x), HEADS, WIDTH // HEADS).transpose(0, 1)


def attend(q, k, v):
    return scaled_dot_product_attention(heads(q), heads(k), heads(v)).transpose(0, 1).reshape(len(q), WIDTH)


def attention_case():
    qkv = draw(OFFSETS[-1], 3 * WIDTH, scale=1.5)
    out = [attend(*qkv[a:b].split(WIDTH, 1)) for a, b in zip(OFFSETS, OFFSETS[1:])]
    return dict(offsets=OFFSETS, n_heads=HEADS, qkv=matrix(qkv), out=matrix(torch.cat(out)))


def attention_of_one_case():
    n_cells = len(OFFSETS) - 1
    q, x = draw(HEADS * n_cells, WIDTH), draw(OFFSETS[-1], WIDTH, scale=1.5)
    # All cells of a head, then of the next.
    out = [scaled_dot_product_attention(q[r:r + 1], x[a:b], x[a:b], scale=0.3)
           for r in range(len(q)) for a, b in [OFFSETS[r % n_cells:r % n_cells + 2]]]
    return dict(offsets=OFFSETS, scale=0.3, q=matrix(q), x=matrix(x), out=matrix(torch.cat(out)))


print(json.dumps(dict(reference=f"torch {torch.__version__.split('+')[0]}, float64", linear=linear_case(), layer_norm=layer_norm_case(),
                      attention=attention_case(), attention_of_one=attention_of_one_case()), separators=(",", ":")))
