#include "zerocell/core/word_list.h"

#include <gtest/gtest.h>

namespace zerocell {
namespace {

TEST(WordList, LongListsAreCutAndCounted) {
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(listed({"a"}), "a");
  EXPECT_EQ(listed({"a", "b", "c"}, 2), "a, b and 1 more");
  EXPECT_EQ(listed_in_quotes({"a", "b"}), "'a', 'b'");
  EXPECT_EQ(listed_in_quotes(std::vector<std::string>(1500, "x"), 1), "'x' and 1,499 more");
  EXPECT_LT(listed(std::vector<std::string>(20, std::string(10'000, 'x'))).size(), 1000u);
}

TEST(WordList, NearestWord) {
  EXPECT_EQ(nearest_word("celltpye", {"batch", "celltype"}), "celltype");
  EXPECT_EQ(did_you_mean("bacth", {"batch", "celltype"}), " (did you mean 'batch'?)");
  EXPECT_EQ(did_you_mean("donor", {"batch", "celltype"}), "");
}

}  // namespace
}  // namespace zerocell
