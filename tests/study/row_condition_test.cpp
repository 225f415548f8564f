// Expected rows by hand; where a comment says so, pandas 2.3.3 selects the same.
#include "zerocell/study/row_condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "zerocell/core/error.h"
#include "zerocell/study/condition_clause.h"

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Rows = std::vector<uint8_t>;

Categorical numbers_as_categories(bool ordered) {
  Categorical groups{{"10", "2", "1"}, {0, 1, 2, 1, -1}, ordered};
  groups.type = CategoryType::number;
  return groups;
}

Column column(const std::string& name) {
  if (name == "tech") return {name, Categorical{{"10x", "smart seq", "celseq"}, {0, 1, 2, -1, 0}}, {}};
  if (name == "n") return {name, std::vector<int64_t>{5, 10, 20, 30, 200}, {}};
  if (name == "plate") return {name, Categorical{{"01", "1", "1.0", "1E3", "1000"}, {0, 1, 2, 3, 4}}, {}};
  if (name == "limit") return {name, std::vector<std::string>{"inf", "Infinity", "nan", "", "True"}, {}};
  if (name == "percent mt") return {name, std::vector<double>{0.1, 0.5, NAN, INFINITY, -1}, {}};
  if (name == "single") return {name, std::vector<double>{0.1f, 0.2f, 16777216.0f, 1.0f, NAN}, {}, true};
  if (name == "wide") return {name, std::vector<int64_t>{INT64_MAX, INT64_MAX - 1, 1ll << 53, 0, -1}, {}};
  if (name == "flag") return {name, std::vector<uint8_t>{1, 0, 1, 0, 0}, {0, 0, 0, 0, 1}};
  if (name == "stage")
    return {name, Categorical{{"low", "mid", "high", "unused"}, {0, 2, 1, -1, 2}, true}, {}};
  if (name == "numbers") return {name, numbers_as_categories(false), {}};
  if (name == "ranks") return {name, numbers_as_categories(true), {}};
  if (name == "it's") return {name, std::vector<std::string>{"5' UTR", "say \"x\"", "b", "b", "b"}, {}};
  throw Error::data({"obs", "a column", "'" + name + "'", ""});
}

Rows where(const std::string& condition) {
  return rows_where(condition, 5, column);
}

std::vector<std::string> warnings_of(const std::string& condition) {
  std::vector<std::string> warnings;
  rows_where(condition, 5, column, &warnings);
  return warnings;
}

/// Message of the error of a condition, which must have this status.
std::string error_of(const std::string& condition, int status) {
  try {
    where(condition);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_status(), status) << condition << ": " << error.what();
    return error.what();
  }
  ADD_FAILURE() << "accepted: " << condition;
  return "";
}

TEST(RowsWhere, Operators) {
  EXPECT_EQ(where("tech == 10x"), (Rows{1, 0, 0, 0, 1}));
  EXPECT_EQ(where("tech == 'smart seq'"), (Rows{0, 1, 0, 0, 0}));
  EXPECT_EQ(where("tech != \"smart seq\""), (Rows{1, 0, 1, 0, 1})) << "a missing value fulfils no clause";
  EXPECT_EQ(where("n>=10 and n < 200"), (Rows{0, 1, 1, 1, 0})) << "numbers are compared as numbers";
  EXPECT_EQ(where("tech in ['10x', celseq] and n > 5"), (Rows{0, 0, 1, 0, 1}));
  EXPECT_EQ(where("tech not in ['10x', celseq]"), (Rows{0, 1, 0, 0, 0}));
  EXPECT_EQ(where("n == 10.0"), (Rows{0, 1, 0, 0, 0}));
  EXPECT_EQ(where("n\t==\n10"), (Rows{0, 1, 0, 0, 0}));
  const auto named_nan = [](const std::string& name) {
    return Column{name, Categorical{{"nan", "T cell"}, {0, 1, 0}}, {}};
  };
  EXPECT_EQ(rows_where("celltype != 'nan'", 3, named_nan), (Rows{0, 1, 0})) << "a name, not a number";
}

