// Ranges were checked against the model of the package scgpt 0.2.4 (PyTorch 2.13) by
// tests/reference/scgpt_files.py: every tensor's name, shape, smallest and largest value, and which tensors
// are the same in all layers.
#include "zerocell/models/scgpt/untrained.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::Each;
using testing::ElementsAreArray;
using testing::Not;

ScgptVocabulary vocabulary() {
  return scgpt_vocabulary_of(std::vector<std::string>{"A", "B", "C"});
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// All values within the bound, and some near it on both sides.
void expect_uniform(const Weights& weights, const std::string& name, double bound) {
  const auto [low, high] = std::ranges::minmax(weights.at(name).values);
  EXPECT_GE(low, -bound * (1 + 1e-6)) << name;
  EXPECT_LE(high, bound * (1 + 1e-6)) << name;
  EXPECT_LT(low, -0.8 * bound) << name;
  EXPECT_GT(high, 0.8 * bound) << name;
}

TEST(UntrainedScgpt, RangesAreThoseOfThePackage) {
  const ScgptConfig config = scgpt_architecture("small");  // D 256
  const Weights weights = random_scgpt_weights(config, 50, 3, ScgptInit::independent, true);
  expect_uniform(weights, "gene.weight", 0.1);
  expect_uniform(weights, "value_in.weight", 1);  // one input
  expect_uniform(weights, "value_in.bias", 1);
  for (const char* name :
       {"value_out", "layer.3.ffn_in", "layer.3.ffn_out", "decoder.0", "decoder.1", "gene_query"}) {
    expect_uniform(weights, std::string(name) + ".weight", 1 / 16.0);
    expect_uniform(weights, std::string(name) + ".bias", 1 / 16.0);
  }
  for (const char* name : {"decoder.2.weight", "gene_product.weight", "layer.0.attention_out.weight"})
    expect_uniform(weights, name, 1 / 16.0);
  // Glorot over the packed tensor, not over each projection: sqrt(6 / (256 + 768)).
  for (const char* name : {"layer.0.query.weight", "layer.1.key.weight", "layer.2.value.weight"})
    expect_uniform(weights, name, std::sqrt(6.0 / 1024));
  for (const char* name : {"layer.0.query.bias", "layer.1.key.bias", "layer.2.value.bias",
                           "layer.0.attention_out.bias", "gene_norm.bias", "layer.0.ffn_norm.bias"})
    EXPECT_THAT(weights.at(name).values, Each(0.0f)) << name;
  for (const char* name : {"gene_norm.weight", "value_norm.weight", "layer.2.attention_norm.weight"})
    EXPECT_THAT(weights.at(name).values, Each(1.0f)) << name;
  EXPECT_FALSE(weights.has("bn.weight"));
  // The row of <pad> is drawn like the others.
  const auto pad = weights.at("gene.weight").values.last(256);
  EXPECT_GT(std::ranges::max(pad), 0.05f);
}

TEST(UntrainedScgpt, LayersAreDrawnApartOrAllEqual) {
  const ScgptConfig config = scgpt_architecture("tiny");
  const Weights apart = random_scgpt_weights(config, 6, 3);
  const Weights equal = random_scgpt_weights(config, 6, 3, ScgptInit::package);
  for (const char* name : {"query.weight", "attention_out.weight", "ffn_in.bias", "ffn_out.weight"}) {
    const std::string first = std::string("layer.0.") + name, second = std::string("layer.1.") + name;
    EXPECT_THAT(apart.at(first).values, Not(ElementsAreArray(apart.at(second).values))) << name;
    EXPECT_THAT(equal.at(first).values, ElementsAreArray(equal.at(second).values)) << name;
    EXPECT_THAT(equal.at(first).values, ElementsAreArray(apart.at(first).values)) << name;
  }
  EXPECT_THAT(equal.at("gene.weight").values, ElementsAreArray(apart.at("gene.weight").values));
  EXPECT_THAT(equal.at("layer.0.query.weight").values,
              Not(ElementsAreArray(equal.at("layer.0.key.weight").values)));
  const Weights other = random_scgpt_weights(config, 6, 4);
  EXPECT_THAT(other.at("gene.weight").values, Not(ElementsAreArray(apart.at("gene.weight").values)));
  EXPECT_FALSE(apart.has("decoder.0.weight"));
  EXPECT_EQ(parse_scgpt_init("package"), ScgptInit::package);
  EXPECT_THROW(parse_scgpt_init("random"), Error);
}

TEST(UntrainedScgpt, IsReadBackAsAModel) {
  const TemporaryFolder folder;
  const ScgptConfig config = scgpt_architecture("tiny");
  write_untrained_scgpt(folder.file("a"), config, vocabulary(), 7, ScgptInit::package);
  const ScgptConfig read = read_scgpt_config(folder.file("a/args.json"));
  EXPECT_EQ(read.text(), config.text());
  const Checkpoint checkpoint = Checkpoint::open(folder.file("a"));
  const ScgptVocabulary back =
      read_scgpt_vocabulary(folder.file("a"), read.pad_token, scgpt_embedding_rows(checkpoint));
  EXPECT_EQ(back.names, vocabulary().names);
  const Weights loaded = load_scgpt_weights(checkpoint, read, back.n_tokens(), true);
  const Weights drawn = random_scgpt_weights(config, 6, 7, ScgptInit::package, true);
  for (const char* name : {"gene.weight", "layer.1.key.weight", "layer.1.value.bias", "value_in.weight",
                           "decoder.2.bias", "gene_product.weight"})
    EXPECT_THAT(loaded.at(name).values, ElementsAreArray(drawn.at(name).values)) << name;
}

TEST(UntrainedScgpt, TheSameSeedGivesTheSameBytes) {
  const TemporaryFolder folder;
  for (const auto& [name, seed] : {std::pair{"a", 7}, {"b", 7}, {"c", 8}})
    write_untrained_scgpt(folder.file(name), scgpt_architecture("tiny"), vocabulary(),
                          static_cast<uint64_t>(seed), ScgptInit::independent);
  EXPECT_EQ(read_file(folder.file("a/best_model.pt")), read_file(folder.file("b/best_model.pt")));
  EXPECT_NE(read_file(folder.file("a/best_model.pt")), read_file(folder.file("c/best_model.pt")));
  EXPECT_EQ(read_file(folder.file("a/vocab.json")), read_file(folder.file("c/vocab.json")));
}

}  // namespace
}  // namespace zerocell
