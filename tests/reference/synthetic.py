"""Synthetic points for golden values: tests/support/brute_force.h draws the same ones."""
import numpy as np


def mix64(*keys):
    """core/random.h mix64 of one to three keys."""
    mask = (1 << 64) - 1

    def mix(x):
        x = (x + 0x9E3779B97F4A7C15) & mask
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
        return x ^ (x >> 31)

    state = mix(keys[0])
    for key in keys[1:]:
        state = mix(state ^ key)
    return state


def points_around_centres(n):
    """(N, 5) float32 with whole values and the centre of each point."""
    label = [mix64(1, i) % 8 for i in range(n)]
    x = [[mix64(2, c, d) % 300 + sum(mix64(draw, i, d) % 120 for draw in (3, 4, 5)) for d in range(5)]
         for i, c in enumerate(label)]
    return np.array(x, np.float32), np.array(label)


def exact_neighbours(x, k):
    """Itself first, then by (distance, index); distances float32."""
    x = x.astype(np.float64)
    d = np.sqrt(((x[:, None, :] - x[None, :, :]) ** 2).sum(2)).astype(np.float32)
    index = np.empty((len(x), k), np.int32)
    for i in range(len(x)):
        order = sorted((j for j in range(len(x)) if j != i), key=lambda j: (d[i, j], j))
        index[i] = [i] + order[: k - 1]
    return index, np.take_along_axis(d, index, 1)


def fuzzy_graph(x, k=15):
    """scanpy's connectivities (CSR) of exact neighbours."""
    import scipy.sparse
    from umap.umap_ import fuzzy_simplicial_set

    index, distance = exact_neighbours(x, k)
    graph = fuzzy_simplicial_set(scipy.sparse.coo_matrix((len(x), 1)), k, None, None, knn_indices=index,
                                 knn_dists=distance)[0].tocsr()
    graph.sort_indices()
    return graph


def short(values):
    """The fewest digits that give the same float32."""
    return [float(str(v)) for v in np.asarray(values, np.float32).ravel()]
