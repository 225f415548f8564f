#include "zerocell/statistics/bootstrap.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "zerocell/core/error.h"
#include "zerocell/statistics/draws.h"

namespace zerocell {
namespace {

/// Draws from few values: any of them is near in the cache.
double sum_of_draws(std::span<const float> values, Draws& draws) {
  const size_t n = values.size();
  double even = 0, odd = 0;  // two sums, so that one addition need not wait for the other
  for (size_t i = 0; i + 1 < n; i += 2) {
    const uint64_t bits = draws.next();
    even += values[below(bits & 0xffffffffu, n)];
    odd += values[below(bits >> 32, n)];
  }
  if (n % 2 == 1) even += values[below(draws.next() >> 32, n)];
  return even + odd;
}

/// Draws from many values, block by block: how many draws fall into either half of the blocks is the number
/// of heads of as many coins, down to single blocks. The blocks are filled up to a power of two; draws that
/// fall on the filling are drawn again.
class BlockedDraws {
 public:
  static constexpr size_t kBlock = 4096;

  BlockedDraws(std::span<const float> values, Draws& draws) : values_(values), draws_(draws) {}

  double sum() {
    const size_t n_blocks = std::bit_ceil((values_.size() + kBlock - 1) / kBlock);
    for (size_t n = values_.size(); n > 0;) n = add(0, n_blocks, n);
    return sum_;
  }

 private:
  /// Adds n draws from n_blocks blocks; returns how many fell on the filling.
  size_t add(size_t first_block, size_t n_blocks, size_t n) {
    if (first_block * kBlock >= values_.size()) return n;
    if (n_blocks == 1) {
      const size_t begin = first_block * kBlock;
      return add_from_block(values_.subspan(begin, std::min(kBlock, values_.size() - begin)), n);
    }
    const size_t left = heads(n), half = n_blocks / 2;
    return add(first_block, half, left) + add(first_block + half, half, n - left);
  }

  size_t heads(size_t n_coins) {
    size_t n = 0;
    for (; n_coins >= 64; n_coins -= 64) n += static_cast<size_t>(std::popcount(draws_.next()));
    return n + static_cast<size_t>(std::popcount(draws_.next() & ((uint64_t{1} << n_coins) - 1)));
  }

  size_t add_from_block(std::span<const float> block, size_t n) {
    constexpr uint64_t kInside = kBlock - 1;
    size_t outside = 0;
    if (block.size() < kBlock) {
      for (size_t i = 0; i < n; ++i) {
        const uint64_t at = draws_.next() & kInside;
        if (at < block.size())
          sum_ += block[at];
        else
          ++outside;
      }
      return outside;
    }
    double a = 0, b = 0, c = 0, d = 0;  // four sums, so that one addition need not wait for the other
    for (size_t i = 0; i + 4 <= n; i += 4) {
      const uint64_t bits = draws_.next();
      a += block[bits & kInside];
      b += block[(bits >> 16) & kInside];
      c += block[(bits >> 32) & kInside];
      d += block[(bits >> 48) & kInside];
    }
    for (size_t i = 0; i < n % 4; ++i) a += block[draws_.next() & kInside];
    sum_ += a + b + c + d;
    return 0;
  }

