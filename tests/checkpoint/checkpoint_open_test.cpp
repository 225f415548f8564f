#include <gmock/gmock.h>

#include <filesystem>

#include "checkpoint/checkpoint_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/checkpoint/checkpoint.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string open_message(const std::string& path) {
  return message_of([&] { Checkpoint::open(path); });
}

TEST(CheckpointOpen, SafetensorsComeBeforeOtherFiles) {
  const TemporaryFolder folder;
  folder.write("best_model.pt", read_text(golden("small.bin")));
  EXPECT_THAT(Checkpoint::open(folder.path()).files(), ElementsAre(folder.file("best_model.pt")));
  folder.write("pytorch_model.bin", read_text(golden("small_legacy.bin")));
  EXPECT_THAT(Checkpoint::open(folder.path()).files(), ElementsAre(folder.file("pytorch_model.bin")));
  folder.write("model.safetensors", read_text(golden("small.safetensors")));
  EXPECT_THAT(Checkpoint::open(folder.path()).files(), ElementsAre(folder.file("model.safetensors")));
}

TEST(CheckpointOpen, ContentDecidesNotTheName) {
  const TemporaryFolder folder;
  EXPECT_EQ(Checkpoint::open(folder.write("a.weights", read_text(golden("small.bin")))).tensors().size(), 2u);
  EXPECT_EQ(Checkpoint::open(folder.write("b.bin", read_text(golden("small.safetensors")))).tensors().size(),
            2u);
}

TEST(CheckpointOpen, FolderWithoutWeights) {
  const TemporaryFolder folder;
  EXPECT_THAT(open_message(folder.path()), HasSubstr("an empty folder"));
  folder.write("config.json", "{}");
  EXPECT_THAT(open_message(folder.path()),
              AllOf(HasSubstr("one of model.safetensors, "), HasSubstr("found config.json")));
  folder.write("tf_model.h5", "");
  EXPECT_THAT(open_message(folder.path()),
              AllOf(HasSubstr("tf_model.h5"), HasSubstr("TensorFlow and Flax are not read")));
}

TEST(CheckpointOpen, FilesThatAreNoWeights) {
  const TemporaryFolder folder;
  const auto found = [&](const std::string& name, const std::string& content) {
    return open_message(folder.write(name, content));
  };
  EXPECT_THAT(
      found("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
      AllOf(HasSubstr("Git LFS pointer"), HasSubstr("git lfs pull")));
  EXPECT_THAT(found("x", "\n <!DOCTYPE HTML><html>"), HasSubstr("a web page"));
  EXPECT_THAT(found("x", "<html lang=en>"), HasSubstr("a web page"));
  EXPECT_THAT(found("x", ""), HasSubstr("an empty file"));
  EXPECT_THAT(found("tf_model.h5", "\x89HDF\r\n\x1a\n and more"), HasSubstr("TensorFlow"));
  EXPECT_THAT(found("flax_model.msgpack", "\x81"), HasSubstr("Flax"));
  EXPECT_THAT(found("x", "\x80\x04}."), HasSubstr("plain Python pickle"));
  EXPECT_THAT(open_message(folder.file("absent")), HasSubstr("cannot be opened"));
  EXPECT_THAT(open_message("/dev/null"), HasSubstr("not a regular file"));
}

class Shards : public testing::Test {
 protected:
  Shards() {
    for (const char* name : {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"})
      folder_.write(name, read_text(golden(std::string("sharded/") + name)));
  }
  std::string found(const std::string& map) {
    folder_.write("model.safetensors.index.json", "{\"weight_map\": " + map + "}");
    return open_message(folder_.path());
  }
  TemporaryFolder folder_;
};

TEST_F(Shards, AllFilesAreNamed) {
  const auto checkpoint = Checkpoint::open(golden("sharded"));
  EXPECT_EQ(checkpoint.files().size(), 3u);
  EXPECT_EQ(checkpoint.tensors().size(), 2u);
}

TEST_F(Shards, FilesOutsideTheFolderAreRefused) {
  for (const char* name :
       {"../model-00001-of-00002.safetensors", "/etc/passwd", "..", ".", "", "a/b", "a\\\\b", "a\\u0000b"}) {
    SCOPED_TRACE(name);
    EXPECT_THAT(found("{\"weight\": \"" + std::string(name) + "\"}"), HasSubstr("files in the same folder"));
  }
  EXPECT_THAT(found("{\"weight\": 1}"), HasSubstr("files in the same folder"));
}

TEST_F(Shards, IndexAndFilesThatDisagree) {
  const std::string first = "\"model-00001-of-00002.safetensors\"",
                    second = "\"model-00002-of-00002.safetensors\"";
  EXPECT_EQ(found("{\"weight\": " + first + ", \"bias\": " + second + "}"), "no error");
  EXPECT_THAT(found("{\"weight\": " + second + ", \"bias\": " + first + "}"), HasSubstr("Index and files"));
  EXPECT_THAT(found("{\"weight\": " + first + ", \"other\": " + first + "}"), HasSubstr("tensor 'other'"));
  EXPECT_THAT(found("{\"weight\": \"absent.safetensors\"}"), HasSubstr("cannot be opened"));
  EXPECT_THAT(found("{}"), HasSubstr("weight_map"));
  EXPECT_THAT(found("[]"), HasSubstr("weight_map"));
  folder_.write("copy.safetensors", read_text(golden("sharded/model-00001-of-00002.safetensors")));
  EXPECT_THAT(found("{\"weight\": " + first + ", \"bias\": \"copy.safetensors\"}"),
              HasSubstr("'weight' twice"));
}

}  // namespace
}  // namespace zerocell
