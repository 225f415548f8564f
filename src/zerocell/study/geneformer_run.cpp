#include "zerocell/study/geneformer_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <mutex>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/models/model_path.h"
#include "zerocell/models/vocabulary_rows.h"
#include "zerocell/reconstruct/geneformer_ranks.h"
#include "zerocell/reconstruct/mean_ranks.h"
#include "zerocell/reconstruct/rank_scores.h"
#include "zerocell/study/make_backend.h"
#include "zerocell/study/model_run.h"

namespace zerocell {
namespace {

int parse_layer(const EmbeddingSpec& spec) {
  const auto text = spec.option("layer", "second-to-last");
  if (text == "second-to-last") return -2;
  if (text == "last") return -1;
  int layer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), layer);
  if (error != std::errc() || end != text.data() + text.size())
    throw bad_option(spec, "layer", "second-to-last, last or a whole number", text);
  return layer;
}

/// Index into the hidden states, 0 .. n_layers.
size_t hidden_state(const EmbeddingSpec& spec, int layer, size_t n_layers) {
  const auto n = static_cast<int>(n_layers);
  const int index = layer < 0 ? n + 1 + layer : layer;
  if (index < 0 || index > n)
    throw bad_option(spec, "layer", fmt::format("{} to {} in a model of {} layers", -n - 1, n, n),
                     std::to_string(layer));
  return static_cast<size_t>(index);
}

/// Everything of a SPEC but the network: settings, sizes, dictionaries and the tokeniser of a data set.
struct Prepared {
  Prepared(const EmbeddingJob& job)
      : settings(parse_geneformer_settings(job.spec, job.seed)),
        model(find_model(settings.path, kGeneformerKind)),
        config(read_geneformer_config(model.config)),
        vocabulary(load_geneformer_vocabulary(model.folder, config.vocab_size)) {
    settings.tokens.n_positions = config.n_positions;
    if (settings.pool == GeneformerPool::cls && !vocabulary.has_special_tokens())
      throw Error::usage({fmt::format("'{}', option 'pool'", job.spec.text), "mean",
                          "cls, but this model's cells have no <cls> token (V1)", ""});
    job.data.counts();
    tokenizer.emplace(vocabulary, job.data.genes(), settings.tokens);
  }

  GeneformerTask task(const EmbeddingSpec& spec, bool predict) const {
    return {hidden_state(spec, settings.layer, config.n_layers), settings.pool,
            vocabulary.has_special_tokens(), predict};
  }

  std::vector<std::string> warnings() const {
    auto warnings = tokenizer->warnings();
    if (auto padding = padding_warning(config.vocab_size, vocabulary.n_tokens); !padding.empty())
      warnings.push_back(std::move(padding));
    return warnings;
  }

  GeneformerSettings settings;
  ModelPath model;
  GeneformerConfig config;
  GeneformerVocabulary vocabulary;
  std::optional<GeneformerTokenizer> tokenizer;
};

/// The network of a SPEC, and what it was made of.
struct LoadedNetwork {
  LoadedNetwork(const Prepared& prepared, const EmbeddingJob& job, bool predict)
      : backend(make_backend(job.device, prepared.settings.precision)) {
    const auto& settings = prepared.settings;
    std::optional<Weights> weights;
    if (settings.random_weights) {
      weights = Weights::random(geneformer_tensors(prepared.config, predict), settings.seed);
      origin = fmt::format("random(seed={})", settings.seed);
    } else {
      const auto checkpoint = Checkpoint::open(prepared.model.weights);
      weights = load_geneformer_weights(checkpoint, prepared.config, predict);
      warnings = checkpoint.notes();
      std::ranges::copy(geneformer_weight_warnings(checkpoint), std::back_inserter(warnings));
      origin = file_origin(checkpoint, prepared.config.untrained);
    }
    network.emplace(*backend, prepared.config, *weights, prepared.task(job.spec, predict));
  }

  std::unique_ptr<Backend> backend;
  std::string origin;
  std::vector<std::string> warnings;
  std::optional<GeneformerNetwork> network;
};

