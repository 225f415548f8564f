#include "zerocell/preprocess/normalize.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "zerocell/preprocess/float_memo.h"

namespace zerocell {
namespace {

constexpr size_t kRowsPerTask = 64;

float row_sum(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += value;
  return static_cast<float>(sum);
}

float median_total(const RowStream& counts) {
  std::vector<float> totals;
  totals.reserve(counts.n_rows);
  counts.for_each_block([&](const RowBlock& block) {
    for (size_t i = 0; i < block.values.n_rows; ++i) totals.push_back(row_sum(block.values.row_values(i)));
  });
  if (totals.empty()) return 1.0f;
  std::sort(totals.begin(), totals.end());
  const size_t half = totals.size() / 2;
  return totals.size() % 2 ? totals[half] : (totals[half - 1] + totals[half]) / 2;
}

}  // namespace

RowStream normalized(RowStream counts, const NormalizeOptions& options, ThreadPool& pool) {
  const float target = options.target_sum ? static_cast<float>(*options.target_sum) : median_total(counts);
  RowStream result{counts.n_rows, counts.n_cols, {}};
  result.for_each_block = [counts = std::move(counts), target, log = options.log1p,
                           &pool](const std::function<void(const RowBlock&)>& consume) {
    RowBlock out;
    counts.for_each_block([&](const RowBlock& block) {
      out = block;
      pool.parallel_ranges(out.values.n_rows, kRowsPerTask, [&](size_t begin, size_t end, int) {
        FloatMemo<log1p_float> memo;
        for (size_t i = begin; i < end; ++i) {
          const std::span<float> row = out.values.row_values(i);
          const float factor = row_sum(row) / target;
          const float divisor = factor == 0 ? 1.0f : factor;
          for (float& value : row) value = log ? memo(value / divisor) : value / divisor;
        }
      });
      consume(out);
    });
  };
  return result;
}

}  // namespace zerocell
