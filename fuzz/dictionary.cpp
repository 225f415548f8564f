// Dictionaries: pickles and JSON, told apart by content.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "zerocell/checkpoint/dictionary_parser.h"
#include "zerocell/core/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<uint8_t> copy(data, data + size);
  try {
    zerocell::parse_dictionary(std::as_bytes(std::span(copy)), "fuzz");
  } catch (const zerocell::Error& error) {
    if (error.kind() != zerocell::ErrorKind::data) std::abort();
  }
  return 0;
}
