"""Scores of a study's scores.csv as the rows of a Markdown table; methods with several seeds as means.

usage: markdown_table.py SCORES.csv [--datasets NAME...] [--methods TAG...] [--matrix METRIC]

--matrix METRIC: data sets x methods of one score in place of a row a method.
"""
import argparse
import csv
import re
import statistics

METRICS = ["asw_label", "nmi", "ari", "avg_bio", "asw_batch", "pcr_batch", "graph_connectivity", "avg_batch"]
p = argparse.ArgumentParser()
p.add_argument("scores")
p.add_argument("--datasets", nargs="*")
p.add_argument("--methods", nargs="*")
p.add_argument("--matrix", metavar="METRIC", choices=METRICS)
o = p.parse_args()
values, cells, methods, datasets = {}, {}, [], []
with open(o.scores) as f:
    for row in csv.DictReader(f):
        if "/" in row["embedding"] or row["metric"] not in METRICS:
            continue
        tag = re.sub(r"-s\d+$", "", row["embedding"])
        for name, known in ((tag, methods), (row["dataset"], datasets)):
            if name not in known:
                known.append(name)
        cells[row["dataset"]] = max(cells.get(row["dataset"], 0), int(row["n_cells"]))
        if row["value"]:
            values.setdefault((row["dataset"], tag, row["metric"]), []).append(float(row["value"]))
if o.matrix:
    shown = o.methods or methods
    print(f"| {o.matrix} | Cells | " + " | ".join(shown) + " |")
    print("|---" * (2 + len(shown)) + "|")
    for dataset in o.datasets or datasets:
        row = [values.get((dataset, tag, o.matrix)) for tag in shown]
        print(f"| {dataset} | {cells[dataset]:,} | " + " | ".join(f"{statistics.mean(v):.3f}" if v else "" for v in row) + " |")
    raise SystemExit
print("| Data | Cells | Embedding | " + " | ".join(METRICS) + " |")
print("|---" * (3 + len(METRICS)) + "|")
for dataset in o.datasets or datasets:
    first = True
    for tag in o.methods or methods:
        found = [values.get((dataset, tag, metric)) for metric in METRICS]
        if not any(found):
            continue
        seeds = max(len(v) for v in found if v)
        name = f"{tag}, {seeds} seeds" if seeds > 1 else tag
        numbers = [f"{statistics.mean(v):.3f}" if v else "" for v in found]
        print(f"| {dataset if first else ''} | {f'{cells[dataset]:,}' if first else ''} | {name} | " + " | ".join(numbers) + " |")
        first = False
