// Models as people have them on their disks. What a message tells the user to do is done here, and works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kGolden = ZEROCELL_SOURCE_DIR "/tests/golden/";

class CliModelFiles : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = (fs::temp_directory_path() / ("zerocell_model_files_" + std::to_string(getpid()))).string();
    fs::create_directories(folder_);
    ASSERT_EQ(run_program("simulate --out " + data() + " --cells 30 --genes 200 --types 2 --quiet").status,
              0);
    ASSERT_EQ(run_program("init-model geneformer --genes-from " + data() + " --out " + out("gf")).status, 0);
    ASSERT_EQ(
        run_program("init-model scgpt --architecture tiny --genes-from " + data() + " --out " + out("gpt"))
            .status,
        0);
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static std::string data() { return folder_ + "/cells.h5ad"; }
  static std::string out(const std::string& name) { return folder_ + "/" + name; }
  /// The folder of a method's model. It isn't called geneformer, in which dictionaries are looked for from
  /// beside.
  static std::string model_of(const std::string& method) {
    return out(method == "geneformer" ? "gf" : "gpt");
  }
  static std::string copy_of(const std::string& method, const std::string& name) {
    fs::remove_all(out(name));
    fs::copy(model_of(method), out(name));
    return out(name);
  }
  static ProgramRun embed(const std::string& spec) {
    return run_program("embed " + data() + " --force --embedding \"m@" + spec + "\" --out " +
                       out("embedded.h5ad"));
  }
  /// What stands in a text between two others.
  static std::string between(const std::string& text, const std::string& before, const std::string& after) {
    const size_t begin = text.find(before);
    if (begin == std::string::npos) return "not in: " + text;
    const size_t start = begin + before.size();
    return text.substr(start, text.find_first_of(after, start) - start);
  }

  static std::string folder_;
};
std::string CliModelFiles::folder_;

TEST_F(CliModelFiles, TheOnlyWeightsAreTakenWhateverTheirNameAndItIsSaid) {
  for (const auto& [model, file] :
       {std::pair{"scgpt", "best_model.pt"}, std::pair{"geneformer", "model.safetensors"}}) {
    const std::string copy = copy_of(model, "renamed");
    fs::rename(copy + "/" + file, copy + "/model_e7.pt");
    const auto run = embed(std::string(model) + "=" + copy);
    EXPECT_EQ(run.status, 0) << run.err;
    EXPECT_THAT(run.err, AllOf(HasSubstr("model_e7.pt"), HasSubstr("the only file of weights")));
  }
}

TEST_F(CliModelFiles, OfSeveralWeightsTheNamedOneIsTaken) {
  for (const auto& [model, file] :
       {std::pair{"scgpt", "best_model.pt"}, std::pair{"geneformer", "model.safetensors"}}) {
    const std::string copy = copy_of(model, "several");
    fs::rename(copy + "/" + file, copy + "/model_e7.pt");
    fs::copy(copy + "/model_e7.pt", copy + "/model_e8.pt");
    const auto refused = embed(std::string(model) + "=" + copy);
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.err, HasSubstr("model_e7.pt, model_e8.pt"));
    const auto named =
        embed(std::string(model) + "=" + between(refused.err, "in place of its folder, as ", " \n"));
    EXPECT_EQ(named.status, 0) << named.err;
    EXPECT_EQ(run_program("inspect " + data() + " --embedding " + model + "=" + copy + "/model_e8.pt").status,
              0);
    EXPECT_EQ(run_program("reconstruct " + data() + " --quiet --model " + model + "=" + copy +
                          "/model_e8.pt --out " + out(std::string("reconstructed_") + model))
                  .status,
              0);
  }
}

TEST_F(CliModelFiles, ConfigurationsAndDictionariesThatAreMissingAreCopiedFromTheModelItWasTunedFrom) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases{
      {"scgpt", "args.json", "Copy args.json"},
      {"scgpt", "vocab.json", "Copy vocab.json"},
      {"geneformer", "config.json", "Copy config.json"},
      {"geneformer", "token_dictionary.pkl", "Copy the dictionaries"},
      {"geneformer", "gene_median_dictionary.pkl", "Copy it there"}};
  for (const auto& [model, file, advice] : cases) {
    SCOPED_TRACE(file);
    const std::string copy = copy_of(model, "tuned_" + model);
    fs::remove(copy + "/" + file);
    const auto refused = embed(model + "=" + copy);
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.err, HasSubstr(advice));
    fs::copy(model_of(model) + "/" + file, copy + "/" + file);
    const auto run = embed(model + "=" + copy);
    EXPECT_EQ(run.status, 0) << run.err;
  }
}

TEST_F(CliModelFiles, AnotherKindOfModelIsNamedAsItShouldBe) {
  for (const auto& [model, wrong] : {std::pair{"scgpt", "geneformer"}, std::pair{"geneformer", "scgpt"}}) {
    const auto refused = embed(std::string(wrong) + "=" + model_of(model));
    EXPECT_EQ(refused.status, 1);
    const auto run = embed(between(refused.err, "name it as ", " \n"));
    EXPECT_EQ(run.status, 0) << refused.err << run.err;
  }
  const auto folders = embed("scgpt=" + folder_);
  EXPECT_EQ(folders.status, 1);
  const auto one = embed(between(folders.err, "Name one of the models in it: ", ", \n"));
  EXPECT_EQ(one.status, 0) << folders.err << one.err;
  const auto file = embed("geneformer=" + out("gf") + "/config.json");
  EXPECT_EQ(file.status, 1);
  EXPECT_EQ(embed(between(file.err, "Name its folder: ", " \n")).status, 0) << file.err;
}

