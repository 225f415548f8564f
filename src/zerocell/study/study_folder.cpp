#include "zerocell/study/study_folder.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace fs = std::filesystem;
namespace {

constexpr const char* kKind = "study";

FolderLayout layout() {
  // The files of evaluate too, whose results a study replaces with --force.
  return {
      "manifest.json",
      {"scores.csv", "seeds.csv", "results.json", "index.html", "cells.h5ad", "report.html", "training.csv"},
      true};
}

std::string checked(std::string path) {
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_directory(path, error))
    throw Error::usage({path, "a folder for the study", "a file", "Name another folder with --out"});
  return path;
}

}  // namespace

StudyFolder::StudyFolder(std::string path, bool force, InputFiles inputs)
    : path_(checked(std::move(path))),
      made_(path_),
      results_(path_, layout(), std::move(inputs)),
      manifest_(FolderManifest::read(path_, results_.layout())) {
  const bool is_study = manifest_.is_ours && manifest_.kind == kKind;
  const bool is_unfinished = manifest_.is_ours && manifest_.status == "unfinished" && manifest_.files.empty();
  if (!is_study && !is_unfinished && !is_vacant(path_) && !force)
    throw Error::usage({path_, "an empty folder, or one of an earlier run of a study",
                        manifest_.is_ours ? "other results" : "other files",
                        "Name another folder with --out, or give --force to put the study into this one"});
  results_.require_room(manifest_);
  remove_left_over(path_);
  const bool is_whole = std::ranges::all_of(
      manifest_.files, [this](const auto& listed) { return manifest_.holds(path_, listed.first); });
  if (is_study && is_whole && manifest_.status == "complete") finished_ = manifest_.fingerprint;
  wrote_manifest_ = !manifest_.is_ours;
  manifest_.is_ours = true;
  manifest_.kind = kKind;
  write(manifest_.status == "replacing" ? "replacing" : "unfinished", "");
}

StudyFolder::~StudyFolder() {
  // A folder that holds the manifest alone looks like one of a study that ended before its first result.
  if (!wrote_manifest_) return;
  std::error_code error;
  size_t n_entries = 0;
  for (fs::directory_iterator entry(path_, error), end; !error && entry != end; entry.increment(error))
    if (!is_temporary_name(entry->path().filename().string())) ++n_entries;
  if (n_entries == 1) fs::remove(file(layout().manifest), error);
}

void StudyFolder::complete(const std::string& fingerprint) {
  auto next = manifest_;
  next.status = "complete";
  next.fingerprint = fingerprint;
  results_.replace(manifest_, next);
  manifest_ = std::move(next);
  wrote_manifest_ = false;
}

void StudyFolder::keep(const std::string& fingerprint) {
  write("complete", fingerprint);
  wrote_manifest_ = false;
}

bool StudyFolder::has_changed(const std::string& file_name, const std::string& hash) {
  auto& known = manifest_.inputs[file_name];
  if (known == hash) return false;
  const bool changed = !known.empty();
  known = hash;
  write(manifest_.status.c_str(), "");
  return changed;
}

void StudyFolder::write(const char* status, const std::string& fingerprint) {
  manifest_.status = status;
  manifest_.fingerprint = fingerprint;
  manifest_.write(path_, results_.layout());
}

}  // namespace zerocell
