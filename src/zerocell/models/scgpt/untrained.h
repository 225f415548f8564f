#pragma once
#include <cstdint>
#include <string>

#include "zerocell/models/scgpt/config.h"
#include "zerocell/models/scgpt/vocabulary.h"
#include "zerocell/models/scgpt/weights.h"

namespace zerocell {

/// Writes an untrained model in the published file formats, with decoders: args.json, vocab.json and
/// best_model.pt, in the names of PyTorch's own attention. The folder is made where it is missing. The
/// weights are those of random_scgpt_weights.
void write_untrained_scgpt(const std::string& folder, const ScgptConfig& config,
                           const ScgptVocabulary& vocabulary, uint64_t seed, ScgptInit init);

}  // namespace zerocell
