#include "zerocell/report/obs_text.h"

#include <algorithm>

#include "zerocell/core/utf8.h"
#include "zerocell/data/h5ad_writer.h"

namespace zerocell {

std::string storable(const std::string& text) {
  std::string out = valid_utf8(text);
  std::replace(out.begin(), out.end(), '\0', ' ');
  return out;
}

Categorical storable_groups(const Categorical& groups) {
  Categorical out = groups;
  std::set<std::string> used;
  for (std::string& category : out.categories) {
    category = storable(category);
    while (!used.insert(category).second) category += '_';
  }
  return out;
}

Column storable_column(const Column& column) {
  Column out = column;
  out.name = storable(column.name);
  if (auto* texts = std::get_if<std::vector<std::string>>(&out.values))
    for (std::string& text : *texts) text = storable(text);
  if (auto* groups = std::get_if<Categorical>(&out.values)) *groups = storable_groups(*groups);
  return out;
}

std::string EntryNames::claim(std::string name) {
  while (!used_.insert(h5ad_key(name)).second) name += '_';
  return name;
}

}  // namespace zerocell
