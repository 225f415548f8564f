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

/// A number that is none, in text or in a coordinate; letters of embedded images do not count.
bool has_nan(const std::string& svg) {
  for (const char* before : {"\"", " ", ",", "M", ">"})
    for (const char* number : {"nan", "-nan", "inf", "-inf"})
      for (const char* after : {"\"", " ", ",", "<"})
        if (svg.find(std::string(before) + number + after) != std::string::npos) return true;
  return false;
}

/// All files of the figures, and their captions.
void write_all(const StudyFigures& figures, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (const StudyFigure& figure : figures.figures)
    for (const auto& [ending, bytes] : {std::pair{".png", &figure.png},
                                        {".svg", &figure.svg},
                                        {".pdf", &figure.pdf},
                                        {".csv", &figure.csv}})
      std::ofstream(folder / (figure.name + ending), std::ios::binary) << *bytes;
  std::ofstream captions(folder / "captions.txt");
  for (const StudyFigure& figure : figures.figures)
    captions << figure.name << ": " << figure.caption << "\n\n";
  for (const StudyFigureAbsence& a : figures.absent)
    captions << a.number << " " << a.dataset << ": " << a.reason << "\n";
}

/// Writes every figure of a large study as PNG where ZEROCELL_FIGURES names a folder, to be looked at.
TEST(StudyFigures, FullStudyHasEveryFigure) {
  const char* folder = std::getenv("ZEROCELL_FIGURES");
  const auto study =
      testing::full_study(folder ? testing::StudyExampleSize{} : testing::StudyExampleSize{120, 45, 31});
  const auto figures = draw(study);
  std::set<std::string> numbers;
  for (const StudyFigure& figure : figures.figures) {
    numbers.insert(figure.number);
    EXPECT_THAT(figure.caption, Not(IsEmpty())) << figure.name;
    EXPECT_EQ(figure.png.substr(1, 3), "PNG") << figure.name;
    EXPECT_EQ(figure.pdf.substr(0, 5), "%PDF-") << figure.name;
    EXPECT_FALSE(has_nan(figure.svg)) << figure.name;
    EXPECT_GT(std::ranges::count(figure.csv, '\n'), 1) << figure.name;
  }
  for (const auto number : study_figure_numbers())
    EXPECT_TRUE(numbers.contains(std::string(number))) << number;
  for (const char* number : {"2A-sample", "2B-sample", "3-sample", "5-sample", "S2-sample", "cost-sample"})
    EXPECT_TRUE(numbers.contains(number)) << number;
  EXPECT_FALSE(numbers.contains("4A-sample"));
  if (!folder) return;
  write_all(figures, folder);
}

TEST(StudyFigures, ManyMethodsOnManyDataSets) {
  const auto study = testing::crowded_study(24, 14);
  const auto figures = draw(study);
  EXPECT_THAT(names_of(figures), ElementsAre("table_1", "figure_2b", "figure_3", "cost"));
  EXPECT_EQ(std::ranges::count(figures.figures[1].csv, '\n'), 24 * 14 + 1);
  EXPECT_THAT(figures.figures[1].caption, HasSubstr("14 data sets with 1,400 cells together"));
  if (const char* folder = std::getenv("ZEROCELL_FIGURES"))
    write_all(figures, std::filesystem::path(folder) / "crowded");
}

TEST(StudyFigures, SmallStudyInOrderWithReasonsForTheRest) {
  const auto figures = draw(testing::small_study());
  EXPECT_THAT(names_of(figures), ElementsAre("table_1", "figure_2a", "figure_2b", "figure_3", "figure_5",
                                             "figure_s2", "cost", "gain"));
  EXPECT_EQ(reason_of(figures, "4A"), "no data set has layouts and groups to colour them by");
  EXPECT_EQ(reason_of(figures, "6A"), "no model predicted bins in the way GEP");
  EXPECT_EQ(reason_of(figures, "6C"), "no model predicted ranks");
  EXPECT_EQ(reason_of(figures, "fixed_resolution"),
            "no NMI or ARI exists at both the best and the fixed resolution");
  EXPECT_EQ(reason_of(figures, "overlap"), "no data set was scored both whole and without overlapping cells");
}

