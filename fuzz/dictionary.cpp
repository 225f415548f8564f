// Dictionaries: pickles and JSON, told apart by content.
#include "fuzz.h"
#include "zerocell/checkpoint/dictionary_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const zerocell::fuzz::Input input(data, size);
  zerocell::fuzz::accept_errors([&] { zerocell::parse_dictionary(input.bytes(), "fuzz"); });
  return 0;
}
