// Files of Geneformer as they are met: decoders of their own, padded tables, compiled models inside a
// trainer's dictionary, adapters, heads of fine-tuned models.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/core/matrix.h"
#include "zerocell/models/geneformer/network.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// tests/reference/geneformer_files.py
const std::string kGolden = ZEROCELL_SOURCE_DIR "/tests/golden/geneformer/";

// |a - b| / |b| of float32 sums in another order through two layers; the project's own bound for whole
// models.
constexpr double kRelative = 1e-5;
// Two logits closer than this may change places by rounding.
constexpr double kLogit = 1e-4;

struct Tensor {
  std::vector<size_t> shape;
  std::vector<float> values;
};
using Tensors = std::map<std::string, Tensor>;

Tensors tensors_of(const std::string& name) {
  const Checkpoint checkpoint = Checkpoint::open(kGolden + name);
  Tensors tensors;
  for (const auto& tensor : checkpoint.tensors()) {
    const auto values = checkpoint.floats(tensor).values;
    tensors[tensor.name] = {tensor.shape, {values.begin(), values.end()}};
  }
  return tensors;
}

Checkpoint saved(const Tensors& tensors, const TemporaryFolder& folder) {
  std::vector<NamedTensor> list;
  for (const auto& [name, tensor] : tensors) list.push_back({name, tensor.shape, tensor.values});
  write_torch_zip(folder.file("pytorch_model.bin"), list);
  return Checkpoint::open(folder.path());
}

GeneformerConfig config_of(const std::string& name) {
  return read_geneformer_config(kGolden + name + "/config.json");
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "no error";
}

TokenBlock block_of(const nlohmann::json& cells) {
  TokenBlock block;
  for (const auto& cell : cells) {
    for (const auto& token : cell["tokens"]) block.tokens.push_back(token);
    block.offsets.push_back(static_cast<uint32_t>(block.tokens.size()));
  }
  return block;
}

std::vector<Prediction> predict(const GeneformerConfig& config, const Weights& weights,
                                const TokenBlock& block) {
  const auto backend = make_cpu_backend();
  GeneformerTask task;
  task.predict = true;
  const GeneformerNetwork network(*backend, config, weights, task);
  std::vector<Prediction> found(block.n_tokens());
  Workspace workspace(*backend);
  network.predict(block, workspace, found);
  return found;
}

DenseMatrix<float> embed(const GeneformerConfig& config, const Weights& weights, const TokenBlock& block,
                         size_t state) {
  const auto backend = make_cpu_backend();
  const GeneformerNetwork network(*backend, config, weights, {state, GeneformerPool::mean, false, false});
  DenseMatrix<float> out(block.n_cells(), network.dim());
  Workspace workspace(*backend);
  network.embed(block, workspace, {out.data(), block.n_cells() * network.dim()});
  return out;
}

class GeneformerFiles : public testing::TestWithParam<const char*> {};

/// Everything that transformers finds with the same files.
TEST_P(GeneformerFiles, AgreesWithTransformers) {
  const std::string name = GetParam();
  const auto cells = nlohmann::json::parse(std::ifstream(kGolden + name + ".json"))["cells"];
  const auto config = config_of(name);
  const auto weights = load_geneformer_weights(Checkpoint::open(kGolden + name), config, true);
  const auto block = block_of(cells);
  for (size_t state = 0; state <= config.n_layers; ++state) {
    const auto found = embed(config, weights, block, state);
    for (size_t c = 0; c < cells.size(); ++c) {
      double difference = 0, norm = 0;
      for (size_t d = 0; d < config.dim; ++d) {
        const double expected = cells[c]["mean"][state][d];
        difference += std::pow(found(c, d) - expected, 2);
        norm += expected * expected;
      }
      EXPECT_LT(std::sqrt(difference / norm), kRelative) << "hidden state " << state << ", cell " << c;
    }
  }
  const auto predicted = predict(config, weights, block);
  size_t place = 0, n_clear = 0;
  for (const auto& cell : cells)
    for (size_t i = 0; i < cell["predicted"].size(); ++i, ++place) {
      if (cell["margin"][i] < kLogit) continue;
      ++n_clear;
      EXPECT_EQ(predicted[place].id, cell["predicted"][i]) << "position " << place;
      EXPECT_NEAR(predicted[place].margin, cell["margin"][i], kLogit) << "position " << place;
    }
  EXPECT_GT(n_clear, block.n_tokens() / 2);
}