TEST(StudyFigures, WantedFiguresComeInTheirOwnOrderWhateverTheCase) {
  const auto figures = draw(testing::small_study(), {"COST", "4c", "2b"});
  EXPECT_THAT(names_of(figures), ElementsAre("figure_2b", "figure_5", "cost"));
  EXPECT_THAT(figures.absent, IsEmpty());
}

TEST(StudyFigures, UnknownNumberIsAUsageError) {
  try {
    draw(testing::small_study(), {"2C"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("2C"), HasSubstr("fixed_resolution")));
  }
}

TEST(StudyFigures, TableCountsCategoriesInUse) {
  EXPECT_EQ(
      only(testing::small_study(), "table1").csv,
      "dataset,variant,variant_of,n_cells,n_genes,label_column,n_labels,n_cells_without_label,batch_column,"
      "n_batches,n_cells_without_batch,counts_source\n"
      "one,whole,,100,2000,cell_type,2,1,donor,2,0,\n"
      "two,whole,,100,2000,cell_type,2,1,donor,1,0,\n");
}

// hvg: 0.5 and 0.7, median 0.6. gf: 0.75 alone. gf-random: (0.25 + 0.5) / 2 = 0.375 and (0.45 + 0.7) / 2 =
// 0.575, median 0.475.
TEST(StudyFigures, ScoresAreMeansOverSeedsAndMediansOverDataSets) {
  const StudyFigure figure = only(testing::small_study(), "2B");
  EXPECT_EQ(
      figure.csv,
      "dataset,method,metric,dimensions,value,lowest_seed,highest_seed,interval_low,interval_high,n_seeds,"
      "n_cells,n_dims,median_over_datasets,reason\n"
      "one,hvg,avg_bio,full,0.5,0.5,0.5,0.45,0.56,1,100,30,0.6,\n"
      "two,hvg,avg_bio,full,0.7,0.7,0.7,0.65,0.76,1,100,30,0.6,\n"
      "one,gf,avg_bio,full,0.75,0.75,0.75,0.7,0.8,1,100,30,0.75,\n"
      "two,gf,avg_bio,full,,,,,,,,,0.75,out of memory\n"
      "one,gf-random,avg_bio,full,0.375,0.25,0.5,,,2,100,30,0.475,\n"
      "two,gf-random,avg_bio,full,0.575,0.45,0.7,,,2,100,30,0.475,\n");
  EXPECT_THAT(figure.caption, HasSubstr("gf on two (out of memory)"));
  EXPECT_THAT(figure.caption, HasSubstr("mean of 2 seeds"));
  EXPECT_THAT(figure.caption, HasSubstr("95 % interval"));
  EXPECT_THAT(figure.caption, HasSubstr("one (100 cells), two (100 cells)"));
  EXPECT_THAT(figure.svg, HasSubstr(">0.600</text>"));
  EXPECT_THAT(figure.svg, HasSubstr(">1/2</text>"));
}

TEST(StudyFigures, MetricsHaveTheirTitlesInsideTheDrawing) {
  auto metrics = testing::example_metrics();
  metrics[3].title = "AvgBIO!";
  const auto figures = study_figures(testing::small_study(), {{"2B"}, metrics});
  EXPECT_THAT(figures.figures.at(0).svg, HasSubstr(">AvgBIO!</text>"));
}

