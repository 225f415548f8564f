#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "zerocell/core/error.h"
#include "zerocell/core/word_list.h"
#include "zerocell/study/study_file.h"

namespace zerocell {
namespace {

/// Every name that results of a method have: its tag, those of its controls, and of the seeds of each.
std::vector<std::string> tags_of(const StudyFileMethod& method, uint64_t study_seed) {
  std::vector<std::string> tags{method.spec.tag};
  for (const auto& control : method.controls) tags.push_back(control_tag(method.spec.tag, control));
  if (method.seeds == 1) return tags;
  const size_t n_groups = tags.size();
  for (size_t i = 0; i < n_groups; ++i) {
    auto spec = method.spec;
    spec.tag = tags[i];
    spec.options.emplace_back("seeds", std::to_string(method.seeds));
    try {
      for (const auto& one : expand_seeds(spec, study_seed)) tags.push_back(one.tag);
    } catch (const Error&) {
      // The value of its option seed is none, which is told of elsewhere.
    }
  }
  return tags;
}

void check_tags(const StudyFile& study, std::vector<StudyProblem>& problems) {
  std::map<std::string, const StudyFileMethod*> owners;
  for (const auto& method : study.methods)
    for (const auto& tag : tags_of(method, study.seed)) {
      const auto [known, is_new] = owners.emplace(tag, &method);
      if (is_new) continue;
      const bool is_plain = tag == method.spec.tag && tag == known->second->spec.tag;
      problems.push_back(
          {method.line,
           fmt::format("[[method]]: two methods have the tag '{}'{}; put another in front of one, "
                       "as \"second@{}\"",
                       tag,
                       is_plain ? ""
                                : fmt::format(" (seeds and controls of '{}' and '{}' count)",
                                              known->second->text, method.text),
                       method.text)});
      break;  // one tag is enough to know what to do
    }
}

}  // namespace

size_t StudyFileDataset::line_of(std::string_view key) const {
  for (const auto& [known, at] : key_lines)
    if (known == key) return at;
  return line;
}

std::string control_tag(std::string_view tag, std::string_view control) {
  return control == "weights" ? fmt::format("{}-untrained", tag)
                              : fmt::format("{}-shuffled-{}", tag, control);
}

void check_study_names(const StudyFile& study, std::vector<StudyProblem>& problems) {
  std::vector<std::string> names;
  for (const auto& set : study.datasets) {
    if (std::ranges::find(names, set.name) != names.end())
      problems.push_back(
          {set.line,
           fmt::format("[[dataset]]: two data sets are called '{}'; give one another name", set.name)});
    names.push_back(set.name);
  }
  check_tags(study, problems);
  for (const auto& method : study.methods)
    for (const auto& name : method.datasets)
      if (std::ranges::find(names, name) == names.end())
        problems.push_back({method.line, fmt::format("[[method]]: no data set is called '{}'{}", name,
                                                     did_you_mean(name, names))});
}

}  // namespace zerocell
