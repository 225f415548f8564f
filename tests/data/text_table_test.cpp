#include "zerocell/data/text_table.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// The numbers of a table whose names were looked for among no cells: all but declared and text columns.
std::vector<float> flat(const EmbeddingTable& t) {
  const auto& values = std::get<DenseMatrix<double>>(t.values);
  std::vector<float> numbers;
  for (size_t i = 0; i < values.n_rows(); ++i)
    for (size_t j = 0; j < values.n_cols(); ++j) {
      const auto names = std::ranges::find(t.names, j, &NameColumn::column);
      if (names == t.names.end() || (!names->declared && !names->text_row))
        numbers.push_back(static_cast<float>(values(i, j)));
    }
  return numbers;
}
/// Texts of the first column that is no dimension; none where there is no such column.
std::vector<std::string> row_names(const EmbeddingTable& t) {
  for (const auto& column : t.names)
    if (column.declared || column.text_row) return column.texts;
  return {};
}
std::string message_of(const std::string& text, const std::string& name = "x.csv") {
  try {
    parse_text_table(name, text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "no error";
}
ExpectedRows rows(size_t n) {
  return {nullptr, n, n};
}

TEST(TextTable, BareNumbers) {
  const auto t = parse_text_table("x.csv", "1,2.5,-3\n4e0,+5,.6");
  EXPECT_THAT(flat(t), ElementsAre(1, 2.5f, -3, 4, 5, .6f));
  EXPECT_EQ(n_rows(t.values), 2u);
  EXPECT_THAT(row_names(t), IsEmpty());
  EXPECT_THAT(t.column_names, IsEmpty());
}

TEST(TextTable, Separators) {
  EXPECT_THAT(flat(parse_text_table("x.tsv", "1\t2\n3\t4\n")), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(flat(parse_text_table("x.txt", "1;2\r\n3;4\r\n\r\n")), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(flat(parse_text_table("x.txt", " 1.0   2.0 \n3 \t 4\n")), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(flat(parse_text_table("x.txt", "# from savetxt\n1 2\n3 4\n")), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(flat(parse_text_table("x.csv",
                                    "\xEF\xBB\xBF"
                                    "1\n2\n")),
              ElementsAre(1, 2));
}

TEST(TextTable, HeadersAndNames) {
  const auto pandas = parse_text_table("x.csv", ",0,1\nc1,1,2\nc2,3,4\n");
  EXPECT_THAT(flat(pandas), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(row_names(pandas), ElementsAre("c1", "c2"));
  EXPECT_THAT(pandas.column_names, ElementsAre("", "0", "1"));
  const auto r = parse_text_table("x.txt", "\"PC 1\" \"PC2\"\n\"a \"\"b\"\"\" 1 2\n\"c\" 3 4\n");
  EXPECT_THAT(row_names(r), ElementsAre("a \"b\"", "c"));
  EXPECT_THAT(r.column_names, ElementsAre("", "PC 1", "PC2"));
  EXPECT_THAT(flat(r), ElementsAre(1, 2, 3, 4));
  const auto numbered = parse_text_table("x.csv", "index,UMAP1,UMAP2\n0,1,2\n1,3,4\n");
  EXPECT_THAT(row_names(numbered), ElementsAre("0", "1"));
  EXPECT_THAT(flat(numbered), ElementsAre(1, 2, 3, 4));
  const auto no_header = parse_text_table("x.csv", "c1,1\nc2,2\n");
  EXPECT_THAT(row_names(no_header), ElementsAre("c1", "c2"));
  EXPECT_THAT(flat(no_header), ElementsAre(1, 2));
  const auto column = parse_text_table("x.csv", "score\n1\n2\n");
  EXPECT_THAT(flat(column), ElementsAre(1, 2));
  EXPECT_THAT(row_names(column), IsEmpty());
}

TEST(TextTable, AHeaderThatCounts) {
  // pandas to_csv(index=False) of a matrix: the first row is 0, 1, 2.
  EXPECT_THAT(flat(parse_text_table("x.csv", "0,1,2\n5,6,7\n", rows(1))), ElementsAre(5, 6, 7));
  EXPECT_THAT(flat(parse_text_table("x.csv", "0,1,2\n5,6,7\n", rows(2))), ElementsAre(0, 1, 2, 5, 6, 7));
  EXPECT_THAT(flat(parse_text_table("x.csv", "0\n5\n", rows(1))), ElementsAre(5));
  // A row too many that is no header must not be dropped.
  EXPECT_EQ(n_rows(parse_text_table("x.csv", "3,1,2\n5,6,7\n", rows(1)).values), 2u);
}

TEST(TextTable, NamesOfCellsDecideWhatIsAHeader) {
  const std::vector<std::string> cells{"c1", "c2", "index"};
  const NameIndex index(cells);
  const ExpectedRows expected{&index, 3, 3};
  const auto header = parse_text_table("x.csv", "thing,0,1\nc2,5.5,6\nc1,7,8\nindex,1,2\n", expected);
  EXPECT_THAT(header.column_names, ElementsAre("thing", "0", "1"));
  EXPECT_EQ(n_rows(header.values), 3u);
  const auto none = parse_text_table("x.csv", "index,0,1\nc2,5,6\nc1,7,8\n", expected);
  EXPECT_THAT(none.column_names, IsEmpty()) << "the first line is of the cell 'index'";
  EXPECT_THAT(row_names(none), ElementsAre("index", "c2", "c1"));
  const auto last = parse_text_table("x.csv", "5.5,6,c2\n7,8,c1\n", expected);
  EXPECT_THAT(row_names(last), ElementsAre("c2", "c1")) << "names may stand in any column";
  EXPECT_THAT(flat(last), ElementsAre(5.5f, 6, 7, 8));
}

TEST(TextTable, MissingAndEndlessNumbersAreKept) {
  const auto t = parse_text_table("x.csv", "a,b\n1,nan\n,2\nNA,-inf\n1e39,1e999\n");
  const auto& values = std::get<DenseMatrix<double>>(t.values);
  EXPECT_TRUE(std::isnan(values(0, 1)));
  EXPECT_TRUE(std::isnan(values(1, 0)));
  EXPECT_TRUE(std::isnan(values(2, 0)));
  EXPECT_EQ(values(2, 1), -INFINITY);
  EXPECT_EQ(values(3, 0), 1e39) << "float64 holds it";
  EXPECT_EQ(values(3, 1), INFINITY);
  const auto last = parse_text_table("x.tsv", "c1\t1\t2\nc2\t\t\n");
  EXPECT_EQ(n_rows(last.values), 2u) << "a last row without a vector";
}

TEST(TextTable, RefusesBadTables) {
  EXPECT_THAT(message_of("1,2\n3\n"),
              HasSubstr("x.csv, line 2: expected 2 fields as in the rows above, found 1"));
  EXPECT_THAT(message_of("1,2\n3,4,5\n"), HasSubstr("found 3 fields"));
  EXPECT_THAT(message_of("1,2\n\n3,4\n"), HasSubstr("line 2"));
  EXPECT_THAT(message_of(""), HasSubstr("no rows"));
  EXPECT_THAT(message_of("\n\n"), HasSubstr("no rows"));
  EXPECT_THAT(message_of("a,b\n"), HasSubstr("a header row alone"));
  EXPECT_THAT(message_of("c1\nc2\nc3\n"), HasSubstr("a column of names alone"));
  EXPECT_THAT(message_of("\"1,2\n"), HasSubstr("quote without end"));
  EXPECT_THAT(message_of("a,b,c,d\n1,2\n"), HasSubstr("expected 4 fields as in the header, found 2"));
  // A column that held numbers in its first 64 rows.
  std::string late = "a,b\n";
  for (int i = 0; i < 70; ++i) late += "1,2.5\n";
  EXPECT_THAT(message_of(late + "3,x\n"), HasSubstr("line 72, field 2: expected a number, found 'x'"));
}

TEST(TextTable, TinyNumbersAreZero) {
  EXPECT_THAT(flat(parse_text_table("x.csv", "1e-400,2\n-1e-60,3\n")), ElementsAre(0, 2, 0, 3));
}

TEST(TextTable, RaggedFilesDoNotReserveTheirRectangle) {
  std::string text(200000, ',');
  text += '\n';
  for (int i = 0; i < 100000; ++i) text += "\n";
  EXPECT_NE(message_of(text + "1"), "no error");
  std::string wide = "1";
  for (int i = 0; i < 100000; ++i) wide += ",1";
  for (int i = 0; i < 100000; ++i) wide += "\n1";
  EXPECT_THAT(message_of(wide), HasSubstr("line 2"));
}

TEST(TextTable, DamagedTextGivesOneErrorOrATable) {
  const std::string good = ",PC1,PC2\n\"c1\",1.5,2\nc2,-3e2,4\n";
  Random random(2);
  size_t n_read = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bad = good;
    static constexpr std::string_view kLetters = "\",\n\t ;.-+e019x\r";
    for (uint64_t k = 1 + random.below(4); k > 0; --k) {
      const size_t at = random.below(bad.size());
      if (random.below(2))
        bad[at] = kLetters[random.below(kLetters.size())];
      else
        bad.erase(at, random.below(3));
    }
    try {
      const auto t = parse_text_table("x.csv", bad);
      ++n_read;
      for (const auto& column : t.names) EXPECT_EQ(column.texts.size(), n_rows(t.values));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data) << bad;
    }
  }
  EXPECT_GT(n_read, 0u);
}

}  // namespace
}  // namespace zerocell
