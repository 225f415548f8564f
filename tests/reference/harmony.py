"""Harmony by its two programs, step by step, from the same start and in the same order of cells.

programs: harmonypy 0.0.10 (classic) and 2.1.0 (harmony2), numpy 2.4.6, scikit-learn 1.6.1.
usage: harmony.py FOLDER_WITH_0.0.10 FOLDER_WITH_2.1.0   (each made by `pip install --no-deps --target FOLDER harmonypy==...`)
Coordinates: 360 cells of four types, whose shares differ between three batches, each batch shifted and one of its types turned; 8 dimensions of
falling variance. Rounded to four decimals and taken as float32 by all.

classic   start: scikit-learn's k-means on the rows scaled as 0.0.10 scales them. Order of round r: the r-th numpy.random.permutation after seed 0,
          which is what its numpy.random.shuffle draws; the test draws them by NumpyMt19937.
harmony2  start: the centroids that 2.1.0 itself finds, as it holds them with max_iter_harmony=0. Orders: std::shuffle of libstdc++ on the generator
          std::mt19937(0) after the K + K N draws of the start, repeated here; checked by the result, which they decide.
"""
import json
import pathlib
import sys

import numpy as np
import pandas as pd

folder_old, folder_new = sys.argv[1:3]


def load(folder):
    for name in [n for n in sys.modules if n.split(".")[0] == "harmonypy"]:
        del sys.modules[name]
    sys.path.insert(0, folder)
    import harmonypy

    sys.path.pop(0)
    return harmonypy


def cells():
    random = np.random.default_rng(7)
    shares = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.4, 0.3, 0.2], [0.25, 0.05, 0.2, 0.5]])
    scale = np.array([6, 5, 4, 3, 2, 1.5, 1, 0.7])
    centres = random.normal(size=(4, 8)) * scale * 1.5
    shifts = random.normal(size=(3, 8)) * scale * 0.4
    turned = random.normal(size=(3, 8)) * scale * 0.3
    batch = np.repeat(np.arange(3), [170, 120, 70])
    random.shuffle(batch)
    kind = np.array([random.choice(4, p=shares[b]) for b in batch])
    z = centres[kind] + shifts[batch] + random.normal(size=(360, 8)) * scale * 0.35
    z += turned[batch] * (kind == 1)[:, None]
    return np.round(z, 4).astype(np.float32).astype(float), batch


def shuffle_of_libstdcxx(n, generator):
    """std::shuffle of 0 .. n - 1 where two draws fit into one number of 32 bits, by uniform_int_distribution as of GCC 11."""

    def below(limit):  # Lemire 2019
        product = generator.draw() * limit
        low = product & 0xFFFFFFFF
        if low < limit:
            threshold = (2**32 - limit) % limit
            while low < threshold:
                product = generator.draw() * limit
                low = product & 0xFFFFFFFF
        return product >> 32

    x, i = list(range(n)), 1
    if n % 2 == 0:
        j = below(2)
        x[i], x[j] = x[j], x[i]
        i += 1
    while i < n:
        drawn = below((i + 1) * (i + 2))
        first, second = divmod(drawn, i + 2)
        x[i], x[first] = x[first], x[i]
        x[i + 1], x[second] = x[second], x[i + 1]
        i += 2
    return x


class Words:
    """The 32-bit numbers of std::mt19937(seed) one by one."""

    def __init__(self, seed):
        self.state = np.random.RandomState(seed)

    def draw(self):
        return int.from_bytes(self.state.bytes(4), "little")


z, batch = cells()
n = len(z)
meta = pd.DataFrame({"batch": [f"b{b}" for b in batch]})
golden = {"z": np.round(z, 4).tolist(), "batch": batch.tolist()}

old = load(folder_old)
starts = {}
original = old.harmony.Harmony.init_cluster


def keep_start(self, cluster_fn):
    def call(data, k):
        starts["classic"] = cluster_fn(data, k)
        return starts["classic"]

    original(self, call)


old.harmony.Harmony.init_cluster = keep_start
result = old.run_harmony(z, meta, "batch", max_iter_harmony=4, verbose=False)
golden["classic"] = {
    "initial_centroids": starts["classic"].tolist(),
    "max_iter_harmony": 4,
    "objective_kmeans": result.objective_kmeans,
    "objective_harmony": result.objective_harmony,
    "kmeans_rounds": [r + 1 for r in result.kmeans_rounds],
    "corrected": np.round(result.Z_corr.T, 9).tolist(),
}

new = load(folder_new)
start = new.run_harmony(z, meta, "batch", max_iter_harmony=0, verbose=False, random_state=0, ncores=1)
result = new.run_harmony(z, meta, "batch", verbose=False, random_state=0, ncores=1)
words = Words(0)
k = start.K
for _ in range(k + k * n):
    words.draw()
rounds = sum(result.kmeans_rounds)
y = np.asarray(start._cpp.Y)
y = y if y.shape == (k, z.shape[1]) else y.T
golden["harmony2"] = {
    "initial_centroids": np.round(y, 8).tolist(),
    "block_orders": [shuffle_of_libstdcxx(n, words) for _ in range(rounds)],
    "objective_kmeans": [float(x) for x in result.objective_kmeans],
    "objective_harmony": [float(x) for x in result.objective_harmony],
    "kmeans_rounds": list(result.kmeans_rounds),
    "corrected": np.round(np.asarray(result.Z_corr).reshape(n, -1), 6).tolist(),
}
corrected = np.asarray(result.Z_corr).reshape(n, -1)
least = np.ones(corrected.shape[1])
for seed in (1, 2, 3):
    other = np.asarray(new.run_harmony(z, meta, "batch", verbose=False, random_state=seed, ncores=1).Z_corr).reshape(n, -1)
    least = np.minimum(least, [np.corrcoef(corrected[:, j], other[:, j])[0, 1] for j in range(len(least))])
golden["harmony2"]["correlation_of_seeds"] = np.round(least, 6).tolist()
out = pathlib.Path(__file__).parent.parent / "golden" / "harmony.json"
out.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
