#include "zerocell/core/utf8.h"

#include <gtest/gtest.h>

namespace zerocell {
namespace {

TEST(Utf8, PrintableReplacesControlsAndBadBytes) {
  EXPECT_EQ(printable("a\tb\nc\x7f"), "a b c ");
  EXPECT_EQ(printable("\xc2\x85"), " ");  // U+0085, a C1 control
  EXPECT_EQ(printable("é\xe9"), "é�");
  EXPECT_EQ(printable("\xed\xa0\x80"), "���");                 // a surrogate
  EXPECT_EQ(printable("\xc0\xaf"), "��");                      // overlong
  EXPECT_EQ(printable("\xf4\x90\x80\x80").substr(0, 3), "�");  // above U+10FFFF
  EXPECT_EQ(printable("\xe2\x82"), "��");                      // cut off
  EXPECT_EQ(valid_utf8("a\nb\xff"), "a\nb�");
}

TEST(Utf8, WidthsOfNarrowWideAndCombining) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("αβ"), 2u);
  EXPECT_EQ(display_width("細胞"), 4u);
  EXPECT_EQ(display_width("e\xcc\x81"), 1u);
}

TEST(Utf8, TruncatesByColumns) {
  EXPECT_EQ(truncate_to_width("abcdef", 6), "abcdef");
  EXPECT_EQ(truncate_to_width("abcdef", 4), "abc…");
  EXPECT_EQ(truncate_to_width("細胞細胞", 4), "細…");
  EXPECT_EQ(truncate_to_width("abc", 1), "…");
  EXPECT_EQ(truncate_to_width("abc", 0), "");
}

TEST(Utf8, TruncatesInTheMiddle) {
  EXPECT_EQ(truncate_middle("abcdef", 6), "abcdef");
  EXPECT_EQ(truncate_middle("abcdefghijkl", 10), "abcdef…jkl");
  EXPECT_EQ(truncate_middle("細胞細胞細胞", 7), "細胞…胞");
  EXPECT_EQ(truncate_middle("abcdef", 3), "ab…");
  EXPECT_EQ(truncate_middle("abc", 0), "");
}

TEST(Utf8, CharactersAreTheBytesOfEach) {
  const auto parts = characters("aβ細");
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1], "β");
  EXPECT_EQ(parts[2].size(), 3u);
}

}  // namespace
}  // namespace zerocell
