#include <gtest/gtest.h>

#include <cmath>

#include "zerocell/core/data_frame.h"
#include "zerocell/core/error.h"
#include "zerocell/core/system.h"

namespace zerocell {
namespace {

TEST(Error, MessageSaysWhatWasReadExpectedFoundAndWhatToDo) {
  const auto e = Error::data({"a.h5ad: /X/indptr", "9 entries", "8", "Write the file again"});
  EXPECT_STREQ(e.what(), "a.h5ad: /X/indptr: expected 9 entries, found 8. Write the file again");
  EXPECT_EQ(e.exit_status(), 1);
  EXPECT_STREQ(Error::data({"a.h5ad", "", "no cells", ""}).what(), "a.h5ad: no cells");
  EXPECT_EQ(Error::usage({"--k", "", "", ""}).exit_status(), 2);
  EXPECT_EQ(Error::internal("x").exit_status(), 3);
  EXPECT_EQ(Error(ErrorKind::interrupted, "stop").exit_status(), 130);
}

TEST(Column, CategoriesOfEveryKindOfValue) {
  const auto strings =
      Column{"s", std::vector<std::string>{"b", "a", "b", ""}, {0, 0, 0, 1}}.as_categorical();
  EXPECT_EQ(strings.categories, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(strings.codes, (std::vector<int32_t>{1, 0, 1, -1}));
  const auto numbers = Column{"n", std::vector<double>{2, NAN, 1.5}, {}}.as_categorical();
  EXPECT_EQ(numbers.categories, (std::vector<std::string>{"1.5", "2"}));
  EXPECT_EQ(numbers.codes, (std::vector<int32_t>{1, -1, 0}));
  const auto unused = Column{"c", Categorical{{"x", "y", "z"}, {2, -1, 0}, true}, {}}.as_categorical();
  EXPECT_EQ(unused.categories, (std::vector<std::string>{"x", "z"}));
  EXPECT_EQ(unused.codes, (std::vector<int32_t>{1, -1, 0}));
  EXPECT_EQ(unused.n_missing(), 1u);
  const auto booleans = Column{"b", std::vector<uint8_t>{1, 0}, {}}.as_categorical();
  EXPECT_EQ(booleans.categories, (std::vector<std::string>{"False", "True"}));
}

TEST(Column, Float32HasItsOwnDigits) {
  const Column column{"n", std::vector<double>{0.1f, 2.5f}, {}, true};
  EXPECT_EQ(column.as_categorical().categories, (std::vector<std::string>{"0.1", "2.5"}));
  EXPECT_EQ(column.as_categorical().type, CategoryType::number);
}

TEST(DataFrame, TakeKeepsOrderAndMissing) {
  DataFrame frame;
  frame.index = {"a", "b", "c"};
  frame.columns.push_back({"n", std::vector<int64_t>{1, 2, 3}, {0, 1, 0}});
  const auto taken = frame.take({2, 1});
  EXPECT_EQ(taken.index, (std::vector<std::string>{"c", "b"}));
  EXPECT_EQ(std::get<std::vector<int64_t>>(taken.columns[0].values), (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(taken.columns[0].missing, (std::vector<uint8_t>{0, 1}));
  EXPECT_EQ(frame.find("missing"), nullptr);
}

TEST(System, Sizes) {
  EXPECT_EQ(parse_size("8G"), 8ull << 30);
  EXPECT_EQ(parse_size("1.5k"), 1536u);
  EXPECT_EQ(parse_size("512MB"), 512ull << 20);
  for (const char* bad : {"", "G", "-1G", "8X", "0", "8GG", "inf", "nan", "1e400", "0x10", "0.5", "1e-10G"})
    EXPECT_THROW(parse_size(bad), Error) << bad;
  EXPECT_EQ(format_size(3ull << 29), "1.50 GB");
  EXPECT_GE(available_threads(), 1);
  EXPECT_GT(available_memory(), 1u << 20);
  EXPECT_GT(peak_memory(), 1u << 16);
}

}  // namespace
}  // namespace zerocell
