#include "zerocell/study/cell_selection.h"

#include <gtest/gtest.h>

#include <fstream>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

Column column(const std::string& name) {
  if (name == "tech") return {name, Categorical{{"10x", "smart seq", "celseq"}, {0, 1, 2, -1, 0}}, {}};
  if (name == "n") return {name, std::vector<int64_t>{5, 10, 20, 30, 200}, {}};
  throw Error::data({"obs", "a column", "'" + name + "'", ""});
}

std::vector<uint8_t> where(const char* condition) {
  return rows_where(condition, 5, column);
}
using Rows = std::vector<uint8_t>;

TEST(RowsWhere, Operators) {
  EXPECT_EQ(where("tech == 10x"), (Rows{1, 0, 0, 0, 1}));
  EXPECT_EQ(where("tech == 'smart seq'"), (Rows{0, 1, 0, 0, 0}));
  EXPECT_EQ(where("tech != \"smart seq\""), (Rows{1, 0, 1, 0, 1})) << "a missing value fulfils no clause";
  EXPECT_EQ(where("n>=10 and n < 200"), (Rows{0, 1, 1, 1, 0})) << "numbers are compared as numbers";
  EXPECT_EQ(where("tech in ['10x', celseq] and n > 5"), (Rows{0, 0, 1, 0, 1}));
  EXPECT_EQ(where("n == 10.0"), (Rows{0, 1, 0, 0, 0}));
}

TEST(RowsWhere, NonsenseIsAUsageError) {
  for (const char* bad : {"", "tech", "tech =", "tech == ", "tech == 'x", "tech == a b", "tech in 10x",
                          "tech in [a", "and", "tech == a and"}) {
    try {
      where(bad);
      ADD_FAILURE() << "accepted: " << bad;
    } catch (const Error& e) {
      EXPECT_EQ(e.exit_status(), 2) << bad << ": " << e.what();
    }
  }
  EXPECT_THROW(where("nowhere == 1"), Error);
}

std::vector<std::string> names() {
  return {"a", "b", "c", "d", "e"};
}

TEST(SelectCells, WhereListAndSubsample) {
  const auto path = testing::TempDir() + "/excluded.txt";
  std::ofstream(path) << "b\r\nnot there\ne\n";
  CellSelectionOptions options;
  options.exclude_cells = path;
  options.where = "n > 5";
  auto s = select_cells(options, 5, column, names);
  EXPECT_EQ(s.cells, (std::vector<uint32_t>{2, 3}));
  EXPECT_EQ(s.excluded_by_where, 1u);
  EXPECT_EQ(s.excluded_by_list, 2u);
  EXPECT_EQ(s.names_not_found, 1u);
  options = {};
  options.subsample = 3;
  s = select_cells(options, 5, column, names);
  EXPECT_EQ(s.cells.size(), 3u);
  EXPECT_TRUE(std::is_sorted(s.cells.begin(), s.cells.end()));
  EXPECT_EQ(s.cells, select_cells(options, 5, column, names).cells);
  EXPECT_EQ(s.not_sampled, 2u);
  options.where = "n > 1000";
  EXPECT_THROW(select_cells(options, 5, column, names), Error);
  options = {};
  options.exclude_cells = path + ".missing";
  EXPECT_THROW(select_cells(options, 5, column, names), Error);
}

TEST(SelectCells, IdsOfAColumnAreLeftOutBesideNames) {
  const auto names_path = testing::TempDir() + "/names.txt", ids_path = testing::TempDir() + "/ids.txt";
  std::ofstream(names_path) << "e\n";
  std::ofstream(ids_path) << "x\nof no cell\n";
  const auto ids = [](const std::string& name) {
    EXPECT_EQ(name, "dataset_id");
    return Column{name, Categorical{{"x", "y"}, {0, 1, -1, 0, 1}}, {}};
  };
  CellSelectionOptions options;
  options.exclude_cells = names_path;
  options.overlap = ids_path;
  options.overlap_by = "dataset_id";
  const auto s = select_cells(options, 5, ids, names);
  EXPECT_EQ(s.cells, (std::vector<uint32_t>{1, 2})) << "a cell without an id stays";
  EXPECT_EQ(s.excluded_by_list, 3u);
  EXPECT_EQ(s.names_not_found, 1u);
  ContentHash by_id, by_name;
  add_to_hash(by_id, options);
  options.overlap_by.clear();
  add_to_hash(by_name, options);
  EXPECT_NE(by_id.hex(), by_name.hex());
}

// The published code's subsample of 16,382 cells begins with these rows (numpy.random.seed(0)); their order
// does not matter to any score.
TEST(SelectCells, NumpyDrawIsThePublishedSubsample) {
  CellSelectionOptions options;
  options.subsample = 4;
  options.numpy_draw = true;
  EXPECT_EQ(select_cells(options, 16382, column, names).cells,
            (std::vector<uint32_t>{598, 3180, 7535, 12289}));
}

}  // namespace
}  // namespace zerocell
