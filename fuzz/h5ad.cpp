// .h5ad files, byte by byte: what HDF5 itself and zerocell's own readers of its structures make of damage.
#include "folder.h"
#include "read_dataset.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const zerocell::fuzz::Folder folder;
  zerocell::fuzz::read_dataset(folder.write("cells.h5ad", zerocell::fuzz::Input(data, size).text()));
  return 0;
}
