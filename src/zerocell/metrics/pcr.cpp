#include "zerocell/metrics/pcr.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "zerocell/core/error.h"

namespace zerocell {

double pc_regression(const PcaResults& pca, std::span<const int32_t> groups) {
  const size_t n = pca.scores.n_rows(), k = pca.scores.n_cols();
  if (groups.size() != n) throw Error::internal("pc_regression: one group for each cell is needed");
  const int32_t last = groups.empty() ? 0 : std::max(0, *std::max_element(groups.begin(), groups.end()));
  DenseMatrix<double> sums(static_cast<size_t>(last) + 2, k);  // row 0: cells without group
  std::vector<double> sizes(sums.n_rows(), 0.0), means(k, 0.0), total(k, 0.0);
  for (size_t i = 0; i < n; ++i) {
    const size_t group = static_cast<size_t>(std::max(groups[i], -1) + 1);
    sizes[group] += 1;
    for (size_t c = 0; c < k; ++c) sums(group, c) += pca.scores(i, c);
  }
  for (size_t c = 0; c < k; ++c) {
    for (size_t b = 0; b < sums.n_rows(); ++b) means[c] += sums(b, c);
    means[c] /= static_cast<double>(n);
  }
  for (size_t i = 0; i < n; ++i)
    for (size_t c = 0; c < k; ++c) total[c] += (pca.scores(i, c) - means[c]) * (pca.scores(i, c) - means[c]);

  double explained = 0, variance = 0;
  for (size_t c = 0; c < k; ++c) {
    variance += pca.variance[c];
    if (total[c] <= 0) continue;
    double between = 0;
    for (size_t b = 0; b < sums.n_rows(); ++b) {
      if (sizes[b] == 0) continue;
      const double shift = sums(b, c) / sizes[b] - means[c];
      between += sizes[b] * shift * shift;
    }
    explained += pca.variance[c] * std::min(1.0, between / total[c]);
  }
  return variance > 0 ? explained / variance : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace zerocell
