#pragma once
#include <string>
#include <utility>
#include <vector>

#include "zerocell/study/result_files.h"

namespace zerocell {

/// What stood in an output folder before the run.
enum class OutputState {
  fresh,     ///< nothing, or results that this run replaces
  resumed,   ///< an unfinished run
  complete,  ///< a finished run of the same job
};

/// An output folder with its manifest: which job fills it (`fingerprint`), whether it is finished, and which
/// files zerocell wrote.
///
/// Results are made aside and put in place by complete(), all at once; until then the folder keeps what it
/// holds. Only files that its manifest lists, unchanged since, are replaced.
class OutputFolder {
 public:
  /// Creates the folder where it is missing. A folder that holds the results of another job, or other files,
  /// is refused with Error(usage) unless `force`; with it too where such a file would have to go that
  /// zerocell did not write, that was changed since, or that is one of `inputs`. Refusing changes nothing.
  OutputFolder(std::string path, std::string fingerprint, bool force, InputFiles inputs = {});
  /// Leaves nothing behind where the job ended before any part of it was finished.
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  /// Throws Error(usage) where results could not be put into the folder even with `force`; changes nothing.
  static void require_room(const std::string& path, InputFiles inputs);

  const std::string& path() const { return path_; }
  OutputState state() const { return state_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Folder where finished parts of an unfinished run are kept.
  std::string parts() const { return file(".parts"); }
  /// Where the file of that name is made, to appear in the folder on complete().
  std::string stage(const std::string& name) { return results_.stage(name); }
  /// Runs `work`, whose errors name the files as they will be called.
  template <class Work>
  auto make(Work&& work) -> decltype(work()) {
    return results_.make(std::forward<Work>(work));
  }
  /// Puts the files in place, marks the job as finished and removes the parts.
  void complete();

 private:
  void decide(bool force);
  void begin();
  void remove_empty_parts() const;
  bool is_whole() const;

  std::string path_, fingerprint_;
  MadeFolder made_;
  ResultFiles results_;
  FolderManifest manifest_;
  bool wrote_manifest_ = false;
  OutputState state_ = OutputState::fresh;
};

}  // namespace zerocell
