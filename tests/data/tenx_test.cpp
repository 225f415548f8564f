// 10x Genomics matrices in HDF5 (versions 2 and 3) and in folders.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "data/h5ad_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

using Strings = std::vector<std::string>;

class Tenx : public testing::Test {
 protected:
  template <class T>
  static void write(hdf5::Group& group, const std::string& name, const std::vector<T>& values) {
    const uint64_t n = values.size();
    group.write_array<T>(name, std::span<const T>(values), {&n, 1});
  }

  /// 3 features x 2 cells: cell 0 has 4 of feature 0 and 9 of feature 2, cell 1 has 7 of feature 1.
  static void write_matrix(hdf5::Group& group) {
    write<int32_t>(group, "data", {9, 4, 7});
    write<int64_t>(group, "indices", {2, 0, 1});  // not sorted, as Cell Ranger may leave them
    write<int64_t>(group, "indptr", {0, 2, 3});
    write<int32_t>(group, "shape", {3, 2});
    group.write_strings("barcodes", {"AAC-1", "GGT-1"});
  }

  std::string write_v3(const Strings& types) {
    const std::string path = folder_.file("v3.h5");
    hdf5::File file = hdf5::File::create(path);
    hdf5::Group matrix = file.root().create_group("matrix");
    write_matrix(matrix);
    hdf5::Group features = matrix.create_group("features");
    features.write_strings("id", {"ENSG1", "ENSG2", "CD3"});
    features.write_strings("name", {"TP53", "MYC", "CD3_TotalSeqB"});
    features.write_strings("feature_type", types);
    features.write_strings("genome", {"GRCh38", "GRCh38", "GRCh38"});
    return path;
  }

  std::string write_folder(const std::string& entries, const std::string& sizes = "3 2 3") {
    folder_.write("matrix.mtx",
                  "%%MatrixMarket matrix coordinate integer general\n%comment\n" + sizes + "\n" + entries);
    folder_.write("barcodes.tsv", "AAC-1\nGGT-1\n");
    folder_.write(
        "features.tsv",
        "ENSG1\tTP53\tGene Expression\nENSG2\tMYC\tGene Expression\nENSG3\tACTB\tGene Expression\n");
    return folder_.path();
  }

  void expect_all_three(const CsrMatrix& x) {
    EXPECT_EQ(x.indptr, (std::vector<uint64_t>{0, 2, 3}));
    EXPECT_EQ(x.indices, (std::vector<uint32_t>{0, 2, 1}));
    EXPECT_EQ(x.values, (std::vector<float>{4, 9, 7}));
  }

  TemporaryFolder folder_;
  ThreadPool pool_{2};
};

TEST_F(Tenx, Version3) {
  const auto file = DatasetFile::open(write_v3({"Gene Expression", "Gene Expression", "Gene Expression"}));
  EXPECT_EQ(file->format(), "10x h5");
  EXPECT_EQ(file->n_cells(), 2u);
  EXPECT_EQ(file->n_genes(), 3u);
  EXPECT_EQ(file->cell_names(), (Strings{"AAC-1", "GGT-1"}));
  const DataFrame var = file->var();
  EXPECT_EQ(var.index, (Strings{"TP53", "MYC", "CD3_TotalSeqB"}));
  ASSERT_NE(var.find("gene_ids"), nullptr);
  EXPECT_EQ(std::get<Strings>(var.find("gene_ids")->values), (Strings{"ENSG1", "ENSG2", "CD3"}));
  EXPECT_TRUE(file->notes().empty());
  expect_all_three(gather_rows(file->stream("X", pool_)));
}

