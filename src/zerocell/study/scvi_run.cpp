#include "zerocell/study/scvi_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/models/scvi/model_file.h"
#include "zerocell/models/scvi/train.h"
#include "zerocell/preprocess/stream_adapters.h"
#include "zerocell/study/hvg_run.h"
#include "zerocell/study/make_backend.h"
#include "zerocell/study/scvi_model_run.h"
#include "zerocell/study/stage_clock.h"

namespace zerocell {
namespace {

double option_number(const EmbeddingSpec& spec, std::string_view name, double fallback) {
  const auto text = spec.option(name, "");
  if (text.empty()) return fallback;
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size() || !(value > 0 && value <= 10))
    throw Error::usage({fmt::format("embedding '{}', option '{}'", spec.text, name),
                        "a number above 0, at most 10", fmt::format("'{}'", text), ""});
  return value;
}

bool one_of(const EmbeddingSpec& spec, std::string_view name, std::string_view first,
            std::string_view second) {
  const auto text = spec.option(name, std::string(first));
  if (text != first && text != second)
    throw Error::usage({fmt::format("embedding '{}', option '{}'", spec.text, name),
                        fmt::format("{} or {}", first, second), fmt::format("'{}'", text), ""});
  return text == first;
}

struct TrainingSettings {
  ScviSizes sizes;
  ScviTrainOptions options;
  bool all_genes = true;
};

TrainingSettings training_settings(const EmbeddingSpec& spec, uint64_t seed) {
  TrainingSettings settings;
  auto& sizes = settings.sizes;
  sizes.n_latent = spec.option_size("n_latent", sizes.n_latent);
  sizes.n_layers = spec.option_size("n_layers", sizes.n_layers);
  sizes.n_hidden = spec.option_size("n_hidden", sizes.n_hidden);
  if (sizes.n_latent > 4096 || sizes.n_layers > 16 || sizes.n_hidden > 8192)
    throw Error::usage({fmt::format("embedding '{}'", spec.text),
                        "n_latent up to 4096, n_layers up to 16, n_hidden up to 8192",
                        fmt::format("{}, {} and {}", sizes.n_latent, sizes.n_layers, sizes.n_hidden), ""});
  sizes.gene_likelihood =
      one_of(spec, "gene_likelihood", "nb", "zinb") ? GeneLikelihood::nb : GeneLikelihood::zinb;
  settings.all_genes = one_of(spec, "genes", "all", "hvg");
  auto& options = settings.options;
  options.max_epochs = spec.option_size("max_epochs", 0, 0);
  options.learning_rate = option_number(spec, "learning_rate", options.learning_rate);
  options.early_stopping = !one_of(spec, "early_stopping", "false", "true");
  options.seed = seed;
  return settings;
}

// scvi-tools warns of batches of fewer than 3 cells too: what sets them apart cannot be learnt.
void warn_of_small_batches(ComputedEmbedding& embedding, const Categorical& groups,
                           std::span<const uint32_t> batch, const std::string& batch_key) {
  std::vector<size_t> n_cells(groups.n_categories());
  for (const uint32_t code : batch) ++n_cells[code];
  size_t n_small = 0, n_used = 0, example = 0;
  for (size_t b = 0; b < n_cells.size(); ++b) {
    n_used += n_cells[b] > 0;
    if (n_cells[b] == 0 || n_cells[b] >= 3) continue;
    if (n_small++ == 0) example = b;
  }
  if (n_small > 0)
    embedding.warnings.push_back(
        fmt::format("{} of {} batches ('{}') have fewer than 3 cells, as '{}': scVI can hardly learn them",
                    n_small, n_used, batch_key, groups.categories[example]));
}

}  // namespace

void check_scvi_training(const EmbeddingSpec& spec) {
  training_settings(spec, 0);
  hvg_options(spec);
}

