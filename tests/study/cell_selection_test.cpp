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

std::vector<std::string> names() {
  return {"a", "b", "c", "d", "e"};
}

CellFacts facts_of(size_t n_cells, std::function<Column(const std::string&)> columns = column) {
  const auto never = [](const char* what) { throw std::logic_error(what); };
  return {
      n_cells, std::move(columns), names,
      [never]() -> std::vector<CellHash> { return never("hashes were asked for"), std::vector<CellHash>(); },
      [never]() -> std::string { return never("the file was hashed"), ""; }};
}

TEST(SelectCells, WhereListAndSubsample) {
  const auto path = testing::TempDir() + "/excluded.txt";
  std::ofstream(path) << "b\r\nnot there\ne\n";
  CellSelectionOptions options;
  options.exclude_cells = path;
  options.where = "n > 5";
  auto s = select_cells(options, facts_of(5));
  EXPECT_EQ(s.cells, (std::vector<uint32_t>{2, 3}));
  EXPECT_EQ(s.excluded_by_where, 1u);
  EXPECT_EQ(s.excluded_by_list, 2u);
  EXPECT_EQ(s.names_not_found, 1u);
  options = {};
  options.subsample = 3;
  s = select_cells(options, facts_of(5));
  EXPECT_EQ(s.cells.size(), 3u);
  EXPECT_TRUE(std::is_sorted(s.cells.begin(), s.cells.end()));
  EXPECT_EQ(s.cells, select_cells(options, facts_of(5)).cells);
  EXPECT_EQ(s.not_sampled, 2u);
  options.where = "n > 1000";
  EXPECT_THROW(select_cells(options, facts_of(5)), Error);
  options = {};
  options.exclude_cells = path + ".missing";
  EXPECT_THROW(select_cells(options, facts_of(5)), Error);
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
  const auto s = select_cells(options, facts_of(5, ids));
  EXPECT_EQ(s.cells, (std::vector<uint32_t>{1, 2})) << "a cell without an id stays";
  EXPECT_EQ(s.excluded_by_list, 1u);
  EXPECT_EQ(s.excluded_by_overlap, 2u);
  EXPECT_EQ(s.names_not_found, 0u) << "a model has seen more than this file";
  ContentHash by_id, by_name;
  add_to_hash(by_id, options);
  options.overlap_by.clear();
  add_to_hash(by_name, options);
  EXPECT_NE(by_id.hex(), by_name.hex());
}

TEST(SelectCells, HashesNameCellsByTheirCounts) {
  const auto path = testing::TempDir() + "/hashes.txt";
  const CellHash seen{1, 0xabcdef}, other{2, 3};
  auto facts = facts_of(5);
  facts.hashes = [=] { return std::vector<CellHash>{other, seen, {4, 4}, seen, {5, 5}}; };
  facts.file_hash = [] { return std::string("00112233445566778899aabbccddeeff"); };
  std::ofstream(path) << to_text(seen) << "\nhash:0000\ne\n" << to_text({9, 9}) << "\n";
  CellSelectionOptions options;
  options.exclude_cells = path;
  const auto s = select_cells(options, facts);
  EXPECT_EQ(s.cells, (std::vector<uint32_t>{0, 2})) << "both cells with these counts, and the named one";
  EXPECT_EQ(s.names_not_found, 2u) << "a hash that no cell has, and a text that is no hash";

  // The hash of the file is that of all its cells.
  std::ofstream(path) << "hash:00112233445566778899aabbccddeeff\n";
  EXPECT_THROW(select_cells(options, facts), Error);
  facts.file_hash = [] { return std::string("00112233445566778899aabbccddee00"); };
  EXPECT_EQ(select_cells(options, facts).cells.size(), 5u);
}

// The published code's subsample of 16,382 cells begins with these rows (numpy.random.seed(0)); their order
// does not matter to any score.
TEST(SelectCells, NumpyDrawIsThePublishedSubsample) {
  CellSelectionOptions options;
  options.subsample = 4;
  options.numpy_draw = true;
  EXPECT_EQ(select_cells(options, facts_of(16382)).cells, (std::vector<uint32_t>{598, 3180, 7535, 12289}));
}

}  // namespace
}  // namespace zerocell
