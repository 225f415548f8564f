#include "zerocell/core/missing_numbers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(MissingNumbers, AreMarkedAndTold) {
  Column whole{"donor", std::vector<int64_t>{1, INT32_MIN, 2, INT32_MIN, INT64_MIN, 4294967295}, {}};
  mark_missing_numbers(whole);
  EXPECT_EQ(whole.as_categorical().codes, (std::vector<int32_t>{0, -1, 1, -1, -1, -1}));
  EXPECT_THAT(whole.notes, ElementsAre(HasSubstr("'donor' is -9223372036854775808 in 1 cell, which"),
                                       HasSubstr("'donor' is -2147483648 in 2 cells, which programs write"),
                                       HasSubstr("4294967295 in 1 cell")));

  Column real{"r", std::vector<double>{0.5, -2147483648.0, NAN}, {}};
  mark_missing_numbers(real);
  EXPECT_EQ(real.missing, (std::vector<uint8_t>{0, 1, 0}));
  EXPECT_EQ(real.as_categorical().codes, (std::vector<int32_t>{0, -1, -1}));

  Categorical groups{{"-2147483648", "1"}, {0, 1, 0}};
  groups.type = CategoryType::number;
  Column categories{"c", groups, {}};
  mark_missing_numbers(categories);
  EXPECT_EQ(categories.as_categorical().codes, (std::vector<int32_t>{-1, 0, -1}));
  EXPECT_EQ(categories.notes.size(), 1u);
}

TEST(MissingNumbers, NothingElseIsTouched) {
  const std::vector<int64_t> near = {INT32_MIN + 1, INT64_MIN + 1, INT32_MAX, 4294967294, 0, -1};
  Column whole{"n", near, {}};
  mark_missing_numbers(whole);
  EXPECT_TRUE(whole.missing.empty());
  EXPECT_TRUE(whole.notes.empty());
  Column text{"t", Categorical{{"-2147483648"}, {0}}, {}};
  mark_missing_numbers(text);
  EXPECT_EQ(text.as_categorical().n_missing(), 0u) << "text is a name";
  Column masked{"m", std::vector<int64_t>{INT32_MIN, 3}, {1, 0}};
  mark_missing_numbers(masked);
  EXPECT_TRUE(masked.notes.empty()) << "the file itself says so";
}

}  // namespace
}  // namespace zerocell
