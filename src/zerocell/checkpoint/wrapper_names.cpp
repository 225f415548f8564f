#include "zerocell/checkpoint/wrapper_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr std::array<std::string_view, 5> kAnywhere = {
    "_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.", "_forward_module.", "module."};
constexpr std::string_view kInFront = "model.";

/// The name without wrappers; `taken` gets each wrapper that was there.
std::string unwrapped(std::string_view name, std::set<std::string_view>& taken) {
  std::string kept;
  while (!name.empty()) {
    const size_t dot = name.find('.');
    const std::string_view part = name.substr(0, dot == std::string_view::npos ? dot : dot + 1);
    name.remove_prefix(part.size());
    const auto* wrapper = std::ranges::find(kAnywhere, part);
    const bool is_wrapper = wrapper != kAnywhere.end() || (kept.empty() && part == kInFront);
    if (is_wrapper && !name.empty())
      taken.insert(wrapper != kAnywhere.end() ? *wrapper : kInFront);
    else
      kept += part;
  }
  return kept;
}

}  // namespace

std::string without_wrappers(std::string_view name) {
  std::set<std::string_view> taken;
  return unwrapped(name, taken);
}

std::string unwrap_names(std::vector<StoredTensor>& tensors, const std::string& path) {
  std::set<std::string_view> taken;
  std::map<std::string, std::string> name_of;  // without wrappers -> as it is stored
  size_t n_changed = 0;
  for (StoredTensor& tensor : tensors) {
    std::string name = unwrapped(tensor.name, taken);
    const auto [other, is_new] = name_of.try_emplace(name, tensor.name);
    if (!is_new && other->second != tensor.name)
      throw Error::data({.read = path,
                         .expected = "every tensor once",
                         .found = fmt::format("'{}' and '{}', which are one name without the parts that "
                                              "wrappers put there",
                                              shown(other->second), shown(tensor.name)),
                         .advice = "It is not clear which one is meant; save the state_dict() of one of "
                                   "them alone"});
    n_changed += name != tensor.name;
    tensor.name = std::move(name);
  }
  if (n_changed == 0) return "";
  const size_t n_tensors = tensors.size();
  sort_tensors(tensors, path);
  return fmt::format("{}: the names of {} of its {} tensors are read without '{}', which wrappers put there",
                     path, n_changed, n_tensors, fmt::join(taken, "' and '"));
}

}  // namespace zerocell
