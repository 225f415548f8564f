#include "zerocell/models/geneformer/network.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/models/packed_inference.h"

namespace zerocell {
namespace {

// tests/reference/geneformer_network.py
constexpr const char* kGolden = ZEROCELL_SOURCE_DIR "/tests/golden/geneformer/";

// |a - b| / |b| of float32 sums in another order through two layers; the project's own bound for whole
// models.
constexpr double kRelative = 1e-5;

struct Golden {
  explicit Golden(const std::string& name)
      : config(read_geneformer_config(kGolden + name + "/config.json")),
        checkpoint(Checkpoint::open(kGolden + name)),
        weights(load_geneformer_weights(checkpoint, config, true)) {
    values = nlohmann::json::parse(std::ifstream(kGolden + name + ".json"));
    for (const auto& cell : values["cells"]) {
      for (const auto& token : cell["tokens"]) block.tokens.push_back(token);
      block.offsets.push_back(static_cast<uint32_t>(block.tokens.size()));
    }
  }

  GeneformerConfig config;
  Checkpoint checkpoint;
  Weights weights;
  nlohmann::json values;
  TokenBlock block;
};

double relative_error(std::span<const float> found, const std::vector<double>& expected) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += (found[i] - expected[i]) * (found[i] - expected[i]);
    norm += expected[i] * expected[i];
  }
  return std::sqrt(difference / norm);
}

DenseMatrix<float> embed(const GeneformerNetwork& network, const Backend& backend, const TokenBlock& block) {
  DenseMatrix<float> out(block.n_cells(), network.dim());
  Workspace workspace(backend);
  network.embed(block, workspace, {out.data(), block.n_cells() * network.dim()});
  return out;
}

class GeneformerNetworkReference : public testing::TestWithParam<const char*> {};

TEST_P(GeneformerNetworkReference, EveryHiddenStateAgrees) {
  const Golden golden(GetParam());
  const bool special = std::string(GetParam()) == "v2";
  const auto backend = make_cpu_backend();
  for (const auto pool : {GeneformerPool::mean, GeneformerPool::cls})
    for (size_t state = 0; state <= golden.config.n_layers; ++state) {
      const GeneformerNetwork network(*backend, golden.config, golden.weights, {state, pool, special, false});
      const auto found = embed(network, *backend, golden.block);
      const char* key = pool == GeneformerPool::mean ? "mean" : "cls";
      for (size_t c = 0; c < golden.block.n_cells(); ++c)
        EXPECT_LT(relative_error(found.row(c), golden.values["cells"][c][key][state]), kRelative)
            << key << " of hidden state " << state << ", cell " << c;
    }
}

TEST_P(GeneformerNetworkReference, PredictedTokensAgree) {
  const Golden golden(GetParam());
  const auto backend = make_cpu_backend();
  GeneformerTask task;
  task.predict = true;
  const GeneformerNetwork network(*backend, golden.config, golden.weights, task);
  std::vector<Prediction> found(golden.block.n_tokens());
  Workspace workspace(*backend);
  network.predict(golden.block, workspace, found);
  size_t place = 0;
  for (const auto& cell : golden.values["cells"])
    for (size_t i = 0; i < cell["predicted"].size(); ++i, ++place) {
      // Two logits closer than this may change places by rounding.
      if (cell["margin"][i] < 1e-4) continue;
      EXPECT_EQ(found[place].id, cell["predicted"][i]) << "position " << place;
      EXPECT_NEAR(found[place].margin, cell["margin"][i], 1e-4) << "position " << place;
    }
}

INSTANTIATE_TEST_SUITE_P(Files, GeneformerNetworkReference, testing::Values("v1", "v2"));

TEST(GeneformerNetwork, CellsDoNotSeeOneAnother) {
  const Golden golden("v1");
  const auto backend = make_cpu_backend();
  const GeneformerNetwork network(*backend, golden.config, golden.weights,
                                  {1, GeneformerPool::mean, false, false});
  const auto together = embed(network, *backend, golden.block);
  for (size_t c = 0; c < golden.block.n_cells(); ++c) {
    TokenBlock alone;
    alone.tokens.assign(golden.block.tokens.begin() + golden.block.offsets[c],
                        golden.block.tokens.begin() + golden.block.offsets[c + 1]);
    alone.offsets.push_back(static_cast<uint32_t>(alone.tokens.size()));
    const auto found = embed(network, *backend, alone);
    for (size_t d = 0; d < network.dim(); ++d) EXPECT_EQ(found(0, d), together(c, d)) << "cell " << c;
  }
}

