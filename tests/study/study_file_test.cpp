#include "zerocell/study/study_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zerocell {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<StudyProblem> problems_of(const std::string& text) {
  std::vector<StudyProblem> problems;
  parse_study_file("folder/study.toml", text, problems);
  return problems;
}

auto problem(size_t line, const std::string& part) {
  return testing::AllOf(testing::Field(&StudyProblem::line, line),
                        testing::Field(&StudyProblem::message, HasSubstr(part)));
}

constexpr const char* kGood = R"(title = "Blood"
seed = 3
tasks = ["clustering"]
[limits]
threads = 2
max_memory = "1G"
[[dataset]]
name = "pbmc"
path = "data/pbmc.h5ad"
label = "celltype"
batch = "batch"
counts = "layer:counts"
[[dataset]]
path = "/absolute/kidney.h5ad"
accept_non_counts = true
[[method]]
spec = "hvg"
[[method]]
spec = "mine@scvi:max_epochs=5"
seeds = 3
datasets = ["pbmc"]
[[method]]
spec = "scgpt=models/human"
controls = ["weights", "values"]
subsample = 100
reconstruction = false
)";

TEST(StudyFile, Reads) {
  std::vector<StudyProblem> problems;
  const auto study = parse_study_file("folder/study.toml", kGood, problems);
  ASSERT_THAT(problems, IsEmpty()) << problems.front().message;
  EXPECT_EQ(study.title, "Blood");
  EXPECT_EQ(study.seed, 3u);
  EXPECT_TRUE(study.has_task("clustering"));
  EXPECT_FALSE(study.has_task("batch"));
  EXPECT_EQ(study.threads, 2u);
  EXPECT_EQ(study.max_memory, uint64_t{1} << 30);
  ASSERT_EQ(study.datasets.size(), 2u);
  EXPECT_EQ(study.datasets[0].path, "folder/data/pbmc.h5ad");
  EXPECT_EQ(study.datasets[0].layer, "counts");
  EXPECT_EQ(study.datasets[1].path, "/absolute/kidney.h5ad");
  EXPECT_EQ(study.datasets[1].name, "kidney");
  EXPECT_EQ(study.datasets[1].layer, "auto");
  EXPECT_FALSE(study.datasets[0].accept_non_counts);
  EXPECT_TRUE(study.datasets[1].accept_non_counts);
  ASSERT_EQ(study.methods.size(), 3u);
  EXPECT_EQ(study.methods[1].spec.tag, "mine");
  EXPECT_EQ(study.methods[1].seeds, 3u);
  EXPECT_THAT(study.methods[1].datasets, ElementsAre("pbmc"));
  EXPECT_EQ(study.methods[2].spec.path, "folder/models/human");
  EXPECT_THAT(study.methods[2].controls, ElementsAre("weights", "values"));
  EXPECT_EQ(study.methods[2].subsample, 100u);
  EXPECT_FALSE(study.methods[2].reconstruction);
}

TEST(StudyFile, EveryMistakeAtOnceWithItsLine) {
  const auto problems = problems_of(R"(titel = "x"
seed = "three"
tasks = ["clustring"]
[[dataset]]
name = "a"
path = "a.h5ad"
counts = "layers/counts"
bacth = "batch"
[[dataset]]
name = "a"
path = "b.h5ad"
[[dataset]]
name = "../b"
path = "c.h5ad"
[[method]]
spec = "hgv"
[[method]]
spec = "hvg:n_top_gene=5"
[[method]]
spec = "hvg"
controls = ["weights"]
[[method]]
spec = "scgpt"
datasets = ["aa"]
[[method]]
seeds = 0
)");
  EXPECT_THAT(problems, Contains(problem(1, "unknown key 'titel' (did you mean 'title'?)")));
  EXPECT_THAT(problems, Contains(problem(2, "seed must be a whole number")));
  EXPECT_THAT(problems, Contains(problem(3, "did you mean 'clustering'?")));
  EXPECT_THAT(problems, Contains(problem(7, "layer:NAME")));
  EXPECT_THAT(problems, Contains(problem(8, "did you mean 'batch'?")));
  EXPECT_THAT(problems, Contains(problem(9, "two data sets are called 'a'")));
  EXPECT_THAT(problems, Contains(problem(13, "cannot be the name of a folder")));
  EXPECT_THAT(problems, Contains(problem(16, "did you mean 'hvg'?")));
  EXPECT_THAT(problems, Contains(problem(18, "did you mean 'n_top_genes'?")));
  EXPECT_THAT(problems, Contains(problem(19, "two methods have the tag 'hvg'")));
  EXPECT_THAT(problems, Contains(problem(21, "no control 'weights'")));
  EXPECT_THAT(problems, Contains(problem(23, "needs a path")));
  EXPECT_THAT(problems, Contains(problem(22, "no data set is called 'aa'")));
  EXPECT_THAT(problems, Contains(problem(25, "spec is missing")));
  EXPECT_THAT(problems, Contains(problem(26, "seeds must be a whole number")));
}

