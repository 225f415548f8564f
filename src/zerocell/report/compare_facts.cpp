#include "zerocell/report/compare_facts.h"

#include <algorithm>
#include <map>

namespace zerocell {
namespace {

/// Adds a change; one that holds for several data sets alike is kept once, with their names.
void add(const FactChange& change, std::vector<FactChange>& facts) {
  const auto found = std::ranges::find_if(facts, [&](const FactChange& other) {
    return !other.datasets.empty() && !change.datasets.empty() && other.name == change.name &&
           other.before == change.before && other.after == change.after;
  });
  if (found == facts.end())
    facts.push_back(change);
  else
    found->datasets.push_back(change.datasets[0]);
}

/// `dataset` is empty where the documents stand for the results as a whole.
void compare_documents(const ResultDocument& a, const ResultDocument& b, const std::string& dataset,
                       Comparison& comparison) {
  std::vector<std::string> datasets;
  if (!dataset.empty()) datasets.push_back(dataset);
  const std::map<std::string, std::string> in_a(a.facts.begin(), a.facts.end());
  const std::map<std::string, std::string> in_b(b.facts.begin(), b.facts.end());
  for (const auto& [name, before] : a.facts) {
    const auto found = in_b.find(name);
    const std::string after = found == in_b.end() ? "" : found->second;
    if (before != after) add({name, before, after, datasets}, comparison.facts);
  }
  for (const auto& [name, after] : b.facts)
    if (!in_a.count(name)) add({name, "", after, datasets}, comparison.facts);
  const std::string before = a.fact("input hash"), after = b.fact("input hash");
  if (before != after && !before.empty() && !after.empty())
    comparison.notes.push_back("data set '" + (dataset.empty() ? b.dataset : dataset) +
                               "': the input is another file in b than in a");
}

const ResultDocument* study_document(const ResultFolder& folder) {
  const auto found = std::ranges::find_if(
      folder.documents, [](const ResultDocument& document) { return document.dataset.empty(); });
  return found == folder.documents.end() ? nullptr : &*found;
}

}  // namespace

void compare_facts(const ResultFolder& a, const ResultFolder& b, Comparison& comparison) {
  const auto datasets_a = a.datasets(), datasets_b = b.datasets();
  if (datasets_a.size() == 1 && datasets_b.size() == 1) {
    const auto *before = a.document(datasets_a[0]), *after = b.document(datasets_b[0]);
    if (before && after) compare_documents(*before, *after, "", comparison);
    return;
  }
  const auto *study_a = study_document(a), *study_b = study_document(b);
  if (study_a && study_b) compare_documents(*study_a, *study_b, "", comparison);
  for (const std::string& dataset : datasets_a) {
    if (std::ranges::find(datasets_b, dataset) == datasets_b.end()) continue;
    const auto *before = a.document(dataset), *after = b.document(dataset);
    if (before && after) compare_documents(*before, *after, dataset, comparison);
  }
}

}  // namespace zerocell
