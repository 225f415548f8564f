#include "zerocell/checkpoint/torch_state_dict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

constexpr std::array<std::string_view, 4> kWrappers = {"state_dict", "model_state_dict", "model", "module"};
constexpr size_t kShownKeys = 8;
constexpr size_t kMaxKey = 256;

[[noreturn]] void fail(const std::string& path, const std::string& expected, const std::string& found) {
  throw Error::data({.read = path,
                     .expected = expected,
                     .found = found,
                     .advice = "The file is damaged or was written by an unknown program"});
}

DType storage_dtype(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, DType>, 11> kTypes = {{{"DoubleStorage", DType::f64},
                                                                          {"FloatStorage", DType::f32},
                                                                          {"HalfStorage", DType::f16},
                                                                          {"BFloat16Storage", DType::bf16},
                                                                          {"LongStorage", DType::i64},
                                                                          {"IntStorage", DType::i32},
                                                                          {"ShortStorage", DType::i16},
                                                                          {"CharStorage", DType::i8},
                                                                          {"ByteStorage", DType::u8},
                                                                          {"UntypedStorage", DType::u8},
                                                                          {"BoolStorage", DType::boolean}}};
  const auto* type =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& entry) { return entry.first == name; });
  if (type == kTypes.end()) throw Error::internal("a storage type without number format");
  return type->second;
}

std::optional<size_t> as_size(const PickleValue& value) {
  if (value.kind != PickleKind::integer || value.integer < 0) return std::nullopt;
  return static_cast<size_t>(value.integer);
}

std::optional<std::vector<size_t>> as_sizes(const Pickle& pickle, const PickleValue& value) {
  if (value.kind != PickleKind::tuple || value.items.size() > 64) return std::nullopt;
  std::vector<size_t> sizes;
  for (const uint32_t number : value.items) {
    const auto size = as_size(pickle.value(number));
    if (!size) return std::nullopt;
    sizes.push_back(*size);
  }
  return sizes;
}

/// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)
StoredTensor tensor_of(const Pickle& pickle, std::string_view name, const PickleValue& value,
                       const FindStorage& find_storage, const std::string& path) {
  const PickleValue& arguments = pickle.item(value, 0);
  const std::string where = fmt::format("{}, tensor '{}'", path, shown(name));
  const std::string expected = "a storage, an offset, a shape and strides";
  if (arguments.items.size() < 4) fail(where, expected, fmt::format("{} values", arguments.items.size()));
  const PickleValue& stored = pickle.item(arguments, 0);
  const auto offset = as_size(pickle.item(arguments, 1));
  auto shape = as_sizes(pickle, pickle.item(arguments, 2));
  auto strides = as_sizes(pickle, pickle.item(arguments, 3));
  if (stored.kind != PickleKind::storage || !offset || !shape || !strides)
    fail(where, expected, "values of another kind");
  const TorchStorage storage = storage_of(pickle, stored, path);
  return place_tensor({.name = std::string(name),
                       .dtype = storage.dtype,
                       .shape = std::move(*shape),
                       .strides = std::move(*strides),
                       .offset = *offset},
                      find_storage(storage), path);
}

std::string keys_of(const Pickle& pickle, const PickleValue& dict) {
  std::string text;
  const size_t n_keys = dict.items.size() / 2;
  for (size_t i = 0; i < std::min(kShownKeys, n_keys); ++i) {
    const PickleValue& key = pickle.item(dict, 2 * i);
    if (i > 0) text += ", ";
    text += key.kind == PickleKind::text ? fmt::format("'{}'", shown(key.text)) : "a key that is no text";
  }
  if (n_keys > kShownKeys) text += fmt::format(" and {} more", n_keys - kShownKeys);
  return n_keys == 0 ? "an empty dictionary" : "a dictionary of " + text;
}

/// A dictionary inside a larger one, and what it stands under.
struct Inner {
  const PickleValue* dict = nullptr;
  std::string keys;
};

bool holds_tensors(const Pickle& pickle, const PickleValue& dict) {
  for (size_t i = 1; i < dict.items.size(); i += 2)
    if (pickle.item(dict, i).kind == PickleKind::tensor) return true;
  return false;
}

