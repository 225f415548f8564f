#include "zerocell/neighbors/pairwise.h"

#include <limits>
#include <optional>

#include "zerocell/neighbors/pairwise_input.h"
#include "zerocell/neighbors/pairwise_neighbors.h"
#include "zerocell/neighbors/pairwise_pass.h"

namespace zerocell {

namespace {

SilhouetteResults undefined_silhouettes(size_t n_cells, bool wanted) {
  if (!wanted) return {};
  const std::vector<float> undefined(n_cells, std::numeric_limits<float>::quiet_NaN());
  return {undefined, undefined, undefined};
}

pairs::TileSource make_source(const EmbeddingMatrix& x, const pairs::Layout& layout,
                              const pairs::RowFacts& facts, ThreadPool& pool) {
  if (const auto* sparse = std::get_if<CsrMatrix>(&x)) {
    return pairs::SparseTiles(*sparse, layout.order, facts.norms);
  }
  return pairs::DenseTiles(std::get<DenseMatrix<float>>(x), layout.order, pool);
}

// Everything for a matrix of ordinary magnitude in the form that its kernel takes.
PairwiseResults run(const EmbeddingMatrix& x, const PairwiseOptions& options, ThreadPool& pool,
                    Progress& progress) {
  const size_t n = n_rows(x);
  const pairs::Layout layout = pairs::make_layout(n, options);
  const pairs::RowFacts facts = pairs::row_facts(x, pool);
  const pairs::TileSource source = make_source(x, layout, facts, pool);
  const auto& norms = std::visit(
      [](const auto& s) -> const auto& { return s.norms(); }, source);
  const pairs::Radii radii = pairs::make_radii(layout, norms);
  const pairs::PassInput input{x, facts, layout, source, radii};

  PairwiseResults results;
  results.kernel = std::visit([](const auto& s) { return s.name(); }, source);
  results.label = undefined_silhouettes(n, !options.labels.empty());
  results.batch = undefined_silhouettes(n, !options.batches.empty());
  results.batch_within_label = undefined_silhouettes(n, !options.labels.empty() && !options.batches.empty());

  const size_t k = options.n_neighbors > n ? 1 + n / 2 : options.n_neighbors;
  pairs::Candidates candidates(n, pairs::candidates_to_keep(k, n));
  pairs::PairwisePass pass(input, candidates);
  if (pairs::GroupSums::bytes(layout, n) <= options.max_bytes) {
    pairs::GroupSums sums(layout, radii, 0, n);
    pass.run_symmetric(sums, pool, progress);
    pool.parallel_ranges(n, 256, [&](size_t begin, size_t end, int) { sums.finish(begin, end, results); });
  } else {
    pass.run_strips(results, pool, progress);
  }
  if (k > 0 && n > 0) results.knn = pairs::exact_neighbors(input, k, candidates, pool, progress);
  return results;
}

void multiply(std::vector<float>& values, float factor) {
  for (float& value : values) value *= factor;
}

}  // namespace

PairwiseResults pairwise(const EmbeddingMatrix& x, const PairwiseOptions& options, ThreadPool& pool,
                         Progress& progress) {
  const float factor = pairs::safe_scale(pairs::largest_value(x, pool));
  if (factor != 1.0f) {
    PairwiseResults results = pairwise(pairs::scaled(x, factor), options, pool, progress);
    multiply(results.knn.distances, 1 / factor);
    for (SilhouetteResults* part : {&results.label, &results.batch, &results.batch_within_label}) {
      multiply(part->within, 1 / factor);
      multiply(part->nearest, 1 / factor);
    }
    return results;
  }
  const bool sparse = pairs::sparse_pays(x);
  if (const auto* dense = std::get_if<DenseMatrix<float>>(&x); dense && sparse) {
    return run(pairs::to_sparse(*dense), options, pool, progress);
  }
  if (const auto* csr = std::get_if<CsrMatrix>(&x); csr && !sparse) {
    return run(pairs::to_dense(*csr), options, pool, progress);
  }
  return run(x, options, pool, progress);
}

}  // namespace zerocell
