#include "zerocell/data/mudata_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/h5ad_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/h5ad_frame.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using Strings = std::vector<std::string>;
using Numbers = std::vector<int64_t>;

/// Cells a, b, c; rna holds c and a in that order, prot holds b and c.
class MuData : public testing::Test {
 protected:
  static void write_modality(hdf5::Group& mod, const char* name, const Strings& cells, const Column& column,
                             const Strings& genes, const SparseParts& parts) {
    hdf5::Group group = mod.create_group(name);
    write_frame(mod.group(name), "obs", {"_index", cells, {column}});
    write_frame(mod.group(name), "var", {"_index", genes, {}});
    write_sparse(mod.group(name), "csr_matrix",
                 {static_cast<int64_t>(cells.size()), static_cast<int64_t>(genes.size())}, parts);
  }

  std::string write(const Strings& all = {"a", "b", "c"}, const Strings& rna = {"c", "a"}) {
    const std::string path = folder_.file("two.h5mu");
    hdf5::File file = hdf5::File::create(path);
    hdf5::Group root = file.root();
    write_frame(file.root(), "obs",
                {"_index",
                 all,
                 {{"donor", Numbers{1, 2, 3}, {}},
                  {"rna:type", Strings{"x", "y", "z"}, {}},
                  {"type", Strings{"of all", "of all", "of all"}, {}}}});
    write_frame(file.root(), "var", {"_index", {"G1", "G2", "P1"}, {}});
    hdf5::Group obsm = root.create_group("obsm");
    const uint64_t shape[] = {3, 1}, mask[] = {3};
    obsm.write_array<float>("X_joint", std::vector<float>{10, 20, 30}, shape);
    obsm.write_array<int8_t>("rna", std::vector<int8_t>{1, 0, 1}, mask);
    hdf5::Group map = root.create_group("obsmap");
    map.write_array<int64_t>("rna", Numbers{2, 0, 1}, mask);
    hdf5::Group mod = root.create_group("mod");
    write_modality(mod, "rna", rna, {"type", Strings{"T", "B"}, {}}, {"G1", "G2"},
                   {{0, 1, 2}, {1, 0}, {5, 7}});
    write_modality(mod, "prot", {"b", "c"}, {"day", Numbers{4, 6}, {}}, {"P1"}, {{0, 0, 1}, {0}, {3}});
    return path;
  }

  std::string error_of(const std::string& path, const std::string& modality) {
    try {
      DatasetFile::open(path, modality);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  TemporaryFolder folder_;
  ThreadPool pool_{1};
};

TEST_F(MuData, AModalityIsADataSetOfItsOwnCells) {
  const auto file = DatasetFile::open(write(), "rna");
  EXPECT_EQ(file->format(), "h5mu, modality rna");
  EXPECT_EQ(file->cell_names(), (Strings{"c", "a"}));
  EXPECT_EQ(file->var().index, (Strings{"G1", "G2"}));
  const CsrMatrix x = gather_rows(file->stream("X", pool_));
  EXPECT_EQ(x.indices, (std::vector<uint32_t>{1, 0}));
  EXPECT_EQ(x.values, (std::vector<float>{5, 7}));
}

TEST_F(MuData, EveryModalityCanBeNamed) {
  EXPECT_EQ(DatasetFile::open(write(), "prot")->cell_names(), (Strings{"b", "c"}));
}

TEST_F(MuData, ColumnsOfAllModalitiesAreMatchedByName) {
  const auto file = DatasetFile::open(write(), "rna");
  EXPECT_EQ(std::get<Strings>(file->obs_column("type").values), (Strings{"T", "B"})) << "its own";
  EXPECT_EQ(std::get<Strings>(file->obs_column("rna:type").values), (Strings{"T", "B"}));
  EXPECT_EQ(std::get<Numbers>(file->obs_column("donor").values), (Numbers{3, 1})) << "of cells c and a";
  const Column day = file->obs_column("prot:day");
  EXPECT_EQ(std::get<Numbers>(day.values)[0], 6);
  EXPECT_EQ(day.missing, (std::vector<uint8_t>{0, 1})) << "cell a is not in prot";
  EXPECT_THAT(file->obs_column_names(), ElementsAre("type", "donor", "prot:day"));
  EXPECT_TRUE(file->has_obs_column("rna:type"));
  EXPECT_FALSE(file->has_obs_column("rna:day"));
  EXPECT_EQ(file->obs().columns.size(), 3u);
  EXPECT_THAT(file->notes(),
              ElementsAre(HasSubstr("column 'type' of obs of all modalities was passed over")));
  EXPECT_THROW(file->obs_column("none"), Error);
}

TEST_F(MuData, ObsmOfAllModalities) {
  const auto file = DatasetFile::open(write(), "rna");
  ASSERT_EQ(file->obsm_entries().size(), 1u) << "the mask 'rna' is no embedding";
  const DenseMatrix<float> joint = to_float(file->obsm("X_joint").values);
  ASSERT_EQ(joint.n_rows(), 2u);
  EXPECT_EQ(joint(0, 0), 30);
  EXPECT_EQ(joint(1, 0), 10);
  EXPECT_THROW(file->obsm("rna"), Error);
}

TEST_F(MuData, NamesThatRepeatAreMatchedByTheMapOfTheFile) {
  // obsmap/rna says: the first cell of the file is the second of rna, the third its first.
  const auto file = DatasetFile::open(write({"s", "s", "s"}, {"s", "s"}), "rna");
  EXPECT_EQ(std::get<Numbers>(file->obs_column("donor").values), (Numbers{3, 1}));
}

TEST_F(MuData, CellsThatAreNowhereLeaveTheModalityItsOwnColumns) {
  const auto file = DatasetFile::open(write({"a", "b", "d"}, {"c", "a"}), "prot");
  EXPECT_THROW(file->obs_column("donor"), Error);
  EXPECT_EQ(std::get<Numbers>(file->obs_column("day").values), (Numbers{4, 6}));
  EXPECT_THAT(file->notes(), testing::Contains(HasSubstr("not every cell of 'prot' is there once")));
}

TEST_F(MuData, WithoutAModalityTheyAreListed) {
  const std::string path = write();
  EXPECT_THAT(error_of(path, ""), AllOf(HasSubstr("a MuData file"),
                                        HasSubstr("prot (2 cells x 1 features), rna (2 cells x 2 features)"),
                                        HasSubstr("--modality rna")));
  EXPECT_THAT(error_of(path, "atac"), HasSubstr("a modality 'atac'"));
  EXPECT_EQ(suggested_modality(path), "rna");
  { hdf5::File plain = create_h5ad(folder_.file("plain.h5ad"), 2, 2); }
  EXPECT_THAT(error_of(folder_.file("plain.h5ad"), "rna"), HasSubstr("Leave --modality out"));
  EXPECT_EQ(suggested_modality(folder_.file("plain.h5ad")), "");
}

}  // namespace
}  // namespace zerocell
