// 10x folders: matrix.mtx, features and barcodes, parted by bytes 0x1E. The first byte, where odd, calls the
// features genes.tsv.
#include "folder.h"
#include "read_dataset.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const zerocell::fuzz::Folder old_folder, new_folder;
  const zerocell::fuzz::Input input(data, size);
  std::string_view text = input.text();
  const bool is_old = zerocell::fuzz::take_choice(text) % 2 == 1;
  const auto& folder = is_old ? old_folder : new_folder;
  const auto parts = zerocell::fuzz::split_parts(text, 3);
  folder.write("matrix.mtx", parts[0]);
  folder.write(is_old ? "genes.tsv" : "features.tsv", parts[1]);
  folder.write("barcodes.tsv", parts[2]);
  zerocell::fuzz::read_dataset(folder.path());
  return 0;
}
