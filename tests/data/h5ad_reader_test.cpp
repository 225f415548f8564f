#include "zerocell/data/h5ad_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/h5ad_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"
#include "zerocell/data/h5ad_frame.h"

namespace zerocell {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Strings = std::vector<std::string>;

class H5ad : public testing::Test {
 protected:
  /// 2 cells x 3 columns, [1 2 0] and [0 0 5], with a column of var.
  std::string write(const Column& column) {
    const std::string path = folder_.file("x.h5ad");
    hdf5::File file = hdf5::File::create(path);
    write_frame(file.root(), "obs", {"_index", {"a", "b"}, {}});
    write_frame(file.root(), "var", {"_index", {"TP53", "MYC", "CD3"}, {column}});
    write_sparse(file.root(), "csr_matrix", {2, 3}, {{0, 2, 3}, {0, 1, 2}, {1, 2, 5}});
    return path;
  }
  TemporaryFolder folder_;
  ThreadPool pool_{1};
};

TEST_F(H5ad, AntibodiesAreNoGenes) {
  for (const char* name : {"feature_types", "feature_type"}) {
    const auto file = DatasetFile::open(
        write({name, Strings{"Gene Expression", "gene expression", "Antibody Capture"}, {}}));
    EXPECT_EQ(file->n_genes(), 2u);
    EXPECT_EQ(file->var().index, (Strings{"TP53", "MYC"}));
    EXPECT_EQ(file->matrices().at(0).n_cols, 2u);
    const CsrMatrix x = gather_rows(file->stream("X", pool_));
    EXPECT_EQ(x.n_cols, 2u);
    EXPECT_EQ(x.indptr, (std::vector<uint64_t>{0, 2, 2}));
    EXPECT_EQ(x.values, (std::vector<float>{1, 2}));
    EXPECT_THAT(
        file->notes(),
        ElementsAre("var: 1 features of type 'Antibody Capture' were passed over: they are no genes"));
  }
  const Categorical types{{"GEX", "ATAC"}, {1, 0, 0}, false};
  EXPECT_EQ(DatasetFile::open(write({"feature_types", types, {}}))->var().index, (Strings{"MYC", "CD3"}));
}

TEST_F(H5ad, OtherColumnsAndTypesLeaveEveryGene) {
  for (const Column& column :
       {Column{"feature_type", Strings{"protein_coding", "lncRNA", "gene"}, {}},
        Column{"feature_types", Strings{"Gene Expression", "Gene Expression", "Gene Expression"}, {}},
        Column{"feature_types", std::vector<int64_t>{0, 1, 2}, {}},
        Column{"kind", Strings{"Gene Expression", "x", "Antibody Capture"}, {}}}) {
    const auto file = DatasetFile::open(write(column));
    EXPECT_EQ(file->n_genes(), 3u) << column.name;
    EXPECT_THAT(file->notes(), IsEmpty());
  }
  const auto proteins = DatasetFile::open(
      write({"feature_types", Strings{"Antibody Capture", "Antibody Capture", "Antibody Capture"}, {}}));
  EXPECT_EQ(proteins->n_genes(), 3u) << "a matrix of proteins alone was asked for as such";
  EXPECT_THAT(proteins->notes(), ElementsAre(HasSubstr("none of the 3 features is a gene")));
}

TEST_F(H5ad, LayersInGroupsAreNamedByTheirPath) {
  const std::string path = folder_.file("nested.h5ad");
  {
    hdf5::File file = create_h5ad(path, 2, 3);
    hdf5::Group root = file.root();
    const uint64_t shape[] = {2, 3};
    hdf5::Group layers = root.create_group("layers"), inner = layers.create_group("spliced"),
                deep = inner.create_group("umi");
    layers.write_array<float>("plain", std::vector<float>{1, 0, 0, 0, 0, 0}, shape);
    inner.write_array<float>("raw", std::vector<float>{0, 2, 0, 0, 0, 0}, shape);
    deep.write_array<float>("v1", std::vector<float>{0, 0, 3, 0, 0, 0}, shape);
  }
  const auto file = DatasetFile::open(path);
  Strings names;
  for (const auto& matrix : file->matrices()) names.push_back(matrix.name);
  EXPECT_THAT(names, ElementsAre("layers/plain", "layers/spliced/raw", "layers/spliced/umi/v1"));
  EXPECT_EQ(gather_rows(file->stream("layers/spliced/umi/v1", pool_)).values, (std::vector<float>{3}));
  EXPECT_THAT(file->notes(), IsEmpty());
  EXPECT_THROW(file->stream("layers/spliced", pool_), Error);
}

TEST_F(H5ad, GroupsThatHoldThemselvesAreNotEndless) {
  const std::string path = folder_.file("links.h5ad");
  {
    hdf5::File file = create_h5ad(path, 2, 3);
    hdf5::Group layers = file.root().create_group("layers");
    for (const char* name : {"a", "b", "c", "d"})
      ASSERT_GE(H5Lcreate_hard(layers.id(), ".", layers.id(), name, H5P_DEFAULT, H5P_DEFAULT), 0);
  }
  const auto file = DatasetFile::open(path);
  EXPECT_TRUE(file->matrices().empty());
  EXPECT_LT(file->notes().size(), 1000u) << "4^8 without a limit";
}

TEST_F(H5ad, RawWithoutNamesIsTold) {
  const std::string path = folder_.file("raw.h5ad");
  {
    hdf5::File file = create_h5ad(path, 2, 3);
    hdf5::Group raw = file.root().create_group("raw");
    const uint64_t shape[] = {2, 3};
    raw.write_array<float>("X", std::vector<float>{1, 0, 0, 0, 0, 0}, shape);
  }
  EXPECT_THAT(DatasetFile::open(path)->notes(),
              Contains(HasSubstr("raw/X was passed over: there is no raw/var")));
}

}  // namespace
}  // namespace zerocell
