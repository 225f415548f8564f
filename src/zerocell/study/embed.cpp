#include "zerocell/study/embed.h"

#include <cmath>
#include <filesystem>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/prefixed_progress.h"
#include "zerocell/data/h5ad_writer.h"
#include "zerocell/report/seeds_csv.h"
#include "zerocell/study/embedding_key.h"
#include "zerocell/study/methods.h"
#include "zerocell/study/trained_models.h"

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
  require_batches(options.embeddings, options.batch);
  DataSource data(options.data_path, options.source, pool);
  const TrainedModels models(options.save_models, options.embeddings);
  const EmbeddingKeys keys(options.data_path, options.source, options.device, options.batch, options.seed,
                           std::make_shared<FileHashes>());
  std::vector<std::string> known_by;  // of every embedding
  for (const auto& spec : options.embeddings) {
    known_by.push_back(keys.of(spec));
    if (models.keeps(spec)) models.prepare(spec, known_by.back(), options.overwrite);
  }
  H5adWriter writer(options.out, pool);
  auto obs = data.file().obs();
  writer.write_obs(data.all_cells() ? std::move(obs) : obs.take(data.selection().cells));
  writer.write_var({});
  std::vector<EmbeddingJob> jobs;
  for (size_t i = 0; i < options.embeddings.size(); ++i) {
    const auto& spec = options.embeddings[i];
    const auto& key = known_by[i];
    const auto journal = options.unfinished.empty() ? "" : options.unfinished + "/" + key + ".rows";
    jobs.push_back({spec, data, pool, progress, keys.seed_of(spec), options.source.max_memory, options.device,
                    journal, key, keys.batch_of(spec)});
    if (const auto path = models.path(spec); !path.empty())
      jobs.back().keep_model = [path](const WriteModel& write) { write(path); };
  }
  std::vector<EmbedSummary> summaries(jobs.size());
  Evaluation trained;  // what training.csv is made of
  trained.dataset = std::filesystem::path(options.data_path).stem().string();
  trained.embeddings.resize(jobs.size());
  for (const auto& pass : shared_passes(jobs)) {
    std::string tags;
    for (const size_t i : pass) tags += (tags.empty() ? "" : " + ") + jobs[i].spec.tag;
    PrefixedProgress own(progress, tags + ": ");
    own.stage("embedding", 0);
    std::vector<EmbeddingJob> chosen;
    for (const size_t i : pass)
      chosen.push_back({jobs[i].spec, data, pool, own, jobs[i].seed, jobs[i].max_memory, jobs[i].device,
                        jobs[i].journal, jobs[i].journal_key, jobs[i].batch_key, jobs[i].keep_model});
    auto results = compute_pass(chosen);
    for (size_t k = 0; k < pass.size(); ++k) {
      auto& computed = results.embeddings[k];
      const auto& spec = jobs[pass[k]].spec;
      for (const auto& warning : computed.warnings) progress.warn(spec.tag + ": " + warning);
      writer.write_obsm("X_" + spec.tag, dense_rows(computed.values, computed.cells, data.n_cells()));
      writer.write_uns("zerocell_" + spec.tag, spec.method + ":" + computed.options);
      trained.embeddings[pass[k]].tag = spec.tag;
      trained.embeddings[pass[k]].seed = jobs[pass[k]].seed;
      trained.embeddings[pass[k]].training = std::move(computed.training);
      summaries[pass[k]] = {spec.tag,
                            computed.options,
                            data.n_cells(),
                            data.n_cells() - computed.cells.size(),
                            n_cols(computed.values),
                            std::move(computed.losses)};
    }
  }
  for (const auto& warning : data.warnings()) progress.warn(warning);
  writer.finish();
  if (const auto text = training_csv(trained); !text.empty())
    write_text_file(options.out + ".training.csv", text);
  std::error_code ignored;
  if (!options.unfinished.empty()) std::filesystem::remove_all(options.unfinished, ignored);
  return summaries;
}

}  // namespace zerocell
