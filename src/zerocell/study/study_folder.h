#pragma once
#include <string>
#include <utility>

#include "zerocell/study/result_files.h"

namespace zerocell {

/// The folder of a study with its manifest: which study fills it, whether it is finished, what it read, and
/// which files zerocell wrote. A changed study is welcome, other content is not.
class StudyFolder {
 public:
  /// Creates the folder where it is missing. Throws Error(usage) where it holds something else than a study,
  /// unless `force`, and with it too where a file would have to go that zerocell did not write, that was
  /// changed since, or that is one of `inputs`. Refusing changes nothing.
  StudyFolder(std::string path, bool force, InputFiles inputs = {});
  /// Leaves nothing behind where nothing was made.
  ~StudyFolder();

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  /// True where an earlier run wrote everything of the study with this fingerprint.
  bool finished(const std::string& fingerprint) const { return finished_ == fingerprint; }
  /// Where the file of that name is made, to appear in the folder on complete().
  std::string stage(const std::string& name) { return results_.stage(name); }
  /// Runs `work`, whose errors name the files as they will be called.
  template <class Work>
  auto make(Work&& work) -> decltype(work()) {
    return results_.make(std::forward<Work>(work));
  }
  /// Puts the files in place and marks the study as finished.
  void complete(const std::string& fingerprint);
  /// Marks it as finished where it was so before, with the files that are there.
  void keep(const std::string& fingerprint);
  /// Remembers the hash of a file's content; true where an earlier run saw another under its name.
  bool has_changed(const std::string& file_name, const std::string& hash);

 private:
  void write(const char* status, const std::string& fingerprint);

  std::string path_, finished_;
  MadeFolder made_;
  ResultFiles results_;
  FolderManifest manifest_;
  bool wrote_manifest_ = false;
};

}  // namespace zerocell
