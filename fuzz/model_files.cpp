// JSON files that describe a model: the first byte chooses config.json of Geneformer, args.json or vocab.json
// of scGPT.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "zerocell/checkpoint/dictionary_parser.h"
#include "zerocell/core/error.h"
#include "zerocell/models/geneformer/config.h"
#include "zerocell/models/scgpt/config.h"
#include "zerocell/models/scgpt/vocabulary.h"

namespace {

void read(char kind, const std::string& text) {
  if (kind == 'g') {
    zerocell::to_json(zerocell::parse_geneformer_config(text, "fuzz"));
  } else if (kind == 'a') {
    zerocell::to_json(zerocell::parse_scgpt_config(text, "fuzz"));
  } else {
    const auto dictionary = zerocell::parse_dictionary(std::as_bytes(std::span(text)), "fuzz");
    zerocell::to_json(zerocell::make_scgpt_vocabulary(dictionary));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  try {
    read(static_cast<char>(data[0]), std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  } catch (const zerocell::Error& error) {
    if (error.kind() != zerocell::ErrorKind::data) std::abort();
  }
  return 0;
}