TEST(StudyFigures, BatchScoresOfDataSetsWithTwoBatches) {
  const StudyFigure figure = only(testing::small_study(), "5");
  EXPECT_THAT(figure.csv, HasSubstr("one,hvg,asw_batch,full,0.875"));
  EXPECT_THAT(figure.csv, Not(HasSubstr("two,")));
  EXPECT_THAT(figure.caption, HasSubstr("fewer than two batches are left out: 1."));
  const StudyFigure both = only(testing::small_study(), "S2");
  EXPECT_THAT(both.csv,
              AllOf(HasSubstr("one,hvg,asw_batch,full,0.875"), HasSubstr("one,hvg,asw_batch,pc30,0.625")));
}

TEST(StudyFigures, VariantsOfAModelStandTogetherControlsFirst) {
  const StudyFigure figure = only(testing::small_study(), "3");
  EXPECT_THAT(figure.csv, Not(HasSubstr("hvg")));
  EXPECT_LT(figure.csv.find("gf-random"), figure.csv.find("one,gf,"));
  EXPECT_THAT(figure.svg, HasSubstr(">untrained</text>"));
}

// 0.75 - 0.375 = 0.375; seeds: 0.75 - 0.5 to 0.75 - 0.25. "two" has no value of gf.
TEST(StudyFigures, GainIsTheModelMinusItsControl) {
  const StudyFigure figure = only(testing::small_study(), "gain");
  EXPECT_THAT(figure.csv, HasSubstr("one,gf,gf-random,avg_bio,0.375,0.75,0.375,0.25,0.5,,,2,100,0.375,\n"
                                    "two,gf,gf-random,avg_bio,,,0.575,,,,,,,0.375,out of memory\n"));
}

// Square and add: 0.25 - hypot(0.75 - 0.72, 0.54 - 0.5) = 0.25 - 0.05; 0.25 + hypot(0.87 - 0.75, 0.5 - 0.45)
// = 0.25 + 0.13.
TEST(StudyFigures, GainOfSingleSeedsHasAnInterval) {
  StudyResults study = testing::small_study();
  study.methods[2].n_seeds = 1;
  study.datasets.resize(1);
  auto& e = study.datasets[0].evaluation;
  e.embeddings.pop_back();
  for (Score& score : e.scores) {
    if (score.embedding == "gf") score.low = 0.72, score.high = 0.87;
    if (score.embedding == "gf-random-s0") score.value = 0.5, score.low = 0.45, score.high = 0.54;
  }
  const std::string csv = only(study, "gain").csv;
  const std::string start = "one,gf,gf-random,avg_bio,0.25,0.75,0.5,0.25,0.25,";
  ASSERT_THAT(csv, HasSubstr(start));
  std::istringstream rest(csv.substr(csv.find(start) + start.size()));
  double low = 0, high = 0;
  char comma = 0;
  rest >> low >> comma >> high;
  EXPECT_NEAR(low, 0.2, 1e-12);
  EXPECT_NEAR(high, 0.38, 1e-12);
}

TEST(StudyFigures, CostIsTheFirstStageOverSeeds) {
  const StudyFigure figure = only(testing::small_study(), "cost");
  EXPECT_THAT(figure.csv, HasSubstr("one,hvg,0.5,2,50,1000,1,100,\n"));
  EXPECT_THAT(figure.csv, HasSubstr("two,gf,,40,2.5,1000,,,out of memory\n"));
  EXPECT_THAT(figure.csv, HasSubstr("one,gf-random,0.375,40,2.5,1000,2,100,\n"));
}

TEST(StudyFigures, BestAndFixedResolutionBesideEachOther) {
  StudyResults study = testing::small_study();
  auto& scores = study.datasets[0].evaluation.scores;
  scores.push_back(testing::study_score("hvg", "nmi", 0.75));
  scores.push_back(testing::study_score("hvg", "nmi_fixed", 0.5));
  const StudyFigure figure = only(study, "fixed_resolution");
  EXPECT_THAT(figure.csv, AllOf(HasSubstr("one,hvg,nmi,full,0.75"), HasSubstr("one,hvg,nmi_fixed,full,0.5")));
  EXPECT_THAT(figure.svg, HasSubstr(">−0.250</text>"));
  EXPECT_THAT(figure.csv, Not(HasSubstr("ari")));
}

