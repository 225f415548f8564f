#include "zerocell/study/output_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "zerocell/core/error.h"
#include "zerocell/study/finished_part.h"

namespace zerocell {
namespace {
namespace fs = std::filesystem;

std::string fresh_path(const char* name) {
  const auto path = testing::TempDir() + "/output_folder_" + name;
  fs::remove_all(path);
  return path;
}

TEST(OutputFolder, FreshThenResumedThenComplete) {
  const auto path = fresh_path("states");
  {
    const OutputFolder first(path, "job", false);
    EXPECT_EQ(first.state(), OutputState::fresh);
    save_part(first.parts() + "/" + std::string(32, 'a'), FinishedPart());
  }
  OutputFolder again(path, "job", false);
  EXPECT_EQ(again.state(), OutputState::resumed);
  again.complete();
  EXPECT_FALSE(fs::exists(again.parts()));
  EXPECT_EQ(OutputFolder(path, "job", false).state(), OutputState::complete);
}

TEST(OutputFolder, AJobThatEndsBeforeAnyPartLeavesNothing) {
  const auto path = fresh_path("nothing");
  { const OutputFolder folder(path, "job", false); }
  EXPECT_FALSE(fs::exists(path));
  fs::create_directories(path);
  { const OutputFolder folder(path, "job", false); }
  EXPECT_TRUE(fs::exists(path) && fs::is_empty(path)) << "a folder of the user stays";
}

TEST(OutputFolder, AnythingElseIsRefusedWithoutForce) {
  const auto path = fresh_path("refused");
  OutputFolder(path, "job", false).complete();
  EXPECT_THROW(OutputFolder(path, "other job", false), Error);
  std::ofstream(path + "/notes.txt") << "mine";
  EXPECT_EQ(OutputFolder(path, "other job", true).state(), OutputState::fresh);
  EXPECT_TRUE(fs::exists(path + "/notes.txt")) << "force removes our own files alone";

  const auto foreign = fresh_path("foreign");
  fs::create_directories(foreign);
  std::ofstream(foreign + "/notes.txt") << "mine";
  try {
    OutputFolder(foreign, "job", false);
    ADD_FAILURE() << "accepted a folder of other files";
  } catch (const Error& e) {
    EXPECT_EQ(e.exit_status(), 2);
  }
  EXPECT_THROW(OutputFolder(foreign + "/notes.txt", "job", true), Error) << "a file is no folder";
  std::ofstream(foreign + "/manifest.json") << "{not json";
  EXPECT_THROW(OutputFolder(foreign, "job", false), Error);
}

FinishedPart example() {
  FinishedPart part;
  part.result.tag = "hvg";
  part.result.dims = 2;
  part.result.umap = DenseMatrix<float>(3, 2, -2.0f);
  part.result.cluster = {0, 1, -1};
  part.result.silhouette_label = {0.5f, -0.25f, 1.0f};
  part.result.losses = {{"genes", 3, 10, "in fewer than 10 cells"}};
  part.result.stages = {{"pairwise", 0.5, 1 << 20, 100}};
  Score score;
  score.metric = "nmi";
  score.value = 0.75;
  score.low = 0.5;
  score.status = ScoreStatus::ok;
  part.scores = {score};
  part.warnings = {"a warning"};
  return part;
}

TEST(FinishedPart, RoundTrip) {
  const auto path = testing::TempDir() + "/part";
  save_part(path, example());
  const auto part = load_part(path);
  ASSERT_TRUE(part.has_value());
  EXPECT_EQ(part->result.tag, "hvg");
  EXPECT_EQ(part->result.umap(2, 1), -2.0f);
  EXPECT_EQ(part->result.cluster, example().result.cluster);
  EXPECT_EQ(part->result.losses[0].reason, "in fewer than 10 cells");
  EXPECT_EQ(part->scores[0].value, 0.75);
  EXPECT_EQ(part->scores[0].low, 0.5);
  EXPECT_FALSE(part->scores[0].high.has_value());
  EXPECT_EQ(part->warnings, example().warnings);
}

TEST(FinishedPart, DamageIsDetected) {
  const auto path = testing::TempDir() + "/damaged";
  save_part(path, example());
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  EXPECT_FALSE(load_part(path + ".missing").has_value());
  for (size_t i = 0; i < bytes.size(); i += 7) {
    auto flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x20);
    std::ofstream(path, std::ios::binary) << flipped;
    EXPECT_FALSE(load_part(path).has_value()) << "byte " << i;
    std::ofstream(path, std::ios::binary) << bytes.substr(0, i);
    EXPECT_FALSE(load_part(path).has_value()) << "cut at " << i;
  }
}

}  // namespace
}  // namespace zerocell