TEST(StudyFile, WrongTypesAndMissingTables) {
  EXPECT_THAT(problems_of("dataset = 3\nmethod = [1]\n"),
              Contains(problem(1, "tables, each headed [[dataset]]")));
  EXPECT_THAT(problems_of("dataset = 3\nmethod = [1]\n"),
              Contains(problem(2, "tables, each headed [[method]]")));
  EXPECT_THAT(problems_of(""), Contains(problem(1, "no data set")));
  EXPECT_THAT(problems_of(""), Contains(problem(1, "no method")));
  EXPECT_THAT(problems_of("title = 'a\n"), Contains(problem(1, "not TOML")));
  EXPECT_THAT(problems_of("[limits]\nmax_memory = \"much\"\n"), Contains(problem(2, "[limits]")));
  EXPECT_THAT(problems_of("dataset = []\nmethod = []\n"),
              testing::UnorderedElementsAre(problem(1, "no data set"), problem(1, "no method")));
  EXPECT_THAT(problems_of("tasks = []\n"), Contains(problem(1, "tasks is empty")));
  EXPECT_THAT(problems_of("[[method]]\nspec = \"hvg:\"\n"), Contains(problem(2, "hvg:")));
}

constexpr const char* kOneSet = "[[dataset]]\nname = \"a\"\npath = \"a.h5ad\"\n";

// Scores are kept by tag: two results of one name would be averaged as seeds of one method.
TEST(StudyFile, TagsOfSeedsAndControlsAreTaken) {
  const auto of = [](const std::string& methods) { return problems_of(kOneSet + methods); };
  EXPECT_THAT(of("[[method]]\nspec = \"pca\"\nseeds = 2\n[[method]]\nspec = \"pca-s1@hvg\"\n"),
              ElementsAre(problem(7, "the tag 'pca-s1'")));
  EXPECT_THAT(of("[[method]]\nspec = \"pca-s1@hvg\"\n[[method]]\nspec = \"pca\"\nseeds = 2\n"),
              ElementsAre(problem(6, "the tag 'pca-s1'")));
  EXPECT_THAT(of("[[method]]\nspec = \"pca:seed=4\"\nseeds = 2\n[[method]]\nspec = \"pca-s5@hvg\"\n"),
              ElementsAre(problem(7, "the tag 'pca-s5'")));
  EXPECT_THAT(of("[[method]]\nspec = \"pca\"\nseeds = 2\n[[method]]\nspec = \"pca-s2@hvg\"\n"), IsEmpty())
      << "seeds are 0 and 1";
  EXPECT_THAT(of("[[method]]\nspec = \"pca:seeds=2\"\n[[method]]\nspec = \"pca-s0@hvg\"\n"),
              ElementsAre(problem(6, "the tag 'pca-s0'")));
  EXPECT_THAT(of("[[method]]\nspec = \"m@scgpt=x\"\ncontrols = [\"weights\", \"genes\"]\n"
                 "[[method]]\nspec = \"m-untrained@pca\"\n[[method]]\nspec = \"m-shuffled-genes@pca\"\n"),
              ElementsAre(problem(7, "the tag 'm-untrained'"), problem(9, "the tag 'm-shuffled-genes'")));
}

