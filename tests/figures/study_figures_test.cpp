#include "zerocell/figures/study_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "figures/example_study.h"
#include "zerocell/core/error.h"
#include "zerocell/figures/study_look.h"

namespace zerocell {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> names_of(const StudyFigures& figures) {
  std::vector<std::string> names;
  for (const StudyFigure& figure : figures.figures) names.push_back(figure.name);
  return names;
}

StudyFigures draw(const StudyResults& study, std::vector<std::string> wanted = {}) {
  return study_figures(study, {std::move(wanted), testing::example_metrics()});
}

StudyFigure only(const StudyResults& study, const std::string& number) {
  auto figures = draw(study, {number});
  EXPECT_EQ(figures.figures.size(), 1u) << number;
  return figures.figures.empty() ? StudyFigure{} : std::move(figures.figures.front());
}

std::string reason_of(const StudyFigures& figures, const std::string& number) {
  for (const StudyFigureAbsence& absence : figures.absent)
    if (absence.number == number && absence.dataset.empty()) return absence.reason;
  return "";
}

/// Writes every figure of a large study as PNG where ZEROCELL_FIGURES names a folder, to be looked at.
TEST(StudyFigures, FullStudyHasEveryFigure) {
  const char* folder = std::getenv("ZEROCELL_FIGURES");
  const auto study = testing::full_study(folder ? testing::StudyExampleSize{} : testing::StudyExampleSize{120, 45, 31});
  const auto figures = draw(study);
  std::set<std::string> numbers;
  for (const StudyFigure& figure : figures.figures) {
    numbers.insert(figure.number);
    EXPECT_THAT(figure.caption, Not(IsEmpty())) << figure.name;
    EXPECT_EQ(figure.png.substr(1, 3), "PNG") << figure.name;
    EXPECT_EQ(figure.pdf.substr(0, 5), "%PDF-") << figure.name;
    EXPECT_THAT(figure.svg, Not(HasSubstr("nan"))) << figure.name;
    EXPECT_GT(std::ranges::count(figure.csv, '\n'), 1) << figure.name;
  }
  for (const auto number : study_figure_numbers()) EXPECT_TRUE(numbers.contains(std::string(number))) << number;
  for (const char* number : {"2A-sample", "2B-sample", "3-sample", "5-sample", "S2-sample", "cost-sample"})
    EXPECT_TRUE(numbers.contains(number)) << number;
  EXPECT_FALSE(numbers.contains("4A-sample"));
  if (!folder) return;
  std::filesystem::create_directories(folder);
  for (const StudyFigure& figure : figures.figures)
    for (const auto& [ending, bytes] :
         {std::pair{".png", &figure.png}, {".svg", &figure.svg}, {".pdf", &figure.pdf}, {".csv", &figure.csv}})
      std::ofstream(std::filesystem::path(folder) / (figure.name + ending), std::ios::binary) << *bytes;
  std::ofstream captions(std::filesystem::path(folder) / "captions.txt");
  for (const StudyFigure& figure : figures.figures) captions << figure.name << ": " << figure.caption << "\n\n";
  for (const StudyFigureAbsence& a : figures.absent) captions << a.number << " " << a.dataset << ": " << a.reason << "\n";
}

}  // namespace
}  // namespace zerocell
