#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zerocell/core/evaluation.h"

namespace zerocell {

/// One method as results.json describes it.
struct ResultMethod {
  std::string tag;
  std::optional<std::string> group;  ///< the tag that its seeds share; empty where the file does not say
  std::string options;               ///< method and options; empty where the file does not say
};

/// What one results.json says beside its scores.
struct ResultDocument {
  std::string path;
  std::string dataset;  ///< name; empty: of a study as a whole
  /// Provenance under its own names, the data set's properties as "dataset.n_cells", options and dimensions
  /// of methods as "<tag>.options"; in the order of the file.
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<ResultMethod> methods;

  /// The value of a fact; empty where there is none.
  std::string fact(std::string_view name) const;
};

/// A folder that `evaluate`, `reconstruct` or `study` wrote, as later outputs read it.
struct ResultFolder {
  std::string path;
  std::vector<Score> scores;  ///< of scores.csv, in its order
  std::vector<ResultDocument>
      documents;                   ///< of the folder, and of a study's data sets in order of their names
  std::vector<std::string> notes;  ///< what could not be read and what that means

  /// The document of a data set, or null. In a folder with a single data set any name is its name.
  const ResultDocument* document(const std::string& dataset) const;
  /// Names of the data sets in the scores, in their order.
  std::vector<std::string> datasets() const;
};

/// Reads scores.csv, which must be there, and every results.json: the folder's own and, for a study, those of
/// its data sets. A results.json that is absent or broken is noted and left out. Throws Error(data) where
/// scores.csv is absent or unreadable.
ResultFolder read_result_folder(const std::string& path);

}  // namespace zerocell
