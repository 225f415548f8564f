#include "zerocell/study/study_folder.h"

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

}  // namespace

StudyFolder::StudyFolder(std::string path, bool force) : path_(std::move(path)) {
  std::error_code error;
  if (fs::exists(path_, error) && !fs::is_directory(path_, error))
    throw Error::usage({path_, "a folder for the study", "a file", "Name another folder with --out"});
  fs::create_directories(path_, error);
  if (error)
    throw Error::data({path_, "a folder that can be made", error.message(), "Name another with --out"});
  std::ifstream in(file(kManifest));
  const auto manifest = in ? nlohmann::json::parse(in, nullptr, false) : nlohmann::json();
  const bool is_study = manifest.is_object() && manifest.value("kind", "") == "study";
  if (!is_study && holds_files() && !force)
    throw Error::usage({path_, "an empty folder, or one of an earlier run of a study",
                        manifest.is_object() ? "other results" : "other files",
                        "Name another folder with --out, or give --force to put the study into this one"});
  if (is_study && manifest.value("status", "") == "complete") finished_ = manifest.value("fingerprint", "");
  if (is_study && manifest.contains("inputs") && manifest["inputs"].is_object())
    for (const auto& [name, hash] : manifest["inputs"].items())
      if (hash.is_string()) inputs_[name] = hash.get<std::string>();
  write("unfinished", "");
}

void StudyFolder::complete(const std::string& fingerprint) {
  write("complete", fingerprint);
}

bool StudyFolder::has_changed(const std::string& file_name, const std::string& hash) {
  auto& known = inputs_[file_name];
  if (known == hash) return false;
  const bool changed = !known.empty();
  known = hash;
  write("unfinished", "");
  return changed;
}

/// Anything but what a run leaves that was killed while it wrote its first manifest.
bool StudyFolder::holds_files() const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_, error)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(std::string(".") + kManifest) || !name.ends_with(".tmp")) return true;
  }
  return false;
}

void StudyFolder::write(const char* status, const std::string& fingerprint) const {
  const nlohmann::ordered_json manifest{{"program", "zerocell"}, {"version", ZEROCELL_VERSION},
                                        {"kind", "study"},       {"fingerprint", fingerprint},
                                        {"status", status},      {"inputs", inputs_}};
  // Names of files need not be UTF-8.
  write_text_file(file(kManifest),
                  manifest.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace zerocell