ComputedEmbedding embed_scvi(const EmbeddingJob& job) {
  const auto& spec = job.spec;
  if (!scvi_trains(spec)) return embed_by_scvi_model(job);
  auto settings = training_settings(spec, job.seed);
  auto& sizes = settings.sizes;
  const auto& options = settings.options;
  const bool all_genes = settings.all_genes;
  const auto batch_key = spec.option("batch_key", job.batch_key);

  ComputedEmbedding embedding;
  const auto& counts = job.data.counts();
  // What can be trained on: cells and genes with a count.
  std::vector<double> of_cell(counts.n_rows), of_gene(counts.n_cols);
  counts.for_each_block([&](const RowBlock& block) {
    for (size_t i = 0; i < block.values.n_rows; ++i) {
      const auto genes = block.values.row_indices(i);
      const auto values = block.values.row_values(i);
      for (size_t k = 0; k < genes.size(); ++k) {
        of_cell[block.first_row + i] += static_cast<double>(values[k]);
        of_gene[genes[k]] += static_cast<double>(values[k]);
      }
    }
  });
  std::vector<uint32_t> genes;
  if (all_genes) {
    for (uint32_t g = 0; g < of_gene.size(); ++g)
      if (of_gene[g] > 0) genes.push_back(g);
    if (genes.size() < of_gene.size())
      embedding.losses.push_back({"genes", static_cast<double>(of_gene.size() - genes.size()),
                                  static_cast<double>(of_gene.size()), "no cell has a count of them"});
  } else {
    auto results = compute_hvg(job, hvg_options(spec), spec.option("hvg_batch_key", ""));
    warn_of_gene_choice(embedding, results);
    genes = results.genes;
    std::ranges::sort(genes);
    std::ranges::fill(of_cell, 0.0);
    subset(
        counts,
        [&] {
          std::vector<uint32_t> rows(counts.n_rows);
          std::iota(rows.begin(), rows.end(), 0u);
          return rows;
        }(),
        genes)
        .for_each_block([&](const RowBlock& block) {
          for (size_t i = 0; i < block.values.n_rows; ++i)
            for (const float x : block.values.row_values(i))
              of_cell[block.first_row + i] += static_cast<double>(x);
        });
  }
  Categorical groups;
  if (!batch_key.empty()) groups = job.data.groups(batch_key);
  std::vector<uint32_t> batch;
  size_t n_empty = 0, n_without_batch = 0;
  for (uint32_t i = 0; i < of_cell.size(); ++i) {
    if (of_cell[i] <= 0) {
      ++n_empty;
    } else if (!batch_key.empty() && groups.codes[i] < 0) {
      ++n_without_batch;
    } else {
      embedding.cells.push_back(i);
      if (!batch_key.empty()) batch.push_back(static_cast<uint32_t>(groups.codes[i]));
    }
  }
  const auto lose_cells = [&](size_t n, const std::string& why) {
    if (n == 0) return;
    embedding.losses.push_back({"cells", static_cast<double>(n), static_cast<double>(of_cell.size()), why});
    embedding.warnings.push_back(fmt::format(
        "{} of {} cells {}: they have no embedding and are left out of its scores", n, of_cell.size(), why));
  };
  lose_cells(n_empty, "have no count of the genes that scVI is given");
  lose_cells(n_without_batch, fmt::format("have no batch ('{}')", batch_key));
  if (genes.empty() || embedding.cells.empty())
    throw Error::data({"counts for scVI", "cells and genes with counts", "none", ""});
  sizes.n_genes = genes.size();
  sizes.n_batches = batch_key.empty() ? 1 : std::max<size_t>(1, groups.n_categories());
  if (!batch_key.empty() && sizes.n_batches == 1)
    embedding.warnings.push_back(
        fmt::format("all cells are of one batch ('{}'): scVI is trained without batches", batch_key));
  if (!batch_key.empty()) warn_of_small_batches(embedding, groups, batch, batch_key);
  const size_t n_genes = genes.size();
  ScviModel model;  // filled for a file alone
  if (job.keep_model)
    for (const uint32_t g : genes) model.genes.push_back(job.data.genes()[g]);
  const ScviCounts stored(subset(counts, embedding.cells, std::move(genes)), job.max_memory / 2);
  ScviTraining training;
  StageClock clock;
  auto weights = clock.run("training", embedding.cells.size(), [&] {
    try {
      return train_scvi(stored, batch, sizes, options, scvi_trainers(job.device, job.pool), job.pool,
                        job.progress, training);
    } catch (const OutOfDeviceMemory& error) {
      throw Error::data({"device " + job.device, "memory for scVI's training", error.what(),
                         "Give --device cpu, or fewer genes by genes=hvg"});
    }
  });
  std::vector<uint32_t> rows(embedding.cells.size());
  std::iota(rows.begin(), rows.end(), 0u);
  DenseMatrix<float> mean;
  clock.run("latent means", rows.size(), [&] {
    scvi_latent(weights, stored.cells(rows, batch), job.pool, mean, nullptr);
    return 0;
  });
  embedding.values = std::move(mean);
  if (job.keep_model) {
    model.weights = std::move(weights);
    model.batches = batch_key.empty() ? std::vector<std::string>{"0"} : groups.categories;
    model.batch_key = batch_key;
    model.dropout_rate = options.dropout_rate;
    model.n_cells = embedding.cells.size();
    model.run = job.journal_key;
    job.keep_model([&model](const std::string& path) { write_scvi_model(model, path); });
  }
  embedding.stages = clock.stages;
  embedding.training.loss = "negative ELBO per cell (nats)";
  embedding.training.train = training.train_loss;
  embedding.training.validated_after.assign(training.validation_epochs.begin(),
                                            training.validation_epochs.end());
  embedding.training.validation = training.validation_loss;
  embedding.training.n_train = training.n_train;
  embedding.training.n_validation = training.n_validation;
  embedding.training.stopped_early = training.stopped_early;
  if (training.stopped_early)
    embedding.training.outcome =
        fmt::format("stopped after {} epochs: the validation loss had not fallen for {}",
                    training.train_loss.size(), options.early_stopping_patience);
  embedding.options = fmt::format(
      "max_epochs={},n_latent={},n_layers={},n_hidden={},gene_likelihood={},genes={},n_genes={},batch_key={},"
      "learning_rate={},early_stopping={},seed={},device={}",
      training.train_loss.size(), sizes.n_latent, sizes.n_layers, sizes.n_hidden,
      to_string(sizes.gene_likelihood), all_genes ? "all" : "hvg", n_genes,
      batch_key.empty() ? "none" : batch_key, options.learning_rate, options.early_stopping, options.seed,
      training.device);
  return embedding;
}

}  // namespace zerocell
