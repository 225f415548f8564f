#include "zerocell/report/terminal_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "figures/example_evaluation.h"
#include "zerocell/core/utf8.h"

namespace zerocell {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> out;
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

Score score(std::string embedding, std::string metric, std::optional<double> value, std::string reason = "") {
  Score s;
  s.embedding = std::move(embedding);
  s.metric = std::move(metric);
  s.value = value;
  s.reason = std::move(reason);
  if (!value) s.status = ScoreStatus::not_applicable;
  return s;
}

TEST(TerminalTable, WholeTable) {
  Evaluation e;
  e.dataset = "pbmc";
  e.n_cells = 8405;
  e.scores = {score("hvg", "nmi", 0.75),
              score("pca", "nmi", 0.5),
              score("hvg/pc30", "nmi", 0.7),
              score("hvg", "ari", 0.25),
              score("pca", "ari", 0.5),
              score("hvg", "pcr_batch", {}, "one batch"),
              score("pca", "pcr_batch", {}, "one batch")};
  e.scores[0].low = 0.7;
  e.scores[0].high = 0.8;
  EXPECT_EQ(terminal_table(e, testing::example_metrics()),
            "pbmc: 8,405 cells\n"
            "\n"
            "Cell types                 nmi ↑   ari ↑\n"
            "────────────────────────────────────────\n"
            "hvg         0.750* [0.700 0.800]  0.250\n"
            "pca         0.500                 0.500*\n"
            "┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄\n"
            "hvg/pc30    0.700                     -\n"
            "\n"
            "Batches     pcr_batch ↓\n"
            "───────────────────────\n"
            "hvg                n/a¹\n"
            "pca                n/a¹\n"
            "┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄\n"
            "hvg/pc30             -\n"
            "\n"
            "↑ higher is better, ↓ lower is better; in brackets: 95 % interval; *: best of equal dimensions\n"
            "¹ not applicable: one batch\n");
}

TEST(TerminalTable, FoldsIntoTheWidth) {
  const Evaluation e = testing::example_evaluation({.n_cells = 100, .n_methods = 4, .long_names = true});
  for (const size_t width : {60u, 80u, 100u, 200u}) {
    const std::string text = terminal_table(e, testing::example_metrics(), {.width = width});
    for (const std::string& line : lines(text)) EXPECT_LE(display_width(line), width) << line;
    for (const MetricInfo& metric : testing::example_metrics()) EXPECT_THAT(text, HasSubstr(metric.name));
  }
}

TEST(TerminalTable, NarrowTerminalStillShowsEverything) {
  const Evaluation e = testing::example_evaluation({.n_cells = 10, .n_methods = 1});
  const std::string text = terminal_table(e, testing::example_metrics(), {.width = 1});
  for (const MetricInfo& metric : testing::example_metrics()) EXPECT_THAT(text, HasSubstr(metric.name));
}

TEST(TerminalTable, ColourOnlyWhenAsked) {
  const Evaluation e = testing::example_evaluation();
  EXPECT_THAT(terminal_table(e, testing::example_metrics()), Not(HasSubstr("\x1b")));
  const std::string coloured = terminal_table(e, testing::example_metrics(), {.colour = true});
  EXPECT_THAT(coloured, HasSubstr("\x1b[1;32m"));
  EXPECT_THAT(coloured, Not(HasSubstr("*")));
}

TEST(TerminalTable, NamesCannotSendEscapesAndWideOnesAlign) {
  Evaluation e;
  e.dataset = "x\x1b[31m\n";
  e.scores = {score("細胞", "nmi", 0.5), score("ab\x1b", "nmi", 0.25)};
  const std::string text = terminal_table(e, testing::example_metrics());
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  const auto all = lines(text);
  EXPECT_THAT(text, HasSubstr("細胞        0.500*"));
  EXPECT_THAT(text, HasSubstr("ab          0.250\n"));
}

TEST(TerminalTable, FailuresAndTheirReasonsOnce) {
  Evaluation e;
  e.scores = {score("a", "nmi", {}, "too few"), score("b", "nmi", {}, "too few"),
              score("c", "nmi", {}, "other")};
  e.scores[1].status = ScoreStatus::failed;
  const std::string text = terminal_table(e, testing::example_metrics());
  EXPECT_THAT(text, HasSubstr("n/a¹"));
  EXPECT_THAT(text, HasSubstr("failed²"));
  EXPECT_THAT(text, HasSubstr("n/a³"));
  EXPECT_THAT(text, HasSubstr("² failed: too few\n"));
}

TEST(TerminalTable, NoScores) {
  EXPECT_EQ(terminal_table(Evaluation{}, {}), ": 0 cells\nno scores\n");
}

}  // namespace
}  // namespace zerocell
