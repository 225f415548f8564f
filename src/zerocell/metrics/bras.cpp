#include "zerocell/metrics/bras.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

/// Calls body(column, value) for what a row stores.
template <class Body>
void each_value(const EmbeddingMatrix& x, size_t row, const Body& body) {
  if (const auto* dense = std::get_if<DenseMatrix<float>>(&x)) {
    const auto values = dense->row(row);
    for (size_t d = 0; d < values.size(); ++d) body(d, static_cast<double>(values[d]));
    return;
  }
  const auto& sparse = std::get<CsrMatrix>(x);
  const auto columns = sparse.row_indices(row);
  const auto values = sparse.row_values(row);
  for (size_t e = 0; e < columns.size(); ++e) body(columns[e], static_cast<double>(values[e]));
}

double dot(const EmbeddingMatrix& x, size_t row, const std::vector<double>& v) {
  double sum = 0;
  each_value(x, row, [&](size_t d, double value) { sum += value * v[d]; });
  return sum;
}

/// Sum of the unit vectors of a batch.
struct BatchSum {
  std::vector<double> sum;  ///< (D)
  double n = 0;
};

/// Mean over the cells of one label of 1 - |silhouette|.
class LabelScore {
 public:
  LabelScore(const EmbeddingMatrix& x, std::span<const double> norms, std::span<const int32_t> batches)
      : x_(x), norms_(norms), batches_(batches), total_{std::vector<double>(n_cols(x), 0), 0} {}

  void add(uint32_t cell) {
    BatchSum& batch =
        sums_.try_emplace(batches_[cell], BatchSum{std::vector<double>(n_cols(x_), 0), 0}).first->second;
    each_value(x_, cell, [&](size_t d, double value) {
      batch.sum[d] += value / norms_[cell];
      total_.sum[d] += value / norms_[cell];
    });
    ++batch.n;
    ++total_.n;
  }
  size_t n_batches() const { return sums_.size(); }

  double mean(const std::vector<uint32_t>& cells) const {
    double sum = 0;
    for (const uint32_t cell : cells) sum += 1 - std::fabs(silhouette(cell));
    return sum / static_cast<double>(cells.size());
  }

 private:
  double silhouette(uint32_t cell) const {
    const BatchSum& own = sums_.at(batches_[cell]);
    if (own.n == 1) return 0;
    const double to_own = dot(x_, cell, own.sum) / norms_[cell];
    const double to_all = dot(x_, cell, total_.sum) / norms_[cell];
    // The cell itself is at distance 0 and counts in the sum of its own batch alone.
    const double n_others = total_.n - own.n;
    const double within = distance((own.n - to_own) / (own.n - 1));
    const double other = distance((n_others - (to_all - to_own)) / n_others);
    const double larger = std::max(within, other);
    return larger > 0 ? (other - within) / larger : 0;
  }

  /// Cells in one direction are at distance 0, not at what rounding leaves of 1 - 1.
  static double distance(double computed) {
    constexpr double kRounding = 1e-12;  // a dot product of 2,000 terms near 1, in float64
    return computed < kRounding ? 0 : computed;
  }

  const EmbeddingMatrix& x_;
  std::span<const double> norms_;
  std::span<const int32_t> batches_;
  std::map<int32_t, BatchSum> sums_;
  BatchSum total_;
};

}  // namespace

MetricValue bras(const EmbeddingMatrix& x, std::span<const int32_t> labels, std::span<const int32_t> batches,
                 ThreadPool& pool) {
  if (labels.size() != n_rows(x) || batches.size() != n_rows(x)) throw Error::internal("bras: sizes differ");
  std::map<int32_t, std::vector<uint32_t>> cells_of;
  std::vector<double> norms(labels.size(), 0);
  size_t n_zero = 0;
  for (uint32_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || batches[i] < 0) continue;
    cells_of[labels[i]].push_back(i);
    each_value(x, i, [&](size_t, double value) { norms[i] += value * value; });
    norms[i] = std::sqrt(norms[i]);
    n_zero += norms[i] == 0;
  }
  if (n_zero > 0)
    return MetricValue::undefined(fmt::format("{} cells are all zero: no cosine distance", n_zero));
  std::vector<std::vector<uint32_t>> groups;
  for (auto& [label, cells] : cells_of) groups.push_back(std::move(cells));
  std::vector<double> means(groups.size(), -1);  // -1: label left out, as in asw_batch
  pool.parallel_for(groups.size(), [&](size_t g, int) {
    LabelScore score(x, norms, batches);
    for (const uint32_t cell : groups[g]) score.add(cell);
    if (score.n_batches() >= 2 && score.n_batches() < groups[g].size()) means[g] = score.mean(groups[g]);
  });
  double sum = 0;
  size_t n_labels = 0, n_cells = 0;
  for (size_t g = 0; g < groups.size(); ++g) {
    if (means[g] < 0) continue;
    sum += means[g];
    ++n_labels;
    n_cells += groups[g].size();
  }
  if (n_labels == 0) return MetricValue::undefined("no label has cells of 2 batches and 2 cells of a batch");
  return MetricValue::of(sum / static_cast<double>(n_labels), n_cells);
}

}  // namespace zerocell
