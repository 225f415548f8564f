// Files cut off at 200 points, spread evenly from nothing to all but the last byte. A binary file is an Error
// at every point; of a text, what is left is told of wherever its values differ from those of the whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>

#include "data/read_everything.h"
#include "data/temporary_folder.h"
#include "zerocell/data/embedding_file.h"
#include "zerocell/data/npy.h"
#include "zerocell/data/row_match.h"
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

/// Entries of a 10x folder, summed up: what a cut must not change without a word.
struct Contents {
  std::vector<std::string> cells, genes;
  std::vector<float> values;
  bool told = false;  ///< a note says that a file may be cut off

  bool operator==(const Contents& other) const {
    return cells == other.cells && genes == other.genes && values == other.values;
  }
};

Contents contents_of(const std::string& path) {
  const auto file = DatasetFile::open(path);
  ThreadPool pool(1);
  Contents out{file->cell_names(), file->var().index, {}, false};
  file->stream("X", pool).for_each_block([&](const RowBlock& block) {
    out.values.insert(out.values.end(), block.values.values.begin(), block.values.values.end());
  });
  for (const std::string& note : file->notes()) out.told |= note.find("has no end") != std::string::npos;
  return out;
}

TEST_F(CutOff, TenxInText) {
  const std::map<std::string, std::string> files = {
      {"matrix.mtx",
       "%%MatrixMarket matrix coordinate integer general\n3 2 4\n1 1 12\n3 1 40\n2 2 7\n3 2 250\n"},
      {"features.tsv",
       "ENSG1\tTP53\tGene Expression\nENSG2\tMYC\tGene Expression\nENSG3\tACTB\tGene Expression\n"},
      {"barcodes.tsv", "AACCTGAGAAACC-1\nAACCTGAGAAACG-1\n"}};
  for (const auto& [name, content] : files) folder_.write(name, content);
  const Contents whole = contents_of(folder_.path());
  EXPECT_FALSE(whole.told);
  size_t n_told = 0;
  for (const auto& [name, content] : files) {
    for (size_t length = 0; length < content.size(); ++length) {  // fewer than 200: all
      folder_.write(name, content.substr(0, length));
      try {
        const Contents cut = contents_of(folder_.path());
        EXPECT_TRUE(cut.told) << name << " cut at " << length;
        n_told += !(cut == whole);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data);
        EXPECT_NE(std::string(error.what()).find(folder_.path()), std::string::npos) << error.what();
      }
    }
    folder_.write(name, content);
  }
  EXPECT_GT(n_told, 0u);  // "25" for "250", a barcode without its end
}

TEST_F(CutOff, TablesInText) {
  const std::vector<std::string> names = {"cell_a", "cell_b", "cell_c"};
  const std::vector<uint32_t> all = {0, 1, 2};
  const NameIndex index(names);
  const std::string whole = "cell,d0,d1\ncell_a,0.125,-2\ncell_b,1e-3,4\ncell_c,5.75,6.25\n";
  for (size_t length = 0; length < whole.size(); ++length) {
    const std::string path = folder_.write("cut.csv", whole.substr(0, length));
    try {
      const RowMatch match = match_rows(path, read_embedding_table(path, {&index, 3, 3}), {index, all});
      ASSERT_FALSE(match.warnings.empty()) << "cut at " << length;
      EXPECT_NE(match.warnings.back().find("has no end"), std::string::npos) << match.warnings.back();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
    }
  }
  const std::string path = folder_.write("whole.csv", whole);
  EXPECT_TRUE(match_rows(path, read_embedding_table(path, {&index, 3, 3}), {index, all}).warnings.empty());
}

}  // namespace
}  // namespace zerocell