std::string describe(const Prepared& prepared, const LoadedNetwork& loaded, const EmbeddingSpec& spec,
                     bool predict) {
  const auto& settings = prepared.settings;
  const auto what =
      predict ? std::string("target=rank")
              : fmt::format("layer={},pool={}", hidden_state(spec, settings.layer, prepared.config.n_layers),
                            settings.pool == GeneformerPool::cls ? "cls" : "mean");
  return fmt::format(
      "path={},{},weights={},genes={},duplicates={},aliases={},dtype={},architecture={},device={}",
      settings.path, what, loaded.origin,
      settings.tokens.shuffle_genes ? fmt::format("shuffled(seed={})", settings.seed) : "as-is",
      settings.tokens.duplicates == Duplicates::sum ? "sum" : "refuse",
      settings.tokens.aliases.empty() ? "none" : settings.tokens.aliases,
      settings.precision == Precision::bfloat16 ? "bfloat16" : "float32", prepared.config.text(),
      loaded.backend->description());
}

PackedTokens tokenizing(const Prepared& prepared, const ThreadPool& pool) {
  PackedTokens tokens;
  tokens.n_special = prepared.vocabulary.has_special_tokens() ? 2 : 0;
  const auto scratch =
      std::make_shared<std::vector<GeneformerTokenizer::Scratch>>(static_cast<size_t>(pool.size()));
  tokens.tokenize = [&prepared, scratch](int worker, const CellCounts& counts, CellTokens& cell) {
    return (*prepared.tokenizer)(counts.columns, counts.values, cell.tokens,
                                 (*scratch)[static_cast<size_t>(worker)]);
  };
  return tokens;
}

/// A block's genes: its cells without their special tokens. `kept`: where each stands in the block.
TokenBlock genes_of(const TokenBlock& block, bool special_tokens, std::vector<uint32_t>& kept) {
  const uint32_t special = special_tokens ? 1 : 0;
  TokenBlock genes;
  kept.clear();
  for (size_t c = 0; c < block.n_cells(); ++c) {
    for (uint32_t i = block.offsets[c] + special; i < block.offsets[c + 1] - special; ++i) {
      genes.tokens.push_back(block.tokens[i]);
      kept.push_back(i);
    }
    genes.offsets.push_back(static_cast<uint32_t>(genes.tokens.size()));
  }
  return genes;
}

}  // namespace

GeneformerSettings parse_geneformer_settings(const EmbeddingSpec& spec, uint64_t seed) {
  GeneformerSettings settings;
  settings.path = spec.path;
  settings.layer = parse_layer(spec);
  settings.pool = choose_option(spec, "pool", {"mean", "cls"}) ? GeneformerPool::cls : GeneformerPool::mean;
  settings.precision = parse_dtype(spec);
  settings.random_weights = choose_option(spec, "weights", {"trained", "random"});
  settings.tokens.shuffle_genes = choose_option(spec, "genes", {"as-is", "shuffled"});
  settings.tokens.duplicates =
      choose_option(spec, "duplicates", {"sum", "refuse"}) ? Duplicates::refuse : Duplicates::sum;
  settings.tokens.aliases = spec.option("aliases", "");
  settings.tokens.seed = settings.seed = seed;
  return settings;
}

std::vector<std::string> geneformer_files(const EmbeddingSpec& spec) {
  const auto settings = parse_geneformer_settings(spec, 0);
  const auto model = find_model(settings.path, kGeneformerKind);
  std::vector<std::string> files{model.config};
  const auto config = read_geneformer_config(model.config);
  const auto vocabulary = load_geneformer_vocabulary(model.folder, config.vocab_size);
  std::ranges::copy(vocabulary.files, std::back_inserter(files));
  if (!settings.tokens.aliases.empty()) files.push_back(settings.tokens.aliases);
  if (settings.random_weights) return files;
  const auto checkpoint = Checkpoint::open(model.weights);
  std::ranges::copy(checkpoint.files(), std::back_inserter(files));
  return files;
}

bool geneformer_draws(const EmbeddingSpec& spec) {
  const auto settings = parse_geneformer_settings(spec, 0);
  return settings.random_weights || settings.tokens.shuffle_genes;
}

