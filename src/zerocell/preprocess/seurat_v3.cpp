#include "zerocell/preprocess/seurat_v3.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "zerocell/core/error.h"
#include "zerocell/preprocess/gene_entries.h"
#include "zerocell/preprocess/gene_moments.h"
#include "zerocell/preprocess/loess.h"

namespace zerocell {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kGenesPerTask = 1024;

/// Cells of one batch, with the curve through its genes.
struct Batch {
  size_t n_cells = 0;
  std::vector<double> mean;
  std::vector<double> deviation;  ///< expected at the gene's mean
  std::vector<double> clip;       ///< largest value that counts in full
};

/// Sums over values up to `clip`, and how many are above: exact for integers, whatever the order of cells.
struct ClippedSums {
  std::vector<double> sum, sum_of_squares;
  std::vector<uint32_t> n_clipped;
};

void check_values(const RowBlock& block, bool& integers) {
  bool usable = true, whole = true;
  for (const float value : block.values.values) {
    usable &= value >= 0 && value <= std::numeric_limits<float>::max();
    // Plain x86-64 has no instruction for truncation; from 2^24 on every float is an integer.
    const float small = std::abs(value) < 0x1p24f ? value : 0.0f;
    whole &= small == static_cast<float>(static_cast<int32_t>(small));
  }
  integers &= whole;
  if (usable) return;
  for (size_t i = 0; i < block.values.n_rows; ++i) {
    const auto values = block.values.row_values(i);
    for (size_t k = 0; k < values.size(); ++k) {
      if (values[k] >= 0 && std::isfinite(values[k])) continue;
      throw Error::data(
          {fmt::format("the counts, row {}, column {}", block.first_row + i, block.values.row_indices(i)[k]),
           "raw counts: finite and not negative", fmt::format("{}", values[k]),
           "seurat_v3 ranks genes by raw counts; name the layer that holds them"});
    }
  }
}

/// Moments of every batch, in the first pass.
std::vector<GeneMoments> checked_moments(const RowStream& counts, const BatchGroups& groups, ThreadPool& pool,
                                         Progress& progress) {
  int32_t last = 0;
  for (const int32_t batch : groups.batches) last = std::max(last, batch);
  bool integers = true;
  RowStream checked{counts.n_rows, counts.n_cols, {}};
  checked.for_each_block = [&](const std::function<void(const RowBlock&)>& consume) {
    counts.for_each_block([&](const RowBlock& block) {
      check_values(block, integers);
      consume(block);
    });
  };
  auto moments =
      gene_moments(checked, groups.batches, {false, static_cast<size_t>(last) + 1}, pool, progress);
  if (!integers) progress.warn("seurat_v3 expects raw counts, but there are values that are no integers");
  return moments;
}

/// scanpy's one-pass variance, ddof 1.
double variance(double sum, double sum_of_squares, double n) {
  const double mean = sum / n;
  const double biased = sum_of_squares / n - mean * mean;
  return n == 1 ? biased : biased * (n / (n - 1));
}

Batch fit_batch(const GeneMoments& moments, const SeuratV3Options& options, const std::string& name) {
  const std::string what = fmt::format("{} for seurat_v3, {} cells", name, moments.n_cells);
  if (moments.n_cells == 1)
    throw Error::data({what, "at least two cells", "one cell", "select more cells, or use all-genes"});
  const double n = static_cast<double>(moments.n_cells);
  Batch batch;
  batch.n_cells = moments.n_cells;
  std::vector<size_t> varying;
  std::vector<double> x, y;
  for (size_t g = 0; g < moments.sum.size(); ++g) {
    batch.mean.push_back(moments.sum[g] / n);
    const double spread = gene_variance(moments, g);
    if (!(moments.sum_of_squares[g] <= double{std::numeric_limits<float>::max()}))
      throw Error::data({what, "counts whose squares can be summed",
                         fmt::format("huge values in column {}", g),
                         "check that the matrix holds raw counts"});
    if (!(spread > 0)) continue;
    varying.push_back(g);
    x.push_back(std::log10(batch.mean.back()));
    y.push_back(std::log10(spread));
  }
  const LoessResults curve = loess(x, y, {options.span, LoessOptions{}.cell});
  if (!curve.problem.empty())
    throw Error::data({what, "enough genes of different mean for a curve of variance over mean",
                       fmt::format("{} genes that vary; {}", varying.size(), curve.problem),
                       "leave out genes that few cells express, rank genes without batch_key or leave small "
                       "batches out, or use flavor=seurat"});
  batch.deviation.assign(batch.mean.size(), 1.0);  // of genes that do not vary
  for (size_t i = 0; i < varying.size(); ++i)
    batch.deviation[varying[i]] = std::sqrt(std::pow(10.0, curve.fitted[i]));
  for (size_t g = 0; g < batch.mean.size(); ++g)
    batch.clip.push_back(batch.deviation[g] * std::sqrt(n) + batch.mean[g]);
  return batch;
}

/// Batches without a vote keep 0 cells.
std::vector<Batch> fit_batches(std::span<const GeneMoments> moments, const SeuratV3Options& options,
                               const BatchGroups& groups, std::vector<std::string>& warnings) {
  std::vector<Batch> batches(moments.size());
  size_t n_fitted = 0;
  for (size_t b = 0; b < moments.size(); ++b) {
    const size_t n = moments[b].n_cells;
    if (n == 0) continue;
    if (!groups.batches.empty() && !any_gene_varies(moments[b])) {
      warnings.push_back(no_vote_warning(groups, b, n));
      continue;
    }
    batches[b] = fit_batch(moments[b], options, describe_batch(groups, b));
    ++n_fitted;
  }
  if (n_fitted == 0)
    throw Error::data({"highly variable genes inside each batch", "a batch in which genes vary", "none",
                       "rank genes without batch_key, or check that this is the column of the batches"});
  return batches;
}

/// The second pass.
std::vector<ClippedSums> clipped_sums(const RowStream& counts, const BatchGroups& groups,
                                      std::span<const Batch> batches, ThreadPool& pool, Progress& progress) {
  std::vector<ClippedSums> sums(batches.size());
  for (size_t b = 0; b < batches.size(); ++b) {
    if (batches[b].n_cells == 0) continue;
    sums[b].sum.assign(counts.n_cols, 0.0);
    sums[b].sum_of_squares.assign(counts.n_cols, 0.0);
    sums[b].n_clipped.assign(counts.n_cols, 0);
  }
  counts.for_each_block([&](const RowBlock& block) {
    progress.check();
    pool.parallel_ranges(counts.n_cols, kGenesPerTask, [&](size_t first, size_t last, int) {
      for_each_entry(block, block.values.values, groups.batches, batches.size(), static_cast<uint32_t>(first),
                     static_cast<uint32_t>(last), [&](size_t b, uint32_t gene, float count) {
                       if (batches[b].n_cells == 0) return;  // it has no vote
                       const double value = count;
                       if (value > batches[b].clip[gene]) {
                         ++sums[b].n_clipped[gene];
                       } else {
                         sums[b].sum[gene] += value;
                         sums[b].sum_of_squares[gene] += value * value;
                       }
                     });
    });
    progress.advance(block.values.n_rows);
  });
  return sums;
}

std::vector<double> normalized_variances(const Batch& batch, const ClippedSums& sums) {
  const double n = static_cast<double>(batch.n_cells);
  std::vector<double> out(batch.mean.size());
  for (size_t g = 0; g < out.size(); ++g) {
    const double mean = batch.mean[g], clip = batch.clip[g], n_clipped = sums.n_clipped[g];
    const double sum = sums.sum[g] + n_clipped * clip;
    const double squares = sums.sum_of_squares[g] + n_clipped * (clip * clip);
    out[g] = 1 / ((n - 1) * (batch.deviation[g] * batch.deviation[g])) *
             (n * (mean * mean) + squares - 2 * sum * mean);
  }
  return out;
}

/// Members of the run of equal elements across the cut of a ranking, if one crosses it.
template <class Equal>
void add_ties(std::span<const uint32_t> order, size_t cut, const Equal& equal, std::set<uint32_t>& ties) {
  if (cut == 0 || cut >= order.size() || !equal(order[cut - 1], order[cut])) return;
  for (size_t i = cut; i-- > 0 && equal(order[i], order[cut]);) ties.insert(order[i]);
  for (size_t i = cut; i < order.size() && equal(order[i], order[cut]); ++i) ties.insert(order[i]);
}

double median(std::vector<double>& values) {
  if (values.empty()) return kNaN;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Ranks inside each batch, their median, and the choice. z: one vector of normalised variances a batch.
void choose(std::span<const std::vector<double>> z, const SeuratV3Options& options, SeuratV3Results& out) {
  const size_t n_genes = out.means.size(), n_top = std::min(options.n_top_genes, n_genes);
  std::set<uint32_t> ties;
  std::vector<std::vector<double>> ranks(n_genes);
  std::vector<uint32_t> order(n_genes);
  for (const std::vector<double>& values : z) {
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t a, uint32_t b) { return values[a] > values[b]; });
    for (size_t i = 0; i < n_top; ++i) ranks[order[i]].push_back(static_cast<double>(i));
    add_ties(
        order, n_top, [&](uint32_t a, uint32_t b) { return values[a] == values[b]; }, ties);
  }
  std::vector<std::pair<double, double>> keys;  // ascending: better first
  for (std::vector<double>& values : ranks) {
    const double n_batches = static_cast<double>(values.size());
    out.highly_variable_nbatches.push_back(static_cast<uint32_t>(values.size()));
    out.highly_variable_rank.push_back(median(values));
    const double rank =
        values.empty() ? std::numeric_limits<double>::infinity() : out.highly_variable_rank.back();
    keys.push_back(options.batches_first ? std::pair(-n_batches, rank) : std::pair(rank, -n_batches));
  }
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return keys[a] < keys[b]; });
  add_ties(
      order, n_top, [&](uint32_t a, uint32_t b) { return keys[a] == keys[b]; }, ties);
  out.highly_variable.assign(n_genes, 0);
  for (size_t i = 0; i < n_top; ++i) out.highly_variable[order[i]] = 1;
  out.tied_at_cut.assign(ties.begin(), ties.end());
}

