// Files cut off at 200 points, spread evenly from nothing to all but the last byte. A binary file is an Error
// at every point; of a text, what is left is told of wherever its values differ from those of the whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "data/read_everything.h"
#include "data/temporary_folder.h"
#include "zerocell/data/embedding_file.h"
#include "zerocell/data/npy.h"
#include "zerocell/data/simulate.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPoints = 200;

/// Calls `look` with every cut of the content; twice with the same where it is shorter than 200 bytes.
void for_each_cut(const std::string& content, const std::function<void(std::string_view)>& look) {
  for (size_t i = 0; i < kPoints; ++i)
    look(std::string_view(content).substr(0, content.size() * i / kPoints));
}

/// Number of cuts of a data set in one file that read as if they were whole.
size_t cuts_that_read(const std::string& name, const std::string& content) {
  const TemporaryFolder folder;
  EXPECT_TRUE(reads(folder.write(name, content))) << "the whole file";
  size_t n_read = 0;
  for_each_cut(content, [&](std::string_view cut) { n_read += reads(folder.write(name, cut)); });
  return n_read;
}

class CutOff : public testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(CutOff, H5adOfOurOwnWriter) {
  ThreadPool pool(1);
  NoProgress progress;
  SimulateOptions options;
  options.n_cells = 30;
  options.n_genes = 40;
  simulate_to_file(options, folder_.file("whole.h5ad"), pool, progress);
  EXPECT_EQ(cuts_that_read("cut.h5ad", read_text(folder_.file("whole.h5ad"))), 0u);
}

/// The sound files among the first inputs of the fuzz targets: structures of HDF5 old and new, dense and
/// sparse, chunked and not, AnnData of several ages.
void expect_no_cut_reads(const std::string& target) {
  size_t n_whole = 0;
  const TemporaryFolder folder;
  for (const auto& entry : fs::directory_iterator(ZEROCELL_SOURCE_DIR "/fuzz/corpus/" + target)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".h5ad") && !name.ends_with(".h5")) continue;  // found by a fuzzer
    SCOPED_TRACE(name);
    EXPECT_EQ(cuts_that_read(name, read_text(entry.path().string())), 0u);
    ++n_whole;
  }
  EXPECT_GE(n_whole, 4u);
}

TEST_F(CutOff, H5adOfAllKinds) {
  expect_no_cut_reads("h5ad");
}

TEST_F(CutOff, TenxInHdf5) {
  expect_no_cut_reads("tenx_h5");
}

TEST_F(CutOff, Npy) {
  DenseMatrix<float> values(20, 3);
  write_npy(folder_.file("whole.npy"), values);
  for_each_cut(read_text(folder_.file("whole.npy")), [&](std::string_view cut) {
    const std::string path = folder_.write("cut.npy", cut);
    EXPECT_THROW(read_embedding_table(path), Error) << cut.size();
  });
}

}  // namespace
}  // namespace zerocell