TEST(StudyFile, ValuesThatOptionsDoNotTake) {
  const auto of = [](const std::string& spec) {
    return problems_of(kOneSet + ("[[method]]\nspec = \"" + spec + "\"\n"));
  };
  EXPECT_THAT(of("hvg:flavor=seurat_v4"), ElementsAre(problem(5, "option 'flavor'")));
  EXPECT_THAT(of("pca:n_comps=many"), ElementsAre(problem(5, "option 'n_comps'")));
  EXPECT_THAT(of("harmony:theta=-1"), ElementsAre(problem(5, "option 'theta'")));
  EXPECT_THAT(of("scgpt=x:route=C"), ElementsAre(problem(5, "option 'route'")));
  EXPECT_THAT(of("geneformer=x:pool=max"), ElementsAre(problem(5, "option 'pool'")));
  EXPECT_THAT(of("all-genes:seed=one"), ElementsAre(problem(5, "option 'seed'")));
  EXPECT_THAT(of("hvg=some/path"), ElementsAre(problem(5, "expected no path")));
  EXPECT_THAT(problems_of(std::string(kOneSet) +
                          "[[method]]\nspec = \"scgpt=x:weights=random\"\ncontrols = [\"weights\"]\n"),
              ElementsAre(problem(6, "the spec itself has weights=random")));
}

TEST(StudyFile, NamesThatAreTakenOrNoFolders) {
  for (const char* const name : {"figures", ".cache", "", "a/b", "scores.csv"})
    EXPECT_THAT(problems_of("[[dataset]]\nname = \"" + std::string(name) + "\"\npath = \"" +
                            (*name ? "x.h5ad" : "/") + "\"\n[[method]]\nspec = \"hvg\"\n"),
                Contains(testing::Field(&StudyProblem::message, HasSubstr("cannot be the name"))))
        << name;
}

TEST(StudyFile, ModalityOfAMuDataFile) {
  std::vector<StudyProblem> problems;
  const auto study = parse_study_file(
      "study.toml", "[[dataset]]\npath = \"a.h5mu\"\nmodality = \"rna\"\n[[method]]\nspec = \"pca\"\n",
      problems);
  ASSERT_THAT(problems, IsEmpty()) << problems.front().message;
  EXPECT_EQ(study.datasets.at(0).modality, "rna");
}

TEST(StudyFile, FilesThatAreNotThere) {
  std::vector<StudyProblem> problems;
  ThreadPool pool(1);
  const auto study = parse_study_file("folder/study.toml", kGood, problems);
  check_study_files(study, pool, problems);
  EXPECT_THAT(problems, Contains(problem(9, "folder/data/pbmc.h5ad")));
  EXPECT_THAT(problems, Contains(problem(14, "/absolute/kidney.h5ad")));
  EXPECT_THAT(problems, Contains(problem(22, "folder/models/human does not exist")));
}

TEST(NearestWord, OfThoseThatAreNear) {
  EXPECT_EQ(nearest_word("lable", {"batch", "label"}), "label");
  EXPECT_EQ(nearest_word("xyz", {"batch", "label"}), "");
  EXPECT_EQ(nearest_word("", {}), "");
}

TEST(StudyWords, OptionsAreCalledAsInTheFile) {
  EXPECT_EQ(in_study_words("Name another matrix with --layer, or allow this with --accept-non-counts"),
            "Name another matrix with counts = \"layer:NAME\", or allow this with accept_non_counts = true");
  EXPECT_EQ(in_study_words("X is used as counts because --accept-non-counts asks for it; --where, --where"),
            "X is used as counts because accept_non_counts asks for it; where, where");
  EXPECT_EQ(in_study_words(
                "There are counts in layers/umi: choose them with --layer umi; or with --layer 'my umi'."),
            "There are counts in layers/umi: choose them with counts = \"layer:umi\"; or with counts = "
            "\"layer:my umi\".");
  EXPECT_EQ(in_study_words("choose it with --layer X, --layer layers/X. Choose one with --modality rna"),
            "choose it with counts = \"X\", counts = \"layer:layers/X\". Choose one with modality = \"rna\"");
  EXPECT_EQ(in_study_words("nothing of the kind"), "nothing of the kind");
}

}  // namespace
}  // namespace zerocell
