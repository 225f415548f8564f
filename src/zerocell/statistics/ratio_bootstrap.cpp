#include "zerocell/statistics/ratio_bootstrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "zerocell/core/error.h"
#include "zerocell/statistics/draws.h"

namespace zerocell {
namespace {

/// What is drawn as a whole: a cell or a group.
struct Unit {
  const double* sums = nullptr;  ///< (K)
  double weight = 0;
};

void require_lengths(const RatioTerms& terms) {
  if (terms.sums.size() != terms.n_scores * terms.weights.size())
    throw Error::internal(fmt::format("ratio bootstrap: {} sums of {} scores for {} cells", terms.sums.size(),
                                      terms.n_scores, terms.weights.size()));
}

/// Some resamples of the units, one pass over all of them: row r is the K ratios of resample first + r.
void resample_ratios(std::span<const Unit> units, size_t n_scores, uint64_t seed, size_t first,
                     std::span<double> rows) {
  const size_t n_rows = rows.size() / n_scores, n_units = units.size();
  std::vector<uint32_t> times(n_rows * n_units, 0);  // how often each unit is drawn
  for (size_t r = 0; r < n_rows; ++r) {
    Draws draws(seed, first + r);
    for (size_t draw = 0; draw < n_units; ++draw) ++times[r * n_units + below(draws.next() >> 32, n_units)];
  }
  std::ranges::fill(rows, 0.0);
  std::vector<double> weights(n_rows, 0);
  for (size_t i = 0; i < n_units; ++i)
    for (size_t r = 0; r < n_rows; ++r) {
      const double n = times[r * n_units + i];
      if (n == 0) continue;
      weights[r] += n * units[i].weight;
      double* const row = rows.data() + r * n_scores;
      for (size_t k = 0; k < n_scores; ++k) row[k] += n * units[i].sums[k];
    }
  for (size_t r = 0; r < n_rows; ++r)
    for (size_t k = 0; k < n_scores; ++k) rows[r * n_scores + k] /= weights[r];
}

std::vector<Interval> intervals_of(std::span<const Unit> units, size_t n_scores,
                                   const BootstrapOptions& options, const std::string& method,
                                   ThreadPool& pool) {
  constexpr size_t kResamplesPerTask = 8;
  if (options.n_resamples == 0)
    return std::vector<Interval>(n_scores, {{}, {}, "no interval: no resamples asked for", ""});
  std::vector<double> rows(options.n_resamples * n_scores);
  pool.parallel_ranges(options.n_resamples, kResamplesPerTask, [&](size_t begin, size_t end, int) {
    resample_ratios(units, n_scores, options.seed, begin,
                    std::span(rows).subspan(begin * n_scores, (end - begin) * n_scores));
  });
  const double tail = (1 - options.confidence) / 2;
  std::vector<Interval> intervals(n_scores);
  std::vector<double> column(options.n_resamples);
  for (size_t k = 0; k < n_scores; ++k) {
    for (size_t r = 0; r < options.n_resamples; ++r) column[r] = rows[r * n_scores + k];
    if (!std::ranges::all_of(column, [](double value) { return std::isfinite(value); })) {
      intervals[k].reason = "no interval: a sum is not a finite number";
      continue;
    }
    intervals[k].low = quantile(column, tail);
    intervals[k].high = quantile(column, 1 - tail);
    intervals[k].method = method;
  }
  return intervals;
}

}  // namespace

std::vector<double> ratios(const RatioTerms& terms) {
  require_lengths(terms);
  const size_t K = terms.n_scores;
  std::vector<double> out(K, 0);
  double weight = 0;
  for (size_t i = 0; i < terms.weights.size(); ++i) {
    if (terms.weights[i] == 0) continue;
    weight += terms.weights[i];
    for (size_t k = 0; k < K; ++k) out[k] += terms.sums[i * K + k];
  }
  for (double& value : out) value = weight > 0 ? value / weight : std::numeric_limits<double>::quiet_NaN();
  return out;
}

std::vector<Interval> bootstrap_ratios_cells(const RatioTerms& terms, const BootstrapOptions& options,
                                             ThreadPool& pool) {
  require_lengths(terms);
  std::vector<Unit> cells;
  for (size_t i = 0; i < terms.weights.size(); ++i)
    if (terms.weights[i] > 0)
      cells.push_back({terms.sums.data() + i * terms.n_scores, static_cast<double>(terms.weights[i])});
  if (cells.size() < 2) {
    const auto reason = fmt::format("interval needs at least 2 cells, there are {}", cells.size());
    return std::vector<Interval>(terms.n_scores, {{}, {}, reason, ""});
  }
  return intervals_of(cells, terms.n_scores, options, fmt::format("bootstrap over {} cells", cells.size()),
                      pool);
}

std::vector<Interval> bootstrap_ratios_groups(const RatioTerms& terms, const BootstrapGroups& groups,
                                              const BootstrapOptions& options, ThreadPool& pool) {
  require_lengths(terms);
  if (groups.codes.size() != terms.weights.size())
    throw Error::internal("ratio bootstrap: groups for another number of cells");
  const size_t K = terms.n_scores;
  const int32_t highest = groups.codes.empty() ? -1 : std::ranges::max(groups.codes);
  std::vector<double> sums(static_cast<size_t>(highest + 1) * K, 0);
  std::vector<double> weights(static_cast<size_t>(highest + 1), 0);
  for (size_t i = 0; i < terms.weights.size(); ++i) {
    if (groups.codes[i] < 0 || terms.weights[i] == 0) continue;
    const auto group = static_cast<size_t>(groups.codes[i]);
    weights[group] += terms.weights[i];
    for (size_t k = 0; k < K; ++k) sums[group * K + k] += terms.sums[i * K + k];
  }
  std::vector<Unit> units;  // groups without a cell that takes part are not drawn
  for (size_t group = 0; group < weights.size(); ++group)
    if (weights[group] > 0) units.push_back({sums.data() + group * K, weights[group]});
  if (const size_t least = std::max<size_t>(options.min_groups, 2); units.size() < least) {
    const auto reason =
        fmt::format("interval needs at least {} {}, there are {}", least, groups.unit, units.size());
    return std::vector<Interval>(K, {{}, {}, reason, ""});
  }
  return intervals_of(units, K, options, fmt::format("bootstrap over {} {}", units.size(), groups.unit),
                      pool);
}

}  // namespace zerocell
