// Weights in PyTorch's zip files.
#include "fuzz_tensors.h"
#include "zerocell/checkpoint/torch_state_dict.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  zerocell::fuzz::read_all_tensors(
      [](auto bytes, const auto& path) { return zerocell::read_torch_zip(bytes, path); }, data, size);
  return 0;
}
