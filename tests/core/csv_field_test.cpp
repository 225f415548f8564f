#include "zerocell/core/csv_field.h"

#include <gtest/gtest.h>

namespace zerocell {
namespace {

TEST(CsvField, FormulasAreTextAndNumbersAreNumbers) {
  EXPECT_EQ(csv_field("=1+1"), "'=1+1");
  EXPECT_EQ(csv_field("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(csv_field("-cmd|' /C calc'!A0"), "'-cmd|' /C calc'!A0");
  EXPECT_EQ(csv_field("\t=1"), "\"'\t=1\"");
  EXPECT_EQ(csv_field("=HYPERLINK(\"a\",1)"), "\"'=HYPERLINK(\"\"a\"\",1)\"");
  EXPECT_EQ(csv_field("＝1"), "'＝1") << "the wide form";
  EXPECT_EQ(csv_field("a;=1+1"), "\"a;=1+1\"") << "a cell of its own where semicolons part cells";
  EXPECT_EQ(csv_field("a; b"), "a; b");
  for (const char* number : {"-0.25", "-1e-05", "-inf", "0.5"}) EXPECT_EQ(csv_field(number), number);
}

TEST(CsvField, IsReadBack) {
  for (const std::string text :
       {"=1+1", "'=1+1", "''=1", "'", "'x", "-1", "'-1", "+x", "plain", "", "\t", "＠"}) {
    auto field = csv_field(text);
    if (field.starts_with('"')) field = field.substr(1, field.size() - 2);
    EXPECT_EQ(text_of_csv_field(field), text);
  }
}

}  // namespace
}  // namespace zerocell
