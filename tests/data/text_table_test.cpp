#include "zerocell/data/text_table.h"

#include <gmock/gmock.h>

#include "zerocell/core/error.h"
#include "zerocell/core/random.h"

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<float> flat(const NumberTable& t) {
  return {t.values.data(), t.values.data() + t.values.n_rows() * t.values.n_cols()};
}
std::string message_of(const std::string& text, size_t expected_rows = 0, const std::string& name = "x.csv") {
  try {
    parse_number_table(name, text, expected_rows);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return error.what();
  }
  return "no error";
}

TEST(TextTable, BareNumbers) {
  const auto t = parse_number_table("x.csv", "1,2.5,-3\n4e0,+5,.6");
  EXPECT_THAT(flat(t), ElementsAre(1, 2.5f, -3, 4, 5, .6f));
  EXPECT_EQ(t.values.n_rows(), 2u);
  EXPECT_THAT(t.row_names, IsEmpty());
  EXPECT_THAT(t.column_names, IsEmpty());
}

TEST(TextTable, Separators) {
  EXPECT_THAT(flat(parse_number_table("x.tsv", "1\t2\n3\t4\n")), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(flat(parse_number_table("x.txt", "1;2\r\n3;4\r\n\r\n")), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(flat(parse_number_table("x.txt", " 1.0   2.0 \n3 \t 4\n")), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(flat(parse_number_table("x.txt", "# from savetxt\n1 2\n3 4\n")), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(flat(parse_number_table("x.csv",
                                      "\xEF\xBB\xBF"
                                      "1\n2\n")),
              ElementsAre(1, 2));
}

TEST(TextTable, HeadersAndNames) {
  const auto pandas = parse_number_table("x.csv", ",0,1\nc1,1,2\nc2,3,4\n");
  EXPECT_THAT(flat(pandas), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(pandas.row_names, ElementsAre("c1", "c2"));
  EXPECT_THAT(pandas.column_names, ElementsAre("0", "1"));
  const auto r = parse_number_table("x.txt", "\"PC 1\" \"PC2\"\n\"a \"\"b\"\"\" 1 2\n\"c\" 3 4\n");
  EXPECT_THAT(r.row_names, ElementsAre("a \"b\"", "c"));
  EXPECT_THAT(r.column_names, ElementsAre("PC 1", "PC2"));
  EXPECT_THAT(flat(r), ElementsAre(1, 2, 3, 4));
  const auto numbered = parse_number_table("x.csv", "index,UMAP1,UMAP2\n0,1,2\n1,3,4\n");
  EXPECT_THAT(numbered.row_names, ElementsAre("0", "1"));
  EXPECT_THAT(flat(numbered), ElementsAre(1, 2, 3, 4));
  const auto no_header = parse_number_table("x.csv", "c1,1\nc2,2\n");
  EXPECT_THAT(no_header.row_names, ElementsAre("c1", "c2"));
  EXPECT_THAT(flat(no_header), ElementsAre(1, 2));
  const auto column = parse_number_table("x.csv", "score\n1\n2\n");
  EXPECT_THAT(flat(column), ElementsAre(1, 2));
  EXPECT_THAT(column.row_names, IsEmpty());
}

TEST(TextTable, AHeaderThatCounts) {
  // pandas to_csv(index=False) of a matrix: the first row is 0, 1, 2.
  EXPECT_THAT(flat(parse_number_table("x.csv", "0,1,2\n5,6,7\n", 1)), ElementsAre(5, 6, 7));
  EXPECT_THAT(flat(parse_number_table("x.csv", "0,1,2\n5,6,7\n", 2)), ElementsAre(0, 1, 2, 5, 6, 7));
  EXPECT_THAT(flat(parse_number_table("x.csv", "0\n5\n", 1)), ElementsAre(5));
  // A row too many that is no header must not be dropped.
  EXPECT_THAT(message_of("3,1,2\n5,6,7\n", 1), HasSubstr("expected 1 rows, one per cell, found 2 rows"));
}

TEST(TextTable, RefusesBadTables) {
  EXPECT_THAT(message_of("1,2\n3\n"),
              HasSubstr("x.csv, line 2: expected 2 fields as in the rows above, found 1"));
  EXPECT_THAT(message_of("1,2\n3,4,5\n"), HasSubstr("found 3 fields"));
  EXPECT_THAT(message_of("a,b\n1,2\n3,x\n"), HasSubstr("line 3, field 2: expected a number, found 'x'"));
  EXPECT_THAT(message_of("a,b\n1,nan\n"), HasSubstr("field 2"));
  EXPECT_THAT(message_of("a,b\n1,\n"), HasSubstr("a missing value"));
  EXPECT_THAT(message_of("1,inf\n2,3\n"), HasSubstr("'inf'"));
  EXPECT_THAT(message_of("1,1e39\n2,3\n"), HasSubstr("'1e39'"));
  EXPECT_THAT(message_of("1,1e999\n2,3\n"), HasSubstr("'1e999'"));
  EXPECT_THAT(message_of("1,2\n\n3,4\n"), HasSubstr("line 2"));
  EXPECT_THAT(message_of(""), HasSubstr("no rows"));
  EXPECT_THAT(message_of("\n\n"), HasSubstr("no rows"));
  EXPECT_THAT(message_of("a,b\n"), HasSubstr("a header row alone"));
  EXPECT_THAT(message_of("c1\nc2\nc3\n"), HasSubstr("a column of names alone"));
  EXPECT_THAT(message_of("\"1,2\n"), HasSubstr("quote without end"));
  EXPECT_THAT(message_of("a,b,c,d\n1,2\n"), HasSubstr("expected 4 fields as in the header, found 2"));
  EXPECT_THAT(message_of("1,2\n3,4\n", 3),
              HasSubstr("expected 3 rows, one per cell, found 2 rows, no header"));
  EXPECT_THAT(message_of("1,5 2,5\n3,5 4,5\n", 0, "x.txt"),
              HasSubstr("found '5 4'"));  // decimal commas
}

TEST(TextTable, TinyNumbersAreZero) {
  EXPECT_THAT(flat(parse_number_table("x.csv", "1e-400,2\n-1e-60,3\n")), ElementsAre(0, 2, 0, 3));
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
      const auto t = parse_number_table("x.csv", bad);
      ++n_read;
      EXPECT_TRUE(t.row_names.empty() || t.row_names.size() == t.values.n_rows());
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data) << bad;
    }
  }
  EXPECT_GT(n_read, 0u);
}

}  // namespace
}  // namespace zerocell
