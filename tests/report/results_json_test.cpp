#include "zerocell/report/results_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "figures/example_evaluation.h"

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;

TEST(ResultsJson, HoldsTheEvaluation) {
  Evaluation e = testing::example_evaluation();
  e.provenance = {{"command line", "zerocell evaluate"}, {"seed", "0"}};
  e.losses = {{"cells", 3, 403, "fewer than 10 genes"}};
  e.warnings = {"watch out"};
  e.stages = {{"read", 1.5, 1024, 0}};
  e.embeddings[0].stages = {{"pca", 2, 2048, 200}};
  e.embeddings[0].losses = {{"genes", 10, 2000, "not in the vocabulary"}};
  const Json j = Json::parse(results_json(e, testing::example_metrics()));
  EXPECT_EQ(j["schema"], 1);
  EXPECT_EQ(j["provenance"]["command line"], "zerocell evaluate");
  EXPECT_EQ(j["dataset"]["n_cells"], 400);
  EXPECT_EQ(j["dataset"]["counts"], "layers/counts");
  EXPECT_EQ(j["dataset"]["label"]["column"], "cell_type");
  EXPECT_EQ(j["dataset"]["label"]["n_missing"], 8);
  EXPECT_EQ(j["dataset"]["label"]["groups"].size(), 5u);
  EXPECT_EQ(j["dataset"]["losses"][0]["total"], 403.0);
  ASSERT_EQ(j["embeddings"].size(), 3u);
  EXPECT_EQ(j["embeddings"][0]["clusters"]["resolution"], 0.6);
  EXPECT_EQ(j["embeddings"][0]["silhouette_by_label"].size(), 5u);
  EXPECT_EQ(j["embeddings"][0]["stages"][0]["cells_per_second"], 200.0);
  EXPECT_EQ(j["embeddings"][0]["losses"][0]["what"], "genes");
  EXPECT_EQ(j["metrics"].size(), 11u);
  ASSERT_EQ(j["scores"].size(), e.scores.size());
  EXPECT_EQ(j["scores"][0]["value"].get<double>(), *e.scores[0].value);
  EXPECT_EQ(j["warnings"][0], "watch out");
  EXPECT_TRUE(j["stages"][0]["cells_per_second"].is_null());
}

TEST(ResultsJson, KeysStandInOrderAndBytesRepeat) {
  const Evaluation e = testing::example_evaluation();
  const std::string text = results_json(e);
  EXPECT_EQ(text, results_json(e));
  EXPECT_LT(text.find("\"schema\""), text.find("\"provenance\""));
  EXPECT_LT(text.find("\"embeddings\""), text.find("\"scores\""));
}

TEST(ResultsJson, NaNAndInfinityBecomeNull) {
  Evaluation e = testing::example_evaluation({.n_cells = 4, .n_methods = 1, .n_labels = 2});
  e.scores[0].value = std::numeric_limits<double>::quiet_NaN();
  e.embeddings[0].silhouette_label.assign(4, NAN);
  e.stages = {{"x", std::numeric_limits<double>::infinity(), 0, 0}};
  const std::string text = results_json(e);
  EXPECT_EQ(text.find(": nan"), std::string::npos);
  const Json j = Json::parse(text);
  EXPECT_TRUE(j["scores"][0]["value"].is_null());
  EXPECT_EQ(j["scores"][0]["status"], "failed");
  EXPECT_TRUE(j["embeddings"][0]["silhouette_by_label"][0]["mean"].is_null());
  EXPECT_TRUE(j["stages"][0]["seconds"].is_null());
}

TEST(ResultsJson, EmptyEvaluation) {
  const Json j = Json::parse(results_json(Evaluation{}));
  EXPECT_TRUE(j["scores"].empty());
  EXPECT_TRUE(j["embeddings"].empty());
  EXPECT_TRUE(j["dataset"]["label"].is_null());
}

TEST(ResultsJson, HostileNamesAndRepeatedProvenance) {
  Evaluation e;
  e.dataset = "a\"b\n\xff";
  e.provenance = {{"weights", "1"}, {"weights", "2"}, {"weights", "3"}};
  const Json j = Json::parse(results_json(e));
  EXPECT_EQ(j["dataset"]["name"], "a\"b\n�");
  EXPECT_EQ(j["provenance"]["weights"].size(), 3u);
}

}  // namespace
}  // namespace zerocell
