#include "zerocell/models/scgpt/network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/core/matrix.h"
#include "zerocell/core/random.h"
#include "zerocell/models/scgpt/tables.h"
#include "zerocell/models/scgpt/tokenize.h"
#include "zerocell/models/scgpt/vocabulary.h"
#include "zerocell/models/scgpt/weights.h"

namespace zerocell {
namespace {

// tests/reference/scgpt_network.py
constexpr const char* kGolden = ZEROCELL_SOURCE_DIR "/tests/golden/scgpt/";

// |a - b| / |b| of float32 sums in another order; the project's own bound for whole models.
constexpr double kRelative = 1e-5;
// Of predictions, relative to the largest of a file: a dot product that cancels is as exact as its parts.
constexpr double kPrediction = 1e-4;

/// A folder's model and the cells that the package ran on it. Tokens are ids of the vocabulary, <cls> as
/// token n_tokens, so that a table of genes has a row for each.
struct Golden {
  explicit Golden(const std::string& folder, const std::string& values_of, bool decoders = true)
      : config(read_scgpt_config(kGolden + folder + "/args.json")),
        vocabulary(read_scgpt_vocabulary(kGolden + folder)),
        checkpoint(Checkpoint::open(kGolden + folder)),
        weights(load_scgpt_weights(checkpoint, config, vocabulary.n_tokens(), decoders)),
        genes(vocabulary.n_tokens() + 1) {
    std::iota(genes.begin(), genes.end(), 0u);
    genes.back() = vocabulary.cls;
    const auto all = nlohmann::json::parse(std::ifstream(kGolden + values_of + ".json"));
    for (const auto& cell : all["cells"]) {
      CellTokens tokens;
      tokens.tokens.push_back(static_cast<uint32_t>(vocabulary.n_tokens()));
      tokens.values.push_back(cell["cls_value"] == 0 ? 0 : ScgptValues{}.pad());
      bool has_other_values = false;
      for (size_t i = 0; i < cell["tokens"].size(); ++i) {
        const double value = cell["values"][i];
        EXPECT_EQ(vocabulary.names.at(cell["tokens"][i]), cell["genes"][i]);
        tokens.tokens.push_back(cell["tokens"][i]);
        tokens.values.push_back(value == -1 ? ScgptValues{}.mask() : static_cast<uint16_t>(value));
        has_other_values |= value != std::floor(value) || value > 50;
      }
      // The network has a table of bins: other values never come.
      if (has_other_values) {
        ++n_passed;
        continue;
      }
      cells.push_back(cell);
      block.add(tokens);
    }
  }

  ScgptConfig config;
  ScgptVocabulary vocabulary;
  Checkpoint checkpoint;
  Weights weights;
  std::vector<uint32_t> genes;
  std::vector<nlohmann::json> cells;
  TokenBlock block;
  size_t n_passed = 0;
};

double relative_error(std::span<const float> found, const std::vector<double>& expected) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += (found[i] - expected[i]) * (found[i] - expected[i]);
    norm += expected[i] * expected[i];
  }
  return std::sqrt(difference / norm);
}

DenseMatrix<float> embed(const ScgptNetwork& network, const Backend& backend, const TokenBlock& block) {
  DenseMatrix<float> out(block.n_cells(), network.dim());
  Workspace workspace(backend);
  network.embed(block, workspace, {out.data(), block.n_cells() * network.dim()});
  return out;
}

TokenBlock cell_of(const TokenBlock& block, size_t c) {
  CellTokens cell;
  cell.tokens.assign(block.tokens.begin() + block.offsets[c], block.tokens.begin() + block.offsets[c + 1]);
  cell.values.assign(block.values.begin() + block.offsets[c], block.values.begin() + block.offsets[c + 1]);
  TokenBlock alone;
  alone.add(cell);
  return alone;
}

struct Files {
  const char *folder, *values;
  bool decoders;
};
void PrintTo(const Files& files, std::ostream* out) {
  *out << files.folder;
}

class ScgptNetworkReference : public testing::TestWithParam<Files> {};

TEST_P(ScgptNetworkReference, EmbeddingsAgree) {
  const Golden golden(GetParam().folder, GetParam().values, GetParam().decoders);
  EXPECT_EQ(golden.n_passed, 2u);
  ASSERT_GE(golden.cells.size(), 16u);
  const auto backend = make_cpu_backend();
  const ScgptNetwork network(*backend, golden.config, golden.weights, golden.genes, ScgptTask::embed);
  const auto found = embed(network, *backend, golden.block);
  for (size_t c = 0; c < golden.cells.size(); ++c)
    EXPECT_LT(relative_error(found.row(c), golden.cells[c]["embedding"]), kRelative) << "cell " << c;
}

