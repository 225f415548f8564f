#include "zerocell/study/scgpt_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/models/gene_aliases.h"
#include "zerocell/models/scgpt/controls.h"
#include "zerocell/models/scgpt/model_folder.h"
#include "zerocell/models/scgpt/network.h"
#include "zerocell/models/scgpt/weights.h"
#include "zerocell/models/vocabulary_rows.h"
#include "zerocell/reconstruct/bin_errors.h"
#include "zerocell/reconstruct/bin_scores.h"
#include "zerocell/reconstruct/mean_bins.h"
#include "zerocell/study/make_backend.h"
#include "zerocell/study/model_run.h"
#include "zerocell/study/scgpt_genes.h"

namespace zerocell {
namespace {

constexpr const char* kModel = "scGPT";

GeneMatch match_columns(const ScgptVocabulary& vocabulary, std::span<const std::string> genes,
                        const std::string& aliases) {
  const SymbolDictionary dictionary{kModel, vocabulary.by_symbol};
  if (aliases.empty()) return match_genes(genes, dictionary);
  const auto table = read_gene_aliases(aliases);
  return match_genes(genes, dictionary, &table);
}

/// How the cells of a data set become tokens for jobs of one pass key.
class TokenSource {
 public:
  TokenSource(const EmbeddingJob& job, const ScgptSettings& settings, const ScgptModelFolder& model)
      : settings_(settings), max_tokens_(model.config.max_seq_len), pool_size_(job.pool.size()) {
    job.data.counts();
    match_ = match_columns(model.vocabulary, job.data.genes(), settings.aliases);
    genes_.emplace(match_);
    chosen_ = choose_scgpt_genes(job, settings, *genes_);
    auto options = settings.tokens;
    options.values.n_bins = model.config.n_bins;
    options.max_tokens = max_tokens_;
    tokenizer_.emplace(model.vocabulary, *genes_, chosen_.choice, options);
  }

  const ScgptTokenizer& tokenizer() const { return *tokenizer_; }

  /// For one pass over all cells, from the first.
  PackedTokens begin() const {
    PackedTokens tokens;
    tokens.n_special = 1;
    const auto scratch = std::make_shared<std::vector<ScgptTokenizer::Scratch>>(
        static_cast<size_t>(pool_size_), ScgptTokenizer::Scratch(*tokenizer_));
    std::shared_ptr<ScgptNumpyDraws> draws;
    if (settings_.tokens.bin_ties == BinTies::numpy_mt19937) {
      draws = std::make_shared<ScgptNumpyDraws>(static_cast<uint32_t>(settings_.seed));
      tokens.begin_rows = [this, draws](const RowBlock& rows) { draws->begin(rows, *tokenizer_); };
    }
    tokens.tokenize = [this, scratch, draws](int worker, const CellCounts& counts, CellTokens& cell) {
      const auto own = draws ? draws->of(counts.row) : std::span<const double>();
      return (*tokenizer_)(counts, own, cell, (*scratch)[static_cast<size_t>(worker)]);
    };
    return tokens;
  }

  std::vector<Loss> losses(const CoverageSummary& coverage) const {
    auto losses = coverage_losses(coverage, match_, kModel);
    const auto number = [](size_t n) { return static_cast<double>(n); };
    const auto add = [&](size_t n, const std::string& reason) {
      if (n == 0) return;
      losses.insert(losses.begin() + 1, {"genes", number(n), number(match_.n_columns), reason});
      // UMIs and cells are those of the genes that the network is given.
      losses[2].reason = "of genes that scGPT does not know or that are not chosen";
      losses[3].reason = "no gene that scGPT knows and that is chosen";
    };
    if (chosen_.n_unchosen && chosen_.n_filtered)
      add(chosen_.n_filtered + chosen_.n_unchosen,
          fmt::format(
              "known, but {} of them with fewer than {} counts over all cells and {} not among the {} "
              "highly variable ones",
              chosen_.n_filtered, settings_.filter_gene_by_counts, chosen_.n_unchosen, chosen_.n_chosen));
    else if (chosen_.n_unchosen)
      add(chosen_.n_unchosen,
          fmt::format("known, but not among the {} highly variable ones", chosen_.n_chosen));
    else
      add(chosen_.n_filtered, fmt::format("known, but with fewer than {} counts over all cells",
                                          settings_.filter_gene_by_counts));
    return losses;
  }

  std::vector<std::string> warnings() const {
    auto warnings = match_warnings(match_, kModel);
    if (auto duplicates = duplicate_warning(match_); !duplicates.empty())
      warnings.push_back(std::move(duplicates));
    std::ranges::copy(chosen_.warnings, std::back_inserter(warnings));
    return warnings;
  }

