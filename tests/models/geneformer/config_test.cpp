#include "zerocell/models/geneformer/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string write_text(const std::string& text) {
  const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::string path = testing::TempDir() + "config_" + name + ".json";
  std::ofstream(path) << text;
  return path;
}

nlohmann::json published() {
  return nlohmann::json::parse(to_json(geneformer_architecture("V1-10M")));
}

TEST(GeneformerConfig, ReadsThePublishedFiles) {
  const std::string folder = ZEROCELL_SHARED_DIR "/data/vocab/";
  if (!fs::exists(folder + "geneformer_6L_config.json")) GTEST_SKIP() << "no published config.json";
  EXPECT_EQ(read_geneformer_config(folder + "geneformer_6L_config.json").text(),
            "6 layers, 256 dimensions, 4 heads, 2,048 positions, 25,426 tokens");
  const GeneformerConfig config = read_geneformer_config(folder + "geneformer_12L_config.json");
  EXPECT_EQ(config.n_layers, 12u);
  EXPECT_EQ(config.ffn_dim, 1024u);
  EXPECT_EQ(config.n_token_types, 2u);
  EXPECT_EQ(config.activation, Activation::relu);
  EXPECT_EQ(config.norm_eps, 1e-12f);
  EXPECT_EQ(to_json(config), to_json(geneformer_architecture("V1-40M")));
}

TEST(GeneformerConfig, WhatIsWrittenIsReadBack) {
  GeneformerConfig config = geneformer_architecture("V2-104M");
  config.activation = Activation::gelu;
  config.norm_eps = 1e-5f;
  config.untrained = true;
  const GeneformerConfig back = read_geneformer_config(write_text(to_json(config)));
  EXPECT_TRUE(back.untrained);
  EXPECT_EQ(to_json(back), to_json(config));
  EXPECT_EQ(back.activation, Activation::gelu);
  EXPECT_EQ(back.norm_eps, 1e-5f);
}

TEST(GeneformerConfig, DefaultsAreThoseOfBert) {
  auto json = published();
  for (const char* key : {"layer_norm_eps", "type_vocab_size", "position_embedding_type", "model_type"})
    json.erase(key);
  json["something_else"] = {1, 2};
  const GeneformerConfig config = read_geneformer_config(write_text(json.dump()));
  EXPECT_EQ(config.norm_eps, 1e-12f);
  EXPECT_EQ(config.n_token_types, 2u);
}

TEST(GeneformerConfig, RefusesWhatIsImpossible) {
  const auto message = [](const std::string& text) -> std::string {
    try {
      read_geneformer_config(write_text(text));
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const auto with = [&](const char* key, const nlohmann::json& value) {
    auto json = published();
    json[key] = value;
    return message(json.dump());
  };
  for (const char* key : {"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
                          "max_position_embeddings", "vocab_size"}) {
    auto json = published();
    json.erase(key);
    EXPECT_THAT(message(json.dump()), HasSubstr(key));
    for (const nlohmann::json& bad :
         {nlohmann::json(0), nlohmann::json(-4), nlohmann::json(2.5), nlohmann::json((1 << 20) + 1),
          nlohmann::json("8"), nlohmann::json(1e300)})
      EXPECT_THAT(with(key, bad), HasSubstr(key)) << bad;
  }
  EXPECT_THAT(with("hidden_size", 254), HasSubstr("multiple"));
  EXPECT_THAT(with("hidden_act", "gelu_new"), HasSubstr("gelu_new"));
  EXPECT_THAT(with("hidden_act", nullptr), HasSubstr("hidden_act"));
  EXPECT_THAT(with("position_embedding_type", "relative_key"), HasSubstr("relative_key"));
  EXPECT_THAT(with("model_type", "roberta"), HasSubstr("roberta"));
  EXPECT_THAT(with("is_decoder", true), HasSubstr("is_decoder"));
  EXPECT_THAT(with("quantization_config", {{"quant_method", "bitsandbytes"}}),
              HasSubstr("quantization_config"));
  EXPECT_THAT(with("pruned_heads", {{"0", {1}}}), HasSubstr("pruned_heads"));
  for (const nlohmann::json& none : {nlohmann::json::object(), nlohmann::json()})
    EXPECT_EQ(with("pruned_heads", none), "no error");
  EXPECT_THAT(with("tie_word_embeddings", "no"), HasSubstr("tie_word_embeddings"));
  EXPECT_THAT(message("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("git lfs pull"));
  EXPECT_THAT(message("<html>"), HasSubstr("a web page"));
  EXPECT_THAT(with("layer_norm_eps", 0), HasSubstr("layer_norm_eps"));
  EXPECT_THAT(with("layer_norm_eps", 1e-60), HasSubstr("layer_norm_eps"));
  EXPECT_THAT(message("[1]"), HasSubstr("JSON object"));
  EXPECT_THAT(message("{\"hidden_size\": 25"), HasSubstr("JSON object"));
  EXPECT_THAT(message(""), HasSubstr("JSON object"));
  EXPECT_THAT(message(std::string((1 << 20) + 1, '[')), HasSubstr("1 MiB"));
  EXPECT_THROW(read_geneformer_config(testing::TempDir() + "not_there.json"), Error);
}

/// Published numbers of parameters, from the formula of BERT with a tied vocabulary head.
TEST(GeneformerConfig, ArchitecturesHaveThePublishedNumberOfParameters) {
  const auto n_parameters = [](const char* name) {
    const GeneformerConfig c = geneformer_architecture(name);
    const size_t d = c.dim, f = c.ffn_dim;
    const size_t layer = 4 * (d * d + d) + 2 * d * f + f + d + 4 * d;
    const size_t embedding = (c.vocab_size + c.n_positions + c.n_token_types + 2) * d;
    return embedding + c.n_layers * layer + d * d + 3 * d + c.vocab_size;
  };
  EXPECT_EQ(n_parameters("V1-10M"), 10'288'722u);
  EXPECT_EQ(n_parameters("V1-40M"), 39'591'250u);
  EXPECT_EQ(n_parameters("gf-12L-95M"), 37'997'363u);
  EXPECT_EQ(n_parameters("gf-20L-95M"), 151'313'459u);
  EXPECT_EQ(n_parameters("V2-104M"), 104'386'867u);
  EXPECT_EQ(n_parameters("V2-316M"), 316'354'867u);
  EXPECT_THROW(geneformer_architecture("V3"), Error);
}

}  // namespace
}  // namespace zerocell