TEST(GeneformerNetwork, FewerLayersNeedFewerOperations) {
  const Golden golden("v1");
  const auto backend = make_cpu_backend();
  const GeneformerNetwork one(*backend, golden.config, golden.weights, {1});
  const GeneformerNetwork two(*backend, golden.config, golden.weights, {2});
  EXPECT_DOUBLE_EQ(two.flops(10), 2 * one.flops(10));
  // 10 tokens x (2 x (4 x 64^2 + 2 x 64 x 80) + 4 x 10 x 64)
  EXPECT_DOUBLE_EQ(one.flops(10), 10 * (2 * (4 * 4096 + 2 * 64 * 80) + 4 * 10 * 64.0));
}

TEST(GeneformerNetwork, TokensBeyondTheTablesAreRefused) {
  const Golden golden("v1");
  const auto backend = make_cpu_backend();
  const GeneformerNetwork network(*backend, golden.config, golden.weights, {1});
  TokenBlock block;
  block.tokens = {57};
  block.offsets = {0, 1};
  EXPECT_THROW(embed(network, *backend, block), Error);
}

TEST(GeneformerWeights, EmbeddingNeedsNoHeadButReconstructionDoes) {
  const Golden golden("v1");
  const auto with_head = geneformer_tensors(golden.config, true);
  const auto without = geneformer_tensors(golden.config, false);
  EXPECT_EQ(with_head.size(), without.size() + 5);
  EXPECT_NO_THROW(load_geneformer_weights(golden.checkpoint, golden.config, false));
}

TEST(GeneformerWeights, AnotherConfigurationIsRefusedByTensor) {
  const Golden golden("v1");
  auto config = golden.config;
  config.ffn_dim = 96;
  try {
    load_geneformer_weights(golden.checkpoint, config, false);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("bert.encoder.layer.0.intermediate.dense.weight"),
              std::string::npos)
        << error.what();
  }
}

/// Cells of random tokens: column t of row i stands for token t.
RowStream random_cells(const std::vector<std::vector<uint32_t>>& cells, size_t rows_per_block) {
  return {cells.size(), 57, [&cells, rows_per_block](const auto& consume) {
            for (size_t first = 0; first < cells.size(); first += rows_per_block) {
              RowBlock block{first, {}};
              block.values.n_cols = 57;
              for (size_t i = first; i < std::min(cells.size(), first + rows_per_block); ++i) {
                auto columns = cells[i];
                std::ranges::sort(columns);
                for (const auto column : columns) {
                  block.values.indices.push_back(column);
                  block.values.values.push_back(1);
                }
                block.values.indptr.push_back(block.values.indices.size());
                ++block.values.n_rows;
              }
              consume(block);
            }
          }};
}

struct PackedCase {
  size_t rows_per_block, block_tokens;
  int threads;
};

DenseMatrix<float> embed_packed(const Golden& golden, const std::vector<std::vector<uint32_t>>& cells,
                                const PackedCase& how, std::vector<size_t>* finished = nullptr) {
  const auto backend = make_cpu_backend();
  const GeneformerNetwork network(*backend, golden.config, golden.weights,
                                  {1, GeneformerPool::mean, false, false});
  DenseMatrix<float> out(cells.size(), network.dim(), -1);
  PackedModel model;
  model.tokenize = [](int, const CellCounts& counts, CellTokens& cell) {
    cell.tokens.assign(counts.columns.begin(), counts.columns.end());
    return CellCoverage{};
  };
  model.block_bytes = [&](size_t n) { return network.block_bytes(n); };
  model.encode = [&](const TokenBlock& block, std::span<const uint32_t> rows, Workspace& workspace) {
    std::vector<float> values(rows.size() * network.dim());
    network.embed(block, workspace, values);
    for (size_t c = 0; c < rows.size(); ++c)
      std::copy_n(values.data() + c * network.dim(), network.dim(), out.row(rows[c]).begin());
  };
  PackedOptions options;
  options.block_tokens = how.block_tokens;
  options.blocks_per_window = 3;
  ThreadPool pool(how.threads);
  NoProgress progress;
  std::vector<CellCoverage> coverage;
  run_packed(random_cells(cells, how.rows_per_block), model, *backend, options, pool, progress, coverage,
             [&](size_t n) {
               if (finished) finished->push_back(n);
             });
  return out;
}

