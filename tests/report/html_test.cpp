#include "zerocell/report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "zerocell/core/error.h"
#include "zerocell/report/label_profile.h"
#include "zerocell/report/packed_array.h"
#include "zerocell/report/report_template.h"

namespace zerocell {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

size_t occurrences(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// What the page's script sees: the text of the element from its start tag to the first end tag.
json payload_of(const std::string& html) {
  const std::string start = R"(<script type="application/json" id="payload">)";
  const size_t from = html.find(start) + start.size();
  return json::parse(html.substr(from, html.find("</script", from) - from));
}

/// Four cells, two labels and a cell without, two batches, one embedding.
Evaluation small_evaluation() {
  Evaluation evaluation;
  evaluation.dataset = "tiny";
  evaluation.n_cells = 4;
  evaluation.n_genes = 3;
  evaluation.label_name = "celltype";
  evaluation.labels = {{"B", "T"}, {0, 1, 1, -1}};
  evaluation.batches = {{"x", "y"}, {0, 1, 0, 1}};
  evaluation.cell_names = {"a", "b", "c", "d"};
  EmbeddingResult pca;
  pca.tag = "pca";
  pca.dims = 2;
  pca.umap = DenseMatrix<float>(4, 2);
  for (size_t i = 0; i < 4; ++i) {
    pca.umap(i, 0) = static_cast<float>(i);
    pca.umap(i, 1) = -static_cast<float>(i);
  }
  pca.cluster = {0, 0, 1, 1};
  pca.silhouette_label = {0.5f, -0.25f, 0.75f, kNan};
  evaluation.embeddings.push_back(pca);
  Score score;
  score.embedding = "pca";
  score.metric = "asw_label";
  score.value = 0.7;
  evaluation.scores.push_back(score);
  return evaluation;
}

TEST(HtmlReport, EmbedsTheCommittedTemplate) {
  std::ifstream file(ZEROCELL_SOURCE_DIR "/web/dist/report_template.html", std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  EXPECT_EQ(content.str(), report_template);
  EXPECT_EQ(occurrences(content.str(), "{{payload}}"), 1u);
}

/// Names of the fields of an interface of web/src/payload.ts, sorted.
std::vector<std::string> fields_in_script(const std::string& interface) {
  std::ifstream file(ZEROCELL_SOURCE_DIR "/web/src/payload.ts");
  std::vector<std::string> fields;
  std::string line;
  while (std::getline(file, line) && line != "export interface " + interface + " {") {
  }
  // "  name: type;" or "  name?: type;", indented by two; comments and nested types are not.
  while (std::getline(file, line) && line != "}") {
    const size_t end =
        line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", 2);
    if (line.rfind("  ", 0) != 0 || end == std::string::npos || end == 2) continue;
    const std::string rest = line.substr(line[end] == '?' ? end + 1 : end);
    if (rest.rfind(": ", 0) == 0) fields.push_back(line.substr(2, end - 2));
  }
  std::sort(fields.begin(), fields.end());
  return fields;
}

std::vector<std::string> fields_written(const json& object) {
  std::vector<std::string> fields;
  for (const auto& [name, value] : object.items()) fields.push_back(name);
  return fields;  // nlohmann::json sorts them
}

TEST(HtmlReport, PayloadHasTheFormThatTheScriptReads) {
  Evaluation evaluation = small_evaluation();
  evaluation.losses.emplace_back();
  evaluation.stages.emplace_back();
  const std::vector<MetricInfo> metrics(1);
  const std::vector<ReportFigure> figures(1);
  HtmlOptions options;
  options.metrics = metrics;
  options.figures = figures;
  const json payload = payload_of(html_report(evaluation, options));
  EXPECT_FALSE(fields_in_script("Payload").empty());
  EXPECT_EQ(fields_written(payload), fields_in_script("Payload"));
  EXPECT_EQ(fields_written(payload["labels"]), fields_in_script("Grouping"));
  EXPECT_EQ(fields_written(payload["embeddings"][0]), fields_in_script("EmbeddingPayload"));
  EXPECT_EQ(fields_written(payload["embeddings"][0]["label_profile"]), fields_in_script("LabelProfile"));
  EXPECT_EQ(fields_written(payload["embeddings"][0]["x"]), fields_in_script("Packed"));
  EXPECT_EQ(fields_written(payload["scores"][0]), fields_in_script("Score"));
  EXPECT_EQ(fields_written(payload["metrics"][0]), fields_in_script("MetricInfo"));
  EXPECT_EQ(fields_written(payload["losses"][0]), fields_in_script("Loss"));
  EXPECT_EQ(fields_written(payload["stages"][0]), fields_in_script("Stage"));
  EXPECT_EQ(fields_written(payload["figures"][0]), fields_in_script("Figure"));
}

TEST(HtmlReport, PayloadHoldsTheEvaluation) {
  const json payload = payload_of(html_report(small_evaluation()));
  EXPECT_EQ(payload["schema"], "zerocell-report/1");
  EXPECT_EQ(payload["n_cells"], 4);
  EXPECT_EQ(payload["n_points"], 4);
  EXPECT_EQ(payload["labels"]["counts"], json::array({1, 2}));
  EXPECT_EQ(payload["labels"]["n_missing"], 1);
  EXPECT_EQ(payload["labels"]["codes"]["data"], "AAEB/w==");  // bytes 0 1 1 255
  EXPECT_EQ(payload["cell_names"], json::array({"a", "b", "c", "d"}));
  EXPECT_EQ(payload["scores"][0]["value"], 0.7);
  EXPECT_TRUE(payload["scores"][0]["low"].is_null());
  EXPECT_EQ(payload["embeddings"][0]["cluster_sizes"], json::array({2, 2}));
  EXPECT_EQ(payload["embeddings"][0]["colour"], "#0072b2");
}

TEST(HtmlReport, NamesNeverBecomeMarkup) {
  const std::string hostile = "</script><img src=x onerror=alert(1)><!--<script>";
  Evaluation evaluation = small_evaluation();
  evaluation.dataset = evaluation.title = evaluation.label_name = evaluation.counts_source = hostile;
  evaluation.labels.categories[0] = evaluation.batches.categories[1] = hostile;
  evaluation.cell_names[2] = evaluation.embeddings[0].tag = evaluation.scores[0].reason = hostile;
  evaluation.warnings = {hostile};
  evaluation.provenance = {{hostile, hostile}};
  const std::vector<ReportFigure> figures = {{hostile, hostile, "<svg><script>alert(1)</script></svg>"}};
  HtmlOptions options;
  options.figures = figures;
  const std::string html = html_report(evaluation, options);
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("<svg>")));
  EXPECT_EQ(occurrences(html, "</script"), occurrences(std::string(report_template), "</script"));
  EXPECT_EQ(occurrences(html, "<!--"), occurrences(std::string(report_template), "<!--"));
  const json payload = payload_of(html);
  EXPECT_EQ(payload["labels"]["categories"][0], hostile);
  EXPECT_EQ(payload["figures"][0]["svg"], "<svg><script>alert(1)</script></svg>");
}

TEST(HtmlReport, BytesThatAreNotUtf8AndControlCharactersAreCarriedSafely) {
  Evaluation evaluation = small_evaluation();
  evaluation.cell_names[0] = "bad\xff\xfe";
  evaluation.cell_names[1] = std::string("nul\0tab\t", 8);
  const json payload = payload_of(html_report(evaluation));
  EXPECT_EQ(payload["cell_names"][0], "bad\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(payload["cell_names"][1], std::string("nul\0tab\t", 8));
}

TEST(HtmlReport, MarkerInANameIsLeftAlone) {
  Evaluation evaluation = small_evaluation();
  evaluation.title = "{{payload}}";
  EXPECT_EQ(payload_of(html_report(evaluation))["title"], "{{payload}}");
}

TEST(HtmlReport, EmptyEvaluation) {
  const json payload = payload_of(html_report(Evaluation{}));
  EXPECT_EQ(payload["n_cells"], 0);
  EXPECT_TRUE(payload["labels"].is_null());
  EXPECT_TRUE(payload["embeddings"].empty());
  EXPECT_TRUE(payload["embeddings"].is_array());
  EXPECT_TRUE(payload["scores"].is_array());
}

TEST(HtmlReport, EmbeddingWithoutLayoutClustersOrSilhouettes) {
  Evaluation evaluation = small_evaluation();
  EmbeddingResult bare;
  bare.tag = "bare";
  evaluation.embeddings = {bare};
  const json embedding = payload_of(html_report(evaluation))["embeddings"][0];
  for (const char* part : {"x", "y", "cluster", "silhouette_label", "silhouette_batch", "label_profile"})
    EXPECT_TRUE(embedding[part].is_null()) << part;
  EXPECT_TRUE(embedding["cluster_sizes"].empty());
}

TEST(HtmlReport, NotANumberIsNull) {
  Evaluation evaluation = small_evaluation();
  evaluation.embeddings[0].silhouette_label = {kNan, kNan, 0.5f, kNan};
  evaluation.scores[0].value = std::nan("");
  evaluation.embeddings[0].umap(1, 0) = kNan;
  const json payload = payload_of(html_report(evaluation));
  EXPECT_TRUE(payload["embeddings"][0]["label_profile"]["silhouette"][0].is_null());
  EXPECT_EQ(payload["embeddings"][0]["label_profile"]["silhouette"][1], 0.5);
  EXPECT_TRUE(payload["scores"][0]["value"].is_null());
}

TEST(HtmlReport, DrawsAtMostMaxPointsTheSameEveryTime) {
  Evaluation evaluation;
  evaluation.n_cells = 1000;
  for (size_t i = 0; i < 1000; ++i) evaluation.cell_names.push_back(std::to_string(i));
  HtmlOptions options;
  options.max_points = 100;
  const std::string html = html_report(evaluation, options);
  EXPECT_EQ(html, html_report(evaluation, options));
  const json payload = payload_of(html);
  EXPECT_EQ(payload["n_cells"], 1000);
  EXPECT_EQ(payload["n_points"], 100);
  ASSERT_EQ(payload["cell_names"].size(), 100u);
  std::vector<int> rows;
  for (const json& name : payload["cell_names"]) rows.push_back(std::stoi(name.get<std::string>()));
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  EXPECT_GT(rows.back(), 800);  // spread over the file, not its first hundred
}

TEST(HtmlReport, LengthsThatDisagreeAreAFaultOfOurs) {
  Evaluation evaluation = small_evaluation();
  evaluation.embeddings[0].silhouette_label.pop_back();
  EXPECT_THROW(html_report(evaluation), Error);
  evaluation = small_evaluation();
  evaluation.labels.codes.push_back(0);
  EXPECT_THROW(html_report(evaluation), Error);
}

TEST(PackedArray, Base64OfEveryPadding) {  // RFC 4648, section 10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(PackedArray, CodesTakeTheWidthTheyNeed) {
  const std::vector<uint32_t> rows = {0, 1};
  EXPECT_EQ(packed_codes(std::vector<int32_t>{254, -1}, rows)["type"], "u8");
  const auto wide = packed_codes(std::vector<int32_t>{255, -1}, rows);
  EXPECT_EQ(wide["type"], "u16");
  EXPECT_EQ(wide["data"], base64(std::string("\xff\x00\xff\xff", 4)));
  EXPECT_EQ(packed_codes(std::vector<int32_t>{65535, -1}, rows)["type"], "u32");
}

TEST(PackedArray, CoordinatesSpanTheirRange) {
  const std::vector<float> values = {-1.0f, kNan, 3.0f, std::numeric_limits<float>::infinity()};
  const auto packed = packed_coordinates(values);
  EXPECT_EQ(packed["data"], base64(std::string("\x00\x00\xff\xff\xfe\xff\xff\xff", 8)));
  EXPECT_DOUBLE_EQ(packed["offset"].get<double>(), -1.0);
  EXPECT_DOUBLE_EQ(packed["offset"].get<double>() + 65534 * packed["scale"].get<double>(), 3.0);
  EXPECT_EQ(packed_coordinates(std::vector<float>{2.0f, 2.0f})["offset"],
            2.0);  // one place: no division by 0
  EXPECT_EQ(packed_coordinates(std::vector<float>{kNan})["offset"], 0.0);
}

TEST(PackedArray, Silhouettes) {
  const std::vector<float> values = {-1.0f, 1.0f, kNan};
  const std::vector<uint32_t> rows = {0, 1, 2};
  EXPECT_EQ(packed_silhouettes(values, rows)["data"], base64(std::string("\x01\x80\xff\x7f\x00\x80", 6)));
}

TEST(LabelProfile, SaysWhichLabelRulesForeignClusters) {
  // Cluster 0: three of label 0, one of label 1; cluster 1: two of label 1; cluster 2: label 2 and no label.
  const Categorical labels{{"A", "B", "C", "unused"}, {0, 0, 0, 1, 1, 1, 2, -1}};
  const std::vector<int32_t> cluster = {0, 0, 0, 0, 1, 1, 2, 2};
  const std::vector<float> silhouette = {0.5f, 0.25f, kNan, -1.0f, 1.0f, 0.75f, kNan, kNan};
  const LabelProfile profile = label_profile(labels, silhouette, cluster);
  EXPECT_DOUBLE_EQ(profile.silhouette[0], 0.375);
  EXPECT_DOUBLE_EQ(profile.silhouette[1], 0.25);
  EXPECT_TRUE(std::isnan(profile.silhouette[2]));
  EXPECT_THAT(profile.mixed_with, testing::ElementsAre(-1, 0, -1, -1));
  EXPECT_DOUBLE_EQ(profile.mixed_share[1], 1.0 / 3);
  EXPECT_DOUBLE_EQ(profile.mixed_share[0], 0.0);
}

}  // namespace
}  // namespace zerocell
