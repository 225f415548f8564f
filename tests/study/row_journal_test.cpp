#include "zerocell/study/row_journal.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace zerocell {
namespace {

using testing::HasSubstr;

class RowJournalTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    path_ = (folder_ / "rows").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static DenseMatrix<float> numbered() {
    DenseMatrix<float> values(5, 2);
    for (size_t i = 0; i < 10; ++i) values.data()[i] = static_cast<float>(i) + 0.5f;
    return values;
  }
  /// Rows 0..3 in two records.
  void write_four_rows() {
    auto values = numbered();
    RowJournal journal(path_, "key", values);
    EXPECT_EQ(journal.rows_done(), 0u);
    journal.append(3);
    journal.append(4);
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      (std::string("zerocell_") + testing::UnitTest::GetInstance()->current_test_info()->name());
  std::string path_;
};

TEST_F(RowJournalTest, FinishedRowsComeBack) {
  write_four_rows();
  DenseMatrix<float> values(5, 2, -1);
  const RowJournal journal(path_, "key", values);
  EXPECT_EQ(journal.rows_done(), 4u);
  EXPECT_EQ(values(3, 1), 7.5f);
  EXPECT_EQ(values(4, 0), -1);
}

TEST_F(RowJournalTest, GoesOnAfterTheLastRow) {
  write_four_rows();
  auto values = numbered();
  RowJournal(path_, "key", values).append(5);
  DenseMatrix<float> again(5, 2, -1);
  EXPECT_EQ(RowJournal(path_, "key", again).rows_done(), 5u);
  EXPECT_EQ(again(4, 1), 9.5f);
}

TEST_F(RowJournalTest, AnotherJobBeginsAnew) {
  write_four_rows();
  DenseMatrix<float> values(5, 2, -1);
  EXPECT_EQ(RowJournal(path_, "other", values).rows_done(), 0u);
  EXPECT_EQ(RowJournal(path_, "key", values).rows_done(), 0u);
  DenseMatrix<float> wider(5, 3);
  write_four_rows();
  EXPECT_EQ(RowJournal(path_, "key", wider).rows_done(), 0u);
}

TEST_F(RowJournalTest, EveryDamagedOrMissingByteCostsOnlyWhatFollows) {
  write_four_rows();
  const auto size = std::filesystem::file_size(path_);
  std::string whole(size, '\0');
  std::ifstream(path_, std::ios::binary).read(whole.data(), static_cast<std::streamsize>(size));
  for (size_t i = 0; i < size; ++i)
    for (const bool cut : {true, false}) {
      auto damaged = cut ? whole.substr(0, i) : whole;
      if (!cut) damaged[i] = static_cast<char>(damaged[i] ^ 1);
      std::ofstream(path_, std::ios::binary | std::ios::trunc) << damaged;
      DenseMatrix<float> values(5, 2, -1);
      const size_t done = RowJournal(path_, "key", values).rows_done();
      EXPECT_TRUE(done == 0 || done == 3) << done << " rows of a file damaged at byte " << i;
      for (size_t row = 0; row < done; ++row) EXPECT_EQ(values(row, 0), static_cast<float>(2 * row) + 0.5f);
    }
}

TEST_F(RowJournalTest, WithoutAPathNothingIsKept) {
  auto values = numbered();
  RowJournal journal("", "key", values);
  journal.append(5);
  EXPECT_EQ(journal.rows_done(), 0u);
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

// A key of its own lies in the header: a journal that was copied over another's is begun anew, as above.
TEST_F(RowJournalTest, WhereNothingCanBeKeptTheRunGoesOnWithAWarning) {
  namespace fs = std::filesystem;
  const auto warning_of = [&] {
    auto values = numbered();
    RowJournal journal(path_, "key", values);
    journal.append(5);
    EXPECT_EQ(journal.rows_done(), 0u);
    return journal.warning();
  };
  fs::create_directories(path_);
  EXPECT_THAT(warning_of(), HasSubstr(path_ + ": a folder is in its place"));
  fs::remove(path_);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(warning_of(), HasSubstr("a pipe is in its place"));
  fs::remove(path_);
  std::ofstream(folder_ / "mine") << "precious";
  fs::create_symlink(folder_ / "mine", path_);
  EXPECT_THAT(warning_of(), HasSubstr("a link is in its place"));
  EXPECT_EQ(fs::file_size(folder_ / "mine"), 8u);
  fs::create_directories(folder_ / "sub");
  std::ofstream(folder_ / "sub/file") << "";
  path_ = (folder_ / "sub/file/rows").string();
  EXPECT_THAT(warning_of(), HasSubstr("Not a directory"));
}

TEST_F(RowJournalTest, ADiskThatFillsUpEndsTheJournalNotTheRun) {
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  auto limit = old;
  auto values = numbered();
  std::filesystem::create_directories(folder_);
  {
    RowJournal journal(path_, "key", values);
    journal.append(3);
    limit.rlim_cur = std::filesystem::file_size(path_) + 20;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    journal.append(4);
    EXPECT_THAT(journal.warning(), HasSubstr("cannot be written: File too large"));
    EXPECT_EQ(journal.rows_done(), 3u);
    journal.append(5);
  }
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, old_handler);
  DenseMatrix<float> again(5, 2, -1);
  EXPECT_EQ(RowJournal(path_, "key", again).rows_done(), 3u) << "what was whole is of use";
}

}  // namespace
}  // namespace zerocell
