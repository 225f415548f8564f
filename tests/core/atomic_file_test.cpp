#include "zerocell/core/atomic_file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::HasSubstr;

template <class Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_status(), 1);
    return error.what();
  }
  return "no error";
}

TEST(AtomicFile, AppearsOnCommitAlone) {
  const TemporaryFolder folder;
  {
    AtomicFile file(folder.file("a.txt"));
    file.write("hello ");
    EXPECT_FALSE(std::filesystem::exists(folder.file("a.txt")));
    EXPECT_TRUE(std::filesystem::exists(file.temporary_path()));
    file.write("world");
    file.commit();
  }
  EXPECT_EQ(read_text(folder.file("a.txt")), "hello world");
  EXPECT_EQ(folder.n_files(), 1u);
}

TEST(AtomicFile, WithoutCommitTheOldFileStays) {
  const TemporaryFolder folder;
  folder.write("a.txt", "old");
  {
    AtomicFile file(folder.file("a.txt"));
    file.write("new");
  }
  EXPECT_EQ(read_text(folder.file("a.txt")), "old");
  EXPECT_EQ(folder.n_files(), 1u);
  write_text_file(folder.file("a.txt"), "newer");
  EXPECT_EQ(read_text(folder.file("a.txt")), "newer");
}

TEST(AtomicFile, TwoWritersOfOneNameDoNotMix) {
  const TemporaryFolder folder;
  AtomicFile first(folder.file("a.txt")), second(folder.file("a.txt"));
  EXPECT_NE(first.temporary_path(), second.temporary_path());
  first.write("first");
  second.write("second");
  first.commit();
  second.commit();
  EXPECT_EQ(read_text(folder.file("a.txt")), "second");
}