 private:
  const ScgptSettings settings_;
  size_t max_tokens_;
  int pool_size_;
  GeneMatch match_;
  std::optional<AlignedGenes> genes_;
  ScgptChosenGenes chosen_;
  std::optional<ScgptTokenizer> tokenizer_;
};

/// The network of one job, and what it was made of.
struct LoadedNetwork {
  LoadedNetwork(const EmbeddingJob& job, const ScgptSettings& settings, const ScgptModelFolder& model,
                const ScgptTokenizer& tokenizer, ScgptTask task)
      : backend(make_backend(job.device, settings.precision)) {
    const bool decoders = task == ScgptTask::predict;
    const size_t n_tokens = model.vocabulary.n_tokens();
    std::optional<Weights> weights;
    if (settings.random_weights) {
      weights = random_scgpt_weights(model.config, n_tokens, settings.seed, settings.init, decoders);
      origin = fmt::format("random(seed={},init={})", settings.seed,
                           settings.init == ScgptInit::package ? "package" : "independent");
    } else {
      const auto checkpoint = Checkpoint::open(model.path.weights);
      weights = load_scgpt_weights(checkpoint, model.config, n_tokens, decoders);
      warnings = checkpoint.notes();
      std::ranges::copy(scgpt_weight_warnings(checkpoint), std::back_inserter(warnings));
      if (auto padding = padding_warning(scgpt_embedding_rows(checkpoint), n_tokens); !padding.empty())
        warnings.push_back(std::move(padding));
      origin = file_origin(checkpoint, model.config.untrained);
    }
    const auto& ids = tokenizer.vocabulary_ids();
    network.emplace(*backend, model.config, *weights,
                    settings.shuffle_genes ? shuffled_genes(ids, model.vocabulary, settings.seed) : ids,
                    task);
  }

  std::unique_ptr<Backend> backend;
  std::string origin;
  std::vector<std::string> warnings;
  std::optional<ScgptNetwork> network;
};

std::string describe(const ScgptSettings& settings, const ScgptModelFolder& model,
                     const LoadedNetwork& loaded) {
  return fmt::format("path={},weights={},genes={},values={},{},dtype={},architecture={},device={}",
                     settings.path, loaded.origin, settings.shuffle_genes ? "shuffled" : "as-is",
                     settings.shuffle_values ? "shuffled" : "as-is", settings.tokens_text(),
                     settings.precision == Precision::bfloat16 ? "bfloat16" : "float32", model.config.text(),
                     loaded.backend->description());
}

void refuse_mask(const EmbeddingSpec& spec) {
  if (!spec.option("mask", "").empty())
    throw bad_option(spec, "mask", "no mask: an embedding is that of the whole cell",
                     spec.option("mask", ""));
}

PackedVariant make_variant(const EmbeddingJob& job, const ScgptSettings& settings,
                           const LoadedNetwork& loaded, const ScgptTokenizer& tokenizer) {
  const auto* network = &*loaded.network;
  PackedVariant variant{job, network->dim(), {}, {}};
  variant.block_bytes = [network](size_t n_tokens) { return network->block_bytes(n_tokens); };
  variant.embed = [network, &tokenizer, shuffle = settings.shuffle_values, seed = settings.seed](
                      const TokenBlock& block, Workspace& workspace, std::span<float> out) {
    if (!shuffle) return network->embed(block, workspace, out);
    TokenBlock shuffled = block;
    shuffle_values(shuffled, tokenizer.keys(), seed);
    network->embed(shuffled, workspace, out);
  };
  return variant;
}

/// A block's genes without <cls>, as the scores take them.
struct GeneBlock {
  std::vector<uint32_t> offsets{0}, genes, places;  ///< places: where each stands in the block
  std::vector<uint16_t> bins;

