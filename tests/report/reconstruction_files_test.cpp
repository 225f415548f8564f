// Text, CSV and page of a reconstruction.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "zerocell/core/error.h"
#include "zerocell/report/html.h"
#include "zerocell/report/reconstruction_csv.h"
#include "zerocell/report/reconstruction_json.h"

namespace zerocell {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Four cells, one without a value; three genes at (true low, predicted high), one at (high, high).
Reconstruction four_cells() {
  Reconstruction r;
  r.dataset = "tiny";
  r.n_cells = 4;
  r.n_genes = 7;
  ReconstructionResult& result = r.results.emplace_back();
  result.tag = "gf,6";
  result.model = "geneformer";
  result.target = "rank";
  result.cells = {{"rank_correlation", {0.2, 0.4, kNaN, 0.6}}};
  PairDensity& density = result.densities.emplace_back();
  density.truth = density.predicted = {2, 0, 1};
  density.counts = {0, 3, 0, 1};
  result.warnings = {"1 of 4 cells have no rank correlation"};
  Score score;
  score.embedding = "gf,6";
  score.metric = "rank_correlation";
  score.value = 0.4;
  r.scores = {score};
  return r;
}

json payload_of(const std::string& html) {
  const std::string start = R"(<script type="application/json" id="payload">)";
  const size_t from = html.find(start) + start.size();
  return json::parse(html.substr(from, html.find("</script", from) - from));
}

TEST(ReconstructionCsv, DensityHasARowPerFieldWithGenes) {
  EXPECT_EQ(density_csv(four_cells()),
            "model,true_low,true_high,predicted_low,predicted_high,count,prediction\n"
            "\"gf,6\",0,0.5,0.5,1,3,\n"
            "\"gf,6\",0.5,1,0.5,1,1,\n");
  EXPECT_EQ(density_csv(Reconstruction{}),
            "model,true_low,true_high,predicted_low,predicted_high,count,prediction\n");
}

TEST(ReconstructionCsv, DistributionHasEveryBin) {
  const std::string csv = distribution_csv(four_cells());
  EXPECT_THAT(csv, ::testing::StartsWith("model,values,low,high,n_cells\n"
                                         "\"gf,6\",rank_correlation,0,0.02,0\n"));
  EXPECT_THAT(csv, HasSubstr("rank_correlation,0.2,0.22,1\n"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 51);  // 50 bins on 0 to 1, and the header
}

TEST(ReconstructionJson, AddsKindTargetAndCells) {
  const json out = json::parse(reconstruction_json(four_cells()));
  EXPECT_EQ(out["kind"], "reconstruction");
  EXPECT_EQ(out["dataset"]["n_cells"], 4);
  const json& model = out["embeddings"][0];
  EXPECT_EQ(model["target"], "rank");
  const json& cells = model["cells"][0];
  EXPECT_EQ(cells["name"], "rank_correlation");
  EXPECT_EQ(cells["n_cells"], 3);
  EXPECT_EQ(cells["n_missing"], 1);
  EXPECT_DOUBLE_EQ(cells["mean"].get<double>(), 0.4);
  EXPECT_DOUBLE_EQ(cells["q1"].get<double>(), 0.3);
  EXPECT_DOUBLE_EQ(cells["median"].get<double>(), 0.4);
  EXPECT_DOUBLE_EQ(cells["q3"].get<double>(), 0.5);
  EXPECT_EQ(out["scores"][0]["value"], 0.4);
  EXPECT_EQ(out["warnings"][0], "gf,6: 1 of 4 cells have no rank correlation");
}

TEST(ReconstructionJson, NoCellWithAValueIsNullNotZero) {
  Reconstruction r = four_cells();
  r.results[0].cells[0].values.assign(4, kNaN);
  const json cells = json::parse(reconstruction_json(r))["embeddings"][0]["cells"][0];
  EXPECT_EQ(cells["n_cells"], 0);
  for (const char* key : {"mean", "lowest", "q1", "median", "q3", "highest"})
    EXPECT_TRUE(cells[key].is_null()) << key;
}

/// Names of the fields of an interface of web/src/payload.ts, sorted.
std::vector<std::string> fields_in_script(const std::string& interface) {
  std::ifstream file(ZEROCELL_SOURCE_DIR "/web/src/payload.ts");
  std::vector<std::string> fields;
  std::string line;
  while (std::getline(file, line) && line != "export interface " + interface + " {") {
  }
  while (std::getline(file, line) && line != "}")
    if (const size_t colon = line.find(": "); colon != std::string::npos)
      fields.push_back(line.substr(2, colon - 2));
  std::sort(fields.begin(), fields.end());
  return fields;
}

std::vector<std::string> fields_written(const json& object) {
  std::vector<std::string> fields;
  for (const auto& [name, value] : object.items()) fields.push_back(name);
  return fields;
}

TEST(ReconstructionReport, PayloadHasTheFormThatTheScriptReads) {
  const json payload = payload_of(html_report(four_cells()));
  EXPECT_EQ(payload["kind"], "reconstruction");
  EXPECT_EQ(fields_written(payload), fields_in_script("Payload"));
  const json& own = payload["reconstruction"];
  EXPECT_EQ(fields_written(own), fields_in_script("Reconstruction"));
  EXPECT_EQ(fields_written(own["models"][0]), fields_in_script("ReconstructionModel"));
  EXPECT_EQ(fields_written(own["models"][0]["densities"][0]), fields_in_script("Density"));
  EXPECT_EQ(fields_written(own["models"][0]["densities"][0]["truth"]), fields_in_script("GridAxis"));
  EXPECT_EQ(fields_written(own["models"][0]["cells"][0]), fields_in_script("ColumnSummary"));
}

TEST(ReconstructionReport, HoldsDensitiesAndDistributions) {
  const json payload = payload_of(html_report(four_cells()));
  const json& own = payload["reconstruction"];
  EXPECT_EQ(own["models"][0]["target"], "rank");
  EXPECT_EQ(own["ramp"].size(), 9u);
  EXPECT_EQ(own["models"][0]["densities"][0]["counts"], json::array({0, 3, 0, 1}));
  EXPECT_EQ(own["models"][0]["cells"][0]["n_missing"], 1);
  EXPECT_DOUBLE_EQ(own["models"][0]["cells"][0]["quartiles"][2].get<double>(), 0.4);
  EXPECT_TRUE(payload["embeddings"][0]["x"].is_null());

  Reconstruction none = four_cells();
  none.results[0].cells[0].values.assign(4, kNaN);
  none.results[0].densities = {};
  const json cells = payload_of(html_report(none))["reconstruction"]["models"][0]["cells"][0];
  EXPECT_TRUE(cells["mean"].is_null());
  EXPECT_TRUE(cells["quartiles"].is_null());
}

/// Adds a model of two true bins: bin 1 twice predicted in [1, 1.5), bin 2 never; no GEPC, one score.
Reconstruction with_bins() {
  Reconstruction r = four_cells();
  ReconstructionResult& result = r.results.emplace_back();
  result.tag = "scgpt";
  result.target = "bin";
  result.cells = {{"mse_gep", {0.5, 0.25, kNaN, 9}}, {"mse_mean", {1, 2, kNaN, 3}, true}};
  PairDensity& density = result.densities.emplace_back();
  density.name = "GEP";
  density.truth = {2, 0.5, 2.5};
  density.predicted = {4, 0, 2};
  density.counts = {0, 0, 2, 0, 0, 0, 0, 0};
  density.n_below = 1;
  density.constant = 1.25;
  Score score;
  score.embedding = "scgpt";
  score.metric = "mse_gep";
  score.value = 0.5;
  score.low = 0.25;
  score.high = 1;
  r.scores.push_back(score);
  score.metric = "mse_mean";
  score.status = ScoreStatus::not_applicable;
  r.scores.push_back(score);
  return r;
}

TEST(ReconstructionCsv, BinsHaveTablesOfTheirOwn) {
  const Reconstruction r = with_bins();
  EXPECT_THAT(density_csv(r), HasSubstr("scgpt,0.5,1.5,1,1.5,2,GEP\n"));
  EXPECT_EQ(spread_csv(r, "GEP"),
            "model,true_bin,n_genes,mean,p5,q1,median,q3,p95\n"
            "scgpt,1,2,1.25,1.025,1.125,1.25,1.375,1.475\n"
            "scgpt,2,0,,,,,,\n");
  EXPECT_EQ(spread_csv(r, "GEPC"), "model,true_bin,n_genes,mean,p5,q1,median,q3,p95\n");
  EXPECT_EQ(error_csv(r),
            "model,prediction,mse,low,high\n"
            "scgpt,GEP,0.5,0.25,1\n"
            "scgpt,mean bin,,,\n");
  EXPECT_THAT(distribution_csv(r, "rank"), ::testing::Not(HasSubstr("scgpt")));
  EXPECT_THAT(distribution_csv(r, "bin"), HasSubstr("scgpt,mse_gep,0,0.15,0\n"));  // 60 bins up to 9
  std::vector<std::string> names;
  for (const auto& [name, text] : reconstruction_figure_data(r)) names.push_back(name);
  EXPECT_THAT(names, ::testing::ElementsAre("density", "per_cell", "gep", "mse", "per_cell_mse"));
}

TEST(ReconstructionReport, HoldsBothKindsOfModels) {
  const json models = payload_of(html_report(with_bins()))["reconstruction"]["models"];
  ASSERT_EQ(models.size(), 2u);
  EXPECT_EQ(models[0]["densities"][0]["spreads"], json::array());
  EXPECT_TRUE(models[0]["densities"][0]["constant"].is_null());
  EXPECT_EQ(models[1]["target"], "bin");
  const json& density = models[1]["densities"][0];
  EXPECT_EQ(density["name"], "GEP");
  EXPECT_EQ(density["truth"]["n_bins"], 2);
  EXPECT_EQ(density["predicted"]["high"], 2.0);
  EXPECT_EQ(density["predicted"]["n_bins"], 2);  // joined to units
  EXPECT_EQ(density["counts"], json::array({0, 2, 0, 0}));
  EXPECT_EQ(density["n_beyond"], 1);
  EXPECT_EQ(density["constant"], 1.25);
  EXPECT_DOUBLE_EQ(density["spreads"][0][2].get<double>(), 1.25);
  EXPECT_TRUE(density["spreads"][1].is_null());
  EXPECT_EQ(models[1]["cells"][0]["is_baseline"], false);
  EXPECT_EQ(models[1]["cells"][1]["is_baseline"], true);
  EXPECT_EQ(json::parse(reconstruction_json(with_bins()))["embeddings"][1]["target"], "bin");
}

TEST(ReconstructionReport, RefusesWrongLengthsAndIsNullForEvaluations) {
  Reconstruction wrong = four_cells();
  wrong.n_cells = 5;
  EXPECT_THROW(html_report(wrong), Error);
  EXPECT_TRUE(payload_of(html_report(Evaluation{}))["reconstruction"].is_null());
  EXPECT_EQ(payload_of(html_report(Evaluation{}))["kind"], "evaluation");
}

}  // namespace
}  // namespace zerocell
