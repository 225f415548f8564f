#include "zerocell/study/embed.h"

#include <cmath>

#include "zerocell/core/prefixed_progress.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/study/methods.h"

namespace zerocell {

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

std::vector<EmbedSummary> embed(const EmbedOptions& options, ThreadPool& pool, Progress& progress) {
  DataSource data(options.data_path, options.source, pool);
  H5adWriter writer(options.out, pool);
  auto obs = data.file().obs();
  writer.write_obs(data.all_cells() ? std::move(obs) : obs.take(data.selection().cells));
  writer.write_var({});
  std::vector<EmbedSummary> summaries;
  for (const auto& spec : options.embeddings) {
    const auto& method = find_method(spec);
    PrefixedProgress own(progress, spec.tag + ": ");
    own.stage("embedding", 0);
    auto computed = method.compute({spec, data, pool, own, spec.option_size("seed", options.seed, 0)});
    for (const auto& warning : computed.warnings) own.warn(warning);
    writer.write_obsm("X_" + spec.tag, dense_rows(computed.values, computed.cells, data.n_cells()));
    writer.write_uns("zerocell_" + spec.tag, spec.method + ":" + computed.options);
    summaries.push_back({spec.tag, computed.options, data.n_cells(), data.n_cells() - computed.cells.size(),
                         n_cols(computed.values), std::move(computed.losses)});
  }
  for (const auto& warning : data.warnings()) progress.warn(warning);
  writer.finish();
  return summaries;
}

}  // namespace zerocell
