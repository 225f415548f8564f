#include "zerocell/data/file_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>

#include "data/h5ad_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using std::string_literals::operator""s;

class FileKind : public testing::Test {
 protected:
  std::string error_of(const std::string& name) {
    try {
      DatasetFile::open(folder_.file(name));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      EXPECT_THAT(error.what(), HasSubstr(folder_.file(name)));
      return error.what();
    }
    return "no error";
  }
  std::string error_of(const std::string& name, const std::string& content) {
    folder_.write(name, content);
    return error_of(name);
  }
  void write_gzip(const std::string& name, const std::string& content) {
    gzFile file = gzopen(folder_.file(name).c_str(), "wb");
    gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose(file);
  }
  std::string h5ad() {
    {
      hdf5::File file = create_h5ad(folder_.file("good.h5ad"), 3, 4);
      write_sparse(file.root(), "csr_matrix", {3, 4}, {{0, 2, 2, 4}, {1, 3, 0, 2}, {5, 1, 2, 3}});
    }
    return read_text(folder_.file("good.h5ad"));
  }
  TemporaryFolder folder_;
};

TEST_F(FileKind, GzipIsNamedAndTheAdviceWorks) {
  write_gzip("a.h5ad.gz", h5ad());
  EXPECT_THAT(error_of("a.h5ad.gz"), AllOf(HasSubstr("a gzipped HDF5 file"), HasSubstr("gunzip -k")));
  ASSERT_EQ(std::system(("gunzip -k " + folder_.file("a.h5ad.gz")).c_str()), 0);
  EXPECT_EQ(DatasetFile::open(folder_.file("a.h5ad"))->n_cells(), 3u);
  // gunzip itself refuses a name without .gz.
  write_gzip("b.h5ad", h5ad());
  const std::string message = error_of("b.h5ad"), command = message.substr(message.find("gunzip -c"));
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  EXPECT_EQ(DatasetFile::open(folder_.file("b_unpacked.h5ad"))->n_cells(), 3u);
  write_gzip("it's a name.h5ad.gz", h5ad());
  const std::string quoted = error_of("it's a name.h5ad.gz"),
                    unpack = quoted.substr(quoted.find("gunzip -k"));
  ASSERT_EQ(std::system(unpack.substr(0, unpack.find(", and give")).c_str()), 0) << unpack;
  EXPECT_EQ(DatasetFile::open(folder_.file("it's a name.h5ad"))->n_cells(), 3u);
}

