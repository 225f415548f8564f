#include "zerocell/figures/font.h"

#include <gtest/gtest.h>

namespace zerocell {
namespace {

TEST(Font, WidthGrowsWithTextAndScalesWithSize) {
  EXPECT_EQ(text_width("", 10), 0);
  EXPECT_GT(text_width("aa", 10), text_width("a", 10));
  EXPECT_GT(text_width("a", 10, true), text_width("a", 10));
  EXPECT_NEAR(text_width("cell type", 20), 2 * text_width("cell type", 10), 0.1);  // Cairo keeps 1/64 units
}

TEST(Font, FitTextKeepsBeginningAndEnd) {
  const std::string name = "CD8-positive, αβ memory T cell, tissue-resident, cluster 17";
  const std::string shortened = fit_text(name, 150, 10);
  EXPECT_LE(text_width(shortened, 10), 150);
  EXPECT_TRUE(shortened.starts_with("CD8-positive"));
  EXPECT_TRUE(shortened.ends_with("17"));
  EXPECT_NE(shortened.find("…"), std::string::npos);
  EXPECT_EQ(fit_text(name, 1000, 10), name);
}

TEST(Font, FitTextSurvivesHostileText) {
  EXPECT_EQ(fit_text("a\nb\x1b[0m", 1000, 10), "a b [0m");
  EXPECT_EQ(fit_text("\xff\xfe", 1000, 10), "��");
  EXPECT_EQ(fit_text("long name", 0, 10), "…");
  EXPECT_EQ(fit_text("", 0, 10), "");
}

TEST(Font, WrapTextLosesNoWord) {
  const std::string text = "one two  three four five six seven";
  std::string joined;
  for (const std::string& line : wrap_text(text, 70, 10)) {
    EXPECT_LE(text_width(line, 10), 70);
    joined += (joined.empty() ? "" : " ") + line;
  }
  EXPECT_EQ(joined, "one two three four five six seven");
  EXPECT_TRUE(wrap_text("", 70, 10).empty());
}

}  // namespace
}  // namespace zerocell
