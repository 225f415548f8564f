"""Reference values of the rank reconstruction: tests/golden/geneformer_ranks.json. numpy 2, pandas 2.

Follows the code published with Kedzierska et al. 2025 (microsoft/zero-shot-scfoundation, sc_foundation_evals/model_output.py)
as tables: an outer join of (cell, token) input ranks and output ranks, missing ones 0; the mean input rank per token over rows above
0; Pearson per cell by numpy.corrcoef. The leave-one-out mean is taken by definition, from the table without the cell's own rows.

usage: geneformer_ranks.py > tests/golden/geneformer_ranks.json
"""
import json
import warnings

import numpy as np
import pandas as pd

rng = np.random.default_rng(4)
VOCABULARY = 90


def make_cell(length, share_right):
    tokens = rng.choice(np.arange(2, VOCABULARY - 10), length, replace=False)
    predicted = tokens.copy()
    wrong = rng.random(length) >= share_right
    # Wrong predictions repeat the cell's own genes, name others, and name specials or tokens that no cell has.
    pool = np.concatenate([tokens, rng.integers(0, VOCABULARY, max(2, length // 3))])
    predicted[wrong] = rng.choice(pool, wrong.sum())
    return tokens.tolist(), predicted.tolist()


lengths = [60, 5, 1, 23, 41, 2, 17, 60, 8, 33, 3, 52, 12, 29, 5, 47, 38, 9, 21, 56]
cells = [make_cell(n, share) for n, share in zip(lengths, rng.random(len(lengths)))]
cells[1] = (cells[1][0], [7] * 5)  # one gene everywhere: the model says nothing
cells[8] = (cells[8][0], cells[8][0])  # right at every position
cells[13] = (cells[13][0], cells[13][0][::-1])  # the order turned round
cells[19][0][30] = cells[19][0][2]  # a gene that stands at two positions


def table(which):
    rows = []
    for i, cell in enumerate(cells):
        n = len(cell[0])
        for position, token in enumerate(cell[which]):
            rows.append((i, token, (n - 1 - position) / (n - 1) if n > 1 else np.nan))
    return pd.DataFrame(rows, columns=["cell", "token", "rank"]).groupby(["cell", "token"], as_index=False)["rank"].mean()


joined = table(0).merge(table(1), on=["cell", "token"], how="outer", suffixes=("_in", "_out"))
short = joined["cell"].map(lambda i: len(cells[i][0]) < 2)
joined = joined[~short].fillna(0.0)
above = joined[joined.rank_in > 0]
mean = above.groupby("token").rank_in.mean()


def correlation(a, b):
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter("ignore")
        r = np.corrcoef(a, b)[0, 1]
    return None if np.isnan(r) else float(r)


results = []
for i in range(len(cells)):
    own = joined[joined.cell == i]
    if own.empty:
        results.append([None, None, None])
        continue
    others = above[above.cell != i].groupby("token").rank_in.mean()
    results.append([
        correlation(own.rank_in, own.rank_out),
        correlation(own.rank_in, own.token.map(mean).fillna(0.0)),
        correlation(own.rank_in, own.token.map(others).fillna(0.0)),
    ])

print(json.dumps({
    "program": "tests/reference/geneformer_ranks.py",
    "n_vocabulary": VOCABULARY,
    "tokens": [c[0] for c in cells],
    "predicted": [c[1] for c in cells],
    "columns": ["model", "mean_rank", "mean_rank_without"],
    "correlations": results,
    "n_pairs": int(len(joined)),
}))