bool geneformer_untrained(const EmbeddingSpec& spec) {
  return parse_geneformer_settings(spec, 0).random_weights ||
         read_geneformer_config(find_model(spec.path, kGeneformerKind).config).untrained;
}

std::string geneformer_pass_key(const EmbeddingJob& job) {
  const auto settings = parse_geneformer_settings(job.spec, job.seed);
  const auto model = find_model(settings.path, kGeneformerKind);
  const auto config = read_geneformer_config(model.config);
  const auto vocabulary = load_geneformer_vocabulary(model.folder, config.vocab_size);
  ContentHash hash;
  for (const auto& file : vocabulary.files) hash.add(std::string_view(hash_path(file)));
  const auto& tokens = settings.tokens;
  return fmt::format("{} {} {} {} {} {}", hash.hex(), config.n_positions, static_cast<int>(tokens.duplicates),
                     tokens.aliases, tokens.shuffle_genes ? static_cast<int64_t>(settings.seed) : -1,
                     static_cast<int>(settings.precision));
}

std::vector<ComputedEmbedding> embed_geneformer(std::span<const EmbeddingJob> jobs) {
  const Prepared tokens(jobs.front());
  std::vector<std::unique_ptr<Prepared>> prepared;
  std::vector<std::unique_ptr<LoadedNetwork>> loaded;
  std::vector<PackedVariant> variants;
  std::vector<ComputedEmbedding> embeddings;
  for (const auto& job : jobs) {
    StageClock clock;
    prepared.push_back(std::make_unique<Prepared>(job));
    loaded.push_back(clock.run(
        "weights", 0, [&] { return std::make_unique<LoadedNetwork>(*prepared.back(), job, false); }));
    const auto* network = &*loaded.back()->network;
    variants.push_back({job, network->dim(),
                        [network](const TokenBlock& block, Workspace& workspace, std::span<float> out) {
                          network->embed(block, workspace, out);
                        },
                        [network](size_t n_tokens) { return network->block_bytes(n_tokens); }});
    auto& embedding = embeddings.emplace_back();
    embedding.options = describe(*prepared.back(), *loaded.back(), job.spec, false);
    embedding.warnings = loaded.back()->warnings;
    embedding.stages = std::move(clock.stages);
  }
  auto pass =
      embed_packed(variants, tokenizing(tokens, jobs.front().pool), *loaded.front()->backend, "Geneformer");
  for (size_t v = 0; v < jobs.size(); ++v) {
    auto& embedding = embeddings[v];
    embedding.cells = pass.seen.cells;
    embedding.values = std::move(pass.values[v]);
    embedding.losses = coverage_losses(pass.seen.summary, tokens.tokenizer->match(), "Geneformer");
    std::ranges::move(prepared[v]->warnings(), std::back_inserter(embedding.warnings));
    warn_of_unseen(pass.seen.summary, embedding.warnings);
    embedding.stages.push_back(std::move(pass.costs[v]));
  }
  return embeddings;
}

