// Which genes a model sees, and what a message tells the user to do about it: done here, and works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Simulated cells, whose genes have symbols as the index of var and Ensembl ids in a column. Models of
/// either.
class CliModelGenes : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = (fs::temp_directory_path() / ("zerocell_model_genes_" + std::to_string(getpid()))).string();
    fs::create_directories(folder_);
    ASSERT_EQ(run_program("simulate --out " + data() + " --cells 30 --genes 200 --types 2 --quiet").status,
              0);
    const std::string from = " --genes-from " + data() + " --out " + folder_ + "/";
    for (const std::string more :
         {"gpt_symbols --architecture tiny", "gpt_ids --architecture tiny --gene-ids ensembl_id"})
      ASSERT_EQ(run_program("init-model scgpt" + from + more).status, 0);
    ASSERT_EQ(run_program("init-model geneformer" + from + "gf_ids --gene-ids ensembl_id").status, 0);
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static std::string data() { return folder_ + "/cells.h5ad"; }
  static std::string out(const std::string& name) { return folder_ + "/" + name; }
  static ProgramRun embed(const std::string& spec, const std::string& more = "") {
    return run_program("embed " + data() + " --force --embedding " + spec + " --out " +
                       out("embedded.h5ad ") + more);
  }
  /// The Ensembl id of each symbol: both vocabularies have the genes in the order of the data.
  static std::map<std::string, std::string> ids_of_symbols() {
    const auto read = [](const std::string& name) {
      std::map<int, std::string> names;
      const auto vocabulary = nlohmann::json::parse(read_file(out(name) + "/vocab.json"));
      for (const auto& [gene, id] : vocabulary.items())
        if (!gene.starts_with('<')) names[id] = gene;
      return names;
    };
    const auto symbols = read("gpt_symbols"), ids = read("gpt_ids");
    std::map<std::string, std::string> pairs;
    for (const auto& [place, symbol] : symbols) pairs[symbol] = ids.at(place);
    return pairs;
  }

  static std::string folder_;
};
std::string CliModelGenes::folder_;

TEST_F(CliModelGenes, AnotherColumnOfVarIsNamedAndWorks) {
  // Without a dictionary of names only the ids match.
  const std::string copy = out("gf_without_names");
  fs::copy(out("gf_ids"), copy);
  fs::remove(copy + "/gene_name_id_dict.pkl");
  const auto refused = embed("geneformer=" + copy);
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("0 of 200 matched"), HasSubstr("--gene-ids names the column of var"),
                    HasSubstr("gene_name_id_dict"), HasSubstr("such as 'ENSG")));
  const auto by_column = embed("geneformer=" + copy, "--gene-ids ensembl_id");
  EXPECT_EQ(by_column.status, 0) << by_column.err;
  EXPECT_THAT(by_column.out, HasSubstr("without 0 of 200 genes"));
  // The other way out: the dictionary of names.
  std::ofstream(copy + "/gene_name_id_dict.json") << nlohmann::json(ids_of_symbols());
  const auto by_names = embed("geneformer=" + copy);
  EXPECT_EQ(by_names.status, 0) << by_names.err;
  EXPECT_THAT(by_names.out, HasSubstr("without 0 of 200 genes"));
}

TEST_F(CliModelGenes, IdsForAVocabularyOfSymbolsAreTranslatedInBothWaysThatAreNamed) {
  const std::string model = "scgpt=" + out("gpt_symbols");
  const auto refused = embed(model, "--gene-ids ensembl_id");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("--gene-ids COLUMN"), HasSubstr("aliases=TABLE")));
  EXPECT_EQ(embed(model).status, 0);
  std::ofstream table(out("hgnc.tsv"));
  table << "symbol\tensembl_gene_id\tprev_symbol\talias_symbol\n";
  for (const auto& [symbol, id] : ids_of_symbols()) table << symbol << '\t' << id << "\t\t\n";
  table.close();
  const auto translated = embed(model + ":aliases=" + out("hgnc.tsv"), "--gene-ids ensembl_id");
  EXPECT_EQ(translated.status, 0) << translated.err;
  EXPECT_THAT(translated.out, HasSubstr("without 0 of 200 genes"));
}

/// A vocabulary of another species than human: its own names are its genes, and messages name the species.
TEST_F(CliModelGenes, ModelsOfOtherSpecies) {
  // A 10x folder of 20 flies' cells, in which gene g has g + c + 1 counts in every third cell c.
  const std::string flies = out("flies");
  fs::create_directories(flies);
  std::ofstream genes(flies + "/genes.tsv"), barcodes(flies + "/barcodes.tsv"), matrix(flies + "/matrix.mtx");
  std::string entries;
  size_t n_entries = 0;
  for (int g = 0; g < 200; ++g) {
    genes << "FBgn" << 1000000 + g << "\tFBgn" << 1000000 + g << '\n';
    for (int c = g % 3; c < 20; c += 3, ++n_entries)
      entries += std::to_string(g + 1) + " " + std::to_string(c + 1) + " " + std::to_string(g + c + 1) + "\n";
  }
  for (int c = 0; c < 20; ++c) barcodes << "cell" << c << '\n';
  matrix << "%%MatrixMarket matrix coordinate integer general\n200 20 " << n_entries << '\n' << entries;
  genes.close();
  barcodes.close();
  matrix.close();
  for (const std::string method : {"geneformer", "scgpt --architecture tiny"})
    ASSERT_EQ(run_program("init-model " + method + " --genes-from " + flies + " --out " +
                          out("flies_" + method.substr(0, 5)))
                  .status,
              0);
  for (const std::string& spec : {"geneformer=" + out("flies_genef"), "scgpt=" + out("flies_scgpt")}) {
    const auto run =
        run_program("embed " + flies + " --embedding " + spec + " --force --out " + out("x.h5ad"));
    EXPECT_EQ(run.status, 0) << run.err;
    EXPECT_THAT(run.out, HasSubstr("without 0 of 200 genes"));
    EXPECT_THAT(run_program("inspect " + flies + " --embedding " + spec).out,
                AllOf(HasSubstr("FlyBase (fruit fly)"), Not(HasSubstr("mouse"))));
    const auto human = embed(spec, "--gene-ids ensembl_id");
    EXPECT_EQ(human.status, 1);
    EXPECT_THAT(human.err, AllOf(HasSubstr("fruit fly genes"), HasSubstr("fruit fly orthologues")));
  }
}

TEST_F(CliModelGenes, ACountThatIsTooHighIsLowered) {
  const std::string model = "scgpt=" + out("gpt_symbols") + ":filter_gene_by_counts=";
  const auto refused = embed(model + "100000000");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("Lower filter_gene_by_counts"));
  EXPECT_EQ(embed(model + "2").status, 0);
}

}  // namespace
}  // namespace zerocell
