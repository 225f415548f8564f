#include "zerocell/study/folder_manifest.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"
#include "zerocell/core/hash.h"
#include "zerocell/study/kept_file.h"
#include "zerocell/version.h"

namespace zerocell {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kMaxManifestBytes = uint64_t{1} << 26;
constexpr int kMaxDepth = 8;
constexpr std::string_view kFigures = "figures/";

Json read_json(const std::string& path) {
  std::string trouble;
  const auto file = KeptFile::open(path, trouble);
  if (!file || file->size() > kMaxManifestBytes) return {};
  std::string text(file->size(), '\0');
  if (!file->read(0, text.data(), text.size())) return {};
  return Json::parse(
      text, [](int depth, Json::parse_event_t, Json&) { return depth <= kMaxDepth; }, false);
}

std::string text_of(const Json& object, const char* key) {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

FolderManifest::Files files_of(const Json& object, const char* key) {
  FolderManifest::Files files;
  if (object.contains(key) && object[key].is_object())
    for (const auto& [name, hash] : object[key].items())
      if (hash.is_string()) files[name] = hash.get<std::string>();
  return files;
}

bool is_figure(std::string_view name) {
  if (!name.starts_with(kFigures)) return false;
  name.remove_prefix(kFigures.size());
  constexpr std::string_view kEndings[] = {".svg", ".png", ".pdf", ".csv"};
  return !name.starts_with('.') && name.find('/') == std::string_view::npos &&
         std::ranges::any_of(kEndings, [&](auto ending) { return name.ends_with(ending); });
}

std::string first_bytes(const std::string& path, size_t n) {
  std::string trouble;
  const auto file = KeptFile::open(path, trouble);
  if (!file) return "";
  std::string bytes(std::min<uint64_t>(n, file->size()), '\0');
  return file->read(0, bytes.data(), bytes.size()) ? bytes : "";
}

/// True where a file begins as what earlier versions wrote under that name.
bool looks_like_ours(const std::string& path, const std::string& name) {
  const auto begin = first_bytes(path, 4096);
  const auto starts_with = [&](std::string_view text) { return std::string_view(begin).starts_with(text); };
  if (name == "scores.csv") return starts_with("dataset,embedding,dims,n_cells,seed,metric,value,");
  if (name == "seeds.csv") return starts_with("dataset,embedding,metric,n_seeds,mean,sd,");
  if (name == "training.csv") return starts_with("dataset,embedding,");
  if (name == "results.json") return starts_with("{") && begin.find("\"zerocell\"") != std::string::npos;
  if (name.ends_with(".html"))
    return starts_with("<!doctype html>") && begin.find("zerocell") != std::string::npos;
  if (name.ends_with(".h5ad")) return starts_with("\x89HDF\r\n\x1a\n");
  if (name.ends_with(".svg")) return starts_with("<svg ");
  if (name.ends_with(".png")) return starts_with("\x89PNG\r\n\x1a\n");
  if (name.ends_with(".pdf")) return starts_with("%PDF-");
  return is_figure(name) && name.ends_with(".csv");
}

}  // namespace

bool FolderLayout::allows(const std::string& name) const {
  return std::ranges::find(files, name) != files.end() || (figures && is_figure(name));
}

FolderManifest FolderManifest::read(const std::string& folder, const FolderLayout& layout) {
  FolderManifest manifest;
  const auto json = read_json(folder + "/" + layout.manifest);
  if (!json.is_object() || text_of(json, "program") != "zerocell") return manifest;
  manifest.is_ours = true;
  manifest.kind = text_of(json, "kind");
  manifest.fingerprint = text_of(json, "fingerprint");
  manifest.status = text_of(json, "status");
  manifest.files = files_of(json, "files");
  manifest.coming = files_of(json, "coming");
  manifest.inputs = files_of(json, "inputs");
  if (!json.contains("files"))
    manifest.files = recognised_files(folder, layout, manifest.status == "complete");
  for (auto* files : {&manifest.files, &manifest.coming})
    std::erase_if(*files, [&](const auto& file) { return !layout.allows(file.first); });
  return manifest;
}

void FolderManifest::write(const std::string& folder, const FolderLayout& layout) const {
  Json json{{"program", "zerocell"}, {"version", ZEROCELL_VERSION}};
  if (!kind.empty()) json["kind"] = kind;
  json["fingerprint"] = fingerprint;
  json["status"] = status;
  if (kind == "study") json["inputs"] = inputs;
  json["hash"] = "XXH3-128";
  json["files"] = files;
  if (!coming.empty()) json["coming"] = coming;
  // Names of files need not be UTF-8.
  write_text_file(folder + "/" + layout.manifest,
                  json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

bool FolderManifest::holds(const std::string& folder, const std::string& name) const {
  const auto path = folder + "/" + name;
  const auto listed = files.find(name), to_come = coming.find(name);
  std::error_code error;
  if ((listed == files.end() && to_come == coming.end()) ||
      fs::symlink_status(path, error).type() != fs::file_type::regular)
    return false;
  try {
    const auto hash = hash_path(path);
    return (listed != files.end() && hash == listed->second) ||
           (to_come != coming.end() && hash == to_come->second);
  } catch (const Error&) {
    return false;  // a file that cannot be read is not touched
  }
}

FolderManifest::Files recognised_files(const std::string& folder, const FolderLayout& layout,
                                       bool is_finished) {
  std::error_code error;
  const auto finished_at = fs::last_write_time(folder + "/" + layout.manifest, error);
  auto names = layout.files;
  if (layout.figures && special_kind(folder + "/figures") == "a folder")
    for (fs::directory_iterator entry(folder + "/figures", error), end; !error && entry != end;
         entry.increment(error))
      names.push_back(std::string(kFigures) + entry->path().filename().string());
  FolderManifest::Files files;
  for (const auto& name : names) {
    const auto path = folder + "/" + name;
    std::error_code missing;
    if (fs::symlink_status(path, missing).type() != fs::file_type::regular) continue;
    if (is_finished && fs::last_write_time(path, missing) > finished_at) continue;
    try {
      if (layout.allows(name) && looks_like_ours(path, name)) files[name] = hash_path(path);
    } catch (const Error&) {
      continue;  // a file that cannot be read is not taken for ours
    }
  }
  return files;
}

}  // namespace zerocell
