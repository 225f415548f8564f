#pragma once
#include <map>
#include <string>
#include <vector>

namespace zerocell {

/// Which files a kind of folder may hold: what zerocell writes there, and nothing else that it touches.
struct FolderLayout {
  std::string manifest;            ///< name of the file that lists them
  std::vector<std::string> files;  ///< directly in the folder
  bool figures = false;            ///< figures/NAME.svg, .png, .pdf and .csv

  /// True for the name of a file of this kind of folder. Names in a manifest may be anybody's.
  bool allows(const std::string& name) const;
};

/// The manifest of a folder: which job fills it, whether it is finished, and which files zerocell wrote with
/// which content. Only what it lists, and as it lists it, is ever replaced or removed.
struct FolderManifest {
  using Files = std::map<std::string, std::string>;  ///< hash of the content by name

  bool is_ours = false;     ///< read from a manifest that zerocell wrote
  std::string kind;         ///< "study", "model", "leaderboard"; empty: evaluate or reconstruct
  std::string fingerprint;  ///< of the job
  std::string status;       ///< "complete", "unfinished", or "replacing" while files are put in place
  Files files;              ///< in the folder
  Files coming;             ///< while replacing: what is put in place
  Files inputs;             ///< of a study: what it read

  /// What is in the folder; nothing of it is believed but names that the layout allows. A manifest of a
  /// version that listed no files gives those that are recognised as that version's.
  static FolderManifest read(const std::string& folder, const FolderLayout& layout);
  void write(const std::string& folder, const FolderLayout& layout) const;
  /// True where the file is one that the manifest lists, with the content that it lists.
  bool holds(const std::string& folder, const std::string& name) const;
};

/// Files of a folder of an earlier version, whose manifest listed none: known names, whose content begins as
/// zerocell's does, not written after the manifest of a finished run.
FolderManifest::Files recognised_files(const std::string& folder, const FolderLayout& layout,
                                       bool is_finished);

}  // namespace zerocell
