"""Least inertia that scikit-learn's KMeans finds on a matrix that the test builds by the same formula.

program: scikit-learn 1.6.1. call: KMeans(n_clusters=k, n_init=50, random_state=0).fit(x).inertia_
x[i, j] = ((i * 37 + j * 11) % 23) / 10 + 5 * (j == i % 4), 200 x 6
"""
import json
import pathlib

import numpy as np
from sklearn.cluster import KMeans

i, j = np.meshgrid(np.arange(200), np.arange(6), indexing="ij")
x = ((i * 37 + j * 11) % 23) / 10 + 5.0 * (j == i % 4)
inertia = {str(k): KMeans(k, n_init=50, random_state=0).fit(x).inertia_ for k in (1, 2, 4, 8)}
out = pathlib.Path(__file__).parent.parent / "golden" / "kmeans.json"
out.write_text(json.dumps({"inertia": inertia}, indent=1) + "\n")
