#include "zerocell/data/obsm_reader.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include "data/h5ad_fixture.h"
#include "data/temporary_folder.h"
#include "zerocell/data/dataset_file.h"

namespace zerocell {
namespace {

// Twelve links back make 12^8 paths of eight steps: listing each would take years.
TEST(ObsmReader, AGroupThatLinksLeadBackToIsListedOnce) {
  const TemporaryFolder folder;
  const std::string path = folder.file("cells.h5ad");
  {
    hdf5::File file = create_h5ad(path, 2, 1);
    hdf5::Group obsm = file.root().create_group("obsm");
    const uint64_t shape[] = {2, 1};
    obsm.create_group("inner").write_array<float>("X_pca", std::vector<float>{1, 2}, shape);
    for (int i = 0; i < 12; ++i) {
      const std::string name = "again" + std::to_string(i);
      ASSERT_GE(H5Lcreate_hard(obsm.id(), ".", obsm.id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), 0);
    }
  }
  const auto file = DatasetFile::open(path);
  const auto entries = file->obsm_entries();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].key, "inner/X_pca");
  EXPECT_EQ(to_float(file->obsm("inner/X_pca").values)(1, 0), 2);
  size_t n_told = 0;
  for (const std::string& note : file->notes())
    n_told += note.find("a group that is listed elsewhere") != std::string::npos;
  EXPECT_EQ(n_told, 12u);
}

}  // namespace
}  // namespace zerocell
