#pragma once
#include <map>
#include <string>
#include <utility>

#include "zerocell/study/cell_selection.h"
#include "zerocell/study/embedding_spec.h"

namespace zerocell {

/// The files that a run reads, which nothing may replace or remove: known by what they are, not by their
/// names, so that links and other spellings of a path do not hide them.
class InputFiles {
 public:
  /// Adds a file, or the files directly in a folder. What is not there is passed over.
  void add(const std::string& path);
  /// The files of a data set, whichever of them its path names.
  void add_data_set(const std::string& path);
  /// The files of a method: weights, dictionaries, vectors.
  void add(const EmbeddingSpec& spec);
  /// Lists of cells.
  void add(const CellSelectionOptions& cells);
  /// The name by which `path` was added; empty where it is no input.
  std::string find(const std::string& path) const;

 private:
  std::map<std::pair<uint64_t, uint64_t>, std::string> files_;  ///< by device and number
};

}  // namespace zerocell
