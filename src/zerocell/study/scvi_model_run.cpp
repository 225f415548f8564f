#include "zerocell/study/scvi_model_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "zerocell/core/error.h"
#include "zerocell/models/scvi/encoder_file.h"
#include "zerocell/models/scvi/model_folder.h"
#include "zerocell/models/scvi/model_genes.h"
#include "zerocell/models/scvi/network.h"
#include "zerocell/study/scvi_run.h"
#include "zerocell/study/stage_clock.h"

namespace zerocell {
namespace {

constexpr size_t kShownNames = 5, kShownBatches = 10;

std::string list_of(std::span<const std::string> names, size_t most) {
  const auto first = names.first(std::min(most, names.size()));
  const size_t n_more = names.size() - first.size();
  return fmt::format("{}{}", fmt::join(first, ", "), n_more ? fmt::format(" and {} more", n_more) : "");
}

void tell_genes(const ScviGeneMatch& match, ComputedEmbedding& embedding) {
  const auto number = [](size_t n) { return static_cast<double>(n); };
  if (!match.missing.empty())
    embedding.losses.push_back({"genes of the model", number(match.missing.size()), number(match.n_genes),
                                "not in the data, counted as zero: " + list_of(match.missing, kShownNames)});
  if (match.n_unused > 0)
    embedding.losses.push_back(
        {"genes", number(match.n_unused), number(match.gene.size()), "not among the model's genes"});
  std::ranges::move(match_warnings(match), std::back_inserter(embedding.warnings));
}

bool is_told_batches(const ScviEncoderModel& model) {
  return model.encoder.settings.n_covariates > 0;
}

/// The model's code of every selected cell's batch, where its encoder is told them; else nothing.
std::vector<uint32_t> batch_codes(const EmbeddingJob& job, const ScviEncoderModel& model,
                                  const std::string& path) {
  if (!is_told_batches(model)) return {};
  const auto fail = [&](const std::string& expected, const std::string& found, const std::string& advice) {
    throw Error::data({fmt::format("{}, whose encoder is told the batch (encode_covariates)", path), expected,
                       found, advice});
  };
  const auto batches = fmt::format("'{}': {}", model.batch_key, list_of(model.batches, kShownBatches));
  const auto column = job.spec.option("batch_key", job.batch_key);
  if (column.empty())
    fail(fmt::format("a column of obs with its batches ({})", batches), "none",
         fmt::format("Name the column: {},batch_key=COLUMN, or --batch COLUMN", job.spec.text));
  const auto groups = job.data.groups(column);
  std::vector<uint32_t> of_category;
  std::vector<std::string> unknown;
  for (const auto& name : groups.categories) {
    const auto at = std::ranges::find(model.batches, name);
    of_category.push_back(static_cast<uint32_t>(at - model.batches.begin()));
    if (at == model.batches.end()) unknown.push_back(name);
  }
  if (!unknown.empty())
    fail(fmt::format("cells of its batches ({})", batches),
         fmt::format("'{}' with others: {}", column, list_of(unknown, kShownBatches)),
         "Leave these cells out (--where), name another column, or extend the model in scvi-tools "
         "(load_query_data)");
  std::vector<uint32_t> codes;
  for (const int32_t code : groups.codes) {
    if (code < 0)
      fail(fmt::format("a batch of every cell ({})", batches),
           fmt::format("cells without a value in '{}'", column), "Leave these cells out (--where)");
    codes.push_back(of_category[static_cast<size_t>(code)]);
  }
  return codes;
}

void tell_batches(const EmbeddingJob& job, const ScviEncoderModel& model, ComputedEmbedding& embedding) {
  const auto column = job.spec.option("batch_key", job.batch_key);
  if (column.empty() || model.batch_key.empty() || model.batches.empty() || is_told_batches(model)) return;
  const auto of_data = job.data.groups(column).without_unused().categories;
  if (std::set(of_data.begin(), of_data.end()) == std::set(model.batches.begin(), model.batches.end()))
    return;
  embedding.warnings.push_back(fmt::format(
      "the batches of the data ('{}': {}) are not those of the model ('{}': {}); the embedding does "
      "not depend on it, as scVI's encoder is not told the batch",
      column, list_of(of_data, kShownBatches), model.batch_key, list_of(model.batches, kShownBatches)));
}

/// Latent means of all cells with a count, block by block: a cell's are its own in any company.
class Encoder {
 public:
  /// `codes`: of the batches of all cells, for an encoder that is told them.
  Encoder(const EmbeddingJob& job, const ScviEncoderModel& model, const ScviGeneMatch& match,
          const std::vector<uint32_t>& codes)
      : job_(job), model_(model), match_(match), codes_(codes) {}

