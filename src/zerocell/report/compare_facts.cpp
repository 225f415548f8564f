#include "zerocell/report/compare_facts.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace zerocell {
namespace {

using Json = nlohmann::ordered_json;
using Facts = std::vector<std::pair<std::string, std::string>>;

constexpr int kMaxDepth = 32;  ///< results.json has 6 levels; a file from a stranger may have any number

std::optional<Json> read_results(const std::string& folder, std::vector<std::string>& notes) {
  const std::string path = (std::filesystem::path(folder) / "results.json").string();
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    notes.push_back(path + " cannot be opened; options and provenance are not compared");
    return std::nullopt;
  }
  const auto not_too_deep = [](int depth, Json::parse_event_t, Json&) { return depth <= kMaxDepth; };
  Json document = Json::parse(file, not_too_deep, false);
  if (!document.is_object()) {
    notes.push_back(path + " is not a result of zerocell; options and provenance are not compared");
    return std::nullopt;
  }
  return document;
}

std::string to_text(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Every entry of the object `parent[key]`, those that are objects themselves with dotted names.
void collect(const Json& value, const std::string& name, Facts& facts) {
  if (value.is_object()) {
    for (const auto& [key, entry] : value.items())
      collect(entry, name.empty() ? key : name + "." + key, facts);
  } else if (!value.is_array() || (!value.empty() && value[0].is_primitive())) {
    facts.emplace_back(name, to_text(value));
  }  // arrays of objects (groups, stages, losses) are results, not facts
}

Facts facts_of(const Json& document) {
  Facts facts;
  if (document.contains("zerocell")) collect(document["zerocell"], "zerocell", facts);
  if (document.contains("provenance")) collect(document["provenance"], "", facts);
  if (document.contains("dataset")) collect(document["dataset"], "dataset", facts);
  if (document.contains("embeddings") && document["embeddings"].is_array())
    for (const Json& embedding : document["embeddings"])
      if (embedding.is_object() && embedding.contains("tag"))
        collect(embedding, to_text(embedding["tag"]), facts);
  return facts;
}

}  // namespace

void compare_facts(Comparison& comparison) {
  const std::optional<Json> a = read_results(comparison.a, comparison.notes);
  const std::optional<Json> b = read_results(comparison.b, comparison.notes);
  if (!a || !b) return;
  const Facts facts_a = facts_of(*a), facts_b = facts_of(*b);
  const std::map<std::string, std::string> by_name_a(facts_a.begin(), facts_a.end());
  const std::map<std::string, std::string> by_name_b(facts_b.begin(), facts_b.end());
  for (const auto& [name, before] : facts_a) {
    const auto found = by_name_b.find(name);
    const std::string after = found == by_name_b.end() ? "" : found->second;
    if (before != after) comparison.facts.push_back({name, before, after});
  }
  for (const auto& [name, after] : facts_b)
    if (!by_name_a.count(name)) comparison.facts.push_back({name, "", after});
}

}  // namespace zerocell