TEST_F(Tenx, OnlyGenesAreKept) {
  const auto file = DatasetFile::open(write_v3({"Gene Expression", "Gene Expression", "Antibody Capture"}));
  EXPECT_EQ(file->n_genes(), 2u);
  EXPECT_EQ(file->var().index, (Strings{"TP53", "MYC"}));
  EXPECT_THAT(file->notes(), testing::ElementsAre(testing::HasSubstr("Antibody Capture")));
  const CsrMatrix x = gather_rows(file->stream("X", pool_));
  EXPECT_EQ(x.n_cols, 2u);
  EXPECT_EQ(x.indices, (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(x.values, (std::vector<float>{4, 7}));
}

TEST_F(Tenx, Version2) {
  const std::string path = folder_.file("v2.h5");
  {
    hdf5::File file = hdf5::File::create(path);
    hdf5::Group matrix = file.root().create_group("GRCh38");
    write_matrix(matrix);
    matrix.write_strings("genes", {"ENSG1", "ENSG2", "ENSG3"});
    matrix.write_strings("gene_names", {"TP53", "MYC", "ACTB"});
  }
  const auto file = DatasetFile::open(path);
  EXPECT_EQ(file->var().index, (Strings{"TP53", "MYC", "ACTB"}));
  expect_all_three(gather_rows(file->stream("X", pool_)));
}

TEST_F(Tenx, Folder) {
  const auto file = DatasetFile::open(write_folder("1 1 4\n3 1 9\n2 2 7\n"));
  EXPECT_EQ(file->format(), "10x mtx");
  EXPECT_EQ(file->var().index, (Strings{"TP53", "MYC", "ACTB"}));
  EXPECT_EQ(file->cell_names(), (Strings{"AAC-1", "GGT-1"}));
  EXPECT_EQ(file->matrices().at(0).n_stored, 3u);
  expect_all_three(gather_rows(file->stream("X", pool_)));
  expect_all_three(gather_rows(file->stream("X", pool_, {1, 1})));  // streamed, a block a row
}

TEST_F(Tenx, FolderInAnyOrderWhereMemoryAllows) {
  const auto file = DatasetFile::open(write_folder("2 2 7\n3 1 9\n1 1 4\n"));
  expect_all_three(gather_rows(file->stream("X", pool_)));
  EXPECT_THROW(gather_rows(file->stream("X", pool_, {1, 1})), Error);
}

TEST_F(Tenx, DamagedFoldersAreOneError) {
  const auto read = [&](const std::string& entries, const std::string& sizes = "3 2 3") {
    gather_rows(DatasetFile::open(write_folder(entries, sizes))->stream("X", pool_));
  };
  EXPECT_NO_THROW(read("1 1 4\n3 1 9\n2 2 7\n"));
  EXPECT_THROW(read("1 1 4\n3 1 9\n"), Error) << "an entry too few";
  EXPECT_THROW(read("1 1 4\n3 1 9\n2 2 7\n2 1 7\n"), Error) << "an entry too many";
  EXPECT_THROW(read("4 1 4\n3 1 9\n2 2 7\n"), Error) << "feature outside";
  EXPECT_THROW(read("0 1 4\n3 1 9\n2 2 7\n"), Error) << "counted from 0";
  EXPECT_THROW(read("1 1 x\n3 1 9\n2 2 7\n"), Error) << "no number";
  EXPECT_THROW(read("1 1 4\n3 1 9\n2 2 7\n", "2 3 3"), Error) << "transposed";
  EXPECT_THROW(DatasetFile::open(folder_.file("nowhere")), Error);
  std::filesystem::remove(folder_.file("barcodes.tsv"));
  EXPECT_THROW(DatasetFile::open(folder_.path()), Error);
}

TEST_F(Tenx, FilesThatContradictThemselves) {
  const std::string path = folder_.file("bad.h5");
  const auto message = [&](auto&& change) -> std::string {
    {
      hdf5::File file = hdf5::File::create(path);
      hdf5::Group matrix = file.root().create_group("matrix");
      std::vector<int32_t> data{9, 4, 7}, shape{3, 2};
      std::vector<int64_t> indices{2, 0, 1}, indptr{0, 2, 3};
      Strings barcodes{"AAC-1", "GGT-1"}, types{"Gene Expression", "Gene Expression", "\"Antibody Capture\""};
      change(data, indices, indptr, shape, barcodes, types);
      write(matrix, "data", data), write(matrix, "indices", indices), write(matrix, "indptr", indptr);
      write(matrix, "shape", shape);
      matrix.write_strings("barcodes", barcodes);
      hdf5::Group features = matrix.create_group("features");
      features.write_strings("id", {"ENSG1", "ENSG2", "CD3"});
      features.write_strings("name", {"TP53", "MYC", "CD3"});
      features.write_strings("feature_type", types);
    }
    try {
      const auto file = DatasetFile::open(path);
      gather_rows(file->stream("X", pool_));
      return "genes " + std::to_string(file->n_genes());
    } catch (const Error& error) {
      return error.what();
    }
  };
  using testing::HasSubstr;
  EXPECT_EQ(message([](auto&...) {}), "genes 2") << "the quoted antibody is no gene";
  const auto with = [&](auto&& change) {
    return message([&](auto& data, auto& indices, auto& indptr, auto& shape, auto& barcodes, auto& types) {
      change(data, indices, indptr, shape, barcodes, types);
    });
  };
  EXPECT_THAT(with([](auto& data, auto& indices, auto&, auto&, auto&, auto&) {
                data.push_back(1), indices.push_back(1);
              }),
              HasSubstr("1 stored values lie behind"));
  EXPECT_THAT(with([](auto& data, auto&, auto&, auto&, auto&, auto&) { data.push_back(1); }),
              HasSubstr("3 indices, 4 values"));
  EXPECT_THAT(with([](auto&, auto&, auto& indptr, auto&, auto&, auto&) { indptr.push_back(3); }),
              HasSubstr("2 + 1 entries"));
  EXPECT_THAT(with([](auto&, auto& indices, auto&, auto&, auto&, auto&) { indices[0] = 3; }),
              HasSubstr("indices from 0 to 2"));
  EXPECT_THAT(with([](auto&, auto&, auto&, auto& shape, auto&, auto&) { shape[1] = 3; }),
              HasSubstr("3 x 2 of features and barcodes"));
  EXPECT_THAT(with([](auto&, auto&, auto&, auto&, auto& barcodes, auto&) { barcodes.pop_back(); }),
              HasSubstr("3 x 1"));
  EXPECT_THAT(with([](auto&, auto&, auto&, auto&, auto&, auto& types) { types.pop_back(); }),
              HasSubstr("3 entries"));
}

TEST_F(Tenx, SeveralGenomesNameTheWayOut) {
  const std::string path = folder_.file("two.h5");
  {
    hdf5::File file = hdf5::File::create(path);
    for (const char* genome : {"GRCh38", "mm10"}) {
      hdf5::Group matrix = file.root().create_group(genome);
      write_matrix(matrix);
      matrix.write_strings("genes", {"ENSG1", "ENSG2", "ENSG3"});
      matrix.write_strings("gene_names", {"TP53", "MYC", "ACTB"});
    }
  }
  try {
    DatasetFile::open(path);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_THAT(message, testing::HasSubstr("GRCh38, mm10"));
    if (std::getenv("ZEROCELL_PEERS_PYTHON") == nullptr) return;
    const size_t begin = message.find(" -c ");
    ASSERT_EQ(
        std::system(
            (std::getenv("ZEROCELL_PEERS_PYTHON") + message.substr(begin) + " >/dev/null 2>&1").c_str()),
        0);
    EXPECT_EQ(DatasetFile::open(folder_.file("two_GRCh38.h5ad"))->n_cells(), 2u);
  }
}

TEST_F(Tenx, OtherHdf5IsNoDataSet) {
  const std::string path = folder_.file("other.h5");
  {
    hdf5::File file = hdf5::File::create(path);
    file.root().create_group("something");
  }
  EXPECT_THROW(DatasetFile::open(path), Error);
  EXPECT_THROW(DatasetFile::open(folder_.write("text.h5ad", "no HDF5")), Error);
  EXPECT_THROW(DatasetFile::open(folder_.write("empty.h5ad", "")), Error);
}

}  // namespace
}  // namespace zerocell
