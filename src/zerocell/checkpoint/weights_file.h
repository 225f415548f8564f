#pragma once
#include <string>
#include <vector>

namespace zerocell {

/// The file of weights that a path means, and what the user should be told of the choice.
struct WeightsFile {
  std::string path;
  std::vector<std::string> notes;
};

/// `path`: a file, which is taken as it is, or a folder. In a folder model.safetensors,
/// model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json and best_model.pt are looked
/// for in this order; without one of them the only file of weights is taken, whatever its name. Files of
/// weights are those that end in .safetensors, .bin, .pt, .pth, .ckpt or .index.json, without an index's
/// shards and without what trainers write beside weights (optimizer.pt, training_args.bin ...).
///
/// Throws Error(data) where there is none or where there are several, with their names and how to name one,
/// and where adapters (LoRA) lie in the folder.
WeightsFile find_weights(const std::string& path);

}  // namespace zerocell
