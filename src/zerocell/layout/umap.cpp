#include "zerocell/layout/umap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "zerocell/core/error.h"
#include "zerocell/layout/curve_fit.h"
#include "zerocell/layout/layout_sgd.h"
#include "zerocell/layout/spectral_init.h"

namespace zerocell {
namespace {

constexpr size_t kManyCells = 10'000;
constexpr int kEpochsFew = 500, kEpochsMany = 200;

Error bad_graph(const std::string& found) {
  return Error::data({"neighbour graph for UMAP",
                      "a square symmetric matrix of finite weights, none negative", found,
                      "pass the fuzzy graph (obsp['connectivities'])"});
}

/// The mirror image of every edge must be there with the same weight: the layout moves both ends by it.
void check_graph(const CsrMatrix& graph) {
  if (graph.n_rows != graph.n_cols)
    throw bad_graph(std::to_string(graph.n_rows) + " x " + std::to_string(graph.n_cols));
  if (graph.n_rows > std::numeric_limits<int32_t>::max() / 2)
    throw bad_graph(std::to_string(graph.n_rows) + " rows");
  std::vector<uint64_t> next(graph.indptr.begin(), graph.indptr.end() - 1);
  for (uint32_t i = 0; i < graph.n_rows; ++i)
    for (uint64_t e = graph.indptr[i]; e < graph.indptr[i + 1]; ++e) {
      const uint32_t j = graph.indices[e];
      if (j >= graph.n_rows) throw bad_graph("column " + std::to_string(j) + " in row " + std::to_string(i));
      if (!(std::isfinite(graph.values[e]) && graph.values[e] >= 0))
        throw bad_graph("weight " + std::to_string(graph.values[e]) + " in row " + std::to_string(i));
      const uint64_t mirror = next[j]++;  // rows are visited in ascending order, as row j's columns are
      if (mirror >= graph.indptr[j + 1] || graph.indices[mirror] != i ||
          std::abs(graph.values[mirror] - graph.values[e]) > 1e-5f * graph.values[e])
        throw bad_graph("rows " + std::to_string(i) + " and " + std::to_string(j) +
                        " do not mirror each other");
    }
}

/// Without the diagonal, zeros, and edges too weak to be sampled in n_epochs (umap-learn).
CsrMatrix prune(const CsrMatrix& graph, int n_epochs) {
  float largest = 0;
  for (const float w : graph.values) largest = std::max(largest, w);
  const float least = largest / static_cast<float>(n_epochs);
  CsrMatrix result;
  result.n_rows = result.n_cols = graph.n_rows;
  for (uint32_t i = 0; i < graph.n_rows; ++i) {
    for (uint64_t e = graph.indptr[i]; e < graph.indptr[i + 1]; ++e) {
      if (graph.indices[e] == i || graph.values[e] <= 0 || graph.values[e] < least) continue;
      result.indices.push_back(graph.indices[e]);
      result.values.push_back(graph.values[e]);
    }
    result.indptr.push_back(result.indices.size());
  }
  return result;
}

}  // namespace

DenseMatrix<float> umap(const CsrMatrix& graph, const UmapOptions& options, ThreadPool& pool,
                        Progress& progress) {
  check_graph(graph);
  const int default_epochs = graph.n_rows <= kManyCells ? kEpochsFew : kEpochsMany;
  LayoutSgdOptions sgd;
  sgd.n_epochs = options.n_epochs > 0 ? options.n_epochs : default_epochs;
  sgd.curve = fit_membership_curve(options.min_dist, options.spread);
  sgd.negative_sample_rate = options.negative_sample_rate;
  sgd.learning_rate = options.learning_rate;
  sgd.repulsion_strength = options.repulsion_strength;
  sgd.seed = options.seed;
  progress.stage("UMAP", static_cast<uint64_t>(sgd.n_epochs));
  // With few epochs the default number decides what is too weak, as in umap-learn.
  const CsrMatrix pruned = prune(graph, sgd.n_epochs > 10 ? sgd.n_epochs : default_epochs);
  DenseMatrix<float> layout = spectral_init(pruned, options.seed, pool, progress);
  optimise_layout(pruned, sgd, layout, pool, progress);
  return layout;
}

}  // namespace zerocell
