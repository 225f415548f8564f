#include "zerocell/data/h5ad_writer.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/core/random.h"
#include "zerocell/data/hdf5.h"

namespace zerocell {
namespace {

using nlohmann::json;
using testing::HasSubstr;

CsrMatrix csr(size_t n_cols, const std::vector<std::vector<float>>& rows) {
  CsrMatrix m;
  m.n_cols = n_cols;
  for (const auto& row : rows) {
    for (size_t j = 0; j < n_cols; ++j)
      if (row[j] != 0) {
        m.indices.push_back(static_cast<uint32_t>(j));
        m.values.push_back(row[j]);
      }
    m.indptr.push_back(m.indices.size());
    ++m.n_rows;
  }
  return m;
}

DataFrame every_kind_of_column() {
  DataFrame obs;
  obs.index = {"c1", "c\xC3\xA9", "c3"};
  obs.columns.push_back({"type", Categorical{{"B", "T cell", "unused"}, {1, -1, 0}, false}, {}});
  obs.columns.push_back({"stage", Categorical{{"late", "early"}, {0, 1, 0}, true}, {}});
  obs.columns.push_back({"text", std::vector<std::string>{"a", "", "b"}, {}});
  obs.columns.push_back({"gaps", std::vector<std::string>{"x", "y", "x"}, {0, 1, 0}});
  obs.columns.push_back({"n", std::vector<int64_t>{1, -2, int64_t{1} << 40}, {}});
  obs.columns.push_back({"n_gaps", std::vector<int64_t>{1, 2, 3}, {0, 0, 1}});
  obs.columns.push_back({"x", std::vector<double>{0.5, NAN, -1e300}, {}});
  obs.columns.push_back({"x_gaps", std::vector<double>{1, 2, 3}, {1, 0, 0}});
  obs.columns.push_back({"flag", std::vector<uint8_t>{1, 0, 1}, {}});
  obs.columns.push_back({"flag_gaps", std::vector<uint8_t>{1, 0, 1}, {0, 1, 0}});
  obs.columns.push_back({"a/b", std::vector<int64_t>{1, 2, 3}, {}});
  obs.columns.push_back({"a_b", std::vector<int64_t>{4, 5, 6}, {}});
  obs.columns.push_back({"_index", std::vector<int64_t>{7, 8, 9}, {}});
  return obs;
}

std::string write_example(const TemporaryFolder& folder) {
  ThreadPool pool(2);
  const std::string path = folder.file("a.h5ad");
  H5adWriter writer(path, pool);
  writer.write_obs(every_kind_of_column());
  DataFrame var;
  var.index_name = "gene";
  var.index = {"g1", "g2"};
  writer.write_var(var);
  DenseMatrix<float> embedding(3, 2);
  for (size_t i = 0; i < 6; ++i) embedding.data()[i] = static_cast<float>(i) / 4;
  writer.write_obsm("X_mine/pc30", embedding);
  writer.begin_matrix("X");
  writer.append_rows(csr(2, {{1, 0}, {0, 0}}));
  writer.append_rows(csr(2, {{2, 3}}));
  writer.end_matrix();
  writer.write_matrix("layers/counts", {.n_rows = 3, .n_cols = 2, .for_each_block = [](const auto& consume) {
                                          consume({.first_row = 0, .values = csr(2, {{4, 5}})});
                                          consume({.first_row = 1, .values = csr(2, {{0, 6}, {0, 0}})});
                                        }});
  writer.write_obsp("connectivities", csr(3, {{0, .5f, 0}, {.5f, 0, 0}, {0, 0, 1}}));
  writer.write_uns("note", "gr\xC3\xBC\xC3\x9F");
  writer.finish();
  return path;
}

TEST(H5adWriter, FollowsTheEncoding) {
  const TemporaryFolder folder;
  const auto file = hdf5::File::open(write_example(folder));
  const auto root = file.root();
  EXPECT_EQ(root.text_attribute("encoding-type"), "anndata");
  const auto obs = root.group("obs");
  EXPECT_EQ(obs.text_attribute("encoding-type"), "dataframe");
  EXPECT_EQ(obs.texts_attribute("column-order"),
            (std::vector<std::string>{"type", "stage", "text", "gaps", "n", "n_gaps", "x", "x_gaps", "flag",
                                      "flag_gaps", "a_b", "a_b_", "_index_"}));
  EXPECT_EQ(obs.group("type").dataset("codes").type().name(), "int8");
  const auto x = root.group("X");
  EXPECT_EQ(x.integers_attribute("shape"), (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(x.dataset("indptr").read<int64_t>(), (std::vector<int64_t>{0, 1, 1, 3}));
  EXPECT_EQ(x.dataset("indices").read<int32_t>(), (std::vector<int32_t>{0, 0, 1}));
  EXPECT_EQ(x.dataset("data").read<float>(), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(root.dataset("obsm/X_mine_pc30").shape(), (std::vector<uint64_t>{3, 2}));
}

json read_with_anndata(const std::string& path) {
  const char* python = std::getenv("ZEROCELL_PEERS_PYTHON");
  const std::string command =
      std::string(python) + " " ZEROCELL_SOURCE_DIR "/tests/data/read_back.py " + path + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  char buffer[4096];
  while (const size_t n = fread(buffer, 1, sizeof(buffer), pipe)) output.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0) << output;
  return json::parse(output, nullptr, false);
}

#define SKIP_WITHOUT_ANNDATA()                         \
  if (std::getenv("ZEROCELL_PEERS_PYTHON") == nullptr) \
  GTEST_SKIP() << "ZEROCELL_PEERS_PYTHON names no Python with anndata"

TEST(H5adWriter, OpensInAnndata) {
  SKIP_WITHOUT_ANNDATA();
  const TemporaryFolder folder;
  const json read = read_with_anndata(write_example(folder));
  ASSERT_TRUE(read.is_object());
  const auto& obs = read["obs"]["columns"];
  EXPECT_EQ(read["obs"]["index"], json({"c1", "c\xC3\xA9", "c3"}));
  EXPECT_EQ(
      obs["type"],
      json::parse(R"({"categories": ["B", "T cell", "unused"], "codes": [1, -1, 0], "ordered": false})"));
  EXPECT_EQ(obs["stage"]["ordered"], true);
  EXPECT_EQ(obs["gaps"]["codes"], json({0, -1, 0}));
  EXPECT_EQ(obs["text"]["values"], json({"a", "", "b"}));
  EXPECT_EQ(obs["n"]["values"], json({1, -2, int64_t{1} << 40}));
  EXPECT_EQ(obs["n_gaps"], json::parse(R"({"dtype": "Int64", "values": [1, 2, null]})"));
  EXPECT_EQ(obs["x"]["values"], json({0.5, nullptr, -1e300}));
  EXPECT_EQ(obs["x_gaps"]["values"], json({nullptr, 2.0, 3.0}));
  EXPECT_EQ(obs["flag"], json::parse(R"({"dtype": "bool", "values": [true, false, true]})"));
  EXPECT_EQ(obs["flag_gaps"], json::parse(R"({"dtype": "boolean", "values": [true, null, true]})"));
  EXPECT_EQ(obs["a_b_"]["values"], json({4, 5, 6}));
  EXPECT_EQ(read["var"]["index_name"], "gene");
  EXPECT_EQ(read["X"], json::parse(R"({"kind": "csr", "dtype": "float32", "shape": [3, 2], "sum": 6.0,
                                      "values": [1.0, 0.0, 0.0, 0.0, 2.0, 3.0]})"));
  EXPECT_EQ(read["layers"]["counts"]["values"], json({4.0, 5.0, 0.0, 6.0, 0.0, 0.0}));
  EXPECT_EQ(read["obsm"]["X_mine_pc30"]["values"], json({0.0, 0.25, 0.5, 0.75, 1.0, 1.25}));
  EXPECT_EQ(read["obsp"]["connectivities"]["sum"], 2.0);
  EXPECT_EQ(read["uns"]["note"], "gr\xC3\xBC\xC3\x9F");
}

TEST(H5adWriter, WithoutXOrColumnsOrCells) {
  const TemporaryFolder folder;
  ThreadPool pool(1);
  H5adWriter writer(folder.file("a.h5ad"), pool);
  writer.write_obs({});
  writer.write_var({});
  writer.finish();
  const auto file = hdf5::File::open(folder.file("a.h5ad"));
  EXPECT_FALSE(file.root().contains("X"));
  EXPECT_EQ(file.root().dataset("obs/_index").n_elements(), 0u);
  SKIP_WITHOUT_ANNDATA();
  EXPECT_EQ(read_with_anndata(folder.file("a.h5ad"))["obs"]["order"], json::array());
}

TEST(H5adWriter, LargeMatricesDoNotDependOnThreads) {
  const TemporaryFolder folder;
  const size_t n = 1000, g = 20000;
  // About 9 million values: several flushes of 32 chunks and a last chunk that is not full.
  const auto write = [&](const std::string& name, int n_threads, size_t block_rows) {
    ThreadPool pool(n_threads);
    H5adWriter writer(folder.file(name), pool);
    DataFrame obs, var;
    for (size_t i = 0; i < n; ++i) obs.index.push_back("c" + std::to_string(i));
    for (size_t i = 0; i < g; ++i) var.index.push_back("g" + std::to_string(i));
    writer.write_obs(obs);
    writer.write_var(var);
    writer.begin_matrix("X");
    for (size_t first = 0; first < n; first += block_rows) {
      CsrMatrix block;
      block.n_cols = g;
      for (size_t i = first; i < std::min(n, first + block_rows); ++i) {
        for (size_t j = i % 2; j < g; j += 2 + i % 3 / 2) {
          block.indices.push_back(static_cast<uint32_t>(j));
          block.values.push_back(static_cast<float>(1 + (mix64(i, j) & 7)));
        }
        block.indptr.push_back(block.indices.size());
        ++block.n_rows;
      }
      writer.append_rows(block);
    }
    writer.end_matrix();
    writer.finish();
    const auto file = hdf5::File::open(folder.file(name));
    return std::tuple(file.root().dataset("X/data").read<float>(),
                      file.root().dataset("X/indices").read<int32_t>(),
                      file.root().dataset("X/indptr").read<int64_t>());
  };
  const auto [data, indices, indptr] = write("one.h5ad", 1, 77);
  ASSERT_GT(data.size(), size_t{1} << 23);
  ASSERT_EQ(indptr.size(), n + 1);
  size_t wrong = 0;
  for (size_t i = 0; i < n; ++i)
    for (auto k = static_cast<size_t>(indptr[i]); k < static_cast<size_t>(indptr[i + 1]); ++k)
      wrong += data[k] != static_cast<float>(1 + (mix64(i, static_cast<uint64_t>(indices[k])) & 7));
  EXPECT_EQ(wrong, 0u);
  EXPECT_TRUE(write("three.h5ad", 3, 1000) == std::tie(data, indices, indptr));
}

TEST(H5adWriter, LeavesNothingWithoutFinish) {
  const TemporaryFolder folder;
  ThreadPool pool(1);
  {
    H5adWriter writer(folder.file("a.h5ad"), pool);
    writer.write_obs(every_kind_of_column());
  }
  EXPECT_EQ(folder.n_files(), 0u);
}

TEST(H5adWriter, RefusesWhatDoesNotFit) {
  const TemporaryFolder folder;
  ThreadPool pool(1);
  H5adWriter writer(folder.file("a.h5ad"), pool);
  EXPECT_THROW(writer.write_obsm("X", DenseMatrix<float>(3, 2)), Error);
  writer.write_obs(every_kind_of_column());
  EXPECT_THROW(writer.write_obs(every_kind_of_column()), Error);
  EXPECT_THROW(writer.write_obsm("X", DenseMatrix<float>(2, 2)), Error);
  EXPECT_THROW(writer.begin_matrix("X"), Error);
  writer.write_var({});
  writer.begin_matrix("X");
  EXPECT_THROW(writer.finish(), Error);  // its rows are missing
  EXPECT_THROW(writer.end_matrix(), Error);
}

TEST(H5adWriter, ErrorsNameThePathOfTheUser) {
  const TemporaryFolder folder;
  ThreadPool pool(1);
  const std::string missing = folder.file("none/a.h5ad");
  try {
    H5adWriter writer(missing, pool);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(missing));
  }
  try {
    H5adWriter writer(folder.file("a.h5ad"), pool);
    DataFrame obs;
    obs.index = {std::string("a\0b", 3)};
    writer.write_obs(obs);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(folder.file("a.h5ad")));
    EXPECT_THAT(error.what(), HasSubstr("zero byte"));
  }
}

/// A limit on the size of files stands for a full disk.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &old_);
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = old_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int) = SIG_DFL;
};

// HDF5 keeps the identifier of a file that it cannot close, and crashes at the end of the program.
TEST(H5adWriter, ADiskThatFillsUpAtAnyPlaceIsAnErrorThatHdf5NeverMeets) {
  const TemporaryFolder folder;
  const auto whole = std::filesystem::file_size(write_example(folder));
  std::filesystem::remove(folder.file("a.h5ad"));
  const auto step = whole / 40;
  size_t n_failed = 0;
  for (uint64_t limit = 0; limit <= whole + step; limit += step) {
    const FileLimit full(limit);
    try {
      write_example(folder);
      EXPECT_GE(limit, whole);
      std::filesystem::remove(folder.file("a.h5ad"));
    } catch (const Error& error) {
      ++n_failed;
      EXPECT_EQ(error.exit_status(), 1);
      EXPECT_THAT(error.what(), HasSubstr(folder.file("a.h5ad") + ": cannot be written: File too large"));
    }
    EXPECT_EQ(folder.n_files(), 0u);
    EXPECT_EQ(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_FILE), 0) << "limit " << limit;
  }
  EXPECT_GE(n_failed, 39u);
}

}  // namespace
}  // namespace zerocell
