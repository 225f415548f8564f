// init-model as a user meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "data/temporary_folder.h"

namespace zerocell {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// A vocabulary of two genes.
std::string vocabulary(const TemporaryFolder& folder) {
  std::filesystem::create_directories(folder.file("vocab"));
  return folder.write("vocab/vocab.json", R"({"TP53": 1, "ACTB": 0, "<pad>": 2, "<cls>": 3, "<eoc>": 4})");
}

TEST(CliInitModel, ScgptFromAVocabulary) {
  const TemporaryFolder folder;
  vocabulary(folder);
  const auto init = [&](const std::string& out, const std::string& more) {
    return run_program("init-model scgpt --architecture tiny --vocab " + folder.file("vocab") + " --out " +
                       folder.file(out) + " " + more);
  };
  const auto run = init("a", "--json --seed 5");
  ASSERT_EQ(run.status, 0) << run.err;
  const auto answer = json::parse(run.out);
  EXPECT_EQ(answer["model"], "scgpt");
  EXPECT_EQ(answer["architecture"], "tiny");
  EXPECT_EQ(answer["init"], "independent");
  EXPECT_EQ(answer["n_tokens"], 5);
  EXPECT_EQ(json::parse(read_file(folder.file("a/vocab.json"))),
            json::parse(read_file(folder.file("vocab/vocab.json"))));
  EXPECT_EQ(json::parse(read_file(folder.file("a/args.json")))["embsize"], 64);
  EXPECT_TRUE(std::filesystem::exists(folder.file("a/best_model.pt")));

  ASSERT_EQ(init("b", "--seed 5").status, 0);
  ASSERT_EQ(init("c", "--seed 6").status, 0);
  ASSERT_EQ(init("d", "--seed 5 --init package").status, 0);
  const std::string weights = read_file(folder.file("a/best_model.pt"));
  EXPECT_EQ(weights, read_file(folder.file("b/best_model.pt")));
  EXPECT_NE(weights, read_file(folder.file("c/best_model.pt")));
  EXPECT_NE(weights, read_file(folder.file("d/best_model.pt")));
}

TEST(CliInitModel, ScgptTakesConventionsOfTheVocabularysFolder) {
  const TemporaryFolder folder;
  vocabulary(folder);
  folder.write("vocab/args.json",
               R"({"embsize": 8, "nheads": 1, "d_hid": 8, "nlayers": 1, "n_bins": 31, "max_seq_len": 40})");
  const auto run = run_program("init-model scgpt --architecture tiny --vocab " + folder.file("vocab") +
                               " --out " + folder.file("a"));
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(
      run.out,
      HasSubstr("untrained scgpt (2 layers, 64 dimensions, 4 heads, 31 bins, cells of up to 40 tokens, "
                "5 tokens), seed 0"));
  // The file itself, without its neighbour.
  const auto file = run_program("init-model scgpt --architecture tiny --vocab " +
                                folder.file("vocab/vocab.json") + " --out " + folder.file("b"));
  ASSERT_EQ(file.status, 0) << file.err;
  EXPECT_THAT(file.out, HasSubstr("51 bins"));
}

TEST(CliInitModel, ScgptFromTheGenesOfData) {
  const TemporaryFolder folder;
  ASSERT_EQ(
      run_program("simulate --out " + folder.file("data.h5ad") + " --cells 20 --genes 30 --quiet").status, 0);
  const auto run = run_program("init-model scgpt --architecture tiny --genes-from " +
                               folder.file("data.h5ad") + " --out " + folder.file("a"));
  ASSERT_EQ(run.status, 0) << run.err;
  const auto names = json::parse(read_file(folder.file("a/vocab.json")));
  EXPECT_EQ(names.size(), 33u);
  EXPECT_EQ(names["<pad>"], 30);
  EXPECT_EQ(names["<eoc>"], 32);
}

TEST(CliInitModel, WrongUsageIsStatusTwo) {
  const TemporaryFolder folder;
  vocabulary(folder);
  const std::string vocab = " --vocab " + folder.file("vocab") + " --out " + folder.file("x");
  const auto refused = [&](const std::string& arguments, const std::string& said, int status = 2) {
    const auto run = run_program("init-model " + arguments);
    EXPECT_EQ(run.status, status) << arguments << run.err;
    EXPECT_THAT(run.err, HasSubstr(said)) << arguments;
    EXPECT_FALSE(std::filesystem::exists(folder.file("x"))) << arguments;
  };
  refused("scgpt --architecture V1-10M" + vocab, "human, small, tiny");
  refused("geneformer --architecture human" + vocab, "V1-10M");
  refused("scgpt --init xavier" + vocab, "independent, package");
  refused("geneformer --init package" + vocab, "no such option");
  refused("scgpt --out " + folder.file("x"), "neither");
  refused("uce" + vocab, "uce");
  // A vocabulary that cannot be used leaves no folder.
  folder.write("bad.json", R"({"TP53": 0, "<pad>": 1})");
  refused("scgpt --vocab " + folder.file("bad.json") + " --out " + folder.file("x"), "<cls>", 1);
  const auto full =
      run_program("init-model scgpt --vocab " + folder.file("vocab") + " --out " + folder.file("vocab"));
  EXPECT_EQ(full.status, 2);
  EXPECT_THAT(full.err, HasSubstr("--force"));
}

}  // namespace
}  // namespace zerocell
