#include "zerocell/models/scgpt/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string message(const std::string& text) {
  try {
    parse_scgpt_config(text, "args.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "no error";
}

json human() {
  return json::parse(to_json(scgpt_architecture("human")));
}

TEST(ScgptConfig, ReadsThePublishedFile) {
  const std::string path = ZEROCELL_SHARED_DIR "/data/vocab/scgpt_human_args.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no published args.json";
  const ScgptConfig config = read_scgpt_config(path);
  EXPECT_EQ(config.text(), "12 layers, 512 dimensions, 8 heads, 51 bins, cells of up to 1,200 tokens");
  EXPECT_EQ(config.ffn_dim, 512u);
  EXPECT_EQ(config.pad_token, "<pad>");
  EXPECT_EQ(config.pad_value, -2);
  EXPECT_EQ(config.mask_value, -1);
  EXPECT_EQ(to_json(config), to_json(scgpt_architecture("human")));
}

TEST(ScgptConfig, WhatIsWrittenIsReadBack) {
  ScgptConfig config = scgpt_architecture("tiny");
  config.n_bins = 101;
  config.max_seq_len = 600;
  config.pad_token = "<p>";
  config.pad_value = -7;
  config.mask_value = -8;
  config.untrained = true;
  const ScgptConfig back = parse_scgpt_config(to_json(config), "args.json");
  EXPECT_TRUE(back.untrained);
  EXPECT_EQ(to_json(back), to_json(config));
  EXPECT_EQ(back.n_layers, 2u);
  EXPECT_EQ(back.pad_token, "<p>");
  EXPECT_EQ(back.mask_value, -8);
}

TEST(ScgptConfig, DefaultsAreThePublishedOnes) {
  const ScgptConfig config = parse_scgpt_config(
      R"({"embsize": 64, "nheads": 4, "d_hid": 32, "nlayers": 3, "n_bins": null, "other": [1, {"a": 2}]})",
      "args.json");
  EXPECT_EQ(config.dim, 64u);
  EXPECT_EQ(config.ffn_dim, 32u);
  EXPECT_EQ(config.n_bins, 51u);
  EXPECT_EQ(config.max_seq_len, 1200u);
  EXPECT_EQ(config.pad_value, -2);
}

TEST(ScgptConfig, RefusesSizesThatAreImpossible) {
  const auto with = [](const char* key, const json& value) {
    auto object = human();
    object[key] = value;
    return message(object.dump());
  };
  for (const char* key : {"embsize", "nheads", "d_hid", "nlayers"}) {
    auto object = human();
    object.erase(key);
    EXPECT_THAT(message(object.dump()), HasSubstr(key));
    for (const json& bad : {json(0), json(-4), json(2.5), json((1 << 20) + 1), json("8"), json(1e300),
                            json(~uint64_t{0}), json(true)})
      EXPECT_THAT(with(key, bad), HasSubstr(key)) << bad;
  }
  EXPECT_THAT(with("embsize", 510), HasSubstr("multiple"));
  EXPECT_THAT(with("n_bins", 2), HasSubstr("n_bins between 3 and 513"));
  EXPECT_THAT(with("n_bins", 514), HasSubstr("n_bins"));
  EXPECT_EQ(with("n_bins", 513), "no error");
  EXPECT_THAT(with("max_seq_len", 1), HasSubstr("max_seq_len"));
  EXPECT_THAT(with("pad_value", 0.5), HasSubstr("pad_value"));
  EXPECT_THAT(with("mask_value", "-1"), HasSubstr("mask_value"));
  EXPECT_THAT(with("pad_token", 3), HasSubstr("pad_token"));
  EXPECT_THAT(with("pad_token", ""), HasSubstr("pad_token"));
}

TEST(ScgptConfig, RefusesWhatComputesSomethingElse) {
  const auto with = [](const char* key, const json& value) {
    auto object = human();
    object[key] = value;
    return message(object.dump());
  };
  EXPECT_THAT(with("input_emb_style", "category"),
              HasSubstr("expected input_emb_style continuous, found \"category\""));
  EXPECT_THAT(with("input_emb_style", "scaling"), HasSubstr("input_emb_style"));
  EXPECT_THAT(with("input_style", "log1p"), HasSubstr("input_style binned"));
  EXPECT_THAT(with("cell_emb_style", "avg-pool"), HasSubstr("cell_emb_style cls"));
  EXPECT_THAT(with("fast_transformer_backend", "linear"), HasSubstr("fast_transformer_backend flash"));
  EXPECT_THAT(with("pre_norm", true), HasSubstr("pre_norm true"));
  EXPECT_THAT(with("pre_norm", "yes"), HasSubstr("pre_norm"));
  EXPECT_EQ(with("pre_norm", false), "no error");
  EXPECT_EQ(with("cell_emb_style", "cls"), "no error");
}

TEST(ScgptConfig, RefusesOtherFiles) {
  EXPECT_THAT(message("[1]"), HasSubstr("JSON object"));
  EXPECT_THAT(message("{\"embsize\": 25"), HasSubstr("JSON object"));
  EXPECT_THAT(message(""), HasSubstr("JSON object"));
  EXPECT_THAT(message("<html>"), HasSubstr("JSON object"));
  // A value that is shown in a message would be printed by recursion.
  const std::string deep = "{\"embsize\": " + std::string(400'000, '[') + std::string(400'000, ']') + "}";
  EXPECT_THAT(message(deep), HasSubstr("32 levels"));
  EXPECT_THROW(read_scgpt_config(testing::TempDir() + "not_there.json"), Error);
  EXPECT_THROW(read_scgpt_config(testing::TempDir()), Error);
}

TEST(ScgptConfig, ArchitecturesByName) {
  for (const std::string& name : scgpt_architectures())
    EXPECT_EQ(parse_scgpt_config(to_json(scgpt_architecture(name)), "args.json").text(),
              scgpt_architecture(name).text());
  try {
    scgpt_architecture("mouse");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("human, small, tiny"));
  }
}

}  // namespace
}  // namespace zerocell
