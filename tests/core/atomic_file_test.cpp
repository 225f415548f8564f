#include "zerocell/core/atomic_file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

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

}  // namespace
}  // namespace zerocell
