#include "zerocell/study/result_files.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "data/temporary_folder.h"
#include "zerocell/core/atomic_file.h"
#include "zerocell/study/output_folder.h"

namespace zerocell {
namespace {
namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const FolderLayout kLayout{"manifest.json", {"scores.csv", "seeds.csv"}, true};

FolderManifest job(const std::string& fingerprint) {
  FolderManifest manifest;
  manifest.fingerprint = fingerprint;
  manifest.status = "complete";
  return manifest;
}

class ResultFilesTest : public testing::Test {
 protected:
  /// Puts files with these contents into the folder, as a run does.
  void write(const std::map<std::string, std::string>& contents, const std::string& fingerprint = "job") {
    ResultFiles files(folder_.path(), kLayout, {});
    for (const auto& [name, text] : contents) write_text_file(files.stage(name), text);
    auto next = job(fingerprint);
    files.replace(manifest(), next);
  }
  FolderManifest manifest() const { return FolderManifest::read(folder_.path(), kLayout); }
  std::vector<std::string> in_the_way(const InputFiles& inputs = {}) const {
    return ResultFiles(folder_.path(), kLayout, inputs).in_the_way(manifest());
  }
  /// Names and contents of all files.
  std::map<std::string, std::string> all() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
      if (!entry.is_directory())
        found[fs::relative(entry.path(), folder_.path()).string()] = read_text(entry.path().string());
    return found;
  }
  static std::string error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  TemporaryFolder folder_;
};

TEST_F(ResultFilesTest, FilesOfTheRunBeforeAreReplacedAndNothingElse) {
  folder_.write("notes.txt", "mine");
  write({{"scores.csv", "1"}, {"seeds.csv", "2"}, {"figures/a.svg", "3"}});
  write({{"scores.csv", "4"}, {"figures/b.svg", "5"}}, "other");
  auto found = all();
  found.erase("manifest.json");
  EXPECT_EQ(found, (std::map<std::string, std::string>{
                       {"notes.txt", "mine"}, {"scores.csv", "4"}, {"figures/b.svg", "5"}}));
  EXPECT_EQ(manifest().fingerprint, "other");
  EXPECT_EQ(manifest().files.size(), 2u);
  write({{"scores.csv", "6"}});
  EXPECT_FALSE(fs::exists(folder_.file("figures"))) << "empty";
}

TEST_F(ResultFilesTest, UntilThenNothingChanges) {
  write({{"scores.csv", "1"}});
  const auto before = all();
  {
    ResultFiles files(folder_.path(), kLayout, {});
    write_text_file(files.stage("scores.csv"), "2");
    EXPECT_EQ(read_text(folder_.file("scores.csv")), "1");
  }
  EXPECT_EQ(all(), before);
}

TEST_F(ResultFilesTest, WhatMustStayIsListed) {
  write({{"scores.csv", "1"}, {"seeds.csv", "2"}, {"figures/a.svg", "3"}});
  EXPECT_THAT(in_the_way(), ElementsAre());
  folder_.write("scores.csv", "changed");
  folder_.write("figures/mine.png", "4");
  fs::remove(folder_.file("seeds.csv"));
  fs::create_symlink(folder_.file("figures/a.svg"), folder_.file("seeds.csv"));
  EXPECT_THAT(in_the_way(), ElementsAre("scores.csv (changed since zerocell wrote it)", "seeds.csv (a link)",
                                        "figures/mine.png (not written by zerocell)"));
  const auto before = all();
  EXPECT_THAT(error_of([&] { write({{"figures/a.svg", "5"}}); }), HasSubstr("nothing was changed"));
  EXPECT_EQ(all(), before);
}

TEST_F(ResultFilesTest, InputsStayWhateverTheirNames) {
  write({{"scores.csv", "1"}, {"figures/a.svg", "3"}});
  const TemporaryFolder elsewhere;
  fs::create_symlink(folder_.file("scores.csv"), elsewhere.file("link"));
  fs::create_hard_link(folder_.file("figures/a.svg"), elsewhere.file("second name"));
  InputFiles inputs;
  inputs.add(elsewhere.file("link"));
  inputs.add(elsewhere.file("not there"));
  EXPECT_THAT(in_the_way(inputs), ElementsAre("scores.csv (an input of this run)"));
  InputFiles folder;
  folder.add(elsewhere.path());
  EXPECT_THAT(in_the_way(folder),
              ElementsAre("scores.csv (an input of this run)", "figures/a.svg (an input of this run)"));
}

TEST_F(ResultFilesTest, AFileThatTurnsUpDuringTheRunIsNotReplaced) {
  ResultFiles files(folder_.path(), kLayout, {});
  write_text_file(files.stage("scores.csv"), "1");
  folder_.write("scores.csv", "mine");
  auto next = job("job");
  EXPECT_THAT(error_of([&] { files.replace({}, next); }), HasSubstr("scores.csv (not written by zerocell)"));
  EXPECT_EQ(read_text(folder_.file("scores.csv")), "mine");
}

TEST_F(ResultFilesTest, WhatFailsHalfWayIsMovedBack) {
  write({{"scores.csv", "1"}, {"seeds.csv", "2"}});
  const auto before = all();
  ResultFiles files(folder_.path(), kLayout, {});
  write_text_file(files.stage("scores.csv"), "3");
  write_text_file(files.stage("figures/a.svg"), "4");
  // A file of the user's where the folder of figures belongs; it appears behind the last look.
  FolderManifest old = manifest();
  auto next = job("next");
  folder_.write("figures", "mine");
  EXPECT_THAT(error_of([&] { files.replace(old, next); }), HasSubstr("figures"));
  fs::remove(folder_.file("figures"));
  auto after = all();
  std::erase_if(after, [](const auto& file) { return file.first.starts_with(".results."); });
  EXPECT_EQ(after, before);
}

// A run that was killed while it replaced files: some are new, some old, and the manifest lists both.
TEST_F(ResultFilesTest, ARunGoesOnWhereOneWasKilledWhileItReplaced) {
  write({{"scores.csv", "old"}, {"seeds.csv", "old"}});
  auto between = manifest();
  const auto old = between.files;
  write({{"scores.csv", "new"}, {"figures/a.svg", "new"}});
  between.status = "replacing";
  between.coming = manifest().files;
  between.write(folder_.path(), kLayout);
  folder_.write("seeds.csv", "old");
  EXPECT_THAT(in_the_way(), ElementsAre());
  write({{"scores.csv", "newest"}});
  auto found = all();
  found.erase("manifest.json");
  EXPECT_EQ(found, (std::map<std::string, std::string>{{"scores.csv", "newest"}}));
}

TEST_F(ResultFilesTest, AManifestCannotNameOtherFiles) {
  folder_.write("notes.txt", "mine");
  const TemporaryFolder elsewhere;
  elsewhere.write("a.svg", "mine");
  auto manifest = job("job");
  for (const auto& name :
       {std::string("notes.txt"), "../" + fs::path(elsewhere.path()).filename().string() + "/a.svg",
        elsewhere.file("a.svg"), std::string("figures/../notes.txt"), std::string("figures/x")})
    manifest.files[name] = "0";
  manifest.write(folder_.path(), kLayout);
  EXPECT_TRUE(this->manifest().is_ours);
  EXPECT_TRUE(this->manifest().files.empty());
}

TEST_F(ResultFilesTest, ManifestsOfStrangersAreNoManifests) {
  for (const std::string& text : {std::string("{not json"), std::string("[]"),
                                  std::string(R"({"program": "other"})"), std::string(5000000, '[')}) {
    folder_.write("manifest.json", text);
    EXPECT_FALSE(manifest().is_ours);
    EXPECT_THAT(in_the_way(), ElementsAre("manifest.json (not zerocell's)"));
  }
  fs::remove(folder_.file("manifest.json"));
  ASSERT_EQ(mkfifo(folder_.file("manifest.json").c_str(), 0600), 0);
  EXPECT_FALSE(manifest().is_ours) << "and is not waited for";
}

// Version 0.1.0 listed no files.
TEST_F(ResultFilesTest, OldFoldersAreKnownByNameContentAndTime) {
  const std::string scores = "dataset,embedding,dims,n_cells,seed,metric,value,low,high,direction\n";
  folder_.write("scores.csv", scores);
  fs::create_directories(folder_.file("figures"));
  folder_.write("figures/umap.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\">");
  folder_.write("manifest.json",
                R"({"program": "zerocell", "version": "0.1.0", "fingerprint": "f", "status": "complete"})");
  EXPECT_THAT(in_the_way(), ElementsAre());
  EXPECT_EQ(manifest().files.size(), 2u);
  folder_.write("seeds.csv", "my,own,seeds\n");
  EXPECT_THAT(in_the_way(), ElementsAre("seeds.csv (not written by zerocell)"));
  folder_.write("seeds.csv", "dataset,embedding,metric,n_seeds,mean,sd,lowest,highest\n");
  fs::last_write_time(folder_.file("seeds.csv"),
                      fs::last_write_time(folder_.file("manifest.json")) + std::chrono::seconds(10));
  EXPECT_THAT(in_the_way(), ElementsAre("seeds.csv (not written by zerocell)")) << "changed since";
}

TEST(OutputFolder, ForceTouchesNothingBeforeTheNewResultsAreComplete) {
  const TemporaryFolder folder;
  const auto path = folder.file("out");
  {
    OutputFolder first(path, "first", false);
    write_text_file(first.stage("scores.csv"), "old");
    first.complete();
  }
  {
    OutputFolder second(path, "second", true);
    EXPECT_EQ(second.state(), OutputState::fresh);
    write_text_file(second.stage("scores.csv"), "half");
    EXPECT_EQ(read_text(path + "/scores.csv"), "old");
  }  // the job ends with an error
  EXPECT_EQ(read_text(path + "/scores.csv"), "old");
  EXPECT_EQ(OutputFolder(path, "first", false).state(), OutputState::complete);
  EXPECT_FALSE(fs::exists(path + "/.parts"));
}

TEST(OutputFolder, AnUnfinishedRunOfAnotherJobIsNoObstacle) {
  const TemporaryFolder folder;
  const auto path = folder.file("out");
  {
    const OutputFolder first(path, "with a mistake", false);
    write_text_file(first.parts() + "/" + std::string(32, 'a'), "zerocell part 4\n");
  }
  EXPECT_TRUE(fs::exists(path + "/manifest.json"));
  OutputFolder corrected(path, "corrected", false);
  EXPECT_EQ(corrected.state(), OutputState::resumed);
  write_text_file(corrected.stage("scores.csv"), "x");
  corrected.complete();
  EXPECT_FALSE(fs::exists(path + "/.parts"));
}

TEST(OutputFolder, AFileThatIsMissingIsMadeAgainAndOneThatChangedIsNot) {
  const TemporaryFolder folder;
  const auto path = folder.file("out");
  const auto run = [&](const std::string& text) {
    OutputFolder output(path, "job", false);
    if (output.state() == OutputState::complete) return false;
    write_text_file(output.stage("scores.csv"), text);
    output.complete();
    return true;
  };
  EXPECT_TRUE(run("x"));
  EXPECT_FALSE(run("x"));
  fs::remove(path + "/scores.csv");
  EXPECT_TRUE(run("x"));
  folder.write("out/scores.csv", "mine");
  EXPECT_THROW(run("x"), Error);
  EXPECT_THROW(OutputFolder(path, "job", true), Error);
  EXPECT_EQ(read_text(path + "/scores.csv"), "mine");
}

TEST(OutputFolder, FoldersThatWereMadeForNothingGo) {
  const TemporaryFolder folder;
  { const OutputFolder output(folder.file("a/b/c"), "job", false); }
  EXPECT_FALSE(fs::exists(folder.file("a")));
  fs::create_directories(folder.file("mine"));
  { const OutputFolder output(folder.file("mine/b"), "job", false); }
  EXPECT_TRUE(fs::exists(folder.file("mine")));
  EXPECT_FALSE(fs::exists(folder.file("mine/b")));
}

}  // namespace
}  // namespace zerocell
