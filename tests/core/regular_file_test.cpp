#include "zerocell/core/regular_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

class RegularFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("zerocell_regular_" + std::to_string(getpid()));
    fs::create_directories(folder_);
    std::ofstream(at("file")) << "abcdef";
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  static std::string message(const std::string& path) {
    try {
      RegularFile::open(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "no error";
  }

  fs::path folder_;
};

TEST_F(RegularFiles, AreReadInOrderAndAtAnyPlace) {
  const RegularFile file = RegularFile::open(at("file"));
  EXPECT_EQ(file.size(), 6u);
  char text[4];
  file.read_at(2, text);
  EXPECT_EQ(std::string(text, 4), "cdef");
  EXPECT_EQ(file.read(text), 4u);
  EXPECT_EQ(file.read(text), 2u);
  EXPECT_EQ(std::string(text, 2), "ef");
  EXPECT_EQ(file.read(text), 0u);
  EXPECT_THROW(file.read_at(3, text), Error);
}

TEST_F(RegularFiles, WhatIsNoneIsRefusedByItsKind) {
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_THAT(message(at("pipe")), HasSubstr("a named pipe"));
  EXPECT_THAT(message(folder_.string()), HasSubstr("a folder"));
  EXPECT_THAT(message("/dev/zero"), HasSubstr("a device"));
  const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, at("s").c_str(), sizeof address.sun_path - 1);
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    EXPECT_THAT(message(at("s")), HasSubstr("a socket"));
  }
  close(descriptor);
}

TEST_F(RegularFiles, ALinkIsWhatItLeadsTo) {
  fs::create_symlink("/dev/zero", at("zero"));
  fs::create_symlink(at("file"), at("alias"));
  EXPECT_THAT(message(at("zero")), HasSubstr("a device"));
  EXPECT_EQ(RegularFile::open(at("alias")).size(), 6u);
}

TEST_F(RegularFiles, AbsentAndUnreadableOnesSaySo) {
  EXPECT_THAT(message(at("absent")), AllOf(HasSubstr("No such file"), HasSubstr("Check the path")));
  EXPECT_THAT(message(std::string("a\0b", 3)), HasSubstr("NUL"));
}

TEST_F(RegularFiles, AreReadWholeUpToALimit) {
  EXPECT_EQ(read_whole_file(at("file"), 6), "abcdef");
  EXPECT_THROW(read_whole_file(at("file"), 5), Error);
  std::ofstream(at("empty")).flush();
  EXPECT_EQ(read_whole_file(at("empty"), 5), "");
  // Files of /proc have no size; their content counts.
  if (fs::exists("/proc/self/status")) {
    EXPECT_THAT(read_whole_file("/proc/self/status", 1 << 20), HasSubstr("Name:"));
    EXPECT_THROW(read_whole_file("/proc/self/status", 10), Error);
  }
}

}  // namespace
}  // namespace zerocell
