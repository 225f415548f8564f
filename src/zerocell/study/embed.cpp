#include "zerocell/study/embed.h"

#include <cmath>
#include <filesystem>

#include "zerocell/core/atomic_file.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/report/seeds_csv.h"
#include "zerocell/study/methods.h"

namespace zerocell {

std::string training_csv_path(const std::string& out) {
  return out + ".training.csv";
}

DenseMatrix<float> dense_rows(const EmbeddingMatrix& values, const std::vector<uint32_t>& cells,
                              size_t n_cells) {
  DenseMatrix<float> result(n_cells, n_cols(values), std::nanf(""));
  for (size_t i = 0; i < cells.size(); ++i) {
    auto row = result.row(cells[i]);
    if (const auto* dense = std::get_if<DenseMatrix<float>>(&values)) {
      std::ranges::copy(dense->row(i), row.begin());
      continue;
    }
    const auto& sparse = std::get<CsrMatrix>(values);
    std::ranges::fill(row, 0.0f);
    for (uint64_t k = sparse.indptr[i]; k < sparse.indptr[i + 1]; ++k)
      row[sparse.indices[k]] = sparse.values[k];
  }
  return result;
}

std::vector<EmbedSummary> embed(const EmbeddingListOptions& options, const std::string& out, ThreadPool& pool,
                                Progress& progress) {
  require_batches(options.embeddings, options.batch);
  DataSource data(options.data_path, options.source, pool);
  EmbeddingList list(options, data, pool, progress);
  for (size_t i = 0; i < list.size(); ++i) list.find(i);
  H5adWriter writer(out, pool);
  auto obs = data.file().obs();
  writer.write_obs(data.all_cells() ? std::move(obs) : obs.take(data.selection().cells));
  writer.write_var({});
  std::vector<EmbedSummary> summaries;
  Evaluation trained;  // what training.csv is made of
  trained.dataset = std::filesystem::path(options.data_path).stem().string();
  for (size_t i = 0; i < list.size(); ++i) {
    const auto& spec = list.spec(i);
    if (!list.found(i)) list.compute(i);
    auto computed = list.take(i);
    for (const auto& warning : computed.warnings) progress.warn(spec.tag + ": " + warning);
    writer.write_obsm("X_" + spec.tag, dense_rows(computed.values, computed.cells, data.n_cells()));
    writer.write_uns("zerocell_" + spec.tag, spec.method + ":" + computed.options);
    trained.embeddings.emplace_back();
    trained.embeddings.back().tag = spec.tag;
    trained.embeddings.back().seed = list.keys().seed_of(spec);
    trained.embeddings.back().training = std::move(computed.training);
    summaries.push_back({spec.tag, computed.options, data.n_cells(), data.n_cells() - computed.cells.size(),
                         n_cols(computed.values), std::move(computed.losses)});
  }
  for (const auto& warning : list.warnings()) progress.warn(warning);
  for (const auto& warning : data.warnings()) progress.warn(warning);
  writer.finish();
  if (const auto text = training_csv(trained); !text.empty()) write_text_file(training_csv_path(out), text);
  return summaries;
}

}  // namespace zerocell
