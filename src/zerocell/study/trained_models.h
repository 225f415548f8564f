#pragma once
#include <span>
#include <string>

#include "zerocell/study/embedding_spec.h"
#include "zerocell/study/input_files.h"

namespace zerocell {

/// True for a spec whose method trains a model that can be kept.
bool trains_model(const EmbeddingSpec& spec);

/// Where the models that a run trains are kept: FOLDER/<tag>/model.pt, each with the hash of all that decides
/// it (`run`), so that it is known again.
class TrainedModels {
 public:
  /// `folder` may be empty: nothing is kept. Throws Error(usage) for a tag that is no name of a folder, and
  /// where a folder is given and no spec trains anything.
  TrainedModels(std::string folder, std::span<const EmbeddingSpec> specs);

  /// True where a folder is given and the spec trains.
  bool keeps(const EmbeddingSpec& spec) const;
  /// The file of a spec's model; empty where none is kept.
  std::string path(const EmbeddingSpec& spec) const;
  /// True where the file holds the model of that run.
  bool holds(const EmbeddingSpec& spec, const std::string& run) const;
  /// The same of any file.
  static bool is_model_of(const std::string& run, const std::string& file);
  /// Creates the folder of a model that is kept. Throws Error(usage) where another model is there, unless
  /// `overwrite`, and with it too where zerocell did not write that model or the run reads it; Error(data)
  /// where the folder cannot be made.
  void prepare(const EmbeddingSpec& spec, const std::string& run, bool overwrite) const;

 private:
  std::string folder_;
  InputFiles inputs_;
};

}  // namespace zerocell