/// Means and variances over the cells of all batches.
void add_moments(std::span<const GeneMoments> moments, SeuratV3Results& out) {
  double n = 0;
  for (const GeneMoments& m : moments) n += static_cast<double>(m.n_cells);
  for (size_t g = 0; g < moments[0].sum.size(); ++g) {
    double sum = 0, squares = 0;
    for (const GeneMoments& m : moments) {
      sum += m.sum[g];
      squares += m.sum_of_squares[g];
    }
    out.means.push_back(sum / n);
    out.variances.push_back(variance(sum, squares, n));
  }
}

}  // namespace

std::vector<uint32_t> SeuratV3Results::indices() const {
  std::vector<uint32_t> out;
  for (size_t g = 0; g < highly_variable.size(); ++g)
    if (highly_variable[g]) out.push_back(static_cast<uint32_t>(g));
  return out;
}

SeuratV3Results seurat_v3_genes(const RowStream& counts, const SeuratV3Options& options,
                                const BatchGroups& groups, ThreadPool& pool, Progress& progress) {
  if (options.n_top_genes == 0) throw Error::usage({"n_top_genes", "at least 1", "0", ""});
  if (!groups.batches.empty() && groups.batches.size() != counts.n_rows)
    throw Error::internal("seurat_v3_genes: one batch for each cell is needed");
  progress.stage("highly variable genes", 2 * counts.n_rows);
  const auto moments = checked_moments(counts, groups, pool, progress);
  const auto has_cells = [](const GeneMoments& m) { return m.n_cells > 0; };
  if (counts.n_cols == 0 || std::ranges::none_of(moments, has_cells))
    throw Error::data({"highly variable genes", "at least one cell and one gene",
                       fmt::format("{} cells and {} genes", counts.n_rows, counts.n_cols),
                       "check that the file holds all genes, and batch_key"});
  SeuratV3Results out;
  const auto batches = fit_batches(moments, options, groups, out.warnings);
  const auto sums = clipped_sums(counts, groups, batches, pool, progress);
  add_moments(moments, out);
  out.variances_norm.assign(counts.n_cols, 0.0);
  std::vector<std::vector<double>> z;
  for (size_t b = 0; b < batches.size(); ++b)
    if (batches[b].n_cells > 0) z.push_back(normalized_variances(batches[b], sums[b]));
  for (size_t g = 0; g < counts.n_cols; ++g) {
    for (const auto& values : z) out.variances_norm[g] += values[g];
    out.variances_norm[g] /= static_cast<double>(z.size());
  }
  choose(z, options, out);
  return out;
}

}  // namespace zerocell