// As pandas: plate == '1' is True in one row each.
TEST(RowsWhere, TextEqualsTheSameTextAlone) {
  EXPECT_EQ(where("plate == '01'"), (Rows{1, 0, 0, 0, 0}));
  EXPECT_EQ(where("plate == '1'"), (Rows{0, 1, 0, 0, 0}));
  EXPECT_EQ(where("plate == 1.0"), (Rows{0, 0, 1, 0, 0})) << "quotes may be left out";
  EXPECT_EQ(where("plate == '1E3'"), (Rows{0, 0, 0, 1, 0}));
  EXPECT_EQ(where("plate != '1000'"), (Rows{1, 1, 1, 1, 0}));
  EXPECT_EQ(where("plate in ['1', '1000']"), (Rows{0, 1, 0, 0, 1}));
  EXPECT_EQ(where("limit == 'inf'"), (Rows{1, 0, 0, 0, 0}));
  EXPECT_EQ(where("limit == 'nan'"), (Rows{0, 0, 1, 0, 0}));
  EXPECT_EQ(where("limit == ''"), (Rows{0, 0, 0, 1, 0}));
  EXPECT_EQ(where("limit == True"), (Rows{0, 0, 0, 0, 1}));
}

TEST(RowsWhere, NumbersEqualByValue) {
  EXPECT_EQ(where("'percent mt' >= 0.1"), (Rows{1, 1, 0, 1, 0})) << "NaN is missing";
  EXPECT_EQ(where("`percent mt` == inf"), (Rows{0, 0, 0, 1, 0}));
  EXPECT_EQ(where("'percent mt' != 1e-1"), (Rows{0, 1, 0, 1, 1}));
  EXPECT_EQ(where("'percent mt' == +0.5"), (Rows{0, 1, 0, 0, 0}));
  // As pandas on a float32 column: the limit is rounded to float32.
  EXPECT_EQ(where("single == 0.1"), (Rows{1, 0, 0, 0, 0}));
  EXPECT_EQ(where("single > 0.1"), (Rows{0, 1, 1, 1, 0}));
  EXPECT_EQ(where("single == 16777217"), (Rows{0, 0, 1, 0, 0}));
  // Whole numbers keep digits that a double has not.
  EXPECT_EQ(where("wide == 9223372036854775807"), (Rows{1, 0, 0, 0, 0}));
  EXPECT_EQ(where("wide > 9007199254740992.5"), (Rows{1, 1, 0, 0, 0}));
  EXPECT_EQ(where("wide < 9.3e18"), (Rows{1, 1, 1, 1, 1}));
  EXPECT_EQ(where("wide <= -0.5"), (Rows{0, 0, 0, 0, 1}));
  EXPECT_EQ(where("n in [5, 20.0, 2e2]"), (Rows{1, 0, 1, 0, 1}));
  EXPECT_EQ(where("numbers == 2"), (Rows{0, 1, 0, 1, 0})) << "categories that are numbers";
  EXPECT_EQ(where("numbers == 2.0"), (Rows{0, 1, 0, 1, 0}));
  EXPECT_EQ(where("numbers < 10"), (Rows{0, 1, 1, 1, 0}));
}

TEST(RowsWhere, BooleansAndOrderedCategories) {
  for (const char* yes :
       {"flag == True", "flag == true", "flag == 'True'", "flag == 1", "flag != False", "flag in [TRUE]"})
    EXPECT_EQ(where(yes), (Rows{1, 0, 1, 0, 0})) << yes;
  EXPECT_EQ(where("flag == False"), (Rows{0, 1, 0, 1, 0}));
  EXPECT_EQ(where("n != True"), (Rows{1, 1, 1, 1, 1})) << "True is 1 among numbers";
  // As pandas' ordered categories.
  EXPECT_EQ(where("stage >= 'mid'"), (Rows{0, 1, 1, 0, 1}));
  EXPECT_EQ(where("stage < high"), (Rows{1, 0, 1, 0, 0}));
  EXPECT_EQ(where("stage < 'unused'"), (Rows{1, 1, 1, 0, 1}));
  EXPECT_EQ(where("stage == 'low'"), (Rows{1, 0, 0, 0, 0}));
  EXPECT_EQ(where("ranks > 10"), (Rows{0, 1, 1, 1, 0})) << "10 is the first category";
}

