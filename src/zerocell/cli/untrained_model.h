#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "zerocell/cli/command.h"

namespace zerocell {

/// Options of init-model, defaults of the model filled in.
struct InitModelArguments {
  std::string model, out, vocab, architecture, init;
  DataOptions data;  ///< whose genes make the vocabulary where `vocab` is empty
};

/// What was written.
struct WrittenModel {
  std::string text;  ///< sizes in words
  size_t n_tokens = 0;
};

/// A model that init-model can write: one entry of its table.
struct UntrainedModel {
  std::string name;
  std::vector<std::string> architectures;  ///< the first is the default
  std::vector<std::string> inits;  ///< ways to draw the weights, the first is the default; may be empty
  std::vector<std::string> files;  ///< that it consists of
  WrittenModel (*write)(const InitModelArguments& arguments, const CommonOptions& common);
};

UntrainedModel untrained_geneformer();
UntrainedModel untrained_scgpt();

}  // namespace zerocell
