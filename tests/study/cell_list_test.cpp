#include "zerocell/study/cell_list.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Marks = std::vector<uint8_t>;

class CellListOf : public testing::Test {
 protected:
  std::string path_ = testing::TempDir() + "/cell_list.csv";
  std::vector<std::string> names_{"AC-1", "CG-1", "GT-1", "TA-1"};
  Marks marks_;

  CellFacts facts() const {
    CellFacts facts;
    facts.n_cells = names_.size();
    facts.names = [this] { return names_; };
    facts.column = [](const std::string& name) {
      return Column{name, Categorical{{"7", "8"}, {0, 1, -1, 0}}, {}};
    };
    return facts;
  }
  ListFound read(const std::string& text, const std::string& column = "", bool of_others = false) {
    std::ofstream(path_, std::ios::binary) << text;
    marks_.assign(names_.size(), 0);
    return mark_list({path_, column, of_others}, facts(), marks_);
  }
  std::string refusal(const std::string& text, bool of_others = false) {
    try {
      read(text, "", of_others);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "no error";
  }
};

TEST_F(CellListOf, ListsAsProgramsWriteThem) {
  for (const std::string text : {
           "AC-1\nGT-1\n",  // a name a line
           "\xEF\xBB\xBF"
           "AC-1\r\nGT-1",                                  // of Windows
           "\"AC-1\"\n\"GT-1\"\n",                          // quoted
           "barcode\nAC-1\nGT-1\n",                         // with a header
           "# seen\nAC-1\n\nGT-1\n",                        // with a comment
           "\"\",\"x\"\n\"1\",\"AC-1\"\n\"2\",\"GT-1\"\n",  // R, write.csv
           "\"x\"\n\"1\" \"AC-1\"\n\"2\" \"GT-1\"\n",       // R, write.table
           ",0\n0,AC-1\n1,GT-1\n",                          // pandas, a series
           ",celltype,n\nAC-1,B cell,3\nGT-1,T cell,4\n",   // pandas, obs
           "celltype\tname\nB cell\tAC-1\nT cell\tGT-1\n",  // a table with tabs
       }) {
    const auto found = read(text);
    EXPECT_EQ(marks_, (Marks{1, 0, 1, 0})) << text;
    EXPECT_EQ(found.n_found, 2u) << text;
    EXPECT_EQ(found.n_not_found, 0u) << text;
    EXPECT_THAT(found.notes, IsEmpty()) << text;
  }
}

TEST_F(CellListOf, NamesWithSeparatorsInThem) {
  names_ = {"a,b", "c d", "\"e\"", "f"};
  read("a,b\nc d\n");
  EXPECT_EQ(marks_, (Marks{1, 1, 0, 0}));
  read("\"a,b\"\n\"\"\"e\"\"\"\n");
  EXPECT_EQ(marks_, (Marks{1, 0, 1, 0}));
}

TEST_F(CellListOf, WhatIsNotFoundIsCounted) {
  const auto found = read("AC-1\nother\nanother\nother\n");
  EXPECT_EQ(found.n_not_found, 2u) << "a name twice is one name";
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("2 names or hashes in " + path_ +
                                                 " are no cells of this file: 'other', "
                                                 "'another'; 1 are")));
}

TEST_F(CellListOf, UselessListsAreErrors) {
  EXPECT_THAT(refusal("x1\nx2\n"), HasSubstr("none of 2 lines, such as 'x1', 'x2'"));
  EXPECT_THAT(refusal("AC\nCG\n"), HasSubstr("With '-1' at the end, 2 of 2 are names of cells"));
  EXPECT_THAT(refusal(""), HasSubstr("an empty list"));
  EXPECT_THAT(refusal("\r\n\n"), HasSubstr("an empty list"));
  EXPECT_THAT(refusal(std::string("\x89HDF\0\0", 6)), HasSubstr("another kind of file"));
  EXPECT_THROW(mark_list({testing::TempDir(), "", false}, facts(), marks_), Error) << "a folder";
}

TEST_F(CellListOf, AListOfOthersMayHoldNoneOfTheCells) {
  const auto found = read("x1\nx2\n", "", true);
  EXPECT_EQ(found.n_found, 0u);
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("no cell of this file is in")));
  EXPECT_THAT(read("x1\nAC-1\nCG-1\n", "", true).notes, ElementsAre(HasSubstr("2 of 4 cells of this file")));
  EXPECT_THAT(refusal("AC.1\nCG.1\n", true), HasSubstr("'-' in place of '.'"))
      << "the same cells, written otherwise";
  EXPECT_THAT(refusal("", true), HasSubstr("an empty list"));
}

TEST_F(CellListOf, ColumnsThatNameDifferentCells) {
  names_ = {"0", "1", "2", "3"};
  EXPECT_THAT(refusal(",id\n0,2\n1,3\n"),
              HasSubstr("2 names of cells in column 1, and 2 others in column 'id'"));
  read(",id\n0,0\n3,3\n");
  EXPECT_EQ(marks_, (Marks{1, 0, 0, 1})) << "both name the same";
  read("2.0\n3.0\n");
  EXPECT_EQ(marks_, (Marks{0, 0, 1, 1})) << "numbers as pandas writes them";
}

TEST_F(CellListOf, IdsAndNamesOfSeveralCells) {
  read("id\n7\n9\n", "dataset", true);
  EXPECT_EQ(marks_, (Marks{1, 0, 0, 1})) << "a cell without an id is in no list";
  names_ = {"a", "b", "a"};
  const auto found = read("a\n");
  EXPECT_EQ(marks_, (Marks{1, 0, 1}));
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("each of several cells")));
}

}  // namespace
}  // namespace zerocell
