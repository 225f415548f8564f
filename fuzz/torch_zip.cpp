#include "zerocell/checkpoint/torch_state_dict.h"

#include "fuzz_tensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  zerocell::fuzz_tensors([](auto bytes, const auto& path) { return zerocell::read_torch_zip(bytes, path); },
                         data, size);
  return 0;
}
