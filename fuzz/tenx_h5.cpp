// Feature-barcode matrices of 10x Genomics in HDF5, byte by byte.
#include "folder.h"
#include "read_dataset.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const zerocell::fuzz::Folder folder;
  zerocell::fuzz::read_dataset(folder.write("matrix.h5", zerocell::fuzz::Input(data, size).text()));
  return 0;
}
