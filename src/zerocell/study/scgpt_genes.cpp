#include "zerocell/study/scgpt_genes.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/preprocess/filter.h"
#include "zerocell/preprocess/highly_variable.h"
#include "zerocell/preprocess/normalize.h"
#include "zerocell/preprocess/seurat_v3.h"
#include "zerocell/preprocess/stream_adapters.h"

namespace zerocell {
namespace {

std::vector<uint32_t> every(size_t n) {
  std::vector<uint32_t> all(n);
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

/// Genes of `stream` whose counts add up to the least sum, ascending.
std::vector<uint32_t> filter_by_counts(const RowStream& stream, size_t least, Progress& progress) {
  if (least == 0) return every(stream.n_cols);
  const auto sums = filter_cells_and_genes(stream, {.min_genes = 0, .min_cells = 0}, progress).gene_counts;
  std::vector<uint32_t> kept;
  for (uint32_t g = 0; g < sums.size(); ++g)
    if (sums[g] >= static_cast<double>(least)) kept.push_back(g);
  return kept;
}

/// Highly variable columns of `stream`.
std::vector<uint32_t> highly_variable(const EmbeddingJob& job, const ScgptSettings& settings,
                                      const RowStream& stream, std::span<const std::string> names,
                                      std::vector<std::string>& warnings) {
  Categorical batches;
  if (!settings.batch_key.empty()) batches = job.data.groups(settings.batch_key);
  const BatchGroups groups{batches.codes, names, batches.categories};
  if (settings.flavor.starts_with("seurat_v3")) {
    SeuratV3Options options;
    options.n_top_genes = settings.n_top_genes;
    options.batches_first = settings.flavor == "seurat_v3_paper";
    const auto results = seurat_v3_genes(stream, options, groups, job.pool, job.progress);
    std::ranges::copy(results.warnings, std::back_inserter(warnings));
    if (!results.tied_at_cut.empty()) {
      std::string examples;
      for (size_t i = 0; i < std::min<size_t>(5, results.tied_at_cut.size()); ++i)
        examples += (i ? ", " : "") + names[results.tied_at_cut[i]];
      warnings.push_back(fmt::format(
          "{} genes share the rank at which the {} highly variable ones end (such as {}); those of the first "
          "columns are taken",
          results.tied_at_cut.size(), settings.n_top_genes, examples));
    }
    return results.indices();
  }
  HighlyVariableOptions options;
  options.flavor = settings.flavor == "seurat" ? HvgFlavor::seurat : HvgFlavor::cell_ranger;
  options.n_top_genes = settings.n_top_genes;
  const RowStream logged = normalized(stream, {settings.tokens.normalize_total, true}, job.pool);
  const auto results = highly_variable_genes(logged, options, groups, job.pool, job.progress);
  std::ranges::copy(results.warnings, std::back_inserter(warnings));
  return results.indices();
}

}  // namespace

ScgptChosenGenes choose_scgpt_genes(const EmbeddingJob& job, const ScgptSettings& settings,
                                    const AlignedGenes& genes) {
  ScgptChosenGenes result;
  result.n_chosen = genes.size();
  if (settings.filter_gene_by_counts == 0 && settings.n_top_genes == 0) return result;
  const RowStream all = genes.stream(job.data.counts());
  const auto kept = filter_by_counts(all, settings.filter_gene_by_counts, job.progress);
  result.n_filtered = genes.size() - kept.size();
  if (kept.empty())
    throw Error::data({job.data.file().path(),
                       fmt::format("genes of the vocabulary with at least {} counts over all cells",
                                   settings.filter_gene_by_counts),
                       "none", "Lower filter_gene_by_counts"});
  result.choice.counted.assign(genes.size(), 0);
  for (const uint32_t g : kept) result.choice.counted[g] = 1;
  result.choice.chosen = result.choice.counted;
  result.n_chosen = kept.size();
  if (settings.n_top_genes == 0) return result;
  if (kept.size() <= settings.n_top_genes) {
    if (kept.size() < settings.n_top_genes)
      result.warnings.push_back(
          fmt::format("{} genes of the vocabulary are left, fewer than n_top_genes={}; all are taken",
                      kept.size(), settings.n_top_genes));
    return result;
  }
  std::vector<std::string> names;
  for (const uint32_t g : kept) names.push_back(job.data.genes()[genes.columns()[g]]);
  const auto chosen =
      highly_variable(job, settings, subset(all, every(all.n_rows), kept), names, result.warnings);
  std::ranges::fill(result.choice.chosen, uint8_t{0});
  for (const uint32_t i : chosen) result.choice.chosen[kept[i]] = 1;
  result.n_unchosen = kept.size() - chosen.size();
  result.n_chosen = chosen.size();
  return result;
}

}  // namespace zerocell