TEST_F(CliModelFiles, PathsThatAreNoModelsAreNamedAsWhatTheyAre) {
  fs::create_directories(out("empty"));
  std::ofstream(out("page.bin")) << "<!doctype html><html>";
  std::ofstream(out("pointer.pt")) << "version https://git-lfs.github.com/spec/v1\noid sha256:0\n";
  std::ofstream(out("model.tar.gz"), std::ios::binary) << "\x1f\x8b\x08 more";
  for (const char* method : {"scgpt", "geneformer"})
    for (const auto& [name, what] :
         {std::pair{"empty", "an empty folder"}, std::pair{"page.bin", "a web page"},
          std::pair{"pointer.pt", "git lfs pull"}, std::pair{"model.tar.gz", "Unpack it"},
          std::pair{"nowhere", "nothing there"}}) {
      const auto run = embed(std::string(method) + "=" + out(name));
      EXPECT_EQ(run.status, 1) << name;
      EXPECT_THAT(run.err, HasSubstr(what)) << method << " " << name;
    }
}

TEST_F(CliModelFiles, AdaptersBesideAreRefusedAndTheBaseCanBeNamed) {
  const std::string copy = copy_of("geneformer", "lora");
  std::ofstream(copy + "/adapter_config.json") << "{}";
  const auto refused = embed("geneformer=" + copy);
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("LoRA"), HasSubstr("merge_and_unload()")));
  const auto named = embed("geneformer=" + copy + "/model.safetensors");
  EXPECT_EQ(named.status, 0) << named.err;
  EXPECT_THAT(named.err, HasSubstr("adapter_config.json') are not read"));
}

TEST_F(CliModelFiles, WhatIsSaidStandsInTheResults) {
  const std::string copy = copy_of("scgpt", "said");
  fs::rename(copy + "/best_model.pt", copy + "/model_e7.pt");
  ASSERT_EQ(run_program("evaluate " + data() + " --label celltype --no-umap --quiet --embedding scgpt=" +
                        copy + " --out " + out("said_result"))
                .status,
            0);
  EXPECT_THAT(read_file(out("said_result") + "/results.json"), HasSubstr("the only file of weights there"));
}

/// Dictionaries of Geneformer for `n_tokens` tokens, the genes of the data among them, as JSON.
void write_dictionaries(const std::string& folder, const std::string& vocab_json, size_t n_tokens) {
  nlohmann::json tokens{{"<pad>", 0}, {"<mask>", 1}}, medians = nlohmann::json::object();
  const auto vocabulary = nlohmann::json::parse(read_file(vocab_json));
  for (const auto& [gene, id] : vocabulary.items()) {
    if (tokens.size() == n_tokens) break;
    if (gene.starts_with('<')) continue;
    tokens[gene] = tokens.size();
    medians[gene] = 1.5;
  }
  for (const char* name : {"token_dictionary.pkl", "gene_median_dictionary.pkl", "gene_name_id_dict.pkl"})
    fs::remove(folder + "/" + name);
  std::ofstream(folder + "/token_dictionary.json") << tokens;
  std::ofstream(folder + "/gene_median_dictionary.json") << medians;
}

TEST_F(CliModelFiles, ADecoderThatContradictsTheConfigurationIsRefusedUntilTheEntryIsSet) {
  const std::string copy = out("untied");
  fs::copy(kGolden + "geneformer/untied", copy);  // tests/reference/geneformer_files.py; 40 tokens
  write_dictionaries(copy, out("gpt") + "/vocab.json", 40);
  const auto reconstruct = [&](const std::string& name) {
    return run_program("reconstruct " + data() + " --quiet --model geneformer=" + copy + " --out " +
                       out(name));
  };
  const auto own = reconstruct("own_decoder");
  ASSERT_EQ(own.status, 0) << own.err;
  auto config = nlohmann::json::parse(read_file(copy + "/config.json"));
  config["tie_word_embeddings"] = true;
  std::ofstream(copy + "/config.json") << config;
  const auto refused = reconstruct("contradiction");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("set tie_word_embeddings to false"));
  EXPECT_EQ(embed("geneformer=" + copy).status, 0);
  config["tie_word_embeddings"] = false;
  std::ofstream(copy + "/config.json") << config;
  ASSERT_EQ(reconstruct("set").status, 0);
  EXPECT_EQ(read_file(out("set") + "/scores.csv"), read_file(out("own_decoder") + "/scores.csv"));
}

TEST_F(CliModelFiles, RowsBeyondTheDictionaryAreReadAndSaid) {
  const std::string copy = copy_of("geneformer", "shorter");
  write_dictionaries(copy, out("gpt") + "/vocab.json", 201);  // the weights have 202 rows
  const auto run = embed("geneformer=" + copy);
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.err, AllOf(HasSubstr("202 rows for the 201 names"), HasSubstr("padding")));
  write_dictionaries(copy, out("gpt") + "/vocab.json", 150);  // another model's
  const auto other = embed("geneformer=" + copy);
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.err, HasSubstr("150 tokens"));
}

}  // namespace
}  // namespace zerocell