ReconstructionResult reconstruct_geneformer(const EmbeddingJob& job) {
  StageClock clock;
  const Prepared prepared(job);
  const auto loaded = clock.run("weights", 0, [&] { return LoadedNetwork(prepared, job, true); });
  const auto& network = *loaded.network;
  const auto& counts = job.data.counts();

  const bool special = prepared.vocabulary.has_special_tokens();
  MeanRanks means(prepared.config.vocab_size);
  job.progress.stage("mean ranks", counts.n_rows);
  clock.run("mean ranks", counts.n_rows, [&] {
    counts.for_each_block([&](const RowBlock& rows) {
      TokenBlock block;
      std::vector<uint32_t> kept;
      GeneformerTokenizer::Scratch scratch;
      for (size_t i = 0; i < rows.values.n_rows; ++i) {
        (*prepared.tokenizer)(rows.values.row_indices(i), rows.values.row_values(i), block.tokens, scratch);
        if (block.tokens.size() > block.offsets.back())
          block.offsets.push_back(static_cast<uint32_t>(block.tokens.size()));
        if (block.n_tokens() < (size_t{1} << 24)) continue;
        means.add(genes_of(block, special, kept), job.pool);
        block = {};
      }
      means.add(genes_of(block, special, kept), job.pool);
      job.progress.advance(rows.values.n_rows);
    });
  });

  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  RankReconstruction ranks;
  ranks.cells.assign(counts.n_rows, {kNaN, kNaN, kNaN});
  ranks.density.counts.assign(RankDensity::kBins * RankDensity::kBins, 0);
  std::mutex mutex;
  const auto tokens = tokenizing(prepared, job.pool);
  PackedModel model;
  model.tokenize = tokens.tokenize;
  model.block_bytes = [&](size_t n_tokens) { return network.block_bytes(n_tokens); };
  model.encode = [&](const TokenBlock& block, std::span<const uint32_t> cells, Workspace& workspace) {
    std::vector<Prediction> predictions(block.n_tokens());
    network.predict(block, workspace, predictions);
    std::vector<uint32_t> kept;
    const auto genes = genes_of(block, special, kept);
    std::vector<uint32_t> predicted(kept.size());
    std::ranges::transform(kept, predicted.begin(), [&](uint32_t i) { return predictions[i].id; });
    const auto scored = score_ranks(genes, predicted, means, job.pool);
    const std::lock_guard lock(mutex);
    for (size_t c = 0; c < cells.size(); ++c) ranks.cells[cells[c]] = scored.cells[c];
    for (size_t i = 0; i < scored.density.counts.size(); ++i)
      ranks.density.counts[i] += scored.density.counts[i];
  };
  std::vector<CellCoverage> coverage;
  job.progress.stage("Geneformer", counts.n_rows);
  clock.run("inference", counts.n_rows, [&] {
    run_packed(counts, model, *loaded.backend, packed_options(job), job.pool, job.progress, coverage);
  });

  ReconstructionResult result;
  result.tag = job.spec.tag;
  result.model = job.spec.method;
  result.options = describe(prepared, loaded, job.spec, true);
  result.target = "rank";
  const auto seen = seen_cells(coverage, tokens.n_special);
  require_seen(job, seen);
  result.losses = coverage_losses(seen.summary, prepared.tokenizer->match(), "Geneformer");
  result.warnings = loaded.warnings;
  std::ranges::move(prepared.warnings(), std::back_inserter(result.warnings));
  set_ranks(result, ranks);
  result.stages = std::move(clock.stages);
  return result;
}

ModelOutlook inspect_geneformer(const EmbeddingJob& job) {
  const Prepared prepared(job);
  const auto task = prepared.task(job.spec, false);
  const TransformerConfig sizes{prepared.config.n_layers,   prepared.config.dim,
                                prepared.config.n_heads,    prepared.config.ffn_dim,
                                prepared.config.activation, prepared.config.norm_eps};
  ModelOutlook outlook;
  outlook.tag = job.spec.tag;
  outlook.model = prepared.config.text();
  CoverageSummary coverage;
  double n_tokens = 0;
  std::vector<uint32_t> tokens;
  GeneformerTokenizer::Scratch scratch;
  job.data.counts().for_each_block([&](const RowBlock& rows) {
    for (size_t i = 0; i < rows.values.n_rows; ++i) {
      tokens.clear();
      const auto cell =
          (*prepared.tokenizer)(rows.values.row_indices(i), rows.values.row_values(i), tokens, scratch);
      coverage.add(cell, tokens.size());
      n_tokens += static_cast<double>(tokens.size());
      outlook.flops += transformer_flops(sizes, task.hidden_state, static_cast<double>(tokens.size()));
    }
  });
  const auto n_seen = static_cast<double>(coverage.n_cells - coverage.n_cells_unseen);
  outlook.mean_tokens = n_seen > 0 ? n_tokens / n_seen : 0;
  outlook.losses = coverage_losses(coverage, prepared.tokenizer->match(), "Geneformer");
  outlook.warnings = prepared.warnings();
  warn_of_unseen(coverage, outlook.warnings);
  outlook.seconds = 1 + outlook.flops / kPromisedFlops / job.pool.size();
  return outlook;
}

}  // namespace zerocell
