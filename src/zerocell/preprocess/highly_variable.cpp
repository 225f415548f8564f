#include "zerocell/preprocess/highly_variable.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/core/number_text.h"
#include "zerocell/preprocess/gene_moments.h"

namespace zerocell {
namespace {

constexpr double kTinyMean = 1e-12;  // scanpy's stand-in for a mean of 0
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// numpy.nan_to_num: NaN becomes `nan`, infinities the largest finite numbers.
double nan_to_num(double x, double nan) {
  if (std::isnan(x)) return nan;
  return std::clamp(x, std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max());
}

bool inside(const HighlyVariableOptions& options, double mean, double dispersion) {
  return mean > options.min_mean && mean < options.max_mean && dispersion > options.min_dispersion &&
         dispersion < options.max_dispersion;
}

/// The number to 36 binary digits (11 decimal ones). Sums of the same values in another order of cells differ
/// in their last digits, which must not put equal genes into different bins or before each other.
double without_rounding_errors(double x) {
  if (!std::isfinite(x)) return x;
  int exponent = 0;
  const double mantissa = std::frexp(x, &exponent);
  return std::ldexp(std::round(mantissa * 0x1p36), exponent - 36);
}

std::vector<uint8_t> choose_top(std::span<const double> z, size_t n_top) {
  std::vector<double> sorted;
  for (const double value : z)
    if (!std::isnan(value)) sorted.push_back(value);
  n_top = std::min(n_top, sorted.size());
  std::vector<uint8_t> chosen(z.size(), 0);
  if (n_top == 0) return chosen;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<ptrdiff_t>(n_top - 1), sorted.end(),
                   std::greater<>());
  const double cut = sorted[n_top - 1];
  for (size_t g = 0; g < z.size(); ++g) chosen[g] = nan_to_num(z[g], -kInfinity) >= cut;
  return chosen;
}

/// Dispersions of the given genes from one group of cells.
HighlyVariableResults single_batch(const GeneMoments& moments, std::span<const uint32_t> genes,
                                   const HighlyVariableOptions& options) {
  const bool seurat = options.flavor == HvgFlavor::seurat;
  HighlyVariableResults out;
  for (const uint32_t gene : genes) {
    double mean = without_rounding_errors(moments.sum[gene] / static_cast<double>(moments.n_cells));
    if (mean == 0) mean = kTinyMean;
    const double dispersion = without_rounding_errors(gene_variance(moments, gene) / mean);
    if (seurat) {
      const bool undefined = !(dispersion > 0);  // it does not vary, or its mean is negative
      out.dispersions.push_back(undefined ? std::numeric_limits<double>::quiet_NaN() : std::log(dispersion));
      out.means.push_back(std::log1p(mean));
    } else {
      out.dispersions.push_back(dispersion);
      out.means.push_back(mean);
    }
  }
  const auto bins = mean_bins(out.means, options.flavor, options.n_bins);
  out.dispersions_norm = normalized_dispersions(out.dispersions, bins, options.flavor);
  if (options.n_top_genes) {
    out.highly_variable = choose_top(out.dispersions_norm, *options.n_top_genes);
  } else {
    for (size_t i = 0; i < genes.size(); ++i)
      out.highly_variable.push_back(inside(options, out.means[i], nan_to_num(out.dispersions_norm[i], 0)));
  }
  return out;
}

void require_finite(std::span<const GeneMoments> moments) {
  const auto finite = [](double x) { return std::isfinite(x); };
  for (const GeneMoments& m : moments) {
    if (std::all_of(m.sum_of_squares.begin(), m.sum_of_squares.end(), finite)) continue;
    throw Error::data({"the log-normalised expression", "finite values",
                       "a gene with NaN, infinite or huge values", "give raw counts"});
  }
}

std::vector<uint32_t> expressed_genes(const GeneMoments& moments) {
  std::vector<uint32_t> genes;
  for (size_t g = 0; g < moments.n_expressed.size(); ++g)
    if (moments.n_expressed[g] > 0) genes.push_back(static_cast<uint32_t>(g));
  return genes;
}

/// Genes from best to worst of the merged batches.
std::vector<uint32_t> merged_ranking(const HighlyVariableResults& merged,
                                     std::span<const std::string> gene_names) {
  std::vector<uint32_t> order(merged.means.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const uint32_t in_a = merged.highly_variable_nbatches[a], in_b = merged.highly_variable_nbatches[b];
    if (in_a != in_b) return in_a > in_b;
    const double z_a = merged.dispersions_norm[a], z_b = merged.dispersions_norm[b];
    if (std::isnan(z_a) != std::isnan(z_b)) return std::isnan(z_b);
    if (!std::isnan(z_a) && z_a != z_b) return z_a > z_b;
    if (!gene_names.empty() && gene_names[a] != gene_names[b]) return gene_names[a] < gene_names[b];
    return a < b;
  });
  return order;
}

