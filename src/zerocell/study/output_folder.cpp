#include "zerocell/study/output_folder.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/study/cache.h"

namespace zerocell {
namespace fs = std::filesystem;
namespace {

FolderLayout layout() {
  return {"manifest.json",
          {"scores.csv", "results.json", "cells.h5ad", "report.html", "seeds.csv", "training.csv"},
          true};
}

std::string checked(std::string path) {
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_directory(path, error))
    throw Error::usage({path, "a folder for the results", "a file", "Name another folder with --out"});
  return path;
}

}  // namespace

OutputFolder::OutputFolder(std::string path, std::string fingerprint, bool force, InputFiles inputs)
    : path_(checked(std::move(path))),
      fingerprint_(std::move(fingerprint)),
      made_(path_),
      results_(path_, layout(), std::move(inputs)),
      manifest_(FolderManifest::read(path_, results_.layout())) {
  decide(force);
  if (state_ == OutputState::complete) return;
  results_.require_room(manifest_);
  remove_left_over(path_);
  try {
    begin();
  } catch (const Error&) {
    remove_empty_parts();
    throw;
  }
}

void OutputFolder::begin() {
  make_folder(parts());
  if (manifest_.is_ours && !manifest_.files.empty()) return;  // stays true until it is replaced
  wrote_manifest_ = true;
  manifest_ = {};
  manifest_.is_ours = true;
  manifest_.fingerprint = fingerprint_;
  manifest_.status = "unfinished";
  manifest_.write(path_, results_.layout());
}

void OutputFolder::decide(bool force) {
  const bool is_same = manifest_.is_ours && manifest_.fingerprint == fingerprint_;
  if (is_same && manifest_.status == "complete" && !force && is_whole()) {
    state_ = OutputState::complete;
    return;
  }
  // Parts of an unfinished run are known by what decides them, whichever job comes first.
  const bool holds_results = !manifest_.files.empty() || manifest_.status == "complete";
  const bool goes_on = manifest_.is_ours && (is_same || !holds_results);
  if (is_vacant(path_)) return;
  if (goes_on && !(force && manifest_.status == "complete"))
    state_ = OutputState::resumed;
  else if (!force)
    throw Error::usage({path_, "an empty folder or one with an unfinished run of the same job",
                        manifest_.is_ours ? "the results of another job" : "other files",
                        "Name another folder with --out, or overwrite with --force"});
}

/// True where every file is there as it was written; a version that listed none is believed.
bool OutputFolder::is_whole() const {
  return std::ranges::all_of(manifest_.files,
                             [this](const auto& file) { return manifest_.holds(path_, file.first); });
}

OutputFolder::~OutputFolder() {
  if (state_ == OutputState::complete) return;
  remove_empty_parts();
  std::error_code error;
  if (special_kind(parts()).empty() && wrote_manifest_) fs::remove(file(layout().manifest), error);
}

void OutputFolder::remove_empty_parts() const {
  std::error_code ignored;
  if (special_kind(parts()) == "a folder") fs::remove(parts(), ignored);
}

void OutputFolder::require_room(const std::string& path, InputFiles inputs) {
  const ResultFiles results(path, layout(), std::move(inputs));
  results.require_room(FolderManifest::read(path, results.layout()));
}

void OutputFolder::complete() {
  FolderManifest next;
  next.fingerprint = fingerprint_;
  next.status = "complete";
  results_.replace(manifest_, next);
  manifest_ = std::move(next);
  state_ = OutputState::complete;
  made_.keep();
  remove_kept_results(parts());
}

}  // namespace zerocell
