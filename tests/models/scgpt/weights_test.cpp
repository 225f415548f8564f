#include "zerocell/models/scgpt/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <numeric>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr size_t kTokens = 5;

ScgptConfig config() {
  ScgptConfig config;
  config.n_layers = 2;
  config.dim = 8;
  config.n_heads = 2;
  config.ffn_dim = 6;
  return config;
}

struct Tensor {
  std::vector<size_t> shape;
  std::vector<float> values;
};
using Tensors = std::map<std::string, Tensor>;

/// A tensor of numbers that no other place of the file has.
Tensor numbered(const std::vector<size_t>& shape, float first) {
  size_t n = 1;
  for (const size_t size : shape) n *= size;
  Tensor tensor{shape, std::vector<float>(n)};
  std::iota(tensor.values.begin(), tensor.values.end(), first);
  return tensor;
}

Tensors file(const ScgptFileNames& names = {}, ScgptParts parts = {.decoders = true, .batch_norm = false}) {
  Tensors tensors;
  for (const TensorSpec& spec : scgpt_tensors(config(), kTokens, parts, names))
    tensors[spec.file_name] = numbered(spec.shape, 1000.0f * static_cast<float>(tensors.size()));
  return tensors;
}

Checkpoint open(const Tensors& tensors, const TemporaryFolder& folder) {
  std::vector<NamedTensor> list;
  for (const auto& [name, tensor] : tensors) list.push_back({name, tensor.shape, tensor.values});
  write_torch_zip(folder.file("best_model.pt"), list);
  return Checkpoint::open(folder.path());
}

