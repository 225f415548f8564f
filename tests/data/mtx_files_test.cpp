#include "zerocell/data/mtx_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/temporary_folder.h"
#include "zerocell/core/error.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class MtxFolder : public testing::Test {
 protected:
  void write_set(const std::string& prefix, const std::string& features = "genes.tsv") {
    folder_.write(prefix + "matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n2 1 1\n1 1 4\n");
    folder_.write(prefix + "barcodes.tsv", prefix + "AAAC\n");
    folder_.write(prefix + features, "ENSG1\tA\nENSG2\tB\n");
  }
  std::string first_cell(const std::string& path) { return DatasetFile::open(path)->cell_names().at(0); }
  std::string error_of(const std::string& path) {
    try {
      DatasetFile::open(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "no error";
  }
  TemporaryFolder folder_;
};

TEST_F(MtxFolder, OneSetWithAPrefixIsRead) {
  write_set("GSM1_S1_");
  folder_.write("GSM1_S1_notes.txt", "nothing");
  EXPECT_EQ(first_cell(folder_.path()), "GSM1_S1_AAAC");
  EXPECT_EQ(first_cell(folder_.path() + "/"), "GSM1_S1_AAAC");
}

TEST_F(MtxFolder, SeveralSetsAreListedAndEachCanBeNamed) {
  write_set("GSM1_S1_");
  write_set("GSM2_S2_", "features.tsv");
  const std::string message = error_of(folder_.path());
  EXPECT_THAT(message, AllOf(HasSubstr("GSM1_S1_matrix.mtx"), HasSubstr("GSM2_S2_matrix.mtx")));
  // The advice is one of the ways that work.
  EXPECT_THAT(message, HasSubstr("as " + folder_.file("GSM1_S1_matrix.mtx")));
  for (const char* path :
       {"GSM2_S2_matrix.mtx", "GSM2_S2_", "GSM2_S2", "GSM2_S2_features.tsv", "GSM2_S2_barcodes.tsv"})
    EXPECT_EQ(first_cell(folder_.file(path)), "GSM2_S2_AAAC") << path;
}

TEST_F(MtxFolder, AHundredSetsMakeAShortMessage) {
  for (int i = 0; i < 100; ++i) write_set("GSM" + std::to_string(100 + i) + "_");
  const std::string message = error_of(folder_.path());
  EXPECT_THAT(message, AllOf(HasSubstr("100: the matrices GSM100_matrix.mtx"), HasSubstr("and 90 more")));
  EXPECT_LT(message.size(), 1000u);
}

TEST_F(MtxFolder, WhatIsMissingIsNamed) {
  write_set("GSM1_");
  std::filesystem::remove(folder_.file("GSM1_genes.tsv"));
  EXPECT_THAT(error_of(folder_.path()),
              AllOf(HasSubstr("features.tsv or genes.tsv"), HasSubstr("GSM1_matrix.mtx")));
  EXPECT_THAT(error_of(folder_.file("GSM1_matrix.mtx")),
              HasSubstr("expected GSM1_features.tsv or genes.tsv"));
}

TEST_F(MtxFolder, DataSetsThatLieDeeperAreNamed) {
  std::filesystem::create_directory(folder_.file("filtered_feature_bc_matrix"));
  write_set("filtered_feature_bc_matrix/");
  folder_.write("molecule_info.h5", "");
  EXPECT_THAT(error_of(folder_.path()), HasSubstr("as " + folder_.file("filtered_feature_bc_matrix")));
}

TEST_F(MtxFolder, AFolderWithoutAMatrix) {
  EXPECT_THAT(error_of(folder_.path()), HasSubstr("a folder without files"));
  EXPECT_FALSE(is_mtx_path(folder_.file("nothing")));
}

TEST_F(MtxFolder, TheFilesOfASetAreItsContent) {
  write_set("GSM1_");
  const std::string matrix = folder_.file("GSM1_matrix.mtx");
  EXPECT_EQ(dataset_files(matrix), (std::vector<std::string>{matrix, folder_.file("GSM1_barcodes.tsv"),
                                                             folder_.file("GSM1_genes.tsv")}));
}

}  // namespace
}  // namespace zerocell
