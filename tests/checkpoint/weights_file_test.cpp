#include "zerocell/checkpoint/weights_file.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "checkpoint/checkpoint_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/checkpoint/zip_writer.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class WeightsFiles : public testing::Test {
 protected:
  std::string write(const std::string& name) { return folder_.write(name, read_text(golden("small.bin"))); }
  std::string message() {
    return message_of([&] { find_weights(folder_.path()); });
  }
  TemporaryFolder folder_;
};

TEST_F(WeightsFiles, TheOnlyOneIsTakenWhateverItsName) {
  for (const char* name : {"model.pt", "model_e7.pt", "weights.pth", "last.ckpt", "x.safetensors", "y.bin"}) {
    SCOPED_TRACE(name);
    const std::string path = write(name);
    const WeightsFile found = find_weights(folder_.path());
    EXPECT_EQ(found.path, path);
    EXPECT_THAT(found.notes, ElementsAre(AllOf(HasSubstr(name), HasSubstr("the only file of weights"))));
    std::filesystem::remove(path);
  }
}

TEST_F(WeightsFiles, WhatTrainersWriteBesideThemIsNone) {
  for (const char* name :
       {"training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state_0.pth", "scaler.pt",
        "random_states_0.bin", "vocab.json", "args.json", "run.log", "._model.pt"})
    folder_.write(name, "");
  std::filesystem::create_directory(folder_.file("old.pt"));
  const std::string path = write("model_e7.pt");
  EXPECT_EQ(find_weights(folder_.path()).path, path);
}

TEST_F(WeightsFiles, OfSeveralOneMustBeNamedAndThenIsTaken) {
  write("model_e7.pt");
  const std::string second = write("model_e8.pt");
  EXPECT_THAT(message(), AllOf(HasSubstr("one file of weights"), HasSubstr("model_e7.pt, model_e8.pt"),
                               HasSubstr("Name the file that is meant in place of its folder")));
  EXPECT_EQ(find_weights(second).path, second);
  EXPECT_EQ(Checkpoint::open(second).tensors().size(), 2u);
}

TEST_F(WeightsFiles, ThePublishedNameComesFirstAndTheOthersAreNamed) {
  write("model_e7.pt");
  const std::string best = write("best_model.pt");
  const WeightsFile found = find_weights(folder_.path());
  EXPECT_EQ(found.path, best);
  EXPECT_THAT(found.notes,
              ElementsAre(AllOf(HasSubstr("those of best_model.pt"), HasSubstr("model_e7.pt is not read"))));
  std::filesystem::remove(folder_.file("model_e7.pt"));
  EXPECT_THAT(find_weights(folder_.path()).notes, IsEmpty());
}

TEST_F(WeightsFiles, PartsNeedTheirIndex) {
  for (const char* name : {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"})
    folder_.write(name, read_text(golden(std::string("sharded/") + name)));
  EXPECT_THAT(message(), AllOf(HasSubstr("parts of one model"), HasSubstr(".index.json")));
  // An index under another name, as of a variant.
  folder_.write("model.fp16.safetensors.index.json",
                read_text(golden("sharded/model.safetensors.index.json")));
  EXPECT_EQ(Checkpoint::open(folder_.path()).tensors().size(), 2u);
}

TEST_F(WeightsFiles, AdaptersBesideAreRefusedButTheirBaseCanBeNamed) {
  const std::string base = write("pytorch_model.bin");
  for (const char* name : {"adapter_config.json", "adapter_model.safetensors",
                           "pytorch_lora_weights.safetensors", "lora.pt", "pytorch_adapter.bin"}) {
    SCOPED_TRACE(name);
    const std::string adapter = write(name);
    EXPECT_THAT(message(), AllOf(HasSubstr(name), HasSubstr("LoRA"), HasSubstr("merge_and_unload()")));
    const WeightsFile named = find_weights(base);
    EXPECT_EQ(named.path, base);
    EXPECT_THAT(named.notes, ElementsAre(AllOf(HasSubstr(name), HasSubstr("not read"))));
    std::filesystem::remove(adapter);
  }
  for (const char* name : {"my_adapter_notes.json", "explorative.pt.txt", "README_lora.md"}) write(name);
  EXPECT_THAT(find_weights(base).notes, IsEmpty());
  EXPECT_EQ(find_weights(folder_.path()).path, base);
}

TEST_F(WeightsFiles, ArchivesAreNamedAsWhatTheyAre) {
  const auto found = [&](const std::string& content) {
    return message_of([&] { Checkpoint::open(folder_.write("x", content)); });
  };
  EXPECT_THAT(found("\x1f\x8b\x08 and more"), AllOf(HasSubstr("a gzip file"), HasSubstr("Unpack it")));
  EXPECT_THAT(found(std::string("\x28\xb5\x2f\xfd") + "more"), HasSubstr("a zstd file"));
  ZipWriter zip(folder_.file("model.zip"));
  zip.add("model/args.json", "{}");
  zip.add("model/vocab.json", "{}");
  zip.commit();
  EXPECT_THAT(message_of([&] { Checkpoint::open(folder_.file("model.zip")); }),
              AllOf(HasSubstr("none among 2 entries"), HasSubstr("unpack it (unzip) and name the folder")));
  EXPECT_THAT(found("BZh9 more"), HasSubstr("a bzip2 file"));
  EXPECT_THAT(found(std::string(257, 'x') + "ustar\0 0"), HasSubstr("a tar archive"));
}

}  // namespace
}  // namespace zerocell
