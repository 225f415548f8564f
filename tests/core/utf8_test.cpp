#include "zerocell/core/utf8.h"

#include <gtest/gtest.h>

#include <algorithm>

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

TEST(Utf8, MarksThatAreNotSeenAreReplaced) {
  EXPECT_EQ(printable("a\u202Eb"), "a�b");  // right-to-left override
  EXPECT_EQ(printable("\u2066\u200F\uFEFF"), "���");
  EXPECT_EQ(printable("\xef\xbf\xbf"), "�");  // U+FFFF, which XML forbids
  EXPECT_EQ(printable("👩\u200D🔬"), "👩\u200D🔬") << "joiners belong to scripts and emoji";
}

TEST(Utf8, ATerminalSeesEscapes) {
  EXPECT_EQ(terminal_text("a\x1b[31mb\n"), "a\\u001b[31mb\n");
  EXPECT_EQ(terminal_text("\xc2\x9b"), "\\u009b");
  EXPECT_EQ(terminal_text("x\u202Ey\xff"), "x\\u202ey\\xff");
  EXPECT_EQ(terminal_text("\r\t\x7f"), "\\u000d\\u0009\\u007f");
  EXPECT_EQ(terminal_text("\U000E0041"), "\\udb40\\udc41");  // a tag character, as JSON escapes it
  EXPECT_EQ(terminal_text("αβ 細胞"), "αβ 細胞");
}

TEST(Utf8, MessagesHaveNoForgedLinesAndAnEnd) {
  EXPECT_EQ(terminal_message("a\nwarning: b"), "a\\nwarning: b");
  EXPECT_EQ(terminal_message("2 mistakes:\n  one\n  two"), "2 mistakes:\n  one\n  two");
  std::string many = "many:";
  for (int i = 0; i < 100; ++i) many += "\n  line";
  const auto cut = terminal_message(many);
  EXPECT_EQ(std::count(cut.begin(), cut.end(), '\n'), 40);
  EXPECT_TRUE(cut.ends_with("and 61 more lines"));
  const auto wide = terminal_message("begin " + std::string(100'000, 'x') + " end");
  EXPECT_LT(wide.size(), 1600u);
  EXPECT_TRUE(wide.starts_with("begin") && wide.ends_with("x end"));
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
