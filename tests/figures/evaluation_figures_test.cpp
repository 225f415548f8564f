#include "zerocell/figures/evaluation_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "figures/example_evaluation.h"

namespace zerocell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names(const std::vector<Figure>& figures) {
  std::vector<std::string> out;
  for (const Figure& figure : figures) out.push_back(figure.name);
  return out;
}

TEST(EvaluationFigures, AllOfThemWithBytesThatDoNotChange) {
  const Evaluation e = testing::example_evaluation();
  const auto first = evaluation_figures(e, testing::example_metrics());
  const auto second = evaluation_figures(e, testing::example_metrics());
  EXPECT_THAT(names(first), ElementsAre("scores", "avg_bio", "umap_label", "umap_batch", "umap_cluster"));
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].svg, second[i].svg);
    EXPECT_EQ(first[i].png, second[i].png);
    EXPECT_FALSE(first[i].caption.empty());
  }
  EXPECT_THAT(first[2].svg, HasSubstr("T cell 4"));
  EXPECT_THAT(first[2].caption, HasSubstr("8 cells without a value"));
  EXPECT_THAT(first[4].svg, HasSubstr("resolution 0.6"));
}

TEST(EvaluationFigures, OnlyWhatThereIs) {
  EXPECT_TRUE(evaluation_figures(Evaluation{}).empty());
  Evaluation e = testing::example_evaluation();
  e.scores.clear();
  e.batches = {};
  EXPECT_THAT(names(evaluation_figures(e)), ElementsAre("umap_label", "umap_cluster"));
  e.labels = {};
  for (EmbeddingResult& embedding : e.embeddings) embedding.cluster.clear();
  EXPECT_THAT(names(evaluation_figures(e)), ElementsAre("umap"));
  for (EmbeddingResult& embedding : e.embeddings) embedding.umap = {};
  EXPECT_TRUE(evaluation_figures(e).empty());
}

TEST(EvaluationFigures, HostileNamesDoNotBreakTheDocument) {
  Evaluation e = testing::example_evaluation();
  e.dataset = "<script>\xff\n";
  e.labels.categories[0] = "a & \"b\"\n<c>";
  e.label_name = "'x' > y";
  e.embeddings[0].tag = "<b>";
  const auto figures = evaluation_figures(e, testing::example_metrics());
  EXPECT_THAT(figures[2].svg, HasSubstr("a &amp; &quot;b&quot; &lt;c&gt;"));
  EXPECT_EQ(figures[2].svg.find("<script>"), std::string::npos);
}

}  // namespace
}  // namespace zerocell
