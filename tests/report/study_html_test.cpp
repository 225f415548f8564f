#include "zerocell/report/study_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/study_example.h"
#include "zerocell/core/error.h"
#include "zerocell/report/study_payload.h"
#include "zerocell/report/study_template.h"

namespace zerocell {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<MetricInfo> metrics() {
  std::vector<MetricInfo> list;
  for (const char* name :
       {"asw_label", "nmi", "ari", "avg_bio", "nmi_fixed", "ari_fixed", "asw_batch", "mse_gep"}) {
    MetricInfo metric;
    metric.name = metric.title = name;
    metric.group = std::string(name) == "asw_batch" ? "batch" : "bio";
    list.push_back(metric);
  }
  return list;
}

std::string page_of(const StudyResults& study) {
  const auto list = metrics();
  HtmlOptions options;
  options.metrics = list;
  return study_index_html(study, options);
}

json payload_of(const std::string& html) {
  const std::string start = R"(<script type="application/json" id="payload">)";
  const size_t from = html.find(start) + start.size();
  return json::parse(html.substr(from, html.find("</script", from) - from));
}

size_t occurrences(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

json value_of(const json& dataset, const std::string& tag, const std::string& metric, bool reduced = false) {
  for (const json& value : dataset["values"])
    if (value["tag"] == tag && value["metric"] == metric && value["reduced"] == reduced) return value;
  return nullptr;
}

TEST(StudyHtml, EmbedsTheCommittedTemplate) {
  std::ifstream file(ZEROCELL_SOURCE_DIR "/web/dist/study_template.html", std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  EXPECT_EQ(content.str(), study_template);
  EXPECT_EQ(occurrences(content.str(), "{{payload}}"), 1u);
}

/// Names of the fields of an interface of a script's source, sorted.
std::vector<std::string> fields_in_script(const std::string& interface) {
  std::ifstream file(ZEROCELL_SOURCE_DIR "/web/src/study/payload.ts");
  std::vector<std::string> fields;
  std::string line;
  while (std::getline(file, line) && line.rfind("export interface " + interface + " ", 0) != 0) {
  }
  while (std::getline(file, line) && line != "}") {
    const size_t end = line.find(": ");
    if (line.rfind("  ", 0) == 0 && end != std::string::npos) fields.push_back(line.substr(2, end - 2));
  }
  std::sort(fields.begin(), fields.end());
  return fields;
}

std::vector<std::string> fields_written(const json& object) {
  std::vector<std::string> fields;
  for (const auto& [name, value] : object.items()) fields.push_back(name);
  return fields;
}

TEST(StudyHtml, PayloadHasTheFormThatTheScriptReads) {
  StudyResults study = example_study();
  study.failures.emplace_back();
  const json payload = payload_of(page_of(study));
  EXPECT_EQ(fields_in_script("StudyPayload").size(), 16u);
  EXPECT_EQ(fields_written(payload), fields_in_script("StudyPayload"));
  EXPECT_EQ(fields_written(payload["methods"][0]), fields_in_script("StudyMethod"));
  const json& dataset = payload["datasets"][0];
  EXPECT_EQ(fields_written(dataset), fields_in_script("StudyDataset"));
  EXPECT_EQ(fields_written(dataset["values"][0]), fields_in_script("StudyValue"));
  EXPECT_EQ(fields_written(dataset["costs"][0]), fields_in_script("StudyCost"));
  EXPECT_EQ(fields_written(dataset["embeddings"][0]), fields_in_script("StudyLayout"));
  EXPECT_EQ(fields_written(dataset["reconstruction"]), fields_in_script("StudyReconstruction"));
  EXPECT_EQ(fields_written(dataset["reconstruction"]["models"][0]), fields_in_script("StudyModel"));
  EXPECT_EQ(fields_written(payload["findings"][0]), fields_in_script("Finding"));
  const json& claim = payload["findings"][0]["claims"][0];
  EXPECT_EQ(fields_written(claim), fields_in_script("Claim"));
  EXPECT_EQ(fields_written(claim["evidence"][0]), fields_in_script("Evidence"));
  EXPECT_EQ(fields_written(claim["evidence"][0]["comparison"]), fields_in_script("Comparison"));
  EXPECT_EQ(fields_written(claim["evidence"][0]["differences"][0]), fields_in_script("Difference"));
  EXPECT_EQ(fields_written(payload["pairs"][0]), fields_in_script("PairTable"));
  EXPECT_EQ(fields_written(payload["failures"][0]), fields_in_script("StudyFailure"));
}

TEST(StudyHtml, NumbersAreThoseOfTheResults) {
  StudyExample example;
  example.n_seeds = 3;
  const json payload = payload_of(page_of(example_study(example)));
  EXPECT_EQ(payload["schema"], "zerocell-study/1");
  EXPECT_EQ(payload["reduced"], "/pc30");
  EXPECT_EQ(payload["conventions"], json::array({"zerocell"}));
  const json& first = payload["datasets"][0];
  const json hvg = value_of(first, "hvg", "asw_label");
  EXPECT_DOUBLE_EQ(hvg["mean"], 0.8);
  EXPECT_DOUBLE_EQ(hvg["low"], 0.79);
  EXPECT_TRUE(hvg["sd"].is_null());
  EXPECT_DOUBLE_EQ(value_of(first, "hvg", "asw_label", true)["mean"], 0.78);
  // Five methods: the second has quality 0.72, its seeds 0.72, 0.724 and 0.728.
  const json scvi = value_of(first, "scvi", "asw_label");
  EXPECT_NEAR(scvi["mean"].get<double>(), 0.724, 1e-12);
  EXPECT_NEAR(scvi["sd"].get<double>(), 0.004, 1e-12);
  EXPECT_EQ(scvi["n_seeds"], 3);
  EXPECT_TRUE(scvi["low"].is_null());
  EXPECT_EQ(first["costs"].size(), 5u);
  EXPECT_DOUBLE_EQ(first["costs"][0]["seconds"], 1.5 / 0.8);
  // One layout a method, of its first seed.
  EXPECT_EQ(first["embeddings"].size(), 5u);
  EXPECT_EQ(payload["methods"][4]["control_of"], "scgpt");
  EXPECT_EQ(payload["datasets"][2]["reconstruction"]["models"][1]["masked"], "0.15");
  EXPECT_EQ(payload["datasets"][2]["reconstruction"]["models"][0]["masked"], "");
  // The first finding: both models are worse than hvg and scvi everywhere.
  EXPECT_EQ(payload["findings"][0]["verdict"], "confirmed");
  // Of 5 methods 10 pairs; hvg is 0.08 better than scvi's first seed on all three data sets.
  ASSERT_EQ(payload["pairs"][0]["rows"].size(), 10u);
  EXPECT_NEAR(payload["pairs"][0]["rows"][0]["median"].get<double>(), 0.076, 1e-12);
  EXPECT_EQ(payload["pairs"][0]["rows"][0]["n_better"], 3);
}

TEST(StudyHtml, MetricsOfReconstructionStandApart) {
  const json payload = payload_of(page_of(example_study()));
  std::vector<std::string> names;
  for (const json& metric : payload["metrics"]) names.push_back(metric["name"]);
  EXPECT_THAT(names, Not(testing::Contains("mse_gep")));
  ASSERT_EQ(payload["reconstruction_metrics"].size(), 1u);
  EXPECT_EQ(payload["reconstruction_metrics"][0]["name"], "mse_gep");
}

TEST(StudyHtml, SameResultsSameBytes) {
  EXPECT_EQ(page_of(example_study()), page_of(example_study()));
}

TEST(StudyHtml, NamesNeverBecomeMarkup) {
  const std::string hostile = "</script><img src=x onerror=alert(1)><!--<script>\xff";
  StudyResults study = example_study();
  study.title = hostile;
  study.methods[0].spec = study.methods[1].control_of = hostile;
  auto& dataset = study.datasets[0];
  dataset.name = dataset.folder = dataset.evaluation.label_name = hostile;
  dataset.evaluation.labels.categories[0] = dataset.evaluation.batches.categories[0] = hostile;
  dataset.evaluation.warnings = study.warnings = {hostile};
  dataset.evaluation.embeddings[0].losses[0].reason = hostile;
  dataset.evaluation.scores[0].status = ScoreStatus::failed;
  dataset.evaluation.scores[0].reason = hostile;
  study.failures = {{hostile, hostile, hostile, hostile}};
  study.provenance = {{hostile, hostile}};
  const std::string html = page_of(study);
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_EQ(occurrences(html, "</script"), occurrences(std::string(study_template), "</script"));
  EXPECT_EQ(occurrences(html, "<!--"), occurrences(std::string(study_template), "<!--"));
  EXPECT_THAT(payload_of(html)["title"].get<std::string>(), HasSubstr("</script><img src=x"));
}

TEST(StudyHtml, AnEmptyStudy) {
  const json payload = payload_of(page_of({}));
  for (const char* part : {"methods", "datasets", "pairs", "failures", "metrics", "figures"}) {
    EXPECT_TRUE(payload[part].is_array()) << part;
    EXPECT_TRUE(payload[part].empty()) << part;
  }
  EXPECT_EQ(payload["findings"].size(), 4u);
  EXPECT_EQ(payload["findings"][0]["verdict"], "not tested");
}

TEST(StudyHtml, FailuresOnly) {
  StudyResults study = example_study();
  for (auto& dataset : study.datasets) {
    dataset.evaluation.embeddings.clear();
    dataset.evaluation.scores.clear();
    dataset.reconstruction.reset();
    dataset.evaluation.failures = {{"hvg", "out of memory"}};
  }
  study.failures = {{"set0", "hvg", "embedding", "out of memory"}, {"set9", "", "data", "no such file"}};
  const json payload = payload_of(page_of(study));
  // Told once each, whether the study or the data set tells it.
  EXPECT_EQ(payload["failures"].size(), 4u);
  EXPECT_TRUE(payload["pairs"].empty());
  EXPECT_EQ(payload["datasets"][0]["values"].size(), 0u);
  EXPECT_TRUE(payload["datasets"][0]["reconstruction"].is_null());
}

TEST(StudyHtml, ResultsOfMethodsThatNobodyListedAreShown) {
  StudyResults study = example_study();
  study.methods.pop_back();
  const json payload = payload_of(page_of(study));
  EXPECT_EQ(payload["methods"].back()["tag"], "scgpt-random");
  EXPECT_FALSE(value_of(payload["datasets"][0], "scgpt-random", "nmi").is_null());
}

TEST(StudyHtml, VariantsDoNotCount) {
  StudyResults study = example_study();
  study.datasets[1].variant = StudyVariant::without_overlap;
  study.datasets[1].variant_of = "set0";
  const json payload = payload_of(page_of(study));
  EXPECT_EQ(payload["datasets"][0]["counts"], true);
  EXPECT_EQ(payload["datasets"][1]["counts"], false);
  EXPECT_EQ(payload["datasets"][1]["variant"], "without overlap");
  EXPECT_EQ(payload["pairs"][0]["rows"][0]["n_better"], 2);
}

TEST(StudyHtml, LengthsThatDisagreeAreAFaultOfOurs) {
  StudyResults study = example_study();
  study.datasets[0].evaluation.labels.codes.pop_back();
  EXPECT_THROW(page_of(study), Error);
}

TEST(StudyHtml, ValuesThatAreNotNumbersAreNull) {
  StudyResults study = example_study();
  study.datasets[0].evaluation.scores[0].value = std::numeric_limits<double>::quiet_NaN();
  const json payload = payload_of(page_of(study));
  EXPECT_TRUE(value_of(payload["datasets"][0], "hvg", "asw_label")["mean"].is_null());
}

TEST(StudyHtml, PointsAreSharedOut) {
  EXPECT_THAT(points_of_datasets({}, 100), ElementsAre());
  EXPECT_THAT(points_of_datasets({10, 20}, 100), ElementsAre(10, 20));
  EXPECT_THAT(points_of_datasets({1000, 10, 500}, 100), ElementsAre(45, 10, 45));
  EXPECT_THAT(points_of_datasets({7, 7, 7}, 20), ElementsAre(6, 7, 7));
  EXPECT_THAT(points_of_datasets({5, 5}, 1), ElementsAre(0, 1));
}

TEST(StudyHtml, SizeOfALargeStudy) {
  StudyExample example;
  example.n_datasets = 5;
  example.n_cells = 20'000;
  example.n_labels = 30;
  example.methods.clear();
  for (int m = 0; m < 19; ++m) example.methods.push_back("method" + std::to_string(m));
  const std::string html = page_of(example_study(example));
  // 20 methods x 5 data sets x 20,000 points: two coordinates of two bytes and a cluster of one, four thirds
  // in base64, make 13.3 MB; labels, scores and pairs come on top.
  EXPECT_GT(html.size(), 13'000'000u);
  EXPECT_LT(html.size(), 16'000'000u);
  const json payload = payload_of(html);
  size_t n_points = 0;
  for (const json& dataset : payload["datasets"]) n_points += dataset["n_points"].get<size_t>();
  EXPECT_EQ(n_points, 100'000u);
}

}  // namespace
}  // namespace zerocell