  std::span<const float> values_;
  Draws& draws_;
  double sum_ = 0;
};

/// Sum of as many draws with replacement as there are values.
double resampled_sum(std::span<const float> values, Draws& draws) {
  return values.size() <= 16 * BlockedDraws::kBlock ? sum_of_draws(values, draws)
                                                    : BlockedDraws(values, draws).sum();
}

/// Sum and number of the terms of one stratum that belong to one group.
struct GroupSum {
  size_t stratum = 0, group = 0;
  double sum = 0;
  size_t n = 0;
};

/// Sums per stratum and group, strata ascending; groups without a term are not there and not counted.
struct GroupSums {
  std::vector<GroupSum> sums;
  size_t n_groups = 0;
};

GroupSums sum_by_group(const CellTerms& terms, std::span<const int32_t> codes) {
  const int32_t highest = codes.empty() ? -1 : *std::max_element(codes.begin(), codes.end());
  std::vector<GroupSum> here(static_cast<size_t>(highest + 1));  // of the current stratum, by code
  std::vector<uint8_t> used(here.size(), 0);
  GroupSums result;
  for (size_t s = 0; s < terms.n_strata(); ++s) {
    std::vector<size_t> met;
    for (size_t t = terms.offsets[s]; t < terms.offsets[s + 1]; ++t) {
      if (terms.cells[t] >= codes.size())
        throw Error::internal("bootstrap: a term of a cell without a group code");
      if (codes[terms.cells[t]] < 0) continue;
      const auto group = static_cast<size_t>(codes[terms.cells[t]]);
      if (here[group].n == 0) met.push_back(group);
      here[group].sum += terms.values[t];
      ++here[group].n;
    }
    for (const size_t group : met) {
      result.sums.push_back({s, group, here[group].sum, here[group].n});
      here[group] = {};
      used[group] = 1;
    }
  }
  // Groups without a term are not drawn: the others are numbered anew.
  std::vector<size_t> number(used.size());
  for (size_t group = 0; group < used.size(); ++group)
    if (used[group]) number[group] = result.n_groups++;
  for (GroupSum& sum : result.sums) sum.group = number[sum.group];
  return result;
}

/// stratified_mean with group g counted times[g] times.
double weighted_mean(const GroupSums& groups, std::span<const uint32_t> times) {
  double total = 0;
  size_t n_strata = 0;
  for (size_t i = 0; i < groups.sums.size();) {
    const size_t stratum = groups.sums[i].stratum;
    double sum = 0, n = 0;
    for (; i < groups.sums.size() && groups.sums[i].stratum == stratum; ++i) {
      sum += times[groups.sums[i].group] * groups.sums[i].sum;
      n += static_cast<double>(times[groups.sums[i].group] * groups.sums[i].n);
    }
    if (n == 0) continue;
    total += sum / n;
    ++n_strata;
  }
  return total / static_cast<double>(n_strata);
}

Interval percentile_interval(std::vector<double>& resamples, double confidence, std::string method) {
  const double tail = (1 - confidence) / 2;
  return {quantile(resamples, tail), quantile(resamples, 1 - tail), "", std::move(method)};
}

std::vector<double> resample(const BootstrapOptions& options, ThreadPool& pool,
                             const std::function<double(Draws& draws)>& statistic) {
  constexpr size_t kResamplesPerTask = 8;
  std::vector<double> results(options.n_resamples);
  pool.parallel_ranges(options.n_resamples, kResamplesPerTask, [&](size_t begin, size_t end, int) {
    for (size_t r = begin; r < end; ++r) {
      Draws draws(options.seed, r);
      results[r] = statistic(draws);
    }
  });
  return results;
}

PairedDifference paired(const CellTerms& terms, const Interval& interval) {
  PairedDifference result;
  if (!terms.values.empty()) result.difference = stratified_mean(terms);
  result.interval = interval;
  return result;
}

}  // namespace

double quantile(std::vector<double>& values, double q) {
  if (values.empty()) throw Error::internal("quantile of no values");
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below_at = static_cast<size_t>(at);
  if (below_at + 1 >= values.size()) return values.back();
  return values[below_at] + (at - std::floor(at)) * (values[below_at + 1] - values[below_at]);
}

Interval bootstrap_cells(const CellTerms& terms, const BootstrapOptions& options, ThreadPool& pool) {
  const size_t n = terms.values.size();
  if (n < 2) return {{}, {}, fmt::format("interval needs at least 2 cells, there are {}", n), ""};
  if (options.n_resamples == 0) return {{}, {}, "no interval: no resamples asked for", ""};
  auto resamples = resample(options, pool, [&](Draws& draws) {
    double total = 0;
    size_t n_strata = 0;
    for (size_t s = 0; s < terms.n_strata(); ++s) {
      const size_t begin = terms.offsets[s], size = terms.offsets[s + 1] - begin;
      if (size == 0) continue;
      total += resampled_sum({terms.values.data() + begin, size}, draws) / static_cast<double>(size);
      ++n_strata;
    }
    return total / static_cast<double>(n_strata);
  });
  return percentile_interval(resamples, options.confidence, fmt::format("bootstrap over {} cells", n));
}

Interval bootstrap_groups(const CellTerms& terms, const BootstrapGroups& groups,
                          const BootstrapOptions& options, ThreadPool& pool) {
  const GroupSums sums = sum_by_group(terms, groups.codes);
  const size_t G = sums.n_groups, least = std::max<size_t>(options.min_groups, 2);
  if (G < least)
    return {{}, {}, fmt::format("interval needs at least {} {}, there are {}", least, groups.unit, G), ""};
  if (options.n_resamples == 0) return {{}, {}, "no interval: no resamples asked for", ""};
  auto resamples = resample(options, pool, [&](Draws& draws) {
    std::vector<uint32_t> times(G, 0);
    for (size_t draw = 0; draw < G; ++draw) ++times[below(draws.next() >> 32, G)];
    return weighted_mean(sums, times);
  });
  return percentile_interval(resamples, options.confidence,
                             fmt::format("bootstrap over {} {}", G, groups.unit));
}

PairedDifference paired_bootstrap_cells(const CellTerms& a, const CellTerms& b,
                                        const BootstrapOptions& options, ThreadPool& pool) {
  const CellTerms terms = difference(a, b);
  return paired(terms, bootstrap_cells(terms, options, pool));
}

PairedDifference paired_bootstrap_groups(const CellTerms& a, const CellTerms& b,
                                         const BootstrapGroups& groups, const BootstrapOptions& options,
                                         ThreadPool& pool) {
  const CellTerms terms = difference(a, b);
  return paired(terms, bootstrap_groups(terms, groups, options, pool));
}

}  // namespace zerocell
