#include "zerocell/data/quoted_fields.h"

#include <gmock/gmock.h>

namespace zerocell {
namespace {

using testing::ElementsAre;

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> fields;
  EXPECT_TRUE(split_quoted(line, "\t", fields)) << line;
  return fields;
}

// What pandas.read_csv(sep="\t") makes of these fields (tried with pandas 2.3.3).
TEST(QuotedFields, QuotesComeOffAndDoubledOnesStandForOne) {
  EXPECT_THAT(split("a\tb c\t"), ElementsAre("a", "b c", ""));
  EXPECT_THAT(split("\"a\"\t\"b\tc\"\td"), ElementsAre("a", "b\tc", "d"));
  EXPECT_THAT(split("\"A \"\"x\"\" B\"\t\"\"\"\""), ElementsAre("A \"x\" B", "\""));
  EXPECT_THAT(split("\"\"\tb"), ElementsAre("", "b"));
  EXPECT_THAT(split("5'-UTR\tan \"x\" b"), ElementsAre("5'-UTR", "an \"x\" b"));
  EXPECT_THAT(split(""), ElementsAre(""));
}

TEST(QuotedFields, QuotesThatDoNotMatchAreTold) {
  std::vector<std::string> fields;
  EXPECT_FALSE(split_quoted("a\t\"b", "\t", fields)) << "never closed";
  EXPECT_FALSE(split_quoted("\"a\"b\tc", "\t", fields)) << "something behind the quote";
  EXPECT_FALSE(split_quoted("\"", "\t", fields));
  EXPECT_FALSE(split_quoted("\"a\"\"", "\t", fields));
}

}  // namespace
}  // namespace zerocell