/// The dictionaries of tensors under the names of wrappers, of at most two one in the other.
std::vector<Inner> find_inner(const Pickle& pickle, const PickleValue& dict, int depth) {
  std::vector<Inner> found;
  for (const std::string_view name : kWrappers) {
    const PickleValue* inner = pickle.find(dict, name);
    if (inner == nullptr || inner->kind != PickleKind::dict) continue;
    auto deeper = depth > 1 ? find_inner(pickle, *inner, depth - 1) : std::vector<Inner>();
    if (deeper.empty() && holds_tensors(pickle, *inner)) deeper.push_back({inner, ""});
    for (Inner& one : deeper)
      found.push_back({one.dict, fmt::format("'{}'{}", name, one.keys.empty() ? "" : " in " + one.keys)});
  }
  return found;
}

/// The dictionary of tensors; `note` gets a sentence where it is a part of the root.
const PickleValue& unwrap(const Pickle& pickle, const std::string& path, std::string* note) {
  const PickleValue& root = pickle.root();
  const auto found = find_inner(pickle, root, 2);
  if (found.empty()) {
    for (const std::string_view name : kWrappers)
      if (const auto* inner = pickle.find(root, name); inner != nullptr && inner->kind == PickleKind::dict)
        return *inner;
    return root;
  }
  if (found.size() > 1 && found[0].dict != found[1].dict)
    throw Error::data({.read = path,
                       .expected = "one dictionary of named tensors",
                       .found = fmt::format("several: {} and {}", found[0].keys, found[1].keys),
                       .advice = "Save the state_dict() that is meant alone, by torch.save"});
  if (note != nullptr) {
    const size_t n_others = root.items.size() / 2 - 1;
    *note = fmt::format(
        "{}: the tensors are those under {}; {}", path, found[0].keys,
        n_others == 0 ? "there is nothing beside them" : "the rest is not read, of " + keys_of(pickle, root));
  }
  return *found[0].dict;
}

}  // namespace

TorchStorage storage_of(const Pickle& pickle, const PickleValue& value, const std::string& path) {
  const PickleValue& id = pickle.item(value, 0);
  const std::string expected = "storages described by type, key, place and size";
  if (id.items.size() < 5) fail(path, expected, fmt::format("{} values", id.items.size()));
  const PickleValue &tag = pickle.item(id, 0), &type = pickle.item(id, 1), &key = pickle.item(id, 2);
  const auto n_elements = as_size(pickle.item(id, 4));
  const bool is_type = type.kind == PickleKind::global &&
                       static_cast<PickleGlobal>(type.integer) == PickleGlobal::storage_type;
  if (tag.kind != PickleKind::text || tag.text != "storage" || !is_type || key.kind != PickleKind::text ||
      key.text.size() > kMaxKey || !n_elements)
    fail(path, expected, "values of another kind");
  if (id.items.size() > 5 && pickle.item(id, 5).kind != PickleKind::none)
    fail(path, "whole storages", "a view of a storage, as PyTorch wrote before version 0.4");
  const DType dtype = storage_dtype(type.text);
  if (!multiply(*n_elements, size_of(dtype))) fail(path, expected, "a size that no memory has");
  return {.key = key.text, .dtype = dtype, .n_elements = *n_elements};
}

std::vector<StoredTensor> state_dict_tensors(const Pickle& pickle, const FindStorage& find_storage,
                                             const std::string& path, std::string* note) {
  if (pickle.root().kind != PickleKind::dict)
    fail(path, "a dictionary of named tensors", "a pickle of something else");
  const PickleValue& dict = unwrap(pickle, path, note);
  std::vector<StoredTensor> tensors;
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const PickleValue &key = pickle.item(dict, i), &value = pickle.item(dict, i + 1);
    if (value.kind != PickleKind::tensor) continue;
    if (key.kind != PickleKind::text) fail(path, "tensors with names", "a tensor whose key is no text");
    tensors.push_back(tensor_of(pickle, key.text, value, find_storage, path));
  }
  if (tensors.empty())
    throw Error::data({.read = path,
                       .expected = "named tensors, or a dictionary of them under 'state_dict', "
                                   "'model_state_dict', 'model' or 'module'",
                       .found = keys_of(pickle, dict),
                       .advice = "Save the model's state_dict() alone"});
  sort_tensors(tensors, path);
  return tensors;
}

}  // namespace zerocell
