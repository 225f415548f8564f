// .h5ad files that HDF5 finds sound and whose content is right or contradicts itself, as the input chooses.
#include "folder.h"
#include "h5ad_builder.h"
#include "read_dataset.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace zerocell;
  static const fuzz::Folder folder;
  const fuzz::Input input(data, size);
  fuzz::Choices choices(input.text());
  const auto path = folder.file("cells.h5ad");
  fuzz::H5adBuilder(choices).build(path);
  fuzz::read_dataset(path);
  return 0;
}