  void run(ComputedEmbedding& embedding) {
    const RowStream& counts = job_.data.counts();
    job_.progress.stage("latent means", counts.n_rows);
    RowStream watched = counts;
    watched.for_each_block = [this, &counts](const auto& consume) {
      counts.for_each_block([&](const RowBlock& block) {
        for (const float x : block.values.values) total_ += static_cast<double>(x);
        consume(block);
      });
    };
    model_counts(std::move(watched), match_).for_each_block([&](const RowBlock& block) {
      job_.progress.check();
      add(block, embedding.cells);
      job_.progress.advance(block.values.n_rows);
    });
    const size_t n_latent = model_.encoder.n_latent;
    DenseMatrix<float> values(embedding.cells.size(), n_latent);
    std::ranges::copy(values_, values.data());
    embedding.values = std::move(values);
    tell_losses(counts.n_rows, embedding);
  }

 private:
  void add(const RowBlock& block, std::vector<uint32_t>& cells) {
    std::vector<uint32_t> rows;
    for (uint32_t i = 0; i < block.values.n_rows; ++i) {
      if (block.values.row_indices(i).empty()) continue;
      rows.push_back(i);
      cells.push_back(static_cast<uint32_t>(block.first_row + i));
    }
    for (const float x : block.values.values) seen_ += static_cast<double>(x);
    std::span<const uint32_t> batch = codes_;
    if (!batch.empty()) batch = batch.subspan(block.first_row, block.values.n_rows);
    const auto mean = scvi_means(
        model_.encoder,
        {block.values.indptr.data(), block.values.indices.data(), block.values.values.data(), rows, batch},
        job_.pool);
    values_.insert(values_.end(), mean.data(), mean.data() + rows.size() * model_.encoder.n_latent);
  }

  void tell_losses(size_t n_cells, ComputedEmbedding& embedding) const {
    if (total_ > seen_)
      embedding.losses.push_back({"UMIs", total_ - seen_, total_, "of genes that are not the model's"});
    const size_t n_lost = n_cells - embedding.cells.size();
    if (n_lost == 0) return;
    const char* why = "no count of the model's genes";
    embedding.losses.push_back({"cells", static_cast<double>(n_lost), static_cast<double>(n_cells), why});
    embedding.warnings.push_back(
        fmt::format("{} of {} cells have {}: they have no embedding and are left out of its scores", n_lost,
                    n_cells, why));
  }

  const EmbeddingJob& job_;
  const ScviEncoderModel& model_;
  const ScviGeneMatch& match_;
  const std::vector<uint32_t>& codes_;
  std::vector<float> values_;
  double total_ = 0, seen_ = 0;
};

}  // namespace

bool scvi_trains(const EmbeddingSpec& spec) {
  return spec.option("model", "").empty();
}

void check_scvi_options(const EmbeddingSpec& spec) {
  if (scvi_trains(spec)) return check_scvi_training(spec);
  std::vector<std::string> others;
  for (const auto& [name, value] : spec.options)
    if (name != "model" && name != "batch_key") others.push_back(name);
  if (!others.empty())
    throw Error::usage({fmt::format("embedding '{}'", spec.text),
                        "with model=PATH no option of training, as nothing is trained or drawn",
                        fmt::format("{}", fmt::join(others, ", ")),
                        "Leave them out: the model has sizes and genes of its own"});
}

std::vector<std::string> scvi_files(const EmbeddingSpec& spec) {
  if (scvi_trains(spec)) return {};
  return {scvi_model_file(spec.option("model", ""))};
}

ComputedEmbedding embed_by_scvi_model(const EmbeddingJob& job) {
  const auto path = scvi_model_file(job.spec.option("model", ""));
  const auto model = read_scvi_encoder(path);
  job.data.counts();
  const auto match = match_scvi_genes(job.data.genes(), model.genes, path);
  ComputedEmbedding embedding;
  std::ranges::copy(model.notes, std::back_inserter(embedding.warnings));
  tell_genes(match, embedding);
  tell_batches(job, model, embedding);
  const auto codes = batch_codes(job, model, path);
  StageClock clock;
  clock.run("latent means", job.data.n_cells(), [&] { Encoder(job, model, match, codes).run(embedding); });
  if (embedding.cells.empty())
    throw Error::data({path, "cells with counts of the model's genes", "none", ""});
  embedding.stages = clock.stages;
  const auto& encoder = model.encoder;
  embedding.options = fmt::format(
      "model={},n_latent={},n_layers={},n_hidden={},gene_likelihood={},n_genes={},n_genes_found={},"
      "trained_on_cells={},model_batch_key={}",
      path, encoder.n_latent, encoder.layers.size(), encoder.n_hidden, model.gene_likelihood, encoder.n_genes,
      encoder.n_genes - match.missing.size(), model.n_cells ? std::to_string(model.n_cells) : "unknown",
      model.batch_key.empty() ? "none" : model.batch_key);
  if (is_told_batches(model))
    embedding.options += ",batch_key=" + job.spec.option("batch_key", job.batch_key);
  return embedding;
}

}  // namespace zerocell
