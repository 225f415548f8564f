// JSON files that describe a model: the first byte chooses config.json of Geneformer (g), args.json (a) or
// vocab.json of scGPT (v), or the index of weights in several files (i).
#include <string>

#include "fuzz.h"
#include "zerocell/checkpoint/dictionary_parser.h"
#include "zerocell/checkpoint/safetensors.h"
#include "zerocell/models/geneformer/config.h"
#include "zerocell/models/scgpt/config.h"
#include "zerocell/models/scgpt/vocabulary.h"

namespace zerocell::fuzz {

void read_model_file(char kind, std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  if (kind == 'g') {
    to_json(parse_geneformer_config(text, "fuzz"));
  } else if (kind == 'a') {
    to_json(parse_scgpt_config(text, "fuzz"));
  } else if (kind == 'i') {
    read_shard_index(bytes, "fuzz");
  } else {
    to_json(make_scgpt_vocabulary(parse_dictionary(bytes, "fuzz")));
  }
}

}  // namespace zerocell::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const zerocell::fuzz::Input input(data, size);
  std::string_view text = input.text();
  const auto kind = static_cast<char>(zerocell::fuzz::take_choice(text));
  zerocell::fuzz::accept_errors([&] { zerocell::fuzz::read_model_file(kind, text); });
  return 0;
}
