#include "zerocell/preprocess/gene_moments.h"

#include "zerocell/core/error.h"
#include "zerocell/preprocess/float_memo.h"
#include "zerocell/preprocess/gene_entries.h"

namespace zerocell {
namespace {

constexpr size_t kRowsPerTask = 64;
constexpr size_t kGenesPerTask = 1024;

void expm1_block(const CsrMatrix& block, std::vector<float>& out, ThreadPool& pool) {
  out.resize(block.nnz());
  pool.parallel_ranges(block.n_rows, kRowsPerTask, [&](size_t begin, size_t end, int) {
    FloatMemo<expm1_float> memo;
    for (size_t k = block.indptr[begin]; k < block.indptr[end]; ++k) out[k] = memo(block.values[k]);
  });
}

/// Adds the genes in [first, last) of a block; each gene sees its cells in row order.
void accumulate(const RowBlock& block, std::span<const float> values, std::span<const int32_t> groups,
                uint32_t first, uint32_t last, std::vector<GeneMoments>& moments) {
  for_each_entry(block, values, groups, moments.size(), first, last,
                 [&](size_t group, uint32_t gene, float value) {
                   GeneMoments& m = moments[group];
                   const double x = value;
                   m.sum[gene] += x;
                   m.sum_of_squares[gene] += x * x;
                   m.n_expressed[gene] += value > 0;
                 });
}

}  // namespace

double gene_variance(const GeneMoments& moments, size_t gene) {
  constexpr double kNoise = 1e-5 * 1e-5;  // of the squared mean
  const double n = static_cast<double>(moments.n_cells);
  if (moments.n_cells < 2) return 0;
  const double mean = moments.sum[gene] / n;
  const double biased = moments.sum_of_squares[gene] / n - mean * mean;
  return biased <= kNoise * (mean * mean) ? 0 : biased * (n / (n - 1));
}

bool any_gene_varies(const GeneMoments& moments) {
  for (size_t gene = 0; gene < moments.sum.size(); ++gene)
    if (gene_variance(moments, gene) != 0) return true;  // NaN and infinities are told of elsewhere
  return false;
}

std::vector<GeneMoments> gene_moments(const RowStream& stream, std::span<const int32_t> groups,
                                      const GeneMomentsOptions& options, ThreadPool& pool,
                                      Progress& progress) {
  if (!groups.empty() && groups.size() != stream.n_rows)
    throw Error::internal("gene_moments: one group for each cell is needed");
  std::vector<GeneMoments> moments(options.n_groups);
  for (GeneMoments& m : moments) {
    m.sum.assign(stream.n_cols, 0.0);
    m.sum_of_squares.assign(stream.n_cols, 0.0);
    m.n_expressed.assign(stream.n_cols, 0);
  }
  std::vector<float> transformed;
  stream.for_each_block([&](const RowBlock& block) {
    progress.check();
    if (options.expm1) expm1_block(block.values, transformed, pool);
    const std::span<const float> values = options.expm1 ? transformed : block.values.values;
    pool.parallel_ranges(stream.n_cols, kGenesPerTask, [&](size_t first, size_t last, int) {
      accumulate(block, values, groups, static_cast<uint32_t>(first), static_cast<uint32_t>(last), moments);
    });
    for (size_t i = 0; i < block.values.n_rows; ++i) {
      const int32_t group = group_of(groups, block.first_row + i, moments.size());
      if (group >= 0) ++moments[static_cast<size_t>(group)].n_cells;
    }
    progress.advance(block.values.n_rows);
  });
  return moments;
}

}  // namespace zerocell
