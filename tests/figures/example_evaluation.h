#pragma once
#include <string>
#include <vector>

#include "zerocell/core/evaluation.h"
#include "zerocell/core/random.h"

namespace zerocell::testing {

inline std::vector<MetricInfo> example_metrics() {
  const auto info = [](const char* name, const char* group, Direction direction = Direction::higher) {
    return MetricInfo{name, name, group, direction, 0, 1, "definition", "source"};
  };
  return {info("asw_label", "bio"),
          info("nmi", "bio"),
          info("ari", "bio"),
          info("avg_bio", "bio"),
          info("nmi_fixed", "bio"),
          info("ari_fixed", "bio"),
          info("asw_batch", "batch"),
          info("asw_batch_global", "batch", Direction::lower),
          info("pcr_batch", "batch", Direction::lower),
          info("graph_connectivity", "batch"),
          info("avg_batch", "batch")};
}

struct ExampleSize {
  size_t n_cells = 400, n_methods = 3, n_labels = 5, n_batches = 2;
  bool reduced = true, long_names = false;
};

/// A made-up evaluation: labels are Gaussian clouds in the layout, scores are random but plausible. Some
/// cells lack a label, one metric is not applicable for one method.
inline Evaluation example_evaluation(const ExampleSize& size = {}) {
  Random random(7);
  Evaluation e;
  e.dataset = "pbmc_example";
  e.n_cells = size.n_cells;
  e.n_genes = 2000;
  e.label_name = "cell_type";
  e.batch_name = "batch";
  e.counts_source = "layers/counts";
  for (size_t i = 0; i < size.n_labels; ++i)
    e.labels.categories.push_back(
        size.long_names ? "CD8-positive, αβ memory T cell — tissue-résident, cluster " + std::to_string(i)
                        : "T cell " + std::to_string(i));
  for (size_t i = 0; i < size.n_batches; ++i) e.batches.categories.push_back("donor-" + std::to_string(i));
  for (size_t i = 0; i < size.n_cells; ++i) {
    const double u = random.uniform();
    e.labels.codes.push_back(i % 50 == 49 ? -1
                                          : static_cast<int32_t>(u * u * static_cast<double>(size.n_labels)));
    e.batches.codes.push_back(static_cast<int32_t>(random.below(size.n_batches)));
    e.cell_names.push_back("cell-" + std::to_string(i));
  }
  const std::vector<MetricInfo> metrics = example_metrics();
  for (size_t m = 0; m < size.n_methods; ++m) {
    EmbeddingResult r;
    r.tag = m == 0                      ? "hvg"
            : m == 1                    ? "pca"
            : m == 2 && size.long_names ? "a-very-long-tag-that-somebody-really-typed-for-their-embedding-v2"
                                        : "method" + std::to_string(m);
    r.method = "file";
    r.options = "file=x.npy";
    r.dims = 2;
    r.umap = DenseMatrix<float>(size.n_cells, 2);
    DenseMatrix<float> values(size.n_cells, 2);
    for (size_t i = 0; i < size.n_cells; ++i) {
      const int32_t label = e.labels.codes[i] < 0 ? 0 : e.labels.codes[i];
      r.umap(i, 0) = static_cast<float>(8 * to_unit(mix64(label, 1, m)) + random.normal() * 0.5);
      r.umap(i, 1) = static_cast<float>(8 * to_unit(mix64(label, 2, m)) + random.normal() * 0.5);
      values(i, 0) = r.umap(i, 0), values(i, 1) = r.umap(i, 1);
      r.cluster.push_back(static_cast<int32_t>(label == 1 && r.umap(i, 0) > 4 ? size.n_labels : label));
      r.silhouette_label.push_back(static_cast<float>(2 * random.uniform() - 1));
    }
    r.values = values;
    r.cluster_resolution = 0.6;
    e.embeddings.push_back(std::move(r));
    for (const bool reduced : {false, true}) {
      if (reduced && !size.reduced) continue;
      for (const MetricInfo& metric : metrics) {
        Score s;
        s.dataset = e.dataset;
        s.embedding = e.embeddings.back().tag + (reduced ? "/pc30" : "");
        s.dims = reduced ? 30 : 2000;
        s.n_cells = size.n_cells;
        s.metric = metric.name;
        s.direction = metric.direction;
        s.convention = "zerocell";
        s.value = 0.4 + 0.5 * random.uniform();
        if (metric.name.starts_with("asw")) {
          s.low = *s.value - 0.02;
          s.high = *s.value + 0.025;
        }
        if (m == 1 && metric.name == "pcr_batch") {
          s.status = ScoreStatus::not_applicable;
          s.reason = "one batch only";
          s.value.reset();
        }
        e.scores.push_back(s);
      }
    }
  }
  return e;
}

}  // namespace zerocell::testing
