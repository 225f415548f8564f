// Damaged copies of real files: each either reads or gives one zerocell::Error; nothing else may happen.
//
// HDF5 1.10 itself reads a few bytes too far in damaged type names, and asks malloc for what a damaged size
// says. Under the address sanitizer, to see faults of zerocell only:
// ASAN_OPTIONS=allocator_may_return_null=1:suppressions=FILE, FILE holding the line
// "interceptor_via_lib:libhdf5".
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

constexpr size_t kTruncations = 200, kFlips = 500;

/// Reads all that a file offers. True when it reads, false when it gives an Error.
bool reads(const std::string& path) {
  try {
    const auto file = DatasetFile::open(path);
    ThreadPool pool(2);
    file->obs();
    file->var();
    file->notes();
    for (const MatrixInfo& info : file->matrices()) {
      size_t n_rows = 0;
      file->stream(info.name, pool).for_each_block([&](const RowBlock& block) {
        n_rows += block.values.n_rows;
      });
      EXPECT_EQ(n_rows, info.n_rows);
    }
    for (const ObsmInfo& entry : file->obsm_entries()) file->obsm(entry.key);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
    return false;
  }
}

class ReaderMutation : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string path = std::string(ZEROCELL_SHARED_DIR) + "/data/reader_corpus/" + GetParam();
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "shared test data is absent: " << path;
    original_ = read_text(path);
  }

  TemporaryFolder folder_;
  std::string original_;
};

TEST_P(ReaderMutation, TruncatedFilesGiveOneError) {
  size_t n_read = 0;
  for (size_t i = 0; i < kTruncations; ++i) {
    const size_t length = original_.size() * i / kTruncations;
    n_read += reads(folder_.write("cut.h5ad", std::string_view(original_).substr(0, length)));
  }
  EXPECT_EQ(n_read, 0u);
}

TEST_P(ReaderMutation, FlippedBytesReadOrGiveOneError) {
  Random random(20260101);
  size_t n_read = 0, n_failed = 0;
  for (size_t i = 0; i < kFlips; ++i) {
    std::string damaged = original_;
    // Half of the flips hit the first tenth, where most of the structure stands.
    const size_t range = i % 2 == 0 ? damaged.size() / 10 : damaged.size();
    const size_t at = random.below(range);
    damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1 + random.below(255)));
    SCOPED_TRACE(testing::Message() << "byte " << at << " of " << GetParam());
    ++(reads(folder_.write("flip.h5ad", damaged)) ? n_read : n_failed);
  }
  EXPECT_GT(n_read, 0u);
  EXPECT_GT(n_failed, 0u);
}

INSTANTIATE_TEST_SUITE_P(Files, ReaderMutation,
                         testing::Values("cellxgene_example_valid.h5ad", "cellxgene_nan.h5ad",
                                         "anndata_archive_v0.7.8.h5ad", "anndataR_example.h5ad"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
                           return name;
                         });

}  // namespace
}  // namespace zerocell
