// The dictionaries of a Geneformer model, parted by bytes 0x1E: tokens, medians, names, mapping; the last two
// may be missing.
#include "zerocell/models/geneformer/vocabulary.h"
#include "fuzz.h"
#include "zerocell/checkpoint/dictionary_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace zerocell;
  const fuzz::Input input(data, size);
  fuzz::accept_errors([&] {
    const auto parts = fuzz::split_parts(input.text(), 4);
    std::vector<Dictionary> read;
    for (const auto part : parts)
      if (read.size() < 2 || !part.empty())
        read.push_back(parse_dictionary(std::as_bytes(std::span(part)), "fuzz"));
    for (const size_t size_of_model : {read[0].entries.size(), size_t{6}})
      fuzz::accept_errors([&] {
        make_geneformer_vocabulary(read[0], read[1], read.size() > 2 ? &read[2] : nullptr,
                                   read.size() > 3 ? &read[3] : nullptr, size_of_model);
      });
  });
  return 0;
}
