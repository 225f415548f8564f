#pragma once
#include <string>

#include "zerocell/models/model_path.h"
#include "zerocell/models/scgpt/config.h"
#include "zerocell/models/scgpt/vocabulary.h"

namespace zerocell {

/// The files of an scGPT model but its weights, by the path that the user names (find_model). Errors: those
/// of find_model, read_scgpt_config and read_scgpt_vocabulary.
struct ScgptModelFolder {
  explicit ScgptModelFolder(const std::string& named)
      : path(find_model(named, kScgptKind)),
        config(read_scgpt_config(path.config)),
        vocabulary(read_scgpt_vocabulary(path.folder, config.pad_token)) {}

  ModelPath path;
  ScgptConfig config;
  ScgptVocabulary vocabulary;
};

}  // namespace zerocell
