// Arrays of numpy.
#include "zerocell/data/npy.h"

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const zerocell::fuzz::Input input(data, size);
  const auto source = zerocell::bytes_of("fuzz.npy", input.text());
  zerocell::fuzz::accept_errors([&] { zerocell::read_npy(source, zerocell::read_npy_header(source)); });
  return 0;
}
