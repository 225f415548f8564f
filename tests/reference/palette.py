"""Makes the categorical colours of src/zerocell/figures/palette.cpp. Needs numpy only.

Starts from Okabe and Ito's colours (https://jfly.uni-koeln.de/color/) without black, then adds, one at a time, the
colour farthest from all before it. Distance: Euclid in OKLab (Ottosson 2020), the least over normal vision and the
deuteranope's and protanope's (Vienot, Brettel, Mollon 1999, linear RGB), the latter two weighted up because all
distances shrink there. Prints one hexadecimal code a line.
"""
import numpy as np

OKABE_ITO = ["0072b2", "d55e00", "009e73", "cc79a7", "e69f00", "56b4e9", "f0e442"]
N_COLOURS = 64


def linear(rgb):
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def oklab(lin):
    lms = np.cbrt(np.clip(lin, 0, 1) @ np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                                                 [0.2119034982, 0.6806995451, 0.1073969566],
                                                 [0.0883024619, 0.2817188376, 0.6299787005]]).T)
    return lms @ np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                           [1.9779984951, -2.4285922050, 0.4505937099],
                           [0.0259040371, 0.7827717662, -0.8086757660]]).T


DEUTAN = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])
PROTAN = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])


def seen(rgb):
    lin = linear(rgb)
    return [oklab(lin), 1.6 * oklab(lin @ DEUTAN.T), 1.6 * oklab(lin @ PROTAN.T)]


grid = np.stack(np.meshgrid(*[np.arange(0, 256, 8) / 255.0] * 3, indexing="ij"), -1).reshape(-1, 3)
lab = oklab(linear(grid))
chroma = np.hypot(lab[:, 1], lab[:, 2])
keep = (lab[:, 0] > 0.36) & (lab[:, 0] < 0.88) & (chroma > 0.05) & (chroma < 0.19)  # visible, not grey, not neon
grid = grid[keep]
candidates = seen(grid)

colours = [np.array([int(h[i:i + 2], 16) for i in (0, 2, 4)]) / 255.0 for h in OKABE_ITO]
least = np.full(len(grid), np.inf)
anchors = colours + [np.array([0.8] * 3), np.ones(3)]  # away from white and from the missing cells' grey too


def update(least, colour):
    d = np.min([np.linalg.norm(c - s, axis=1) for c, s in zip(candidates, seen(colour[None]))], axis=0)
    return np.minimum(least, d)


for colour in anchors:
    least = update(least, colour)
while len(colours) < N_COLOURS:
    best = grid[np.argmax(least)]
    colours.append(best)
    least = update(least, best)
for colour in colours:
    print("".join(f"{int(round(v * 255)):02x}" for v in colour))
