#pragma once
#include <string>
#include <utility>
#include <vector>

#include "zerocell/core/error.h"
#include "zerocell/study/folder_manifest.h"
#include "zerocell/study/input_files.h"

namespace zerocell {

/// Files of a folder that are made aside and put in place together once all are complete, in place of those
/// that an earlier run wrote. Until then nothing in the folder changes; whatever is no file of zerocell's,
/// was changed since, or is an input of the run, is never replaced or removed.
class ResultFiles {
 public:
  ResultFiles(std::string folder, FolderLayout layout, InputFiles inputs)
      : folder_(std::move(folder)), layout_(std::move(layout)), inputs_(std::move(inputs)) {}
  /// Removes what was made and not put in place.
  ~ResultFiles();
  ResultFiles(const ResultFiles&) = delete;
  ResultFiles& operator=(const ResultFiles&) = delete;

  const FolderLayout& layout() const { return layout_; }
  /// What lies under names of results and must stay, each with the reason; `manifest` says what is ours.
  std::vector<std::string> in_the_way(const FolderManifest& manifest) const;
  /// Throws Error(usage) with the list where anything is in the way.
  void require_room(const FolderManifest& manifest) const;

  /// The path at which the file of that name is to be made.
  std::string stage(const std::string& name);
  /// The folder in which files are made.
  const std::string& staging();
  /// Runs `work`, whose errors name the files as they will be called.
  template <class Work>
  auto make(Work&& work) -> decltype(work()) {
    try {
      return work();
    } catch (const Error& error) {
      throw Error(error.kind(), in_final_names(error.what()));
    }
  }
  /// Puts what was made in place of `old`'s files and writes `next`, whose list of files it fills in. Throws
  /// Error(data) or Error(usage); what was moved is moved back then.
  void replace(const FolderManifest& old, FolderManifest& next);

 private:
  struct Move {
    std::string from, to;
  };

  std::string in_final_names(std::string message) const;
  std::vector<std::string> staged_names() const;
  void move(const std::string& from, const std::string& to, std::vector<Move>& done) const;

  std::string folder_, staging_;
  FolderLayout layout_;
  InputFiles inputs_;
};

/// True where a folder holds nothing but what killed runs left, or is not there.
bool is_vacant(const std::string& folder);

/// Creates a folder with those above it, and removes the ones that it created as far as they are empty in the
/// end, unless told to keep them.
class MadeFolder {
 public:
  explicit MadeFolder(const std::string& path);
  ~MadeFolder();
  MadeFolder(const MadeFolder&) = delete;
  MadeFolder& operator=(const MadeFolder&) = delete;
  void keep() { made_.clear(); }

 private:
  std::vector<std::string> made_;  ///< the innermost last
};

}  // namespace zerocell