INSTANTIATE_TEST_SUITE_P(Met, GeneformerFiles, testing::Values("untied", "padded", "trainer"));

TEST(GeneformerFiles, WhatATrainerWroteIsSaid) {
  EXPECT_THAT(Checkpoint::open(kGolden + "trainer").notes(),
              ElementsAre(HasSubstr("checkpoint_e3.pt, the only file of weights"),
                          AllOf(HasSubstr("'model_state_dict'"), HasSubstr("'optimizer'")),
                          HasSubstr("'_orig_mod.'")));
}

TEST(GeneformerFiles, ADecoderThatContradictsTheConfigurationIsRefusedForPredictionsAlone) {
  const Checkpoint checkpoint = Checkpoint::open(kGolden + "untied");
  auto config = config_of("untied");
  ASSERT_FALSE(config.tied_decoder);
  config.tied_decoder = true;
  EXPECT_THAT(message_of([&] { load_geneformer_weights(checkpoint, config, true); }),
              AllOf(HasSubstr("'cls.predictions.decoder.weight' equal to the words"),
                    HasSubstr("other numbers"), HasSubstr("set tie_word_embeddings to false")));
  EXPECT_EQ(message_of([&] { load_geneformer_weights(checkpoint, config, false); }), "no error");

  // A tied duplicate, as torch.save keeps it, is read; a bias of its own is not.
  const TemporaryFolder folder;
  Tensors tensors = tensors_of("untied");
  tensors["cls.predictions.decoder.weight"] = tensors["bert.embeddings.word_embeddings.weight"];
  EXPECT_THAT(message_of([&] { load_geneformer_weights(saved(tensors, folder), config, true); }),
              HasSubstr("'cls.predictions.decoder.bias' equal to"));
  tensors["cls.predictions.decoder.bias"] = tensors["cls.predictions.bias"];
  EXPECT_EQ(message_of([&] { load_geneformer_weights(saved(tensors, folder), config, true); }), "no error");
}

TEST(GeneformerFiles, NamesOfTheDecodersBias) {
  const TemporaryFolder folder;
  const auto cells = nlohmann::json::parse(std::ifstream(kGolden + "untied.json"))["cells"];
  const auto block = block_of(cells);
  const auto config = config_of("untied");
  // Before transformers 5 both names are one parameter, of which a file may hold either.
  Tensors tensors = tensors_of("untied");
  tensors["cls.predictions.bias"] = tensors["cls.predictions.decoder.bias"];
  tensors.erase("cls.predictions.decoder.bias");
  const auto predicted =
      predict(config, load_geneformer_weights(saved(tensors, folder), config, true), block);
  const auto whole =
      predict(config, load_geneformer_weights(Checkpoint::open(kGolden + "untied"), config, true), block);
  for (size_t i = 0; i < predicted.size(); ++i) EXPECT_EQ(predicted[i].id, whole[i].id);

  Tensors tied = tensors_of("trainer");
  const auto own = config_of("trainer");
  const auto expected = predict(own, load_geneformer_weights(saved(tied, folder), own, true), block);
  tied["cls.predictions.decoder.bias"] = tied["cls.predictions.bias"];
  tied.erase("cls.predictions.bias");
  const auto found = predict(own, load_geneformer_weights(saved(tied, folder), own, true), block);
  for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].logit, expected[i].logit);
}

