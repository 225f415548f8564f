#include "zerocell/data/row_match.h"

#include <gmock/gmock.h>

#include <numeric>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/embedding_file.h"
#include "zerocell/data/npy.h"
#include "zerocell/data/text_table.h"

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Names = std::vector<std::string>;
using Rows = std::vector<uint32_t>;

Rows every(size_t n) {
  Rows cells(n);
  std::iota(cells.begin(), cells.end(), 0u);
  return cells;
}
RowMatch match(const std::string& text, const Names& cells, Rows selected = {}) {
  const NameIndex index(cells);
  if (selected.empty()) selected = every(cells.size());
  const auto table = parse_text_table("x.csv", text, {&index, cells.size(), selected.size()});
  return match_rows("x.csv", table, {index, selected});
}
std::string refusal(const std::string& text, const Names& cells, const Rows& selected = {}) {
  try {
    match(text, cells, selected);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "no error";
}
/// Row i of many: "<name of i>,<a fraction>".
std::string table_of(const Names& names, const std::string& header) {
  std::string text = header.empty() ? "" : header + "\n";
  for (size_t i = 0; i < names.size(); ++i) text += names[i] + "," + std::to_string(i) + ".5\n";
  return text;
}
Names numbered(size_t n, size_t first, size_t step = 1) {
  Names names;
  for (size_t i = 0; i < n; ++i) names.push_back(std::to_string(first + i * step));
  return names;
}
Names reversed(Names names) {
  std::ranges::reverse(names);
  return names;
}

TEST(RowMatch, RowsFollowTheNames) {
  const auto m = match(",0,1\nb,3,4\na,1,2\n", {"a", "b"});
  EXPECT_EQ(m.rows, (Rows{1, 0}));
  EXPECT_THAT(m.dimensions, ElementsAre(1u, 2u));
  EXPECT_EQ(m.how, "by name (column 1)");
  EXPECT_THAT(m.warnings, IsEmpty());
}

// Whatever the header and whether or not the names look like numbers.
TEST(RowMatch, NumbersThatAreNamesAreNames) {
  const Names cells{"100714", "100021", "7"};
  for (const char* header : {"soma_joinid,d0", "anything,d0", ",d0", "d0", ""}) {
    const auto m = match(table_of({"7", "100714", "100021"}, header), cells);
    EXPECT_EQ(m.rows, (Rows{1, 2, 0})) << header;
    EXPECT_THAT(m.dimensions, ElementsAre(1u)) << header;
  }
  const auto floats = match(table_of({"7.0", "100714.0", "100021.0"}, "id,d0"), cells);
  EXPECT_EQ(floats.rows, (Rows{1, 2, 0})) << "as pandas writes ids that it holds as floats";
  EXPECT_THAT(floats.warnings, ElementsAre(HasSubstr("'7.0' is the cell '7'")));
}

TEST(RowMatch, CellsNamedByNumbersInAnotherOrder) {
  const auto cells = reversed(numbered(12, 0));
  const auto m = match(table_of(numbered(12, 0), ",d0"), cells);
  EXPECT_EQ(m.rows, (Rows{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}));
  EXPECT_THAT(m.warnings, IsEmpty());
}

TEST(RowMatch, FewerAndMoreRowsThanSelected) {
  const Names cells{"a", "b", "c", "d"};
  EXPECT_EQ(match(table_of({"d", "b"}, ",x"), cells, {1, 3}).rows, (Rows{1, 0})) << "the selected cells";
  EXPECT_EQ(match(table_of({"d", "c", "b", "a"}, ",x"), cells, {1, 3}).rows, (Rows{2, 0})) << "all cells";
  EXPECT_EQ(match(table_of({"d", "a", "b"}, ",x"), cells, {1, 3}).rows, (Rows{2, 0})) << "some more";
  EXPECT_THAT(refusal(table_of({"d", "a"}, ",x"), cells, {1, 3}),
              HasSubstr("2 rows by name (column 1), and none for 1 of these cells: 'b'"));
}

TEST(RowMatch, SomeNamesAreAnErrorWithCounts) {
  const auto message = refusal(table_of({"b", "a", "x", "y"}, ",d"), {"a", "b", "c", "d"});
  EXPECT_THAT(message, HasSubstr("2 of 4 rows with the name of a cell, and 2 with another: 'x', 'y'"));
  EXPECT_THAT(refusal(table_of({"a", "b", "a"}, ",d"), {"a", "b", "c"}),
              HasSubstr("1 of 3 rows in column 1 with a name that another row has: 'a'"));
  // One off: 0 .. 11 against 1 .. 12 is no order of the file.
  EXPECT_THAT(refusal(table_of(numbered(12, 0), ",d"), numbered(12, 1)), HasSubstr("11 of 12 rows"));
  EXPECT_THAT(refusal(table_of(numbered(12, 100, 3), "my,d"), numbered(12, 106, 3)),
              HasSubstr("10 of 12 rows"));
}

TEST(RowMatch, NamesThatAreNone) {
  EXPECT_THAT(refusal(table_of({"x", "y"}, ",d"), {"a", "b"}), HasSubstr("no name of a cell in 2 rows"));
  EXPECT_THAT(refusal(table_of({"AC", "GT"}, "n,d"), {"AC-1", "GT-1"}),
              HasSubstr("With '-1' at the end, 2 of 2"));
  EXPECT_THAT(refusal(table_of({"AC-1", "GT-1"}, "n,d"), {"AC", "GT"}),
              HasSubstr("Without '-1' at the end, 2 of 2"));
  EXPECT_THAT(refusal(table_of({"AC.1", "GT.1"}, "n,d"), {"AC-1", "GT-1"}), HasSubstr("'-' in place of '.'"));
  EXPECT_THAT(refusal(table_of({"7", "8"}, ",d"), {"007", "008"}), HasSubstr("leading zeros"));
  EXPECT_THAT(refusal(table_of({"AC-1", "GT-1"}, "n,d"), {"AC-1_0", "GT-1_1"}),
              HasSubstr("2 of 2 are names"));
  // Ids of other cells, recognised by the fractions beside them.
  EXPECT_THAT(refusal(table_of(numbered(12, 5000, 7), "my,d"), numbered(12, 0)),
              HasSubstr("column 'my' with another whole number in every row"));
}

TEST(RowMatch, NamesThatRepeat) {
  const Names twice{"a", "a", "b"};
  const auto m = match(table_of(twice, ",d"), twice);
  EXPECT_EQ(m.rows, every(3)) << "the same order is no riddle";
  EXPECT_THAT(refusal(table_of({"b", "a", "a"}, ",d"), twice), HasSubstr("obs_names_make_unique"));
}

TEST(RowMatch, ColumnsThatContradictEachOther) {
  const std::string head = ",id,d\n";
  EXPECT_THAT(refusal(head + "0,2,.5\n1,0,.6\n2,1,.7\n", {"0", "1", "2"}), HasSubstr("in another order, in"));
  const auto same = match(head + "2,2,.5\n0,0,.6\n1,1,.7\n", {"0", "1", "2"});
  EXPECT_EQ(same.rows, (Rows{1, 2, 0}));
  EXPECT_THAT(same.dimensions, ElementsAre(2u)) << "both columns are names";
}

TEST(RowMatch, RowNumbersAreByPositionAndNoDimension) {
  const Names cells{"a", "b", "c", "d"};
  for (const size_t first : {0, 1})
    for (const char* header : {",d", "index,d", "rank,d", ""}) {
      const auto m = match(table_of(numbered(4, first), header), cells);
      EXPECT_EQ(m.rows, every(4));
      EXPECT_EQ(m.how, "by position");
      EXPECT_THAT(m.dimensions, ElementsAre(1u)) << header;
      ASSERT_EQ(m.warnings.size(), 2u);
      EXPECT_THAT(m.warnings[0], HasSubstr("numbers the rows and is left out"));
      EXPECT_THAT(m.warnings[1], HasSubstr("by position"));
    }
  for (const char* header : {",d", "rank,d", ""})
    EXPECT_THAT(refusal(table_of({"2", "0", "3", "1"}, header), cells),
                testing::AnyOf(HasSubstr("row numbers in another order"), HasSubstr("no name of a cell")))
        << header;
  // Beside names they are left out in any order.
  const auto named = match(",n,d\n2,b,.5\n0,a,.5\n1,c,.5\n3,d,.5\n", cells);
  EXPECT_EQ(named.rows, (Rows{1, 0, 2, 3}));
  EXPECT_THAT(named.dimensions, ElementsAre(2u));
  EXPECT_THAT(refusal("0\n1\n2\n3\n", cells), HasSubstr("row numbers alone"));
}

TEST(RowMatch, ByPositionNeedsTheRightNumber) {
  const Names cells{"a", "b", "c"};
  EXPECT_EQ(match("d,e\n1,.5\n2,.5\n2,.5\n", cells).how, "by position");
  EXPECT_EQ(match("1,.5\n1,.6\n", cells, {0, 2}).rows, (Rows{0, 1})) << "the selected cells";
  EXPECT_EQ(match("1,.5\n1,.6\n3,4\n", cells, {0, 2}).rows, (Rows{0, 2})) << "all cells";
  EXPECT_THAT(refusal("1,.5\n1,.6\n3,4\n3,4\n", cells),
              HasSubstr("3 rows, one per cell, found 4 rows, no header"));
  EXPECT_THAT(refusal("1,.5\n", cells, {0, 2}), HasSubstr("3 rows, one per cell of the file, or 2"));
}

// Whole numbers of which many repeat are dimensions, also where they happen to be names of cells.
TEST(RowMatch, WholeNumbersMayBeDimensions) {
  std::string text = "a,b\n";
  for (int i = 0; i < 20; ++i) text += std::to_string(i % 4) + "," + std::to_string(i % 3) + "\n";
  const auto m = match(text, numbered(20, 0));
  EXPECT_EQ(m.how, "by position");
  EXPECT_THAT(m.dimensions, ElementsAre(0u, 1u));
}

TEST(RowMatch, TextThatIsNoName) {
  EXPECT_THAT(refusal(",d,type\nb,1,B cell\na,2,T\n", {"a", "b"}),
              HasSubstr("line 2, field 3: expected a number, found 'B cell'"));
  EXPECT_THAT(refusal("d,e\n1,2\n3,x\n4,5\n", {"a", "b", "c"}),
              HasSubstr("line 3, field 2: expected a number, found 'x'"));
}

TEST(RowMatch, ArraysHaveNoNames) {
  const TemporaryFolder folder;
  const auto cells = numbered(12, 40);
  const NameIndex index(cells);
  const auto selected = every(12);
  const auto run = [&](auto first_column) {
    DenseMatrix<float> x(12, 2);
    for (size_t i = 0; i < 12; ++i) {
      x(i, 0) = static_cast<float>(first_column(i));
      x(i, 1) = 0.5f * static_cast<float>(i);
    }
    write_npy(folder.file("x.npy"), x);
    return match_rows("x.npy", read_embedding_table(folder.file("x.npy")), {index, selected});
  };
  const auto plain = run([](size_t i) { return 0.25 * static_cast<double>(i); });
  EXPECT_EQ(plain.how, "by position");
  EXPECT_THAT(plain.warnings, IsEmpty());
  EXPECT_THAT(run([](size_t i) { return i; }).warnings, ElementsAre(HasSubstr("row numbers")));
  EXPECT_THAT(run([](size_t i) { return 900 + 3 * i; }).warnings, ElementsAre(HasSubstr("as ids are")));
  EXPECT_THROW(run([](size_t i) { return 51 - i; }), Error) << "the names of the cells";
}

}  // namespace
}  // namespace zerocell
