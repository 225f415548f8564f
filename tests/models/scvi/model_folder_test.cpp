#include "zerocell/models/scvi/model_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string said(const std::string& path) {
  try {
    return scvi_model_file(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    return std::string("error: ") + error.what();
  }
}

TEST(ScviModelFolder, TheOnlyFileOfAModelIsTaken) {
  const TemporaryFolder folder;
  EXPECT_THAT(said(folder.path()), AllOf(HasSubstr("error: "), HasSubstr("an empty folder")));
  folder.write("notes.txt", "x");
  EXPECT_THAT(said(folder.path()), AllOf(HasSubstr("error: "), HasSubstr("none beside notes.txt")));
  const auto other = folder.write("weights.pt", "x");
  EXPECT_EQ(said(folder.path()), other);
  // A name that scvi-tools gives (prefix + model.pt) goes before any other.
  const auto prefixed = folder.write("blood_model.pt", "x");
  EXPECT_EQ(said(folder.path()), prefixed);
  const auto own = folder.write("model.pt", "x");
  EXPECT_EQ(said(folder.path()), own);
  EXPECT_EQ(said(prefixed), prefixed);  // a file is itself
  EXPECT_EQ(said(folder.file("nowhere.pt")), folder.file("nowhere.pt"));
}

TEST(ScviModelFolder, SeveralAreListedWithOneToName) {
  const TemporaryFolder folder;
  folder.write("b_model.pt", "x");
  const auto first = folder.write("a_model.pt", "x");
  EXPECT_THAT(said(folder.path()),
              AllOf(HasSubstr("found 2: a_model.pt, b_model.pt"), HasSubstr("model=" + first)));
  for (const char* name : {"c", "d", "e", "f"}) folder.write(std::string(name) + "_model.pt", "x");
  EXPECT_THAT(said(folder.path()), HasSubstr("e_model.pt and 1 more"));
}

TEST(ScviModelFolder, FoldersAreNoFiles) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("model.pt"));
  EXPECT_THAT(said(folder.path()), HasSubstr("error: "));
}

TEST(ScviModelFolder, TheLayoutBeforeVersion015IsNamedWithTheCallThatConvertsIt) {
  const TemporaryFolder folder, prefixed;
  folder.write("model_params.pt", "x");
  EXPECT_THAT(said(folder.path()), HasSubstr("convert_legacy_save(FOLDER, NEW_FOLDER), then"));
  folder.write("attr.pkl", "x");
  EXPECT_THAT(said(folder.path()), HasSubstr("convert_legacy_save(FOLDER, NEW_FOLDER), then"));
  prefixed.write("old_model_params.pt", "x");
  prefixed.write("old_attr.pkl", "x");
  EXPECT_THAT(said(prefixed.path()),
              AllOf(HasSubstr("old_attr.pkl, old_model_params.pt"), HasSubstr("NEW_FOLDER, prefix='old_')")));
}

}  // namespace
}  // namespace zerocell