TEST(GeneformerFiles, AMissingDecoderIsNamedAndTheWayOutWorks) {
  const TemporaryFolder folder;
  Tensors tensors = tensors_of("untied");
  tensors.erase("cls.predictions.decoder.weight");
  tensors.erase("cls.predictions.decoder.bias");
  auto config = config_of("untied");
  const Checkpoint checkpoint = saved(tensors, folder);
  EXPECT_THAT(message_of([&] { load_geneformer_weights(checkpoint, config, true); }),
              AllOf(HasSubstr("tie_word_embeddings false"), HasSubstr("cells can be embedded")));
  EXPECT_EQ(message_of([&] { load_geneformer_weights(checkpoint, config, false); }), "no error");
  config.tied_decoder = true;
  EXPECT_EQ(message_of([&] { load_geneformer_weights(checkpoint, config, true); }), "no error");
}

/// peft keeps W, A and B apart and adds them up as W + alpha / r B A; merge_and_unload() stores the sum under
/// W's name.
TEST(GeneformerFiles, AdaptersAreRefusedAndWhatIsMergedIsRead) {
  const TemporaryFolder folder;
  const std::string query = "bert.encoder.layer.0.attention.self.query";
  Tensors merged = tensors_of("trainer"), apart;
  const auto config = config_of("trainer");
  const std::vector<float> before = merged[query + ".weight"].values;
  for (const auto& [name, tensor] : merged)
    apart["base_model.model." + (name == query + ".weight" ? query + ".base_layer.weight" : name)] = tensor;
  Tensor a{{1, 16}, std::vector<float>(16, 0.5f)}, b{{16, 1}, std::vector<float>(16, 0.25f)};
  apart["base_model.model." + query + ".lora_A.default.weight"] = a;
  apart["base_model.model." + query + ".lora_B.default.weight"] = b;
  EXPECT_THAT(message_of([&] { saved(apart, folder); }),
              AllOf(HasSubstr("3 tensors of adapters such as LoRA"), HasSubstr("merge_and_unload()")));
  for (float& w : merged[query + ".weight"].values) w += 2.0f * 0.25f * 0.5f;  // alpha 2, r 1
  const auto weights = load_geneformer_weights(saved(merged, folder), config, true);
  EXPECT_FLOAT_EQ(weights.at("layer.0.query.weight").values[5], before[5] + 0.25f);
}

TEST(GeneformerFiles, HeadsOfFineTunedModelsAreSaid) {
  const TemporaryFolder folder;
  Tensors tensors = tensors_of("trainer");
  const auto config = config_of("trainer");
  EXPECT_THAT(geneformer_weight_warnings(saved(tensors, folder)), IsEmpty());
  tensors["classifier.weight"] = {{3, 16}, std::vector<float>(48)};
  tensors["bert.pooler.dense.weight"] = {{16, 16}, std::vector<float>(256)};
  EXPECT_THAT(geneformer_weight_warnings(saved(tensors, folder)),
              ElementsAre(HasSubstr("'classifier.weight'")));
  EXPECT_EQ(message_of([&] { load_geneformer_weights(saved(tensors, folder), config, false); }), "no error");
  tensors["prompt.weight"] = {{3, 16}, std::vector<float>(48)};
  EXPECT_THAT(message_of([&] { load_geneformer_weights(saved(tensors, folder), config, false); }),
              HasSubstr("1 that the model does not have ('prompt.weight')"));
}

TEST(GeneformerFiles, ANetworkUnderAnotherNameIsPointedAtAndAloneIsRead) {
  const TemporaryFolder folder;
  const Tensors plain = tensors_of("trainer");
  const auto config = config_of("trainer");
  Tensors inside, alone;
  for (const auto& [name, tensor] : plain) {
    inside["backbone." + name] = tensor;
    if (name.starts_with("bert.")) alone[name.substr(5)] = tensor;  // BertModel's own state_dict()
  }
  EXPECT_THAT(message_of([&] { load_geneformer_weights(saved(inside, folder), config, false); }),
              AllOf(HasSubstr("'backbone.bert.embeddings"), HasSubstr("under 'backbone.bert.' alone")));
  EXPECT_EQ(message_of([&] { load_geneformer_weights(saved(alone, folder), config, false); }), "no error");
}

}  // namespace
}  // namespace zerocell
