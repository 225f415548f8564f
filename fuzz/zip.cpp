// Zip files, with the checksums of their entries.
#include "zerocell/checkpoint/zip_file.h"

#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const zerocell::fuzz::Input input(data, size);
  zerocell::fuzz::accept_errors([&] {
    for (const auto& entry : zerocell::read_zip(input.bytes(), "fuzz"))
      zerocell::fuzz::accept_errors([&] { zerocell::check_crc(entry.second, entry.first, "fuzz"); });
  });
  return 0;
}
