// model.pt of scvi-tools: weights, and the pickle with settings and names beside them; read as a whole
// network, and as an encoder alone.
#include "fuzz.h"
#include "zerocell/models/scvi/encoder_file.h"
#include "zerocell/models/scvi/model_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const zerocell::fuzz::Input input(data, size);
  zerocell::fuzz::accept_errors([&] { zerocell::parse_scvi_model(input.bytes(), "fuzz"); });
  zerocell::fuzz::accept_errors([&] { zerocell::parse_scvi_encoder(input.bytes(), "fuzz"); });
  return 0;
}
