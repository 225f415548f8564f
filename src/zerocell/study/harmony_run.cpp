#include "zerocell/study/harmony_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/study/hvg_run.h"

namespace zerocell {
namespace {

/// Leaves out the cells without a batch and tells of them; returns the batch codes of the others.
std::vector<int32_t> keep_cells_with_batch(ComputedEmbedding& embedding, const Categorical& batches,
                                           const std::string& batch_key, size_t n_cells) {
  auto& all = std::get<DenseMatrix<float>>(embedding.values);
  std::vector<int32_t> codes;
  std::vector<uint32_t> cells;
  for (size_t i = 0; i < embedding.cells.size(); ++i)
    if (const int32_t code = batches.codes[embedding.cells[i]]; code >= 0) {
      std::ranges::copy(all.row(i), all.row(cells.size()).begin());
      codes.push_back(code);
      cells.push_back(embedding.cells[i]);
    }
  const size_t lost = embedding.cells.size() - cells.size();
  if (lost == 0) return codes;
  if (cells.empty())
    throw Error::data({fmt::format("column '{}' of obs", batch_key), "batches", "missing values alone", ""});
  DenseMatrix<float> kept(cells.size(), all.n_cols());
  std::copy_n(all.data(), cells.size() * all.n_cols(), kept.data());
  embedding.values = std::move(kept);
  embedding.cells = std::move(cells);
  embedding.losses.push_back({"cells", static_cast<double>(lost), static_cast<double>(n_cells),
                              fmt::format("without a batch in '{}'", batch_key)});
  embedding.warnings.push_back(
      fmt::format("{} of {} cells have no batch ('{}'): they can't be corrected, have no embedding and are "
                  "left out of its scores",
                  lost, n_cells, batch_key));
  return codes;
}

void warn_of_batches(ComputedEmbedding& embedding, const std::vector<int32_t>& codes,
                     const Categorical& batches, const std::string& batch_key) {
  std::vector<size_t> sizes(batches.n_categories());
  for (const int32_t code : codes) ++sizes[static_cast<size_t>(code)];
  const auto n_used = sizes.size() - static_cast<size_t>(std::ranges::count(sizes, 0u));
  if (n_used == 1)
    embedding.warnings.push_back(fmt::format(
        "all cells are of one batch ('{}'): there is nothing to correct, and this is the principal "
        "components as they are",
        batch_key));
  if (const auto n_single = std::ranges::count(sizes, 1u); n_single > 0 && n_used > 1) {
    const auto first = static_cast<size_t>(std::ranges::find(sizes, 1u) - sizes.begin());
    embedding.warnings.push_back(
        fmt::format("{} of {} batches ('{}') have one cell, as '{}': what sets it apart is taken for the "
                    "batch's doing",
                    n_single, n_used, batch_key, batches.categories[first]));
  }
}

}  // namespace

HarmonyOptions harmony_options(const EmbeddingSpec& spec, uint64_t seed) {
  HarmonyOptions options;
  options.variant = parse_harmony_variant(spec.option("variant", "harmony2"));
  options.max_iter_harmony = spec.option_size("max_iter", options.max_iter_harmony);
  options.seed = seed;
  if (const auto text = spec.option("theta", ""); !text.empty()) {
    double theta = -1;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), theta);
    if (status != std::errc() || end != text.data() + text.size() || !(theta >= 0 && theta <= 100))
      throw Error::usage({fmt::format("embedding '{}', option 'theta'", spec.text), "a number from 0 to 100",
                          fmt::format("'{}'", text), ""});
    options.theta = theta;
  }
  return options;
}

ComputedEmbedding embed_harmony(const EmbeddingJob& job) {
  auto options = harmony_options(job.spec, job.seed);
  const auto batch_key = job.spec.option("batch_key", job.batch_key);
  require_batches({&job.spec, 1}, job.batch_key);
  const auto batches = job.data.groups(batch_key);
  auto embedding = compute_pca(job, job.spec.option("hvg_batch_key", ""));
  const auto codes = keep_cells_with_batch(embedding, batches, batch_key, job.data.n_cells());
  warn_of_batches(embedding, codes, batches, batch_key);
  const auto names = job.data.cell_names();
  std::vector<uint64_t> keys;
  for (const uint32_t cell : embedding.cells) keys.push_back(text_key(names[cell]));
  options.cell_keys = keys;
  auto results = harmony(std::get<DenseMatrix<float>>(embedding.values), codes, batches.n_categories(),
                         options, job.pool, job.progress);
  if (!results.converged)
    embedding.warnings.push_back(
        fmt::format("Harmony {}; the objective last fell from {:.6g} to {:.6g} (more iterations: max_iter)",
                    results.message, results.objective_harmony[results.objective_harmony.size() - 2],
                    results.objective_harmony.back()));
  job.progress.detail(results.message);
  embedding.training.loss = "Harmony's objective";
  embedding.training.train = std::move(results.objective_harmony);
  embedding.training.step = "iteration";
  embedding.training.first_step = 0;
  embedding.training.outcome = results.message;
  embedding.values = std::move(results.corrected);
  const bool classic = options.variant == HarmonyVariant::classic;
  // What compute_pca says of its batch_key is of the genes; here that is hvg_batch_key.
  auto genes = embedding.options;
  if (const auto at = genes.find("batch_key="); at != std::string::npos) genes.insert(at, "hvg_");
  embedding.options =
      fmt::format("variant={},theta={:g},max_iter={},batch_key={},{}", to_string(options.variant),
                  options.theta.value_or(classic ? 1 : 2), options.max_iter_harmony, batch_key, genes);
  return embedding;
}

}  // namespace zerocell
