#include "zerocell/metrics/silhouette_scores.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

SilhouetteScore undefined(std::string reason, size_t n_cells) {
  return {MetricValue::undefined(std::move(reason), n_cells), {}};
}

SilhouetteScore finish(CellTerms terms) {
  const size_t n = terms.values.size();
  const double mean = stratified_mean(terms);
  return {MetricValue::of(mean, n), std::move(terms)};
}

size_t n_codes(std::span<const int32_t> codes) {
  return codes.empty() ? 0
                       : static_cast<size_t>(std::max(*std::max_element(codes.begin(), codes.end()), -1) + 1);
}

/// (mean silhouette + 1) / 2 over groups that `what` names.
SilhouetteScore average_width(std::span<const float> silhouette, std::span<const int32_t> groups,
                              std::string_view what, std::string_view plural) {
  if (silhouette.size() != groups.size()) throw Error::internal("silhouette score: sizes differ");
  CellTerms terms;
  std::vector<uint8_t> occurs(n_codes(groups), 0);
  for (uint32_t i = 0; i < groups.size(); ++i) {
    if (groups[i] < 0) continue;
    occurs[static_cast<size_t>(groups[i])] = 1;
    if (!std::isnan(silhouette[i])) terms.add((silhouette[i] + 1) / 2, i);
  }
  terms.end_stratum();
  const auto n_groups = static_cast<size_t>(std::count(occurs.begin(), occurs.end(), 1));
  const auto n_cells =
      static_cast<size_t>(std::count_if(groups.begin(), groups.end(), [](int32_t g) { return g >= 0; }));
  if (n_groups < 2)
    return undefined(
        fmt::format("needs at least 2 {}, there {} {}", plural, n_groups == 1 ? "is" : "are", n_groups),
        n_cells);
  if (n_groups == n_cells) return undefined(fmt::format("every cell is a {} of its own", what), n_cells);
  if (terms.values.empty()) return undefined("no cell has a silhouette", n_cells);
  return finish(std::move(terms));
}

/// Cells of each label that have a batch, ascending.
std::vector<std::vector<uint32_t>> cells_by_label(std::span<const int32_t> labels,
                                                  std::span<const int32_t> batches) {
  std::vector<std::vector<uint32_t>> cells(n_codes(labels));
  for (uint32_t i = 0; i < labels.size(); ++i)
    if (labels[i] >= 0 && batches[i] >= 0) cells[static_cast<size_t>(labels[i])].push_back(i);
  return cells;
}

size_t n_distinct_batches(const std::vector<uint32_t>& cells, std::span<const int32_t> batches) {
  std::vector<int32_t> codes;
  for (const uint32_t cell : cells) codes.push_back(batches[cell]);
  std::sort(codes.begin(), codes.end());
  return static_cast<size_t>(std::unique(codes.begin(), codes.end()) - codes.begin());
}

}  // namespace

SilhouetteScore asw_label(std::span<const float> silhouette, std::span<const int32_t> labels) {
  return average_width(silhouette, labels, "label", "labels");
}

SilhouetteScore asw_batch_global(std::span<const float> silhouette, std::span<const int32_t> batches) {
  return average_width(silhouette, batches, "batch", "batches");
}

SilhouetteScore asw_batch(std::span<const float> silhouette_within_label, std::span<const int32_t> labels,
                          std::span<const int32_t> batches) {
  if (silhouette_within_label.size() != labels.size() || labels.size() != batches.size())
    throw Error::internal("silhouette score: sizes differ");
  CellTerms terms;
  for (const auto& cells : cells_by_label(labels, batches)) {
    const size_t n_batches = n_distinct_batches(cells, batches);
    if (n_batches >= 2 && n_batches < cells.size()) {
      for (const uint32_t i : cells)
        if (!std::isnan(silhouette_within_label[i])) terms.add(1 - std::fabs(silhouette_within_label[i]), i);
    }
    terms.end_stratum();  // empty where the label is left out, so that strata are labels
  }
  if (terms.values.empty()) return undefined("no label has cells of 2 batches and 2 cells of a batch", 0);
  return finish(std::move(terms));
}

MetricValue with_interval(const SilhouetteScore& score, const BootstrapGroups* groups,
                          const BootstrapOptions& options, ThreadPool& pool) {
  if (!score.score.value) return score.score;
  if (!groups) return score.score.with(bootstrap_cells(score.terms, options, pool));
  const Interval over_groups = bootstrap_groups(score.terms, *groups, options, pool);
  if (over_groups.low) return score.score.with(over_groups);
  Interval over_cells = bootstrap_cells(score.terms, options, pool);
  if (over_cells.low) over_cells.method += fmt::format(" ({})", over_groups.reason);
  return score.score.with(over_cells);
}

}  // namespace zerocell