Weights load(const Tensors& tensors, bool with_decoders = true) {
  const TemporaryFolder folder;
  return load_scgpt_weights(open(tensors, folder), config(), kTokens, with_decoders);
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
std::string message(const Tensors& tensors, bool with_decoders = true) {
  return message_of([&] { load(tensors, with_decoders); });
}

/// What a network finds under these names, in all ways that files name them.
TEST(ScgptWeights, EveryNamingGivesTheSameTensors) {
  const Tensors plain = file();
  ASSERT_TRUE(plain.contains("transformer_encoder.layers.1.self_attn.in_proj_weight"));
  EXPECT_TRUE(file({ScgptNaming::flash}).contains("transformer_encoder.layers.1.self_attn.Wqkv.bias"));
  EXPECT_TRUE(file({ScgptNaming::flash_wrapped})
                  .contains("transformer_encoder.layers.0.self_attn._impl.out_proj.weight"));
  for (const auto naming : {ScgptNaming::in_proj, ScgptNaming::flash, ScgptNaming::flash_wrapped})
    for (const std::string prefix : {"", "module.", "_orig_mod.", "module._orig_mod.model."}) {
      const auto specs = scgpt_tensors(config(), kTokens, {true, false});
      const auto renamed = scgpt_tensors(config(), kTokens, {true, false}, {naming});
      Tensors tensors;
      for (size_t i = 0; i < specs.size(); ++i)
        tensors[prefix + renamed[i].file_name] = plain.at(specs[i].file_name);
      const Weights weights = load(tensors);
      const auto& packed = plain.at("transformer_encoder.layers.1.self_attn.in_proj_weight").values;
      const auto& bias = plain.at("transformer_encoder.layers.1.self_attn.in_proj_bias").values;
      const std::vector<std::string> parts{"query", "key", "value"};
      for (size_t k = 0; k < 3; ++k) {
        const FloatTensor& part = weights.at("layer.1." + parts[k] + ".weight");
        EXPECT_THAT(part.shape, ElementsAreArray(std::vector<size_t>{8, 8}));
        EXPECT_THAT(part.values, ElementsAreArray(packed.begin() + static_cast<ptrdiff_t>(64 * k),
                                                  packed.begin() + static_cast<ptrdiff_t>(64 * (k + 1))));
        EXPECT_THAT(weights.at("layer.1." + parts[k] + ".bias").values,
                    ElementsAreArray(bias.begin() + static_cast<ptrdiff_t>(8 * k),
                                     bias.begin() + static_cast<ptrdiff_t>(8 * (k + 1))));
      }
      EXPECT_FALSE(weights.has("layer.1.query_key_value.weight"));
    }
}

TEST(ScgptWeights, EveryTensorHasItsPlace) {
  const Tensors tensors = file({}, {true, true});
  const Weights weights = load(tensors);
  const std::vector<std::pair<std::string, std::string>> names{
      {"gene.weight", "encoder.embedding.weight"},
      {"gene_norm.bias", "encoder.enc_norm.bias"},
      {"value_in.weight", "value_encoder.linear1.weight"},
      {"value_out.bias", "value_encoder.linear2.bias"},
      {"value_norm.weight", "value_encoder.norm.weight"},
      {"bn.weight", "bn.weight"},
      {"bn.mean", "bn.running_mean"},
      {"bn.var", "bn.running_var"},
      {"layer.0.attention_out.weight", "transformer_encoder.layers.0.self_attn.out_proj.weight"},
      {"layer.0.attention_norm.weight", "transformer_encoder.layers.0.norm1.weight"},
      {"layer.1.ffn_in.weight", "transformer_encoder.layers.1.linear1.weight"},
      {"layer.1.ffn_out.weight", "transformer_encoder.layers.1.linear2.weight"},
      {"layer.1.ffn_norm.bias", "transformer_encoder.layers.1.norm2.bias"},
      {"decoder.0.weight", "decoder.fc.0.weight"},
      {"decoder.1.bias", "decoder.fc.2.bias"},
      {"decoder.2.weight", "decoder.fc.4.weight"},
      {"gene_query.weight", "mvc_decoder.gene2query.weight"},
      {"gene_product.weight", "mvc_decoder.W.weight"}};
  for (const auto& [ours, theirs] : names) {
    EXPECT_THAT(weights.at(ours).values, ElementsAreArray(tensors.at(theirs).values)) << ours;
    EXPECT_THAT(weights.at(ours).shape, ElementsAreArray(tensors.at(theirs).shape)) << ours;
  }
  EXPECT_FALSE(weights.has("gene_product.bias"));
  EXPECT_FALSE(load(file()).has("bn.mean"));
}

TEST(ScgptWeights, WhatNoAnswerNeedsIsLeftOut) {
  Tensors tensors = file({}, {true, true});
  for (const char* name :
       {"flag_encoder.weight", "cls_decoder._decoder.0.weight", "cls_decoder.out_layer.bias",
        "batch_encoder.embedding.weight", "grad_reverse_discriminator.out_layer.weight",
        "bn.num_batches_tracked", "decoder.zero_logit.0.weight", "mvc_decoder.W_zero_logit.bias"})
    tensors[name] = numbered({3}, 0);
  EXPECT_EQ(message(tensors), "no error");
  tensors["mod_encoder.weight"] = numbered({3}, 0);
  EXPECT_THAT(message(tensors), HasSubstr("1 that the model does not have ('mod_encoder.weight')"));
}

TEST(ScgptWeights, BatchNormsOfBatchesAreToldOf) {
  Tensors tensors = file();
  const TemporaryFolder folder;
  EXPECT_THAT(scgpt_weight_warnings(open(tensors, folder)), IsEmpty());
  tensors["dsbn.bns.0.running_mean"] = numbered({8}, 0);
  EXPECT_EQ(message(tensors), "no error");
  EXPECT_THAT(scgpt_weight_warnings(open(tensors, folder)),
              testing::ElementsAre(AllOf(HasSubstr("best_model.pt"), HasSubstr("dsbn"))));
}

TEST(ScgptWeights, NoTensorOfTheEncoderMayBeMissing) {
  const Tensors whole = file({ScgptNaming::flash}, {false, true});
  for (const auto& [name, tensor] : whole) {
    Tensors tensors = whole;
    tensors.erase(name);
    EXPECT_THAT(message(tensors, false),
                HasSubstr(name == "encoder.embedding.weight" ? name : "'" + name + "'"))
        << name;
  }
}

TEST(ScgptWeights, MixedNamings) {
  Tensors tensors = file({ScgptNaming::flash});
  auto node = tensors.extract("transformer_encoder.layers.1.self_attn.Wqkv.weight");
  node.key() = "transformer_encoder.layers.1.self_attn.in_proj_weight";
  tensors.insert(std::move(node));
  EXPECT_THAT(message(tensors),
              AllOf(HasSubstr("one way of naming"), HasSubstr("layers.1.self_attn.in_proj_weight"),
                    HasSubstr("self_attn.Wqkv.bias")));
  // Projections without a name that is known are missing, not random.
  Tensors other;
  for (const auto& [name, tensor] : file({ScgptNaming::flash})) {
    std::string changed = name;
    if (const size_t at = changed.find("Wqkv"); at != std::string::npos) changed.replace(at, 4, "qkv");
    other[changed] = tensor;
  }
  EXPECT_THAT(message(other), AllOf(HasSubstr("4 missing"), HasSubstr("self_attn.in_proj_weight"),
                                    HasSubstr("self_attn.qkv.weight")));
}

TEST(ScgptWeights, SizesOfConfigurationAndTensorsMustAgree) {
  const TemporaryFolder folder;
  const Checkpoint checkpoint = open(file(), folder);
  const auto with = [&](const std::function<void(ScgptConfig&)>& change, size_t n_tokens = kTokens) {
    ScgptConfig other = config();
    change(other);
    return message_of([&] { load_scgpt_weights(checkpoint, other, n_tokens, false); });
  };
  EXPECT_EQ(with([](auto&) {}), "no error");
  EXPECT_THAT(with([](auto& c) { c.n_layers = 3; }),
              HasSubstr("expected the sizes of args.json: nlayers 3, found tensors of 2"));
  EXPECT_THAT(with([](auto& c) { c.n_layers = 1; }), HasSubstr("nlayers 1"));
  EXPECT_THAT(with([](auto& c) { c.dim = 16; }), HasSubstr("embsize 16"));
  EXPECT_THAT(with([](auto& c) { c.ffn_dim = 8; }), HasSubstr("d_hid 8"));
  EXPECT_THAT(with([](auto&) {}, 6), HasSubstr("a gene embedding of 6 rows"));
  EXPECT_EQ(scgpt_embedding_rows(checkpoint), kTokens);
}

TEST(ScgptWeights, DecodersOfOtherKinds) {
  const auto with = [](const std::function<void(Tensors&)>& change) {
    Tensors tensors = file();
    change(tensors);
    EXPECT_EQ(message(tensors, false), "no error");
    return message(tensors, true);
  };
  const auto refused = [](const std::string& found) {
    return AllOf(HasSubstr(found), HasSubstr("cells can be embedded"));
  };
  EXPECT_THAT(with([](auto& t) {
                t["mvc_decoder.W.weight"] = numbered({16, 8}, 0);
                t["decoder.fc.0.weight"] = numbered({8, 16}, 0);
              }),
              refused("the label of a batch"));
  EXPECT_THAT(with([](auto& t) {
                t["mvc_decoder.fc1.weight"] = numbered({64, 8}, 0);
              }),
              refused("another architecture"));
  EXPECT_THAT(with([](auto& t) { t.erase("mvc_decoder.W.weight"); }), refused("no 'mvc_decoder.W.weight'"));
  EXPECT_THAT(with([](auto& t) { t.erase("decoder.fc.0.weight"); }), refused("no 'decoder.fc.0.weight'"));
  EXPECT_THAT(with([](auto& t) { t.erase("decoder.fc.4.bias"); }),
              HasSubstr("1 missing ('decoder.fc.4.bias')"));
}

TEST(ScgptWeights, ModelsOfPerturbationsAndOfCategoriesAreRefused) {
  Tensors tensors = file();
  tensors["pert_encoder.weight"] = numbered({3, 8}, 0);
  for (const bool with_decoders : {false, true})
    EXPECT_THAT(message(tensors, with_decoders), AllOf(HasSubstr("'pert_encoder.weight'"),
                                                       HasSubstr("perturbations"), HasSubstr("tuned from")));
  tensors = file();
  tensors["value_encoder.embedding.weight"] = numbered({51, 8}, 0);
  EXPECT_THAT(message(tensors, false), HasSubstr("input_emb_style category"));
}

TEST(ScgptWeights, RowsBeyondTheVocabularyAreRead) {
  Tensors tensors = file();
  auto& embedding = tensors["encoder.embedding.weight"];
  embedding.shape[0] = 8;
  embedding.values.resize(64, 0.5f);
  const Weights weights = load(tensors);
  EXPECT_THAT(weights.at("gene.weight").shape, ElementsAreArray(std::vector<size_t>{8, 8}));
  const TemporaryFolder folder;
  EXPECT_EQ(scgpt_embedding_rows(open(tensors, folder)), 8u);
  // As many as that are no padding.
  embedding.shape[0] = 2000;
  embedding.values.resize(16000, 0.5f);
  EXPECT_THAT(message(tensors), HasSubstr("a gene embedding of 5 rows"));
  embedding.shape[0] = 4;
  embedding.values.resize(32);
  EXPECT_THAT(message(tensors), HasSubstr("found 4 rows"));
}

TEST(ScgptWeights, PartsOfFineTunedModelsAreSaid) {
  Tensors tensors = file();
  const TemporaryFolder folder;
  tensors["cls_decoder.out_layer.bias"] = numbered({3}, 0);
  tensors["batch_encoder.embedding.weight"] = numbered({3}, 0);
  EXPECT_THAT(scgpt_weight_warnings(open(tensors, folder)),
              testing::ElementsAre(HasSubstr("cls_decoder, batch_encoder")));
}

TEST(ScgptWeights, ANetworkUnderAnotherNameIsPointedAt) {
  Tensors inside;
  for (const auto& [name, tensor] : file()) inside["backbone." + name] = tensor;
  EXPECT_THAT(message(inside), AllOf(HasSubstr("under 'backbone.' alone"), HasSubstr("state_dict()")));
  EXPECT_THAT(message({{"bert.embeddings.word_embeddings.weight", numbered({3}, 0)}}),
              HasSubstr("geneformer=PATH"));
}

TEST(ScgptWeights, HostileFiles) {
  Tensors tensors = file({}, {false, true});
  tensors["bn.running_var"].values[3] = -1;
  EXPECT_THAT(message(tensors, false), HasSubstr("bn.running_var"));
  tensors = file();
  tensors["encoder.embedding.weight"] = numbered({kTokens * 8}, 0);
  EXPECT_THAT(message(tensors), HasSubstr("'encoder.embedding.weight': expected 5 x 8"));
  tensors = file();
  tensors["transformer_encoder.layers.99999999999999999999.norm1.weight"] = numbered({8}, 0);
  EXPECT_THAT(message(tensors), HasSubstr("1 that the model does not have"));
  tensors = {{"weight", numbered({3}, 0)}};
  EXPECT_THAT(message(tensors), AllOf(HasSubstr("weights of scGPT"), HasSubstr("weight...")));
  const TemporaryFolder folder;
  EXPECT_THAT(message_of([&] { scgpt_embedding_rows(open(tensors, folder)); }),
              HasSubstr("weights of scGPT"));
}

TEST(ScgptWeights, RowsAreSplitWithoutCopies) {
  Weights weights =
      Weights::random(std::vector<TensorSpec>{{"packed", "packed", {6, 2}}, {"single", "single", {5}}}, 1);
  const float* start = weights.at("packed").values.data();
  const std::vector<std::string> parts{"a", "b", "c"};
  weights.split_rows("packed", parts);
  EXPECT_FALSE(weights.has("packed"));
  EXPECT_EQ(weights.at("c").values.data(), start + 8);
  EXPECT_THAT(weights.at("b").shape, ElementsAreArray(std::vector<size_t>{2, 2}));
  EXPECT_THROW(weights.split_rows("single", parts), Error);
  EXPECT_THROW(weights.split_rows("nothing", parts), Error);
  EXPECT_TRUE(weights.has("single"));
}

}  // namespace
}  // namespace zerocell