/// Runs the command that a message gives, with the Python that has anndata and scanpy in place of python3.
void run_python_advice(const std::string& message) {
  const std::string python = std::getenv("ZEROCELL_PEERS_PYTHON"), start = "python3 -c '";
  const size_t begin = message.find(start);
  ASSERT_NE(begin, std::string::npos) << message;
  const size_t end = message.find('\'', begin + start.size()) + 1;
  const std::string command = python + message.substr(begin + 7, end - begin - 7) + " >/dev/null 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

TEST_F(FileKind, TheAdviceInPythonWorks) {
  if (std::getenv("ZEROCELL_PEERS_PYTHON") == nullptr)
    GTEST_SKIP() << "ZEROCELL_PEERS_PYTHON names no Python with anndata";
  run_python_advice(error_of("a.csv", "cell,A,B\nc1,1,2\nc2,0,3\n"));
  EXPECT_EQ(DatasetFile::open(folder_.file("a.h5ad"))->cell_names(), (std::vector<std::string>{"c1", "c2"}));
  run_python_advice(error_of("b.tsv", "cell\tA\tB\nc1\t1\t2\nc2\t0\t3\n"));
  EXPECT_EQ(DatasetFile::open(folder_.file("b.h5ad"))->n_genes(), 2u);
  const std::string store = folder_.file("store.zarr"),
                    make = std::string(std::getenv("ZEROCELL_PEERS_PYTHON")) +
                           " -c 'import anndata; anndata.read_h5ad(\"" + folder_.file("a.h5ad") +
                           "\").write_zarr(\"" + store + "\")' >/dev/null 2>&1";
  ASSERT_EQ(std::system(make.c_str()), 0) << make;
  run_python_advice(error_of("store.zarr"));
  EXPECT_EQ(DatasetFile::open(folder_.file("store.h5ad"))->n_cells(), 2u);
}

TEST_F(FileKind, WhatADownloadLeavesInPlaceOfTheFile) {
  EXPECT_THAT(error_of("a.h5ad", "\n <!DOCTYPE HTML><html>quota exceeded"), HasSubstr("a web page (HTML)"));
  EXPECT_THAT(error_of("a.h5ad", "\xef\xbb\xbf<html><head>"), HasSubstr("a web page (HTML)"));
  EXPECT_THAT(error_of("a.h5ad", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>"),
              HasSubstr("an XML document"));
  EXPECT_THAT(error_of("a.h5ad", "{\"message\": \"not found\"}"), HasSubstr("a JSON document"));
  EXPECT_THAT(error_of("a.h5ad", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
              HasSubstr("git lfs pull"));
  EXPECT_THAT(error_of("a.h5ad", "/annex/objects/SHA256E-s1--0.h5ad\n"), HasSubstr("git annex get"));
  EXPECT_THAT(error_of("a.h5ad", ""), HasSubstr("an empty file"));
}

TEST_F(FileKind, OtherFormats) {
  EXPECT_THAT(error_of("a.zip", "PK\3\4 and more"), HasSubstr("a zip archive"));
  EXPECT_THAT(error_of("a.tar", std::string(257, 'x') + "ustar" + std::string(300, 'y')),
              HasSubstr("tar -xf"));
  write_gzip("a.tar.gz", std::string(257, 'x') + "ustar" + std::string(300, 'y'));
  EXPECT_THAT(error_of("a.tar.gz"), HasSubstr("tar -xzf"));
  EXPECT_THAT(error_of("a.rds", "X\n\0\0\0\3\0\4"s), HasSubstr("writeH5AD(readRDS("));
  EXPECT_THAT(error_of("a.RData", "RDX3\nX\n\0\0"s), HasSubstr("an object of R"));
  write_gzip("b.rds", "X\n\0\0\0\3\0\4"s);
  EXPECT_THAT(error_of("b.rds"), HasSubstr("an object of R"));
  EXPECT_THAT(error_of("c.rds", "BZh9 packed"), HasSubstr("an object of R"));
  EXPECT_THAT(error_of("a.h5ad.bz2", "BZh9 packed"), HasSubstr("bunzip2 -k"));
  EXPECT_THAT(error_of("a.h5ad.xz",
                       "\xfd"
                       "7zXZ\0\1"s),
              HasSubstr("unxz -k"));
  EXPECT_THAT(error_of("a.h5ad.zst", "\x28\xb5\x2f\xfd\1"), HasSubstr("unzstd"));
  EXPECT_THAT(error_of("a.npy", "\x93NUMPY\1"), HasSubstr("--embedding file="));
  EXPECT_THAT(error_of("a.parquet", "PAR1\1\2"), HasSubstr("Parquet"));
  EXPECT_THAT(error_of("a.csv", "cell,A,B\nc1,1,2\n"),
              AllOf(HasSubstr("a table of text"), HasSubstr("scanpy.read_csv")));
  EXPECT_THAT(error_of("a.tsv", "cell\tA\tB\nc1\t1\t2\n"), HasSubstr("delimiter=\"\\t\""));
  EXPECT_THAT(error_of("csv.h5ad", "cell,A,B\nc1,1,2\n"), HasSubstr("csv_converted.h5ad"))
      << "never over itself";
  EXPECT_THAT(error_of("a.txt", "only words"), HasSubstr("a text file"));
  EXPECT_THAT(error_of("counts.mtx", "%%MatrixMarket matrix coordinate integer general\n1 1 0\n"),
              HasSubstr("PREFIXmatrix.mtx"));
  EXPECT_THAT(error_of("a.bin", "\1\2\3\4\5\6\7"), HasSubstr("a file of another format"));
}

TEST_F(FileKind, StoresThatAreFolders) {
  for (const char* name : {".zgroup", ".zattrs", "zarr.json"}) {
    const TemporaryFolder store;
    store.write(name, "{}");
    EXPECT_THROW(
        {
          try {
            DatasetFile::open(store.path());
          } catch (const Error& error) {
            EXPECT_THAT(error.what(), AllOf(HasSubstr("a Zarr store"), HasSubstr("anndata.read_zarr(")));
            throw;
          }
        },
        Error);
  }
}

TEST_F(FileKind, OtherHdf5Files) {
  const auto with = [&](const char* name, std::initializer_list<const char*> groups) {
    {
      hdf5::File file = hdf5::File::create(folder_.file(name));
      for (const char* group : groups) file.root().create_group(group);
    }
    return error_of(name);
  };
  EXPECT_THAT(with("a.loom", {"matrix", "row_attrs", "col_attrs"}),
              AllOf(HasSubstr("a Loom file"), HasSubstr("read_loom")));
  EXPECT_THAT(with("a.h5seurat", {"assays", "meta.data"}), HasSubstr("SeuratDisk::Convert"));
  EXPECT_THAT(with("molecule_info.h5", {"barcode_idx"}), HasSubstr("filtered_feature_bc_matrix.h5"));
  EXPECT_THAT(with("half.h5ad", {"obs", "X"}), HasSubstr("found obs alone"));
  EXPECT_THAT(with("other.h5", {"b", "a"}), HasSubstr("other entries: a, b"));
}

TEST_F(FileKind, AnHdf5FileThatIsCutOff) {
  const std::string whole = h5ad();
  for (const size_t size : {size_t{100}, whole.size() / 2, whole.size() - 1})
    EXPECT_THAT(error_of("cut.h5ad", whole.substr(0, size)),
                AllOf(HasSubstr(std::to_string(whole.size()) + " bytes"), HasSubstr("truncated")));
}

}  // namespace
}  // namespace zerocell