TEST(RowsWhere, QuotesInsideQuotes) {
  EXPECT_EQ(where("'it''s' == '5'' UTR'"), (Rows{1, 0, 0, 0, 0}));
  EXPECT_EQ(where("\"it's\" == \"5' UTR\""), (Rows{1, 0, 0, 0, 0}));
  EXPECT_EQ(where(condition_text("it's", "==", "5' UTR")), (Rows{1, 0, 0, 0, 0}));
  EXPECT_EQ(where(condition_text("it's", "==", "say \"x\"")), (Rows{0, 1, 0, 0, 0}));
  EXPECT_EQ(condition_text("percent mt", "!=", "x"), "'percent mt' != 'x'");
}

TEST(RowsWhere, WhatTheTypeDoesNotTakeIsAUsageError) {
  EXPECT_THAT(error_of("plate < 5", 2),
              HasSubstr("text, which has no order ('01', '1', '1.0', '1E3', '1000')"));
  EXPECT_THAT(error_of("flag > 0", 2), HasSubstr("booleans"));
  EXPECT_THAT(error_of("flag == maybe", 2), HasSubstr("True or False"));
  EXPECT_THAT(error_of("n == '10'", 2), HasSubstr("Write the number without quotes: 10"));
  EXPECT_THAT(error_of("n == ten", 2), HasSubstr("'n' holds numbers (5, 10, 20, 30, 200)"));
  EXPECT_THAT(error_of("n == nan", 2), HasSubstr("no number equals"));
  EXPECT_THAT(error_of("stage < 'hgih'", 2), HasSubstr("the categories are 'low', 'mid', 'high', 'unused'"));
  EXPECT_THAT(error_of("tech == a or tech == b", 2), HasSubstr("joined by 'and' alone"));
}

TEST(RowsWhere, AValueThatNoRowHasNamesThoseThereAre) {
  EXPECT_THAT(error_of("tech == '10X'", 1),
              HasSubstr("the values are '10x', 'smart seq', 'celseq'; 1 cell has no"));
  EXPECT_THAT(error_of("tech == 'smartseq'", 1), HasSubstr("the values are 'smart seq', '10x', 'celseq'"));
  EXPECT_THAT(error_of("plate == '1e3'", 1), HasSubstr("the values are '1E3', '01', '1'"));
  EXPECT_THAT(error_of("n == 29", 1), HasSubstr("the values are 30, 20, 10, 5, 200"));
  EXPECT_THAT(error_of("n > 1000", 1), HasSubstr("5 numbers from 5 to 200"));
  EXPECT_THAT(error_of("stage == 'unused'", 1), HasSubstr("the values are 'low', 'mid', 'high'; 1 cell"));
  EXPECT_THAT(error_of("tech in [a, b]", 1), HasSubstr("no cell with 'a', 'b'"));
  EXPECT_THAT(warnings_of("tech in ['10x', smrt]"), ElementsAre(HasSubstr("no cell with 'smrt'")));
  EXPECT_THAT(warnings_of("plate != 'plate 1'"), ElementsAre(HasSubstr("no cell with 'plate 1'")));
  EXPECT_THAT(warnings_of("plate != '01'"), IsEmpty());
  const auto many = [](const std::string& name) {
    Categorical groups;
    for (int i = 0; i < 50; ++i) {
      groups.categories.push_back("g" + std::to_string(i));
      groups.codes.push_back(i);
    }
    return Column{name, groups, {}};
  };
  try {
    rows_where("x == nothing", 50, many);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("'g11' and 38 more"));
  }
}

TEST(RowsWhere, MissingValuesThatANegationLeavesOutAreTold) {
  EXPECT_THAT(warnings_of("tech != celseq"),
              ElementsAre(HasSubstr("1 cell has no value in 'tech' and is left out by tech != celseq")));
  EXPECT_THAT(warnings_of("tech == celseq"), IsEmpty());
}

TEST(RowsWhere, NonsenseIsAUsageError) {
  for (const char* bad : {"", "tech", "tech =", "tech == ", "tech == 'x", "tech == a b", "tech in 10x",
                          "tech in [a", "and", "tech == a and", "tech not 10x", "`tech == a", "tech in []"}) {
    try {
      where(bad);
      ADD_FAILURE() << "accepted: " << bad;
    } catch (const Error& e) {
      EXPECT_EQ(e.exit_status(), 2) << bad << ": " << e.what();
    }
  }
  EXPECT_THROW(where("nowhere == 1"), Error);
}

}  // namespace
}  // namespace zerocell
