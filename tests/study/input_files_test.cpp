#include "zerocell/study/input_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "data/temporary_folder.h"

namespace zerocell {
namespace {

TEST(InputFiles, AFileIsKnownThroughLinks) {
  const TemporaryFolder folder;
  const auto file = folder.write("data.h5ad", "x");
  std::filesystem::create_symlink(file, folder.path() + "/link");
  std::filesystem::create_hard_link(file, folder.path() + "/other_name");
  InputFiles inputs;
  inputs.add(folder.path() + "/link");
  EXPECT_EQ(inputs.find(file), folder.path() + "/link");
  EXPECT_NE(inputs.find(folder.path() + "/other_name"), "");
  EXPECT_EQ(inputs.find(folder.write("results.json", "x")), "");
}

TEST(InputFiles, AllFilesOfATenxSet) {
  const TemporaryFolder folder;
  const auto matrix =
      folder.write("a_matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 1\n");
  const auto barcodes = folder.write("a_barcodes.tsv", "AAAC-1\n");
  const auto features = folder.write("a_features.tsv", "ENSG00000000001\tA\tGene Expression\n");
  for (const auto& path : {matrix, folder.path() + "/a_"}) {
    InputFiles inputs;
    inputs.add_data_set(path);
    for (const auto& file : {matrix, barcodes, features}) EXPECT_NE(inputs.find(file), "") << path << file;
  }
}

TEST(InputFiles, AModelThatAnOptionNames) {
  const TemporaryFolder folder;
  const auto model = folder.write("model.pt", "x");
  InputFiles inputs;
  inputs.add(parse_embedding_spec("scvi:model='" + model + "'"));
  EXPECT_NE(inputs.find(model), "");
}

}  // namespace
}  // namespace zerocell