std::vector<std::vector<uint32_t>> some_cells(size_t n) {
  Random random(9);
  std::vector<std::vector<uint32_t>> cells;
  for (size_t i = 0; i < n; ++i) {
    auto tokens = permutation(57, random);
    tokens.resize(i % 11 == 5 ? 0 : 1 + random.below(47));
    cells.push_back(tokens);
  }
  return cells;
}

TEST(PackedInference, BlocksAndThreadsAndOrderChangeNoBit) {
  const Golden golden("v1");
  const auto cells = some_cells(60);
  const auto expected = embed_packed(golden, cells, {60, 4096, 1});
  for (const auto& how : {PackedCase{7, 50, 2}, PackedCase{1, 1, 3}, PackedCase{60, 128, 2}}) {
    const auto found = embed_packed(golden, cells, how);
    for (size_t i = 0; i < cells.size(); ++i)
      for (size_t d = 0; d < found.n_cols(); ++d) ASSERT_EQ(found(i, d), expected(i, d)) << "cell " << i;
  }
  auto reversed = cells;
  std::ranges::reverse(reversed);
  const auto found = embed_packed(golden, reversed, {13, 100, 2});
  for (size_t i = 0; i < cells.size(); ++i)
    for (size_t d = 0; d < found.n_cols(); ++d)
      ASSERT_EQ(found(cells.size() - 1 - i, d), expected(i, d)) << "cell " << i;
}

TEST(PackedInference, CellsWithoutTokensStayUntouched) {
  const Golden golden("v1");
  const auto cells = some_cells(20);
  const auto found = embed_packed(golden, cells, {20, 64, 1});
  EXPECT_EQ(found(5, 0), -1);
  EXPECT_NE(found(4, 0), -1);
}

TEST(PackedInference, TellsWhichRowsAreFinished) {
  const Golden golden("v1");
  const auto cells = some_cells(60);
  std::vector<size_t> finished;
  embed_packed(golden, cells, {60, 64, 1}, &finished);
  ASSERT_GT(finished.size(), 2u);
  EXPECT_TRUE(std::ranges::is_sorted(finished));
  EXPECT_EQ(finished.back(), 60u);
}

TEST(PackedInference, BlocksAreHalvedWhereMemoryEnds) {
  const auto cells = some_cells(30);
  const auto backend = make_cpu_backend();
  std::vector<int> seen(cells.size(), 0);
  size_t refused = 0;
  PackedModel model;
  model.tokenize = [](int, const CellCounts& counts, CellTokens& cell) {
    cell.tokens.assign(counts.columns.begin(), counts.columns.end());
    return CellCoverage{};
  };
  model.block_bytes = [](size_t) { return size_t{1}; };
  model.encode = [&](const TokenBlock& block, std::span<const uint32_t> rows, Workspace&) {
    if (block.n_tokens() > 60) {
      ++refused;
      throw OutOfDeviceMemory("no memory for this block");
    }
    for (const auto row : rows) ++seen[row];
  };
  ThreadPool pool(1);
  NoProgress progress;
  std::vector<CellCoverage> coverage;
  PackedOptions options;
  options.block_tokens = 1000;
  run_packed(random_cells(cells, 30), model, *backend, options, pool, progress, coverage);
  EXPECT_GT(refused, 0u);
  for (size_t i = 0; i < cells.size(); ++i) EXPECT_EQ(seen[i], cells[i].empty() ? 0 : 1) << "cell " << i;

  model.encode = [](const TokenBlock&, std::span<const uint32_t>, Workspace&) {
    throw OutOfDeviceMemory("no memory at all");
  };
  EXPECT_THROW(run_packed(random_cells(cells, 30), model, *backend, options, pool, progress, coverage),
               OutOfDeviceMemory);
}

}  // namespace
}  // namespace zerocell