TEST(AtomicFile, HonoursTheUmask) {
  const TemporaryFolder folder;
  const mode_t old = umask(0027);
  write_text_file(folder.file("a.txt"), "x");
  umask(old);
  struct stat info {};
  ASSERT_EQ(stat(folder.file("a.txt").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

TEST(AtomicFile, ErrorsNameThePath) {
  const TemporaryFolder folder;
  const auto missing = folder.file("no/such/folder/a.txt");
  EXPECT_THAT(message_of([&] { AtomicFile file(missing); }), HasSubstr(missing));
  EXPECT_THAT(message_of([&] { AtomicFile file(missing); }), HasSubstr("No such file or directory"));
  EXPECT_THAT(message_of([&] { AtomicFile file(folder.path()); }), HasSubstr("directory"));
  EXPECT_THAT(message_of([&] { AtomicFile file(""); }), HasSubstr("cannot be written"));
  folder.write("plain", "");
  EXPECT_THAT(message_of([&] { AtomicFile file(folder.file("plain/a.txt")); }), HasSubstr("Not a directory"));
}

TEST(AtomicFile, AWriteThatFailsLeavesNothing) {
  const TemporaryFolder folder;
  // A limit on the size of files stands for a full disk.
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = old;
  small.rlim_cur = 1000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto message = message_of([&] { write_text_file(folder.file("a.txt"), std::string(5000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_THAT(message, HasSubstr(folder.file("a.txt") + ": cannot be written: File too large"));
  EXPECT_EQ(folder.n_files(), 0u);
  EXPECT_THAT(message_of([] { throw_write_error("x.csv", ENOSPC); }), HasSubstr("Free some space"));
}

TEST(AtomicFile, WhatIsNoPlainFileIsNeverReplaced) {
  const TemporaryFolder folder;
  folder.write("target", "precious");
  std::filesystem::create_symlink(folder.file("target"), folder.file("link"));
  std::filesystem::create_symlink(folder.file("nowhere"), folder.file("dangling"));
  ASSERT_EQ(mkfifo(folder.file("pipe").c_str(), 0600), 0);
  for (const auto* const name : {"link", "dangling"})
    EXPECT_THAT(message_of([&] { write_text_file(folder.file(name), "x"); }), HasSubstr("found a link"));
  EXPECT_THAT(message_of([&] { write_text_file(folder.file("pipe"), "x"); }), HasSubstr("found a pipe"));
  EXPECT_THAT(message_of([] { write_text_file("/dev/null", "x"); }), HasSubstr("found a device"));
  EXPECT_EQ(read_text(folder.file("target")), "precious");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link")));
  EXPECT_EQ(folder.n_files(), 4u);
}

TEST(AtomicFile, WritesAndReadsAtPlaces) {
  const TemporaryFolder folder;
  AtomicFile file(folder.file("a.txt"));
  EXPECT_EQ(file.write_at(4, "world", 5), 0);
  EXPECT_EQ(file.write_at(0, "hell", 4), 0);
  std::string bytes(12, 'x');
  EXPECT_EQ(file.read_at(2, bytes.data(), bytes.size()), 0);
  EXPECT_EQ(bytes, std::string("llworld\0\0\0\0\0", 12)) << "zeros beyond the end";
  EXPECT_EQ(file.resize(5), 0);
  file.commit();
  EXPECT_EQ(read_text(folder.file("a.txt")), "hellw");
}

TEST(TemporaryName, IsKnownStrictly) {
  EXPECT_TRUE(is_temporary_name(temporary_name("scores.csv", 3)));
  EXPECT_LE(temporary_name(std::string(400, 'x'), 0).size(), 255u);
  EXPECT_TRUE(is_temporary_name(".a.b.17.0123abcd.0.tmp"));
  for (const auto* const name :
       {"", ".tmp", "a.17.0123abcd.0.tmp", ".a.17.0.tmp", ".a.17.0123abcg.0.tmp", ".a.017.0123abcd.0.tmp",
        ".a.-1.0123abcd.0.tmp", ".a.17.0123abcd.0.tmp.bak", ".a.0.0123abcd.0.tmp", "..17.0123abcd.0.tmp",
        ".17.0123abcd.0.tmp", ".a.17.0123abcde.0.tmp", ".a.17.0123abcd..tmp"})
    EXPECT_FALSE(is_temporary_name(name)) << name;
}

/// The name that a process of this machine gave which is no more.
std::string name_of_dead_process(const std::string& what) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  auto name = temporary_name(what, 0);
  const auto own = "." + std::to_string(getpid()) + ".";
  return name.replace(name.find(own), own.size(), "." + std::to_string(child) + ".");
}

TEST(RemoveLeftOver, TakesWhatDeadProcessesOfThisMachineLeftAndNothingElse) {
  const TemporaryFolder folder;
  const auto dead = name_of_dead_process("scores.csv"), dead_folder = name_of_dead_process("results");
  folder.write(dead, "half");
  std::filesystem::create_directories(folder.file(dead_folder) + "/figures");
  folder.write(dead_folder + "/figures/a.svg", "half");
  const auto link = name_of_dead_process("link");
  folder.write("target", "precious");
  std::filesystem::create_symlink(folder.file("target"), folder.file(link));
  auto elsewhere = name_of_dead_process("other");
  const size_t host = elsewhere.size() - std::string("01234567.0.tmp").size();
  elsewhere[host] = elsewhere[host] == 'a' ? 'b' : 'a';
  const auto mine = temporary_name("running", 0);
  for (const auto& name : {elsewhere, mine, std::string(".mine.tmp"), std::string(".scores.csv.4711.0.tmp")})
    folder.write(name, "stays");
  remove_left_over(folder.path());
  EXPECT_FALSE(std::filesystem::exists(folder.file(dead)));
  EXPECT_FALSE(std::filesystem::exists(folder.file(dead_folder)));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file(link)));
  EXPECT_EQ(read_text(folder.file("target")), "precious");
  EXPECT_EQ(folder.n_files(), 6u);
  remove_left_over(folder.file("no such folder"));
}

TEST(MakeFolder, SaysWhyNot) {
  const TemporaryFolder folder;
  make_folder(folder.file("a/b/c"));
  make_folder(folder.file("a/b/c"));
  EXPECT_TRUE(std::filesystem::is_directory(folder.file("a/b/c")));
  folder.write("plain", "");
  EXPECT_THAT(message_of([&] { make_folder(folder.file("plain/b")); }),
              HasSubstr("a folder that can be made"));
  EXPECT_THAT(message_of([&] { make_folder(folder.file("plain")); }), HasSubstr("Not a directory"));
}

}  // namespace
}  // namespace zerocell
