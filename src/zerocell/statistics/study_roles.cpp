#include "zerocell/statistics/study_roles.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

namespace zerocell {
namespace {

double cells_named(std::string_view name) {
  std::string text(name);
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  double cells = 0;
  // Cui et al. 2024, as the study's figure 3 uses them.
  for (const auto& [word, n] : {std::pair{"kidney", 814e3}, {"blood", 10.3e6}, {"human", 33e6}}) {
    if (text.find(word) == std::string::npos) continue;
    if (cells > 0) return 0;
    cells = n;
  }
  return cells;
}

/// "scgpt_blood" of "x@scgpt='models/scgpt_blood/':route=A"
std::string_view folder_of(std::string_view spec) {
  const size_t at = spec.find('=');
  if (at == std::string_view::npos) return "";
  std::string_view path = spec.substr(at + 1);
  const bool quoted = path.starts_with('\'');
  if (quoted) path.remove_prefix(1);
  path = path.substr(0, path.find(quoted ? '\'' : ':'));
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

bool is_control(const StudyMethod& method) {
  return !method.control_of.empty() || !method.control.empty();
}

bool is_foundation_model(const StudyMethod& method) {
  return method.is_model && method.method != "scvi" && !is_control(method);
}

MethodList methods_where(const StudyResults& study, const std::function<bool(const StudyMethod&)>& wanted) {
  MethodList found;
  for (const auto& method : study.methods)
    if (wanted(method)) found.push_back(&method);
  return found;
}

MethodList methods_called(const StudyResults& study, std::string_view name) {
  return methods_where(study, [&](const auto& own) { return own.method == name && !is_control(own); });
}

double pretraining_cells(const StudyMethod& method) {
  if (method.method != "scgpt") return 0;
  const double by_tag = cells_named(method.tag);
  return by_tag > 0 ? by_tag : cells_named(folder_of(method.spec));
}

}  // namespace zerocell