TEST(StudyFigures, OverlapComparesAPartWithItsWhole) {
  StudyResults study = testing::small_study();
  StudyDataset part = study.datasets[0];
  part.name = "one without overlap";
  part.variant = StudyVariant::without_overlap;
  part.variant_of = "one";
  part.evaluation.n_cells = 60;
  for (Score& score : part.evaluation.scores)
    if (score.embedding == "hvg") score.value = 0.625, score.n_cells = 60;
  study.datasets.push_back(part);
  const StudyFigure figure = only(study, "overlap");
  EXPECT_THAT(figure.csv, HasSubstr("one,hvg,avg_bio,full,0.5,"));
  EXPECT_THAT(figure.csv, HasSubstr("one without overlap,hvg,avg_bio,full,0.625,"));
  EXPECT_THAT(figure.svg, HasSubstr(">+0.125</text>"));
  EXPECT_THAT(only(study, "2B").csv, Not(HasSubstr("without overlap")));
}

TEST(StudyFigures, SamplesHaveFiguresOfTheirOwn) {
  StudyResults study = testing::small_study();
  study.datasets[1].variant = StudyVariant::sample;
  study.datasets[1].variant_of = "one";
  const auto figures = draw(study, {"2A"});
  EXPECT_THAT(names_of(figures), ElementsAre("figure_2a", "figure_2a-sample"));
  EXPECT_THAT(figures.figures[0].csv, Not(HasSubstr("two,")));
  EXPECT_THAT(figures.figures[1].csv, AllOf(HasSubstr("two,hvg"), Not(HasSubstr("one,"))));
  EXPECT_THAT(names_of(draw(study, {"2A-sample"})), ElementsAre("figure_2a-sample"));
  EXPECT_EQ(reason_of(draw(testing::small_study(), {"2A-sample"}), "2A-sample"),
            "the study has no sample of a data set");
}

// A method of the samples has neither a row nor a panel where it never was to run; one that failed has.
TEST(StudyFigures, MethodsThatRunElsewhereHaveNoPlace) {
  auto study = testing::small_study();
  study.methods.push_back({});
  study.methods.back().tag = "of-samples";
  auto figure = only(study, "2A");
  EXPECT_THAT(figure.caption, HasSubstr("Not run on these cells: of-samples."));
  EXPECT_THAT(figure.csv, Not(HasSubstr("of-samples")));
  study.datasets[0].evaluation.embeddings[0].umap = DenseMatrix<float>(100, 2, 0.5F);
  EXPECT_THAT(only(study, "4A").svg, Not(HasSubstr(">of-samples<")));
  study.failures.push_back({study.datasets.front().name, "of-samples", "embedding", "no memory"});
  figure = only(study, "2A");
  EXPECT_THAT(figure.caption, Not(HasSubstr("Not run on these cells")));
  EXPECT_THAT(figure.csv, HasSubstr("of-samples"));
  EXPECT_THAT(figure.caption, HasSubstr("no memory"));
}

TEST(StudyFigures, LayoutsArePagesOfDataSets) {
  StudyResults study = testing::small_study();
  for (StudyDataset& dataset : study.datasets)
    dataset.evaluation.embeddings[0].umap = DenseMatrix<float>(100, 2, 0.5F);
  study.datasets[0].evaluation.embeddings[0].umap(3, 1) = NAN;
  const auto figures = draw(study, {"4A", "4B"});
  EXPECT_THAT(names_of(figures), ElementsAre("figure_4a_one", "figure_4a_two", "figure_4b_one"));
  ASSERT_EQ(figures.absent.size(), 1u);
  EXPECT_EQ(figures.absent[0].number, "4B");
  EXPECT_EQ(figures.absent[0].dataset, "two");
  EXPECT_EQ(figures.absent[0].reason, "all cells are of one batch");
  const StudyFigure& first = figures.figures[0];
  EXPECT_THAT(first.csv, ::testing::StartsWith("cell,group,hvg_umap1,hvg_umap2\nc0,B,0.5,0.5\n"));
  EXPECT_THAT(first.csv, HasSubstr("c3,T,0.5,\n"));
  EXPECT_THAT(first.csv, HasSubstr("c7,,0.5,0.5\n"));
  EXPECT_THAT(first.caption, HasSubstr("Without a layout: gf, gf-random."));
  EXPECT_THAT(first.svg, AllOf(HasSubstr(">1  B</text>"), Not(HasSubstr("unused"))));
}

