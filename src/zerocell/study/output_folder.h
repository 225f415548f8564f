#pragma once
#include <string>
#include <vector>

namespace zerocell {

/// What stood in an output folder before the run.
enum class OutputState {
  fresh,     ///< nothing, or overwritten with force
  resumed,   ///< an unfinished run of the same job
  complete,  ///< a finished run of the same job
};

/// An output folder with its manifest: which job fills it (`fingerprint`) and whether it is finished.
class OutputFolder {
 public:
  /// Creates the folder where it is missing. A folder that holds something else than the same job is refused
  /// with Error(usage) unless `force`, which removes this program's own files and no others.
  OutputFolder(std::string path, std::string fingerprint, bool force);
  /// Leaves nothing behind where the job ended before any part of it was finished.
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  const std::string& path() const { return path_; }
  OutputState state() const { return state_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Folder where finished parts of an unfinished run are kept.
  std::string parts() const { return file(".parts"); }
  /// Marks the job as finished and removes the parts.
  void complete();

 private:
  void write_manifest(bool finished) const;

  std::string path_, fingerprint_;
  bool made_here_ = false;
  OutputState state_ = OutputState::fresh;
};

}  // namespace zerocell
