// model.pt of scvi-tools: weights, and the pickle with settings and names beside them; read as a whole
// network, and as an encoder alone.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "zerocell/core/error.h"
#include "zerocell/models/scvi/encoder_file.h"
#include "zerocell/models/scvi/model_file.h"

namespace {

template <class Parse>
void try_to(Parse parse) {
  try {
    parse();
  } catch (const zerocell::Error& error) {
    if (error.kind() != zerocell::ErrorKind::data) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<uint8_t> copy(data, data + size);
  const auto bytes = std::as_bytes(std::span(copy));
  try_to([&] { zerocell::parse_scvi_model(bytes, "fuzz"); });
  try_to([&] { zerocell::parse_scvi_encoder(bytes, "fuzz"); });
  return 0;
}