/// Means over batches; a gene that a batch does not express enters its means with zeros.
HighlyVariableResults average(std::span<const HighlyVariableResults> batches,
                              std::span<const std::vector<uint32_t>> genes, size_t n_genes) {
  const size_t n_batches = batches.size();
  std::vector<double> means(n_genes * n_batches, 0.0), dispersions(means), z(means);
  HighlyVariableResults out;
  out.highly_variable_nbatches.assign(n_genes, 0);
  for (size_t b = 0; b < n_batches; ++b) {
    for (size_t i = 0; i < genes[b].size(); ++i) {
      const size_t at = genes[b][i] * n_batches + b;
      means[at] = batches[b].means[i];
      dispersions[at] = batches[b].dispersions[i];
      z[at] = batches[b].dispersions_norm[i];
      out.highly_variable_nbatches[genes[b][i]] += batches[b].highly_variable[i];
    }
  }
  for (size_t g = 0; g < n_genes; ++g) {
    const auto row = [&](const std::vector<double>& x) {
      return compensated_mean(std::span<const double>(x).subspan(g * n_batches, n_batches));
    };
    out.means.push_back(row(means));
    out.dispersions.push_back(row(dispersions));
    out.dispersions_norm.push_back(row(z));
  }
  return out;
}

HighlyVariableResults merge_batches(std::span<const GeneMoments> moments,
                                    const HighlyVariableOptions& options, const BatchGroups& groups) {
  std::vector<HighlyVariableResults> batches;
  std::vector<std::vector<uint32_t>> genes;
  std::vector<std::string> warnings;
  for (size_t b = 0; b < moments.size(); ++b) {
    const GeneMoments& m = moments[b];
    if (m.n_cells == 0) continue;
    if (!any_gene_varies(m)) {
      warnings.push_back(no_vote_warning(groups, b, m.n_cells));
      continue;
    }
    genes.push_back(expressed_genes(m));
    batches.push_back(single_batch(m, genes.back(), options));
  }
  if (batches.empty())
    throw Error::data({"highly variable genes inside each batch", "a batch in which genes vary", "none",
                       "rank genes without batch_key, or check that this is the column of the batches"});
  const size_t n_genes = moments.empty() ? 0 : moments[0].sum.size();
  HighlyVariableResults out = average(batches, genes, n_genes);
  out.warnings = std::move(warnings);
  out.highly_variable.assign(n_genes, 0);
  if (options.n_top_genes) {
    const auto order = merged_ranking(out, groups.gene_names);
    for (size_t i = 0; i < std::min(*options.n_top_genes, n_genes); ++i) out.highly_variable[order[i]] = 1;
  } else {
    for (size_t g = 0; g < n_genes; ++g) {
      double& z = out.dispersions_norm[g];
      if (std::isnan(z)) z = 0;
      out.highly_variable[g] = inside(options, out.means[g], z);
    }
  }
  return out;
}

}  // namespace

std::string describe_batch(const BatchGroups& groups, size_t batch) {
  if (groups.batches.empty()) return "the counts";
  if (batch < groups.batch_names.size()) return fmt::format("batch '{}'", groups.batch_names[batch]);
  return fmt::format("batch {}", batch);
}

std::string no_vote_warning(const BatchGroups& groups, size_t batch, size_t n_cells) {
  return fmt::format("no gene varies in {} ({}): it has no vote in the choice of highly variable genes",
                     describe_batch(groups, batch), counted(n_cells, "cell"));
}

std::vector<uint32_t> HighlyVariableResults::indices() const {
  std::vector<uint32_t> out;
  for (size_t g = 0; g < highly_variable.size(); ++g)
    if (highly_variable[g]) out.push_back(static_cast<uint32_t>(g));
  return out;
}

HighlyVariableResults highly_variable_genes(const RowStream& log_normalized,
                                            const HighlyVariableOptions& options, const BatchGroups& groups,
                                            ThreadPool& pool, Progress& progress) {
  if (!groups.gene_names.empty() && groups.gene_names.size() != log_normalized.n_cols)
    throw Error::internal("highly_variable_genes: one name for each gene is needed");
  if (ranks_raw_counts(options.flavor))
    throw Error::internal("highly_variable_genes: seurat_v3 is a function of its own");
  if (options.n_bins == 0) throw Error::usage({"n_bins", "at least 1", "0", ""});
  if (log_normalized.n_rows == 0 || log_normalized.n_cols == 0)
    throw Error::data({"highly variable genes", "at least one cell and one gene",
                       std::to_string(log_normalized.n_rows) + " cells and " +
                           std::to_string(log_normalized.n_cols) + " genes",
                       "check that the file holds all genes; scvi, obsm and file need no such filter"});
  const bool batched = !groups.batches.empty();
  int32_t last = 0;
  for (const int32_t batch : groups.batches) last = std::max(last, batch);
  progress.stage("highly variable genes", log_normalized.n_rows);
  const GeneMomentsOptions moments_options{options.flavor == HvgFlavor::seurat,
                                           static_cast<size_t>(last) + 1};
  const auto moments = gene_moments(log_normalized, groups.batches, moments_options, pool, progress);
  require_finite(moments);
  if (batched) return merge_batches(moments, options, groups);
  std::vector<uint32_t> genes(log_normalized.n_cols);
  std::iota(genes.begin(), genes.end(), 0u);
  return single_batch(moments[0], genes, options);
}

}  // namespace zerocell