TEST(StudyFigures, LayoutWithoutAnyPositionSaysSo) {
  StudyResults study = testing::small_study();
  study.datasets[0].evaluation.embeddings[0].umap = DenseMatrix<float>(100, 2, NAN);
  const StudyFigure figure = only(study, "4A");
  EXPECT_THAT(figure.svg, HasSubstr("no cell has a position"));
  EXPECT_FALSE(has_nan(figure.svg));
}

TEST(StudyFigures, ReconstructionsOfSeveralDataSets) {
  StudyResults study = testing::small_study();
  study.methods[1].tag = "scgpt-0";
  study.methods.push_back({"gf-0", "gf-0=geneformer:m", "geneformer", 1, true, "", ""});
  for (StudyDataset& dataset : study.datasets) {
    Reconstruction r = testing::example_reconstruction(1, 50);
    testing::add_bin_models(r, 1);
    dataset.reconstruction = std::move(r);
  }
  const auto figures = draw(study, {"6A", "6B", "6C", "7", "8"});
  EXPECT_THAT(names_of(figures), ElementsAre("figure_6a", "figure_6b", "figure_6c", "figure_7", "figure_8"));
  // 50 true bins, two data sets, a header.
  EXPECT_EQ(std::ranges::count(figures.figures[0].csv, '\n'), 101);
  EXPECT_THAT(figures.figures[3].csv,
              AllOf(HasSubstr("one,scgpt-0,mse_gep,200.97,200.97,200.97,194.97,207.97,1,0,202.45\n"),
                    HasSubstr("two,scgpt-0,mse_gepc,148.52")));
  EXPECT_THAT(figures.figures[4].csv,
              AllOf(HasSubstr("one,gf-0,average rank,45,5,"), HasSubstr("two,gf-0,model,45,5,")));
  EXPECT_THAT(figures.figures[4].caption, HasSubstr("Cells without a correlation, over all shapes: 20."));
}

TEST(StudyFigures, HostileNamesAreEscapedAndMakeDistinctFiles) {
  StudyResults study = testing::small_study();
  study.datasets[0].name = "<b>&\"../../x\n";
  study.datasets[1].name = "<b>&\"..\\..\\x\n";
  study.methods[0].tag = "<script>&,\"";
  for (StudyDataset& dataset : study.datasets) {
    auto& e = dataset.evaluation;
    e.embeddings[0].tag = study.methods[0].tag;
    for (Score& score : e.scores)
      if (score.embedding.starts_with("hvg")) score.embedding.replace(0, 3, study.methods[0].tag);
    e.embeddings[0].umap = DenseMatrix<float>(100, 2, 0.5F);
    e.labels.categories[0] = "a<b>&\x01\xff";
  }
  const auto figures = draw(study);
  std::set<std::string> names;
  for (const StudyFigure& figure : figures.figures) {
    EXPECT_TRUE(names.insert(figure.name).second) << figure.name;
    EXPECT_EQ(figure.name.find_first_of("/\\<>&\"\n "), std::string::npos) << figure.name;
    EXPECT_THAT(figure.name, Not(HasSubstr("..")));
    EXPECT_THAT(figure.svg, Not(HasSubstr("<script>"))) << figure.name;
    EXPECT_THAT(figure.svg, Not(HasSubstr("<b>"))) << figure.name;
  }
  EXPECT_THAT(only(study, "2A").csv, HasSubstr("\"<script>&,\"\"\""));
}

