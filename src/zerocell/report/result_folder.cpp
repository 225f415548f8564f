#include "zerocell/report/result_folder.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "zerocell/core/json_depth.h"
#include "zerocell/core/regular_file.h"
#include "zerocell/report/scores_csv.h"

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr uint64_t kMaxBytes = uint64_t{1} << 30;
constexpr size_t kMaxDepth = 32;  ///< results.json has 6 levels; a file from a stranger may have any number

std::optional<Json> read_json(const std::string& path, std::vector<std::string>& notes) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    notes.push_back(path + " cannot be opened; its options and provenance are unknown");
    return std::nullopt;
  }
  const std::string text = read_whole_file(path, kMaxBytes);
  const bool deep = json_depth(text) > kMaxDepth;
  Json document = deep ? Json() : Json::parse(text, nullptr, false);
  if (!document.is_object()) {
    notes.push_back(path + " is not a result of zerocell; its options and provenance are unknown");
    return std::nullopt;
  }
  return document;
}

std::string to_text(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The text of `parent[key]`; empty where there is none.
std::string text_at(const Json& parent, const char* key) {
  if (!parent.is_object() || !parent.contains(key) || parent[key].is_null()) return "";
  return to_text(parent[key]);
}

using Facts = std::vector<std::pair<std::string, std::string>>;

/// Every entry of an object, those that are objects themselves with dotted names.
void collect(const Json& value, const std::string& name, Facts& facts) {
  if (value.is_object()) {
    for (const auto& [key, entry] : value.items())
      collect(entry, name.empty() ? key : name + "." + key, facts);
  } else if (!value.is_array() || (!value.empty() && value[0].is_primitive())) {
    facts.emplace_back(name, to_text(value));
  }  // arrays of objects (groups, stages, losses) are results, not facts
}

void add_methods(const Json& list, ResultDocument& out) {
  if (!list.is_array()) return;
  for (const Json& method : list) {
    if (!method.is_object() || !method.contains("tag")) continue;
    ResultMethod entry{text_at(method, "tag"), std::nullopt, text_at(method, "options")};
    if (method.contains("group") && method["group"].is_string()) entry.group = text_at(method, "group");
    if (!entry.options.empty()) entry.options = text_at(method, "method") + ":" + entry.options;
    Json chosen = method;
    chosen.erase("clusters");  // a result
    collect(chosen, entry.tag, out.facts);
    out.methods.push_back(std::move(entry));
  }
}

ResultDocument to_document(const std::string& path, const Json& json) {
  ResultDocument out;
  out.path = path;
  if (json.contains("zerocell")) collect(json["zerocell"], "zerocell", out.facts);
  if (json.contains("title")) collect(json["title"], "title", out.facts);
  if (json.contains("provenance")) collect(json["provenance"], "", out.facts);
  if (json.contains("dataset")) {
    collect(json["dataset"], "dataset", out.facts);
    out.dataset = text_at(json["dataset"], "name");
  }
  for (const char* key : {"embeddings", "methods"})
    if (json.contains(key)) add_methods(json[key], out);
  return out;
}

/// A folder inside `root` that the study names; nothing for one that leads out of it.
std::optional<fs::path> inner_folder(const fs::path& root, const std::string& name) {
  const fs::path relative = fs::path(name).lexically_normal();
  if (name.empty() || relative.is_absolute() || *relative.begin() == "..") return std::nullopt;
  return root / relative;
}

/// Folders of a study's data sets: those that it names and all others that hold a result, in order of names.
std::set<fs::path> dataset_folders(const fs::path& root, const Json* study) {
  std::set<fs::path> folders;
  if (study && study->contains("datasets") && (*study)["datasets"].is_array())
    for (const Json& dataset : (*study)["datasets"])
      if (const auto folder = inner_folder(root, text_at(dataset, "folder")))
        folders.insert(folder->has_filename() ? *folder : folder->parent_path());
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error))
    if (fs::exists(entry->path() / "results.json", error)) folders.insert(entry->path());
  return folders;
}

}  // namespace

std::string ResultDocument::fact(std::string_view name) const {
  const auto found = std::ranges::find_if(facts, [&](const auto& fact) { return fact.first == name; });
  return found == facts.end() ? "" : found->second;
}

std::vector<std::string> ResultFolder::datasets() const {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const Score& score : scores)
    if (seen.insert(score.dataset).second) names.push_back(score.dataset);
  return names;
}

const ResultDocument* ResultFolder::document(const std::string& dataset) const {
  for (const ResultDocument& candidate : documents)
    if (!candidate.dataset.empty() && candidate.dataset == dataset) return &candidate;
  const bool single = documents.size() == 1 && !documents[0].dataset.empty() && datasets().size() == 1;
  return single ? &documents[0] : nullptr;
}

ResultFolder read_result_folder(const std::string& path) {
  ResultFolder out;
  out.path = path;
  const fs::path root(path);
  out.scores = read_scores_csv((root / "scores.csv").string());
  const std::string own = (root / "results.json").string();
  const std::optional<Json> json = read_json(own, out.notes);
  if (json) out.documents.push_back(to_document(own, *json));
  // The result of one data set describes it; a study leaves that to the folders of its data sets.
  if (json && json->contains("dataset")) return out;
  for (const fs::path& folder : dataset_folders(root, json ? &*json : nullptr)) {
    const std::string inner = (folder / "results.json").string();
    const std::optional<Json> found = read_json(inner, out.notes);
    if (found) out.documents.push_back(to_document(inner, *found));
  }
  return out;
}

}  // namespace zerocell
