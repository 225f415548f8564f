#include "zerocell/core/hash.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;

class FileHashesOf : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("zerocell_hashes_" + std::to_string(getpid()));
    fs::create_directories(folder_ / "model");
    write("data", "abc");
    write("model/weights", "w");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(at(name)) << text; }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  fs::path folder_;
};

TEST_F(FileHashesOf, AreThoseOfTheContent) {
  FileHashes hashes;
  for (const char* name : {"data", "model"}) {
    EXPECT_EQ(hashes.of(at(name)), hash_path(at(name)));
    EXPECT_EQ(hashes.of(at(name)), hash_path(at(name))) << "from memory";
  }
  write("copy", "abc");
  EXPECT_EQ(hashes.of(at("copy")), hashes.of(at("data"))) << "whatever a file is called";
}

TEST_F(FileHashesOf, AFileIsReadOnce) {
  FileHashes hashes;
  const auto first = hashes.of(at("data"));
  const auto written = fs::last_write_time(at("data"));
  write("data", "xyz");
  fs::last_write_time(at("data"), written);
  EXPECT_EQ(hashes.of(at("data")), first) << "size and time are the same: it was not read again";
}

TEST_F(FileHashesOf, WhatHasChangedIsReadAgain) {
  FileHashes hashes;
  const auto first = hashes.of(at("data")), of_model = hashes.of(at("model"));
  write("data", "xyz");
  fs::last_write_time(at("data"), fs::last_write_time(at("data")) + std::chrono::seconds(5));
  EXPECT_EQ(hashes.of(at("data")), hash_path(at("data")));
  EXPECT_NE(hashes.of(at("data")), first);
  write("model/vocabulary", "v");
  EXPECT_EQ(hashes.of(at("model")), hash_path(at("model")));
  EXPECT_NE(hashes.of(at("model")), of_model) << "a file more";
  fs::remove(at("data"));
  EXPECT_THROW(hashes.of(at("data")), Error);
}

TEST_F(FileHashesOf, ReadingCanBeLeft) {
  FileHashes hashes;
  hashes.check_with([] { throw Error(ErrorKind::interrupted, "interrupted"); });
  EXPECT_THROW(hashes.of(at("data")), Error);
  EXPECT_THROW(hashes.of(at("model")), Error);
  hashes.check_with({});
  EXPECT_EQ(hashes.of(at("data")), hash_path(at("data")));
}

TEST_F(FileHashesOf, WhatIsNoFileIsRefused) {
  EXPECT_THROW(hash_path("/dev/zero"), Error);
  EXPECT_THROW(hash_path(at("absent")), Error);
}

}  // namespace
}  // namespace zerocell