TEST(StudyFigures, OneDataSetAndOneMethod) {
  StudyResults study = testing::small_study();
  study.datasets.resize(1);
  study.methods.resize(1);
  const auto figures = draw(study);
  EXPECT_THAT(names_of(figures),
              ElementsAre("table_1", "figure_2a", "figure_2b", "figure_5", "figure_s2", "cost"));
  EXPECT_EQ(reason_of(figures, "3"), "no model has two variants, nor a control");
  EXPECT_EQ(reason_of(figures, "gain"), "no method of the study is the control of another");
  EXPECT_THAT(figures.figures[1].svg, Not(HasSubstr("median over data sets")));
}

TEST(StudyFigures, NothingAtAll) {
  const auto figures = draw({});
  EXPECT_THAT(figures.figures, IsEmpty());
  EXPECT_EQ(figures.absent.size(), study_figure_numbers().size());
  for (const StudyFigureAbsence& absence : figures.absent)
    EXPECT_THAT(absence.reason, Not(IsEmpty())) << absence.number;
}

TEST(StudyFigures, DataSetsWithoutScoresLabelsAndCells) {
  StudyResults study;
  study.methods = testing::small_study().methods;
  study.datasets.resize(1);
  study.datasets[0].name = "empty";
  study.datasets[0].reconstruction = Reconstruction{};
  const auto figures = draw(study);
  EXPECT_THAT(names_of(figures), ElementsAre("table_1"));
  EXPECT_EQ(reason_of(figures, "2A"), "no method has a value of asw_label on any data set");
  EXPECT_EQ(reason_of(figures, "5"), "no data set has two or more batches");
}

TEST(StudyFigures, ValuesThatAreNotFiniteAreLeftOutWithAReason) {
  StudyResults study = testing::small_study();
  for (Score& score : study.datasets[0].evaluation.scores)
    if (score.embedding == "hvg" && score.metric == "avg_bio") score.value = NAN;
  const StudyFigure figure = only(study, "2B");
  EXPECT_THAT(figure.csv, HasSubstr("one,hvg,avg_bio,full,,,,,,,,,0.7,the value is not a finite number\n"));
  EXPECT_FALSE(has_nan(figure.svg));
}

TEST(StudyFigures, SameStudySameBytes) {
  const auto study = testing::full_study({60, 45, 31, false});
  const auto first = draw(study), second = draw(study);
  ASSERT_EQ(first.figures.size(), second.figures.size());
  for (size_t i = 0; i < first.figures.size(); ++i) {
    const StudyFigure &a = first.figures[i], &b = second.figures[i];
    EXPECT_TRUE(a.svg == b.svg && a.png == b.png && a.pdf == b.pdf && a.csv == b.csv) << a.name;
    EXPECT_EQ(a.caption, b.caption);
  }
}

TEST(StudyLook, TwentyFourMethodsAllLookDifferent) {
  for (size_t i = 0; i < 24; ++i)
    for (size_t j = 0; j < i; ++j) {
      EXPECT_FALSE(method_look(i) == method_look(j)) << i << " " << j;
      EXPECT_FALSE(method_look(i).colour == method_look(j).colour) << i << " " << j;
    }
  EXPECT_EQ(method_look(0).fill, MarkFill::solid);
  EXPECT_EQ(method_look(8).fill, MarkFill::open);
  EXPECT_EQ(method_look(23).fill, MarkFill::cored);
}

TEST(StudyLook, TenDataSetsHaveTenShapes) {
  std::set<MarkShape> shapes;
  for (size_t i = 0; i < 10; ++i) shapes.insert(dataset_shape(i));
  EXPECT_EQ(shapes.size(), 10u);
  EXPECT_EQ(dataset_shape(12), dataset_shape(2));
  EXPECT_LT(dataset_scale(12), dataset_scale(2));
}

}  // namespace
}  // namespace zerocell
