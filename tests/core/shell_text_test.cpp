// What bash and zsh read back is checked by running `printf %s WORD` in tests/cli.
#include "zerocell/core/shell_text.h"

#include <gtest/gtest.h>

namespace zerocell {
namespace {

TEST(ShellText, WordsAreQuotedWhereTheyNeedIt) {
  EXPECT_EQ(shell_word("data/pbmc.h5ad"), "data/pbmc.h5ad");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("cell type"), "'cell type'");
  EXPECT_EQ(shell_word("a;rm -rf $HOME"), "'a;rm -rf $HOME'");
  EXPECT_EQ(shell_word("x != 'y'"), "\"x != 'y'\"");
  EXPECT_EQ(shell_word("it's $5"), "'it'\\''s $5'");
  EXPECT_EQ(shell_word("a\x1b'b\n"), "$'a\\u001b\\'b\\n'");
}

}  // namespace
}  // namespace zerocell
