#include "zerocell/study/toml_limits.h"

#include <gtest/gtest.h>

#include <string>

#include "zerocell/study/study_file.h"

namespace zerocell {
namespace {

std::string repeated(const std::string& text, size_t n) {
  std::string all;
  for (size_t i = 0; i < n; ++i) all += text;
  return all;
}

/// The first problem of a study of that text.
std::string problem_of(const std::string& text) {
  std::vector<StudyProblem> problems;
  parse_study_file("STUDY.toml", text, problems);
  return problems.empty() ? "" : problems.front().message;
}

// Each of them ends the program inside toml++ 3.3.
TEST(TomlLimits, KeysOfManyPartsAreRefusedBeforeTheyAreParsed) {
  for (const std::string& text :
       {"a" + repeated(".a", 300'000) + " = 1", "[a" + repeated(".a", 300'000) + "]",
        "\"a\"" + repeated(". 'a'", 300'000) + " = 1", "x = {a" + repeated(".a", 300'000) + " = 1}"})
    EXPECT_NE(problem_of(text).find("a key of more than 32 parts"), std::string::npos) << text.substr(0, 20);
}

TEST(TomlLimits, DeepListsAndTablesAreRefused) {
  EXPECT_NE(problem_of("a = " + repeated("[", 300'000)).find("more than 32 brackets"), std::string::npos);
  EXPECT_NE(problem_of("a = " + repeated("{a=", 100'000)).find("more than 32 brackets"), std::string::npos);
}

TEST(TomlLimits, TheLineIsNamed) {
  EXPECT_EQ(find_toml_excess("a = 1\n# x\nb = \"\"\"\n\n\"\"\"\nc" + repeated(".c", 40) + " = 1").line, 6u);
}

TEST(TomlLimits, TextsAndCommentsAreNoStructure) {
  const std::string points = repeated(".a", 100), brackets = repeated("[", 100);
  for (const std::string& text :
       {"a = \"" + points + brackets + "\"", "a = '" + points + brackets + "'",
        "a = \"\"\"\n" + points + "\n\"" + brackets + "\"\"\"", "a = '''" + brackets + "'" + points + "'''",
        "# " + points + brackets + "\na = 1", "a = \"\\\"" + points + "\"",
        "a = [" + repeated("1.5, ", 1000) + "]", repeated("[[dataset]]\nname = \"a.b\"\n", 100)})
    EXPECT_EQ(find_toml_excess(text).line, 0u) << text.substr(0, 40);
}

// Undefined behaviour of toml++ 3.3 but for toml_library.h: the undefined-behaviour sanitizer sees it.
TEST(TomlLibrary, CharactersBeyondAsciiMayStandWhereNoneBelongs) {
  for (const std::string text :
       {"a = 1\n\xC3\xA9 = 1", "a = 1\nb = 1 \xC3\xA9", "a = 1\nd = 1989-05-27T0\xC9\xBD",
        "a = 1\n[\xC3\xA9]", "a = 5'\xCB\x9F+", "a = 19\x01\"\"\"\xC9\xA2\".c = 1"})
    EXPECT_NE(problem_of(text).find("not TOML"), std::string::npos) << text << ": " << problem_of(text);
  for (const std::string text : {"title = \"\"\"a \\\n \xC3\xA9\"\"\"", "title = '\xC3\xA9'  # \xC3\xA9"})
    EXPECT_EQ(problem_of(text).find("not TOML"), std::string::npos) << text << ": " << problem_of(text);
}

TEST(TomlLimits, ATextThatDoesNotEndIsLeftToTheParser) {
  EXPECT_EQ(find_toml_excess("a = \"abc\nb = [1]").line, 0u);
  EXPECT_EQ(find_toml_excess("a = \"\"\"abc").line, 0u);
  EXPECT_EQ(find_toml_excess("a = \"abc\\").line, 0u);
  EXPECT_NE(problem_of("a = \"\"\"abc"), "");
}

}  // namespace
}  // namespace zerocell