TEST_P(ScgptNetworkReference, PredictionsAgree) {
  if (!GetParam().decoders) GTEST_SKIP() << "the decoders of this file need batch labels";
  const Golden golden(GetParam().folder, GetParam().values);
  const auto backend = make_cpu_backend();
  const ScgptNetwork network(*backend, golden.config, golden.weights, golden.genes, ScgptTask::predict);
  ScgptNetwork::Predictions found;
  Workspace workspace(*backend);
  network.predict(golden.block, workspace, found);
  for (const char* kind : {"gep", "gepc"}) {
    const auto& values = std::string(kind) == "gep" ? found.gep : found.gepc;
    double largest = 0;
    for (const auto& cell : golden.cells)
      for (const double value : cell[kind]) largest = std::max(largest, std::abs(value));
    for (size_t c = 0; c < golden.cells.size(); ++c)
      for (size_t i = 0; i < golden.cells[c][kind].size(); ++i)
        EXPECT_NEAR(values[golden.block.offsets[c] + 1 + i], golden.cells[c][kind][i], kPrediction * largest)
            << kind << " of cell " << c << ", gene " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, ScgptNetworkReference,
                         testing::Values(Files{"in_proj", "in_proj", true}, Files{"wqkv", "in_proj", true},
                                         Files{"impl", "in_proj", true}, Files{"old", "old", true},
                                         Files{"fine_tuned", "fine_tuned", false}),
                         [](const auto& files) { return std::string(files.param.folder); });

TEST(ScgptNetwork, NamingsOfOneFileGiveTheSameBits) {
  const auto backend = make_cpu_backend();
  const Golden first("in_proj", "in_proj");
  const ScgptNetwork network(*backend, first.config, first.weights, first.genes, ScgptTask::embed);
  const auto expected = embed(network, *backend, first.block);
  for (const char* folder : {"wqkv", "impl"}) {
    const Golden other(folder, "in_proj");
    const ScgptNetwork same(*backend, other.config, other.weights, other.genes, ScgptTask::embed);
    const auto found = embed(same, *backend, other.block);
    for (size_t c = 0; c < found.n_rows(); ++c)
      for (size_t d = 0; d < found.n_cols(); ++d) ASSERT_EQ(found(c, d), expected(c, d)) << folder;
  }
}

TEST(ScgptNetwork, EmbeddingsHaveLengthOneAndCellsDoNotSeeOneAnother) {
  const Golden golden("in_proj", "in_proj");
  const auto backend = make_cpu_backend();
  const ScgptNetwork network(*backend, golden.config, golden.weights, golden.genes, ScgptTask::embed);
  const ScgptNetwork decoding(*backend, golden.config, golden.weights, golden.genes, ScgptTask::predict);
  const auto together = embed(network, *backend, golden.block);
  ScgptNetwork::Predictions all, own;
  Workspace workspace(*backend);
  decoding.predict(golden.block, workspace, all);
  for (size_t c = 0; c < golden.block.n_cells(); ++c) {
    const auto alone = cell_of(golden.block, c);
    const auto found = embed(network, *backend, alone);
    double length = 0;
    for (size_t d = 0; d < network.dim(); ++d) {
      ASSERT_EQ(found(0, d), together(c, d)) << "cell " << c;
      length += static_cast<double>(found(0, d)) * found(0, d);
    }
    EXPECT_NEAR(length, 1, 1e-6);
    decoding.predict(alone, workspace, own);
    for (size_t i = 1; i < alone.n_tokens(); ++i) {
      ASSERT_EQ(own.gep[i], all.gep[golden.block.offsets[c] + i]);
      ASSERT_EQ(own.gepc[i], all.gepc[golden.block.offsets[c] + i]);
    }
  }
}

TEST(ScgptNetwork, TheOrderOfGenesIsOnlyRounding) {
  const Golden golden("in_proj", "in_proj");
  const auto backend = make_cpu_backend();
  const ScgptNetwork network(*backend, golden.config, golden.weights, golden.genes, ScgptTask::embed);
  const auto alone = cell_of(golden.block, golden.block.n_cells() - 2);
  auto reversed = alone;
  std::reverse(reversed.tokens.begin() + 1, reversed.tokens.end());
  std::reverse(reversed.values.begin() + 1, reversed.values.end());
  const auto a = embed(network, *backend, alone), b = embed(network, *backend, reversed);
  std::vector<double> expected(a.row(0).begin(), a.row(0).end());
  EXPECT_LT(relative_error(b.row(0), expected), kRelative);
}

TEST(ScgptNetwork, TablesHoldTheGenesInUseAlone) {
  const Golden golden("old", "old");
  const auto all = scgpt_tables(golden.config, golden.weights, golden.genes, true);
  const std::vector<uint32_t> some{golden.vocabulary.cls, 5, 3};
  const auto few = scgpt_tables(golden.config, golden.weights, some, true);
  EXPECT_EQ(few.genes.shape, (std::vector<size_t>{3, golden.config.dim}));
  EXPECT_EQ(few.values.shape, (std::vector<size_t>{golden.config.n_bins + 2, golden.config.dim}));
  for (size_t d = 0; d < golden.config.dim; ++d) {
    EXPECT_EQ(few.genes.values[golden.config.dim + d], all.genes.values[5 * golden.config.dim + d]);
    EXPECT_EQ(few.queries.values[2 * golden.config.dim + d], all.queries.values[3 * golden.config.dim + d]);
  }
  EXPECT_THROW(scgpt_tables(golden.config, golden.weights, std::vector<uint32_t>{100000}, false), Error);
}

TEST(ScgptNetwork, TokensAndValuesBeyondTheTablesAreFaults) {
  const Golden golden("in_proj", "in_proj");
  const auto backend = make_cpu_backend();
  const ScgptNetwork network(*backend, golden.config, golden.weights, golden.genes, ScgptTask::embed);
  Workspace workspace(*backend);
  std::vector<float> out(network.dim());
  TokenBlock block;
  block.add({{0, 10000}, {51, 1}});
  EXPECT_THROW(network.embed(block, workspace, out), Error);
  block = {};
  block.add({{0, 1}, {51, 53}});
  EXPECT_THROW(network.embed(block, workspace, out), Error);
  block = {};
  block.add({{0, 1}, {}});
  EXPECT_THROW(network.embed(block, workspace, out), Error);
  EXPECT_NO_THROW(network.embed(TokenBlock(), workspace, {}));
}

TEST(ScgptNetwork, UntrainedWeightsRunAndTheCellIsItsOwn) {
  ScgptConfig config = scgpt_architecture("tiny");
  const auto weights = random_scgpt_weights(config, 50, 3, ScgptInit::independent, true);
  std::vector<uint32_t> genes(50);
  std::iota(genes.begin(), genes.end(), 0u);
  const auto backend = make_cpu_backend();
  const ScgptNetwork network(*backend, config, weights, genes, ScgptTask::embed);
  TokenBlock block;
  block.add({{0}, {51}});  // <cls> alone
  block.add({{0, 4, 9}, {51, 1, 50}});
  const auto found = embed(network, *backend, block);
  for (size_t d = 0; d < network.dim(); ++d) EXPECT_TRUE(std::isfinite(found(0, d)));
  EXPECT_NE(found(0, 0), found(1, 0));
  EXPECT_GT(network.flops(300), 100 * network.flops(1));
  EXPECT_GT(network.block_bytes(100), 0u);
}

/// Rows beyond the vocabulary stand for no gene: every number stays, whatever they hold.
TEST(ScgptNetwork, PaddedTablesGiveTheSameBits) {
  const Golden golden("in_proj", "in_proj");
  const TemporaryFolder folder;
  std::vector<NamedTensor> tensors;
  std::vector<FloatTensor> kept;
  std::vector<float> padded;
  for (const auto& tensor : golden.checkpoint.tensors()) {
    kept.push_back(golden.checkpoint.floats(tensor));
    tensors.push_back({tensor.name, tensor.shape, kept.back().values});
    if (tensor.name != "encoder.embedding.weight") continue;
    padded.assign(kept.back().values.begin(), kept.back().values.end());
    padded.resize(128 * golden.config.dim, 1e6f);
    tensors.back() = {tensor.name, {128, golden.config.dim}, padded};
  }
  write_torch_zip(folder.file("best_model.pt"), tensors);
  const auto weights =
      load_scgpt_weights(Checkpoint::open(folder.path()), golden.config, golden.vocabulary.n_tokens(), true);
  const auto backend = make_cpu_backend();
  const ScgptNetwork plain(*backend, golden.config, golden.weights, golden.genes, ScgptTask::embed);
  const ScgptNetwork other(*backend, golden.config, weights, golden.genes, ScgptTask::embed);
  const auto expected = embed(plain, *backend, golden.block), found = embed(other, *backend, golden.block);
  for (size_t c = 0; c < golden.cells.size(); ++c)
    for (size_t d = 0; d < golden.config.dim; ++d) EXPECT_EQ(found(c, d), expected(c, d)) << c << " " << d;
}

}  // namespace
}  // namespace zerocell
