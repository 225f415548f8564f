// Weights in safetensors files.
#include "zerocell/checkpoint/safetensors.h"
#include "fuzz_tensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  zerocell::fuzz::read_all_tensors(zerocell::read_safetensors, data, size);
  return 0;
}
