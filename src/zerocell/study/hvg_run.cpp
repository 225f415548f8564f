#include "zerocell/study/hvg_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "zerocell/baselines/pca.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

HvgFlavor parse_flavor(const EmbeddingSpec& spec) {
  const auto name = spec.option("flavor", "seurat");
  if (name == "seurat") return HvgFlavor::seurat;
  if (name == "cell_ranger") return HvgFlavor::cell_ranger;
  if (name == "seurat_v3") return HvgFlavor::seurat_v3;
  if (name == "seurat_v3_paper") return HvgFlavor::seurat_v3_paper;
  throw Error::usage({fmt::format("embedding '{}', option 'flavor'", spec.text),
                      "seurat, cell_ranger, seurat_v3 or seurat_v3_paper", fmt::format("'{}'", name), ""});
}

}  // namespace

HvgOptions hvg_options(const EmbeddingSpec& spec) {
  HvgOptions options;
  options.n_top_genes = spec.option_size("n_top_genes", options.n_top_genes);
  options.flavor = parse_flavor(spec);
  // DataSource keeps decoded counts already.
  options.cache_bytes = 0;
  return options;
}

HvgResults compute_hvg(const EmbeddingJob& job, const HvgOptions& options, const std::string& hvg_batch_key) {
  Categorical batches;
  BatchGroups groups;
  if (!hvg_batch_key.empty()) {
    batches = job.data.groups(hvg_batch_key);
    groups = {batches.codes, job.data.genes(), batches.categories};
  }
  return hvg(job.data.counts(), options, groups, job.pool, job.progress);
}

std::string describe_hvg(const HvgOptions& options, const EmbeddingSpec& spec,
                         const std::string& hvg_batch_key) {
  return fmt::format("n_top_genes={},flavor={},batch_key={},min_genes={},min_cells={},target_sum={}",
                     options.n_top_genes, spec.option("flavor", "seurat"),
                     hvg_batch_key.empty() ? "none" : hvg_batch_key, options.filter.min_genes,
                     options.filter.min_cells, options.target_sum);
}

void warn_of_lost_cells(ComputedEmbedding& embedding, size_t n_cells, size_t min_genes) {
  if (const size_t lost = n_cells - embedding.cells.size())
    embedding.warnings.push_back(fmt::format(
        "{} of {} cells express fewer than {} genes: they have no embedding and are left out of its scores",
        lost, n_cells, min_genes));
}

void warn_of_gene_choice(ComputedEmbedding& embedding, const HvgResults& results) {
  std::ranges::copy(results.warnings, std::back_inserter(embedding.warnings));
  if (!results.tied_genes.empty())
    embedding.warnings.push_back(fmt::format(
        "{} genes have equal variance at the cut of n_top_genes (of the list, or of a batch); the "
        "first columns of the file are taken",
        results.tied_genes.size()));
}

ComputedEmbedding compute_pca(const EmbeddingJob& job, const std::string& hvg_batch_key) {
  const auto options = hvg_options(job.spec);
  auto results = compute_hvg(job, options, hvg_batch_key);
  PcaOptions pca_options;
  pca_options.n_comps = job.spec.option_size("n_comps", 50);
  pca_options.seed = job.seed;
  ComputedEmbedding embedding;
  embedding.cells = std::move(results.cells);
  embedding.losses = std::move(results.losses);
  warn_of_lost_cells(embedding, job.data.n_cells(), options.filter.min_genes);
  warn_of_gene_choice(embedding, results);
  auto components = pca(std::move(results.values), pca_options, job.pool, job.progress);
  if (components.scores.n_cols() < pca_options.n_comps)
    embedding.warnings.push_back(fmt::format("the data have {} principal components, fewer than n_comps={}",
                                             components.scores.n_cols(), pca_options.n_comps));
  embedding.values = std::move(components.scores);
  embedding.options =
      fmt::format("n_comps={},{}", pca_options.n_comps, describe_hvg(options, job.spec, hvg_batch_key));
  return embedding;
}

}  // namespace zerocell
