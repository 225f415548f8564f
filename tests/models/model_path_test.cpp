#include "zerocell/models/model_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kSmall = ZEROCELL_SOURCE_DIR "/tests/golden/checkpoint/small.bin";

class ModelPaths : public testing::Test {
 protected:
  std::string message(const std::string& path, const ModelKind& kind = kGeneformerKind) {
    try {
      find_model(path, kind);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
      return error.what();
    }
    return "no error";
  }
  TemporaryFolder folder_;
};

TEST_F(ModelPaths, AFolderOrAFileOfWeightsInIt) {
  folder_.write("config.json", "{}");
  const std::string file = folder_.write("model_e7.pt", read_text(kSmall));
  const ModelPath folder = find_model(folder_.path(), kGeneformerKind);
  EXPECT_EQ(folder.folder, folder_.path());
  EXPECT_EQ(folder.weights, folder_.path());
  EXPECT_EQ(folder.config, folder_.file("config.json"));
  const ModelPath named = find_model(file, kGeneformerKind);
  EXPECT_EQ(named.folder, folder_.path());
  EXPECT_EQ(named.weights, file);
  EXPECT_EQ(named.config, folder_.file("config.json"));
}

TEST_F(ModelPaths, NothingAndEmptyFolders) {
  EXPECT_THAT(message(folder_.file("absent")), AllOf(HasSubstr("absent"), HasSubstr("nothing there")));
  EXPECT_THAT(message(folder_.path()), AllOf(HasSubstr("an empty folder"), HasSubstr("config.json")));
  EXPECT_THAT(message("/dev/null"), HasSubstr("not a regular file"));
}

TEST_F(ModelPaths, TheFolderOfAnotherKindIsNamed) {
  folder_.write("args.json", "{}");
  folder_.write("vocab.json", "{}");
  EXPECT_THAT(message(folder_.path()),
              AllOf(HasSubstr("model of scGPT"), HasSubstr("scgpt=" + folder_.path())));
  EXPECT_EQ(message(folder_.path(), kScgptKind), "no error");
  const TemporaryFolder other;
  other.write("config.json", "{}");
  other.write("token_dictionary.pkl", "");
  EXPECT_THAT(message(other.path(), kScgptKind), HasSubstr("geneformer=" + other.path()));
  const TemporaryFolder scvi;
  scvi.write("model.pt", "");
  for (const auto& kind : {kGeneformerKind, kScgptKind})
    EXPECT_THAT(message(scvi.path(), kind), HasSubstr("scvi:model=" + scvi.path()));
}

TEST_F(ModelPaths, PathsInAdviceAreQuotedWhereASpecNeedsIt) {
  const std::string odd = folder_.file("a:b,c");
  std::filesystem::create_directory(odd);
  for (const char* name : {"args.json", "vocab.json"}) std::ofstream(odd + "/" + name) << "{}";
  EXPECT_THAT(message(odd), HasSubstr("scgpt='" + odd + "'"));
}

TEST_F(ModelPaths, WithoutTheConfigurationItSaysWhoseToCopyAndThatWorks) {
  folder_.write("vocab.json", "{}");
  const std::string weights = folder_.write("best_model.pt", read_text(kSmall));
  for (const std::string& path : {folder_.path(), weights})
    EXPECT_THAT(message(path, kScgptKind), AllOf(HasSubstr(folder_.file("args.json")),
                                                 HasSubstr("Copy args.json"), HasSubstr("tuned from")))
        << path;
  folder_.write("args.json", "{}");
  EXPECT_EQ(message(folder_.path(), kScgptKind), "no error");
  EXPECT_EQ(message(weights, kScgptKind), "no error");
}

TEST_F(ModelPaths, AFolderOfModelsListsThemAsTheyAreNamed) {
  for (const char* name : {"gf-6L", "gf-12L", "other"}) std::filesystem::create_directory(folder_.file(name));
  folder_.write("gf-6L/config.json", "{}");
  folder_.write("gf-12L/config.json", "{}");
  EXPECT_THAT(message(folder_.path()),
              HasSubstr("geneformer=" + folder_.file("gf-12L") + ", geneformer=" + folder_.file("gf-6L")));
  EXPECT_EQ(message(folder_.file("gf-6L")), "no error");
}

TEST_F(ModelPaths, OtherFiles) {
  folder_.write("config.json", "{}");
  EXPECT_THAT(message(folder_.file("config.json")), HasSubstr("geneformer=" + folder_.path()));
  EXPECT_THAT(message(folder_.write("token_dictionary.pkl", "x")), HasSubstr("Name its folder"));
  const TemporaryFolder downloads;
  EXPECT_THAT(message(downloads.write("model.zip", std::string("PK\5\6") + std::string(18, '\0'))),
              HasSubstr("model.zip"));
  EXPECT_THAT(message(downloads.write("model.tar.gz", "\x1f\x8b\x08 more")),
              AllOf(HasSubstr("a gzip file"), HasSubstr("Unpack it")));
  EXPECT_THAT(message(downloads.write("a.safetensors", "version https://git-lfs.github.com/spec/v1\n")),
              HasSubstr("git lfs pull"));
  EXPECT_THAT(message(downloads.write("b.bin", "<!doctype html>")), HasSubstr("a web page"));
}

}  // namespace
}  // namespace zerocell