  explicit GeneBlock(const TokenBlock& block) {
    for (size_t c = 0; c < block.n_cells(); ++c) {
      for (uint32_t i = block.offsets[c] + 1; i < block.offsets[c + 1]; ++i) {
        genes.push_back(block.tokens[i]);
        bins.push_back(block.values[i]);
        places.push_back(i);
      }
      offsets.push_back(static_cast<uint32_t>(genes.size()));
    }
  }
  template <class T>
  std::vector<T> take(const std::vector<T>& of_tokens) const {
    std::vector<T> taken;
    taken.reserve(places.size());
    for (const uint32_t i : places) taken.push_back(of_tokens[i]);
    return taken;
  }
};

/// Averages of the bins over all cells, as the network is shown them.
MeanBins mean_bins(const EmbeddingJob& job, const ScgptSettings& settings, const TokenSource& source) {
  const auto& tokenizer = source.tokenizer();
  MeanBins means(tokenizer.vocabulary_ids().size(), tokenizer.options().values.n_bins);
  const auto tokens = source.begin();
  const auto& counts = job.data.counts();
  job.progress.stage("mean bins", counts.n_rows);
  counts.for_each_block([&](const RowBlock& rows) {
    job.progress.check();
    if (tokens.begin_rows) tokens.begin_rows(rows);
    const size_t n = rows.values.n_rows;
    std::vector<CellTokens> cells(n);
    job.pool.parallel_ranges(n, 32, [&](size_t begin, size_t end, int worker) {
      for (size_t i = begin; i < end; ++i)
        tokens.tokenize(worker, {rows.first_row + i, rows.values.row_indices(i), rows.values.row_values(i)},
                        cells[i]);
    });
    TokenBlock block;
    for (const auto& cell : cells)
      if (!cell.tokens.empty()) block.add(cell);
    if (settings.shuffle_values) shuffle_values(block, tokenizer.keys(), settings.seed);
    const GeneBlock genes(block);
    means.add(genes.offsets, genes.genes, genes.bins, job.pool);
    job.progress.advance(n);
  });
  return means;
}

/// Predicts and scores one block.
void score_block(const TokenBlock& block, std::span<const uint32_t> cells, const ScgptSettings& settings,
                 const ScgptTokenizer& tokenizer, const ScgptNetwork& network, Workspace& workspace,
                 BinErrors& errors) {
  TokenBlock input = block;
  if (settings.shuffle_values) shuffle_values(input, tokenizer.keys(), settings.seed);
  const GeneBlock truth(input);  // what the network is shown, before any mask
  std::vector<uint8_t> masked;
  if (settings.mask > 0)
    masked = mask_values(input, tokenizer.keys(), tokenizer.options().values, settings.mask, settings.seed);
  ScgptNetwork::Predictions predictions;
  network.predict(input, workspace, predictions);
  const auto gep = truth.take(predictions.gep), gepc = truth.take(predictions.gepc);
  const auto scored = settings.mask > 0 ? truth.take(masked) : std::vector<uint8_t>();
  errors.add({truth.offsets, truth.genes, truth.bins, gep, gepc, scored}, cells);
}

}  // namespace

std::vector<std::string> scgpt_files(const EmbeddingSpec& spec) {
  const auto settings = parse_scgpt_settings(spec, 0);
  const ScgptModelFolder model(settings.path);
  std::vector<std::string> files{model.path.config};
  files.push_back(model.vocabulary.path);
  if (!settings.aliases.empty()) files.push_back(settings.aliases);
  if (settings.random_weights) return files;
  const auto checkpoint = Checkpoint::open(model.path.weights);
  std::ranges::copy(checkpoint.files(), std::back_inserter(files));
  return files;
}

std::string scgpt_pass_key(const EmbeddingJob& job) {
  const auto settings = parse_scgpt_settings(job.spec, job.seed);
  const ScgptModelFolder model(settings.path);
  return fmt::format("{} {} {} {} {}", hash_path(model.vocabulary.path), model.config.n_bins,
                     model.config.max_seq_len, settings.tokens_text(), static_cast<int>(settings.precision));
}

bool scgpt_untrained(const EmbeddingSpec& spec) {
  return parse_scgpt_settings(spec, 0).random_weights ||
         read_scgpt_config(find_model(spec.path, kScgptKind).config).untrained;
}

bool scgpt_cell_wise(const EmbeddingSpec& spec) {
  const auto settings = parse_scgpt_settings(spec, 0);
  // Genes are chosen on the cells at hand, and NumPy's draws follow their order.
  return settings.filter_gene_by_counts == 0 && settings.n_top_genes == 0 &&
         settings.tokens.bin_ties != BinTies::numpy_mt19937;
}

std::vector<ComputedEmbedding> embed_scgpt(std::span<const EmbeddingJob> jobs) {
  std::vector<ScgptSettings> settings;
  std::vector<std::unique_ptr<ScgptModelFolder>> models;
  for (const auto& job : jobs) {
    refuse_mask(job.spec);
    settings.push_back(parse_scgpt_settings(job.spec, job.seed));
    models.push_back(std::make_unique<ScgptModelFolder>(settings.back().path));
  }
  const TokenSource source(jobs.front(), settings.front(), *models.front());
  std::vector<std::unique_ptr<LoadedNetwork>> loaded;
  std::vector<PackedVariant> variants;
  std::vector<ComputedEmbedding> embeddings;
  for (size_t v = 0; v < jobs.size(); ++v) {
    StageClock clock;
    loaded.push_back(clock.run("weights", 0, [&] {
      return std::make_unique<LoadedNetwork>(jobs[v], settings[v], *models[v], source.tokenizer(),
                                             ScgptTask::embed);
    }));
    variants.push_back(make_variant(jobs[v], settings[v], *loaded[v], source.tokenizer()));
    auto& embedding = embeddings.emplace_back();
    embedding.options = describe(settings[v], *models[v], *loaded[v]);
    embedding.stages = std::move(clock.stages);
    embedding.warnings = loaded[v]->warnings;
  }
  auto pass = embed_packed(variants, source.begin(), *loaded.front()->backend, kModel);
  for (size_t v = 0; v < jobs.size(); ++v) {
    auto& embedding = embeddings[v];
    embedding.cells = pass.seen.cells;
    embedding.values = std::move(pass.values[v]);
    embedding.losses = source.losses(pass.seen.summary);
    std::ranges::move(source.warnings(), std::back_inserter(embedding.warnings));
    warn_of_unseen(pass.seen.summary, embedding.warnings);
    embedding.stages.push_back(std::move(pass.costs[v]));
  }
  return embeddings;
}

ReconstructionResult reconstruct_scgpt(const EmbeddingJob& job) {
  StageClock clock;
  const auto settings = parse_scgpt_settings(job.spec, job.seed);
  const ScgptModelFolder model(settings.path);
  const TokenSource source(job, settings, model);
  const auto loaded = clock.run("weights", 0, [&] {
    return std::make_unique<LoadedNetwork>(job, settings, model, source.tokenizer(), ScgptTask::predict);
  });
  const auto& network = *loaded->network;
  const size_t n_cells = job.data.n_cells();
  const auto means = clock.run("mean bins", n_cells, [&] { return mean_bins(job, settings, source); });

  BinErrors errors(means, n_cells, true);
  const auto tokens = source.begin();
  PackedModel packed;
  packed.begin_rows = tokens.begin_rows;
  packed.tokenize = tokens.tokenize;
  packed.block_bytes = [&](size_t n_tokens) { return network.block_bytes(n_tokens); };
  packed.encode = [&](const TokenBlock& block, std::span<const uint32_t> cells, Workspace& workspace) {
    score_block(block, cells, settings, source.tokenizer(), network, workspace, errors);
  };
  std::vector<CellCoverage> coverage;
  job.progress.stage(kModel, n_cells);
  clock.run("inference", n_cells, [&] {
    run_packed(job.data.counts(), packed, *loaded->backend, packed_options(job), job.pool, job.progress,
               coverage);
  });
  const auto seen = seen_cells(coverage, tokens.n_special);
  require_seen(job, seen);

  ReconstructionResult result;
  result.tag = job.spec.tag;
  result.model = job.spec.method;
  result.options = describe(settings, model, *loaded) +
                   fmt::format(",mask={}", settings.mask > 0 ? fmt::format("{}", settings.mask) : "none");
  result.losses = source.losses(seen.summary);
  result.warnings = loaded->warnings;
  std::ranges::move(source.warnings(), std::back_inserter(result.warnings));
  set_bins(result, std::move(errors));
  result.stages = std::move(clock.stages);
  return result;
}

ModelOutlook inspect_scgpt(const EmbeddingJob& job) {
  const auto settings = parse_scgpt_settings(job.spec, job.seed);
  const ScgptModelFolder model(settings.path);
  const TokenSource source(job, settings, model);
  const auto sizes = scgpt_encoder_config(model.config);
  ModelOutlook outlook;
  outlook.tag = job.spec.tag;
  outlook.model = model.config.text();
  CoverageSummary coverage;
  double n_tokens = 0;
  const auto tokens = source.begin();
  CellTokens cell;
  job.data.counts().for_each_block([&](const RowBlock& rows) {
    if (tokens.begin_rows) tokens.begin_rows(rows);
    for (size_t i = 0; i < rows.values.n_rows; ++i) {
      const auto seen = tokens.tokenize(
          0, {rows.first_row + i, rows.values.row_indices(i), rows.values.row_values(i)}, cell);
      const auto n = static_cast<double>(cell.tokens.size());
      coverage.add(seen, cell.tokens.size());
      n_tokens += n;
      outlook.flops += transformer_flops(sizes, sizes.n_layers, n);
    }
  });
  const auto n_seen = static_cast<double>(coverage.n_cells - coverage.n_cells_unseen);
  outlook.mean_tokens = n_seen > 0 ? n_tokens / n_seen : 0;
  outlook.losses = source.losses(coverage);
  outlook.warnings = source.warnings();
  warn_of_unseen(coverage, outlook.warnings);
  outlook.seconds = 1 + outlook.flops / kPromisedFlops / job.pool.size();
  return outlook;
}

}  // namespace zerocell
