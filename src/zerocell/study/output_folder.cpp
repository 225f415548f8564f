#include "zerocell/study/output_folder.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/version.h"

namespace zerocell {
namespace fs = std::filesystem;
namespace {

constexpr const char* kManifest = "manifest.json";
// All that a run writes; --force removes these and leaves what is not ours.
constexpr const char* kOwnFiles[] = {kManifest,    ".parts",      "scores.csv", "results.json",
                                     "cells.h5ad", "report.html", "figures",    "embeddings.h5ad",
                                     "seeds.csv",  "training.csv"};

nlohmann::json read_manifest(const std::string& path) {
  std::ifstream in(path);
  return in ? nlohmann::json::parse(in, nullptr, false) : nlohmann::json();
}

std::string text_of(const nlohmann::json& manifest, const char* key) {
  if (!manifest.is_object() || !manifest.contains(key) || !manifest[key].is_string()) return "";
  return manifest[key].get<std::string>();
}

}  // namespace

OutputFolder::OutputFolder(std::string path, std::string fingerprint, bool force)
    : path_(std::move(path)), fingerprint_(std::move(fingerprint)) {
  std::error_code error;
  if (fs::exists(path_, error) && !fs::is_directory(path_, error))
    throw Error::usage({path_, "a folder for the results", "a file", "Name another folder with --out"});
  made_here_ = !fs::exists(path_, error);
  fs::create_directories(path_, error);
  if (error)
    throw Error::data({path_, "a folder that can be made", error.message(), "Name another with --out"});
  const bool empty = fs::is_empty(path_, error);
  const auto manifest = read_manifest(file(kManifest));
  if (!empty && !force) {
    if (text_of(manifest, "fingerprint") != fingerprint_)
      throw Error::usage({path_, "an empty folder or one with an unfinished run of the same job",
                          manifest.is_object() ? "the results of another job" : "other files",
                          "Name another folder with --out, or overwrite with --force"});
    state_ = text_of(manifest, "status") == "complete" ? OutputState::complete : OutputState::resumed;
  } else if (!empty) {
    for (const char* name : kOwnFiles) fs::remove_all(file(name), error);
  }
  if (state_ != OutputState::complete) {
    fs::create_directories(parts(), error);
    write_manifest(false);
  }
}

OutputFolder::~OutputFolder() {
  std::error_code error;
  if (state_ == OutputState::complete || !fs::is_empty(parts(), error) || error) return;
  fs::remove(parts(), error);
  fs::remove(file(kManifest), error);
  if (made_here_) fs::remove(path_, error);  // removes an empty folder only
}

void OutputFolder::write_manifest(bool finished) const {
  const nlohmann::ordered_json manifest{{"program", "zerocell"},
                                        {"version", ZEROCELL_VERSION},
                                        {"fingerprint", fingerprint_},
                                        {"status", finished ? "complete" : "unfinished"}};
  write_text_file(file(kManifest),
                  manifest.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void OutputFolder::complete() {
  write_manifest(true);
  std::error_code error;
  fs::remove_all(parts(), error);
  state_ = OutputState::complete;
}

}  // namespace zerocell
