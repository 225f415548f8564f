#pragma once
#include <map>
#include <string>

namespace zerocell {

/// The folder of a study with its manifest: which study fills it, whether it is finished, and what it read.
/// A changed study is welcome, other content is not.
class StudyFolder {
 public:
  /// Creates the folder where it is missing. Throws Error(usage) where it holds something else than a study,
  /// unless `force`, which removes nothing.
  StudyFolder(std::string path, bool force);

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  /// True where an earlier run wrote everything of the study with this fingerprint.
  bool finished(const std::string& fingerprint) const { return finished_ == fingerprint; }
  /// Marks the study as finished.
  void complete(const std::string& fingerprint);
  /// Remembers the hash of a file's content; true where an earlier run saw another under its name.
  bool has_changed(const std::string& file_name, const std::string& hash);

 private:
  bool holds_files() const;
  void write(const char* status, const std::string& fingerprint) const;

  std::string path_, finished_;
  std::map<std::string, std::string> inputs_;  ///< name and hash of what the study read
};

}  // namespace zerocell
