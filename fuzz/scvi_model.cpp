// model.pt of scvi-tools: weights, and the pickle with settings and names beside them.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "zerocell/core/error.h"
#include "zerocell/models/scvi/model_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<uint8_t> copy(data, data + size);
  try {
    zerocell::parse_scvi_model(std::as_bytes(std::span(copy)), "fuzz");
  } catch (const zerocell::Error& error) {
    if (error.kind() != zerocell::ErrorKind::data) std::abort();
  }
  return 0;
}
