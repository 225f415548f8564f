#include "zerocell/study/given_embedding.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "data/h5ad_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/npy.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr size_t kCells = 5, kDims = 2;

/// Five cells obs0 .. obs4 with vectors in every place.
class GivenEmbedding : public testing::Test {
 protected:
  /// Values by cell, two each.
  using Values = std::vector<double>;
  const Values plain_{0, 1, 2, 3.5, 4, 5, 6, 7, 8, 9.25};

  template <class T>
  void write_array(hdf5::Group& group, const std::string& name, const Values& values) {
    const std::vector<T> typed(values.begin(), values.end());
    const uint64_t shape[] = {values.size() / kDims, kDims};
    group.write_array<T>(name, std::span<const T>(typed), shape);
  }
  template <class T>
  void write_csr(hdf5::Group& parent, const std::string& name, const Values& values) {
    auto group = parent.create_group(name);
    group.write_attribute("encoding-type", "csr_matrix");
    group.write_attribute("shape", std::vector<int64_t>{kCells, kDims});
    std::vector<int64_t> indptr{0};
    std::vector<int32_t> indices;
    std::vector<T> stored;
    for (size_t i = 0; i < values.size(); ++i) {
      indices.push_back(static_cast<int32_t>(i % kDims));
      stored.push_back(static_cast<T>(values[i]));
      if (i % kDims == kDims - 1) indptr.push_back(static_cast<int64_t>(stored.size()));
    }
    const auto write = [&](const std::string& part, const auto& array) {
      using Item = typename std::decay_t<decltype(array)>::value_type;
      const uint64_t n = array.size();
      group.write_array<Item>(part, std::span<const Item>(array), {&n, 1});
    };
    write("indptr", indptr);
    write("indices", indices);
    write("data", stored);
  }
  void write_frame(hdf5::Group& obsm, const std::string& name, const std::vector<std::string>& index,
                   const Values& values) {
    auto group = obsm.create_group(name);
    group.write_attribute("encoding-type", "dataframe");
    group.write_attribute("_index", "_index");
    group.write_attribute("column-order", std::vector<std::string>{"a", "b"});
    group.write_strings("_index", index);
    for (size_t j = 0; j < kDims; ++j) {
      Values column;
      for (size_t i = j; i < values.size(); i += kDims) column.push_back(values[i]);
      const uint64_t n = column.size();
      group.write_array<double>(j ? "b" : "a", std::span<const double>(column), {&n, 1});
    }
  }
  /// A file whose parts `fill` writes.
  template <class Fill>
  void create(const Fill& fill) {
    hdf5::File file = create_h5ad(path_, kCells, kDims);
    auto root = file.root();
    auto obsm = root.create_group("obsm");
    fill(root, obsm);
    file.close();
  }
  ComputedEmbedding run(const std::string& text, uint64_t max_memory = uint64_t{1} << 30) {
    DataSourceOptions options;
    options.cells = cells_;
    DataSource data(path_, options, pool_);
    NoProgress progress;
    const auto spec = parse_embedding_spec(text);
    return find_method(spec).compute({spec, data, pool_, progress, 0, max_memory, "cpu", "", ""});
  }
  std::string refusal(const std::string& text) {
    try {
      run(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "no error";
  }
  static std::vector<float> flat(const ComputedEmbedding& embedding) {
    const auto& x = std::get<DenseMatrix<float>>(embedding.values);
    return {x.data(), x.data() + x.n_rows() * x.n_cols()};
  }
  Values shifted(double offset) const {
    Values values;
    for (const double value : plain_) values.push_back(value + offset);
    return values;
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("cells.h5ad");
  CellSelectionOptions cells_;
  ThreadPool pool_{2};
};

// All the places that a vector may lie in give the same float32 numbers: those less the columns' medians, 4
// and 5, where float32 would have none of their fractions.
TEST_F(GivenEmbedding, AnOffsetIsTakenAwayInFloat64) {
  const auto far = shifted(1e8);
  create([&](hdf5::Group& root, hdf5::Group& obsm) {
    write_array<double>(root, "X", far);
    write_array<double>(obsm, "dense", far);
    write_csr<double>(obsm, "csr", far);
    write_frame(obsm, "frame", {"obs0", "obs1", "obs2", "obs3", "obs4"}, far);
  });
  std::ofstream csv(folder_.file("x.csv"));
  for (size_t i = 0; i < kCells; ++i)
    csv << fmt::format("obs{},{:.2f},{:.2f}\n", i, far[2 * i], far[2 * i + 1]);
  csv.close();
  const std::vector<float> expected{-4, -4, -2, -1.5f, 0, 0, 2, 2, 4, 4.25f};
  for (const std::string& spec : {std::string("X"), std::string("obsm:dense"), std::string("obsm:csr"),
                                  std::string("obsm:frame"), "file=" + folder_.file("x.csv")}) {
    const auto embedding = run(spec);
    EXPECT_EQ(flat(embedding), expected) << spec;
    EXPECT_THAT(embedding.warnings, ElementsAre(HasSubstr("2 of 2 columns lie far from zero"))) << spec;
  }
}

TEST_F(GivenEmbedding, OrdinaryNumbersStayAsTheyAre) {
  create([&](hdf5::Group& root, hdf5::Group& obsm) {
    write_csr<double>(root, "X", plain_);
    write_array<float>(obsm, "f4", plain_);
    write_array<double>(obsm, "f8", plain_);
  });
  const std::vector<float> expected(plain_.begin(), plain_.end());
  for (const char* spec : {"X", "obsm:f4", "obsm:f8"}) {
    const auto embedding = run(spec);
    EXPECT_EQ(flat(embedding), expected) << spec;
    EXPECT_THAT(embedding.warnings, IsEmpty()) << spec;
    EXPECT_EQ(embedding.cells, (std::vector<uint32_t>{0, 1, 2, 3, 4}));
  }
}

TEST_F(GivenEmbedding, SparseXOfFloat32StaysSparse) {
  auto values = plain_;
  create([&](hdf5::Group& root, hdf5::Group&) { write_csr<float>(root, "X", values); });
  const auto all = std::get<CsrMatrix>(run("X").values);
  EXPECT_EQ(all.n_rows, kCells);
  EXPECT_EQ(all.values.back(), 9.25f);
  values[2] = values[3] = NAN;  // the vector of cell 1
  create([&](hdf5::Group& root, hdf5::Group&) { write_csr<float>(root, "X", values); });
  const auto without = run("X");
  EXPECT_EQ(without.cells, (std::vector<uint32_t>{0, 2, 3, 4}));
  EXPECT_EQ(std::get<CsrMatrix>(without.values).row_values(1)[0], 4.0f);
  values[6] = NAN;
  create([&](hdf5::Group& root, hdf5::Group&) { write_csr<float>(root, "X", values); });
  EXPECT_THAT(refusal("X"), AllOf(HasSubstr("embedding 'X'"), HasSubstr("'obs3'"), HasSubstr("'var0'")));
}

TEST_F(GivenEmbedding, ValuesThatCannotBeUsedAreNamed) {
  const auto with = [&](size_t at, double value) {
    auto values = plain_;
    values[at] = value;
    return values;
  };
  create([&](hdf5::Group& root, hdf5::Group& obsm) {
    write_array<double>(root, "X", with(7, 1e300));
    write_array<float>(obsm, "nan", with(5, NAN));
    write_array<double>(obsm, "endless", with(0, -INFINITY));
    write_array<int64_t>(obsm, "ids", with(3, 1e17));
    write_csr<double>(obsm, "csr", with(9, 1e39));
    write_array<double>(obsm, "tiny", {0, 0, 1e-60, 0, 2e-60, 0, 3e-60, 0, 4e-60, 0});
    write_array<float>(obsm, "none", Values(10, NAN));
  });
  EXPECT_THAT(refusal("X"), AllOf(HasSubstr("embedding 'X': X"), HasSubstr("1e+300"), HasSubstr("'obs3'"),
                                  HasSubstr("column 'var1'")));
  EXPECT_THAT(refusal("mine@obsm:nan"),
              AllOf(HasSubstr("embedding 'mine': obsm/nan"), HasSubstr("NaN in row 2"),
                    HasSubstr("cell 'obs2'"), HasSubstr("column 1"), HasSubstr("1 such value in 1 row")));
  EXPECT_THAT(refusal("obsm:endless"), HasSubstr("-infinity in row 0"));
  EXPECT_THAT(refusal("obsm:ids"), HasSubstr("beyond 2^53, 100000000000000000"));
  EXPECT_THAT(refusal("obsm:csr"), HasSubstr("1e+39"));
  EXPECT_THAT(refusal("obsm:tiny"), HasSubstr("one in float32, in column 0"));
  EXPECT_THAT(refusal("obsm:none"), HasSubstr("NaN alone"));
  std::ofstream(folder_.file("bad.csv")) << ",a,b\nobs0,1,2\nobs1,3,4\nobs4,5,6\nobs3,,8\nobs2,9,9\n";
  EXPECT_THAT(
      refusal("e@file=" + folder_.file("bad.csv")),
      AllOf(HasSubstr("embedding 'e'"), HasSubstr("NaN in line 5, field 2 (column 'a', cell 'obs3')")));
  // Cells that are not looked at may hold anything.
  std::ofstream(folder_.file("list.txt")) << "obs2\n";
  cells_.exclude_cells = folder_.file("list.txt");
  EXPECT_EQ(flat(run("obsm:nan")), (std::vector<float>{0, 1, 2, 3.5f, 6, 7, 8, 9.25f}));
}

TEST_F(GivenEmbedding, RowsOfNanAreCellsWithoutAVectorInEveryFile) {
  create([](hdf5::Group&, hdf5::Group&) {});
  DenseMatrix<float> x(kCells, kDims);
  for (size_t i = 0; i < plain_.size(); ++i) x.data()[i] = static_cast<float>(plain_[i]);
  x(3, 0) = x(3, 1) = NAN;
  write_npy(folder_.file("x.npy"), x);
  std::ofstream(folder_.file("x.csv")) << ",a,b\nobs4,8,9.25\nobs3,,\nobs0,0,1\nobs1,2,3.5\nobs2,4,5\n";
  for (const char* name : {"x.npy", "x.csv"}) {
    const auto embedding = run("file=" + folder_.file(name));
    EXPECT_EQ(embedding.cells, (std::vector<uint32_t>{0, 1, 2, 4})) << name;
    EXPECT_EQ(flat(embedding), (std::vector<float>{0, 1, 2, 3.5f, 4, 5, 8, 9.25f})) << name;
    ASSERT_EQ(embedding.losses.size(), 1u) << name;
    EXPECT_EQ(embedding.losses[0].lost, 1);
  }
}

TEST_F(GivenEmbedding, TheIndexOfADataFrameDecides) {
  create([&](hdf5::Group&, hdf5::Group& obsm) {
    write_frame(obsm, "other_order", {"obs4", "obs3", "obs2", "obs1", "obs0"}, plain_);
    write_frame(obsm, "other_cells", {"obs0", "obs1", "obs2", "x", "y"}, plain_);
    write_frame(obsm, "from_0", {"0", "1", "2", "3", "4"}, plain_);
    write_frame(obsm, "from_1", {"1", "2", "3", "4", "5"}, plain_);
    write_frame(obsm, "shuffled", {"1", "0", "2", "3", "4"}, plain_);
  });
  const std::vector<float> same(plain_.begin(), plain_.end());
  EXPECT_EQ(flat(run("obsm:other_order")), (std::vector<float>{8, 9.25f, 6, 7, 4, 5, 2, 3.5f, 0, 1}));
  EXPECT_THAT(refusal("obsm:other_cells"),
              HasSubstr("3 of 5 rows with the name of a cell, and 2 with another"));
  EXPECT_THAT(refusal("obsm:shuffled"), HasSubstr("the index"));
  for (const char* spec : {"obsm:from_0", "obsm:from_1"}) {
    const auto embedding = run(spec);
    EXPECT_EQ(flat(embedding), same);
    EXPECT_THAT(embedding.options, HasSubstr("rows=by position"));
    EXPECT_THAT(embedding.warnings, ElementsAre(HasSubstr("by position")));
  }
}

TEST_F(GivenEmbedding, XThatDoesNotFitIntoTheMemoryIsRefused) {
  create([&](hdf5::Group& root, hdf5::Group&) { write_array<double>(root, "X", plain_); });
  EXPECT_THROW(run("X", 4 * 79), Error) << "80 bytes are more than a quarter";
  EXPECT_EQ(flat(run("X", 4 * 80)).size(), 10u);
}

}  // namespace
}  // namespace zerocell
