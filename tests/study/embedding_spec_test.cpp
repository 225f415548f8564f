#include "zerocell/study/embedding_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

TEST(EmbeddingSpec, EveryForm) {
  auto s = parse_embedding_spec("hvg");
  EXPECT_EQ(s.tag, "hvg");
  EXPECT_EQ(s.method, "hvg");
  EXPECT_TRUE(s.path.empty());
  s = parse_embedding_spec("hvg:n_top_genes=3000,flavor=seurat_v3");
  EXPECT_EQ(s.options, (Options{{"n_top_genes", "3000"}, {"flavor", "seurat_v3"}}));
  EXPECT_EQ(s.option_size("n_top_genes", 2000), 3000u);
  EXPECT_EQ(s.option("batch_key", "none"), "none");
  s = parse_embedding_spec("control@scgpt=models/scgpt_blood:weights=random");
  EXPECT_EQ(s.tag, "control");
  EXPECT_EQ(s.method, "scgpt");
  EXPECT_EQ(s.path, "models/scgpt_blood");
  EXPECT_EQ(s.options, (Options{{"weights", "random"}}));
  s = parse_embedding_spec("obsm:X_scimilarity");
  EXPECT_EQ(s.tag, "X_scimilarity");
  EXPECT_EQ(s.path, "X_scimilarity");
  EXPECT_EQ(parse_embedding_spec("old@obsm:X_pca:2").path, "X_pca:2");
  s = parse_embedding_spec("file=dir/embedding.tar.npy");
  EXPECT_EQ(s.tag, "embedding");
  EXPECT_EQ(s.path, "dir/embedding.tar.npy");
}

TEST(EmbeddingSpec, QuotesProtectSeparators) {
  const auto s = parse_embedding_spec("'a@b'@file='C:/x=1,y.npy':note='it''s, ok'");
  EXPECT_EQ(s.tag, "a@b");
  EXPECT_EQ(s.path, "C:/x=1,y.npy");
  EXPECT_EQ(s.option("note", ""), "it's, ok");
}

TEST(EmbeddingSpec, WhatDoesNotParseIsQuotedWithItsPlace) {
  for (const char* bad : {"", "@hvg", "a@", "hvg:", "hvg:n_top_genes", "hvg:n_top_genes=", "hvg:=3",
                          "hvg:a=1,,b=2", "hvg:a=1:b=2", "obsm", "obsm:", "obsm=X", "file=", "hvg:a=1,a=2",
                          "x@y@z", "hvg:a='open", "a/b@hvg"}) {
    try {
      parse_embedding_spec(bad);
      ADD_FAILURE() << "accepted: " << bad;
    } catch (const Error& e) {
      EXPECT_EQ(e.exit_status(), 2) << bad;
      EXPECT_THAT(e.what(), testing::HasSubstr(bad));
    }
  }
  const auto s = parse_embedding_spec("hvg:n_top_genes=0");
  EXPECT_THROW(s.option_size("n_top_genes", 2000), Error);
  EXPECT_THROW(parse_embedding_spec("hvg:n=1e3").option_size("n", 1), Error);
}

TEST(EmbeddingSpec, EqualTagsAreAnError) {
  EXPECT_EQ(parse_embedding_specs({"hvg", "small@hvg:n_top_genes=500"}).size(), 2u);
  EXPECT_THROW(parse_embedding_specs({"hvg", "hvg:n_top_genes=500"}), Error);
}

TEST(EmbeddingSpec, SeedsBecomeRuns) {
  const auto specs = parse_embedding_specs({"hvg", "scvi:seeds=3,n_latent=5", "b@scvi:seed=7,seeds=2"}, 4);
  ASSERT_EQ(specs.size(), 6u);
  EXPECT_EQ(specs[0].group, "hvg");
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(specs[1 + i].tag, "scvi-s" + std::to_string(4 + i));
    EXPECT_EQ(specs[1 + i].group, "scvi");
    EXPECT_EQ(specs[1 + i].option("seed", ""), std::to_string(4 + i));
    EXPECT_EQ(specs[1 + i].option("seeds", "none"), "none");
    EXPECT_EQ(specs[1 + i].option("n_latent", ""), "5");
  }
  EXPECT_EQ(specs[4].tag, "b-s7");
  EXPECT_EQ(specs[5].tag, "b-s8");
}

TEST(EmbeddingSpec, SeedsOneIsTheSpecItself) {
  const auto specs = parse_embedding_specs({"scvi:seeds=1"});
  ASSERT_EQ(specs.size(), 1u);
  EXPECT_EQ(specs[0].tag, "scvi");
  EXPECT_TRUE(specs[0].options.empty());
}

TEST(EmbeddingSpec, SeedsThatClashOrAreTooMany) {
  EXPECT_THROW(parse_embedding_specs({"scvi:seeds=2", "scvi-s1@hvg"}), Error);
  EXPECT_THROW(parse_embedding_specs({"scvi:seeds=2", "scvi:seeds=3"}), Error);
  EXPECT_THROW(parse_embedding_specs({"scvi:seeds=0"}), Error);
  EXPECT_THROW(parse_embedding_specs({"scvi:seeds=101"}), Error);
}

}  // namespace
}  // namespace zerocell
