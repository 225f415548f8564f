"""Tokens of the first cells of real data sets, for tests/models/geneformer/tokenize_reference_test.cpp.

Program: ../shared/peers/embed_geneformer_hf.py --dump-tokens (numpy 2.4.6, anndata 0.12), on checkpoints that make_checkpoint.py
writes: the published V1 dictionaries, and synthetic ones in V2's layout. Tokens do not depend on weights, so the networks are tiny.
usage: geneformer_tokens.py SHARED_FOLDER OUT.json
Per cell: number of tokens and their FNV-1a hash (64 bits, over the tokens as little-endian uint32); the first ten tokens of each.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

SETS = {"kang_8684x2511": 256, "pbmc_multistudy_merged": 256, "sc_mixology_merged": 32, "symphony_pbmc_1200x1767": 256}
TINY = dict(hidden_size=8, num_attention_heads=2, num_hidden_layers=1, intermediate_size=8)


def fnv1a(tokens):
    h = 0xCBF29CE484222325
    for byte in tokens.astype("<u4").tobytes():
        h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{h:016x}"


def run(shared, script, *arguments):
    subprocess.run([sys.executable, f"{shared}/peers/{script}", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def main(shared, out):
    shared = os.path.abspath(shared)
    with tempfile.TemporaryDirectory() as folder:
        vocab = f"{folder}/vocab"
        os.mkdir(vocab)
        for f in os.listdir(f"{shared}/data/vocab"):
            os.symlink(f"{shared}/data/vocab/{f}", f"{vocab}/{f}")
        config = json.load(open(f"{vocab}/geneformer_6L_config.json"))
        json.dump({**config, **TINY}, open(f"{vocab}/tiny.json", "w"))
        run(shared, "make_checkpoint.py", "geneformer", "--vocab", vocab, "--out", f"{folder}/V1", "--config", "tiny.json")
        run(shared, "make_checkpoint.py", "geneformer-v2", "--vocab", vocab, "--out", f"{folder}/V2", "--layers", 1, "--dim", 8, "--heads", 2)
        golden = {}
        for series in ("V1", "V2"):
            for name, cells in SETS.items():
                dump = f"{folder}/tokens.npz"
                run(shared, "embed_geneformer_hf.py", f"{folder}/{series}", f"{shared}/data/sets/{name}.h5ad", "--cells", cells, "--dump-tokens", dump)
                tokens = np.load(dump)
                rows = [tokens[f"arr_{i}"] for i in range(cells)]
                golden[f"{name}.{series}"] = {
                    "lengths": [len(t) for t in rows],
                    "hashes": [fnv1a(t) for t in rows],
                    "first": [t[:10].tolist() for t in rows],
                }
    with open(out, "w") as f:
        f.write("{\n" + ",\n".join(
            f' "{key}": {{\n' + ",\n".join(f'  "{k}": {json.dumps(v, separators=(",", ":"))}' for k, v in value.items()) + "\n }"
            for key, value in golden.items()) + "\n}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
