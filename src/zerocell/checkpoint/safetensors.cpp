#include "zerocell/checkpoint/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/json_text.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/atomic_file.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

using nlohmann::json;

constexpr size_t kLengthSize = 8;
constexpr uint64_t kMaxHeader = 100'000'000;  // as in the format's own reader
constexpr std::string_view kMetadata = "__metadata__";

[[noreturn]] void fail(const std::string& where, const std::string& expected, const std::string& found) {
  throw Error::data({.read = where,
                     .expected = expected,
                     .found = found,
                     .advice = "The file is damaged or cut off; fetch it again"});
}

DType dtype_of(const std::string& name, const std::string& where) {
  constexpr std::array<std::pair<std::string_view, DType>, 10> kTypes = {{{"F64", DType::f64},
                                                                          {"F32", DType::f32},
                                                                          {"F16", DType::f16},
                                                                          {"BF16", DType::bf16},
                                                                          {"I64", DType::i64},
                                                                          {"I32", DType::i32},
                                                                          {"I16", DType::i16},
                                                                          {"I8", DType::i8},
                                                                          {"U8", DType::u8},
                                                                          {"BOOL", DType::boolean}}};
  const auto* type =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& entry) { return entry.first == name; });
  if (type != kTypes.end()) return type->second;
  throw Error::data({.read = where,
                     .expected = "F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL",
                     .found = fmt::format("'{}'", shown(name)),
                     .advice = "Quantised weights are not read; get them in one of these formats"});
}

std::vector<size_t> sizes_of(const json& entry, const char* key, const std::string& where) {
  const auto found = entry.find(key);
  if (found == entry.end() || !found->is_array()) fail(where, fmt::format("a list '{}'", key), "none");
  std::vector<size_t> sizes;
  for (const json& size : *found) {
    if (!size.is_number_unsigned())
      fail(where, fmt::format("integers from 0 on in '{}'", key), shown(size.dump()));
    sizes.push_back(size.get<size_t>());
  }
  return sizes;
}

/// A tensor's entry of the header: where its bytes are, of those behind the header.
struct Entry {
  std::string name;
  DType dtype = DType::f32;
  std::vector<size_t> shape;
  size_t begin = 0, end = 0;
};

Entry entry_of(const std::string& name, const json& value, const std::string& path) {
  const std::string where = fmt::format("{}, tensor '{}'", path, shown(name));
  if (!value.is_object() || !value.contains("dtype") || !value["dtype"].is_string())
    fail(where, "an object with 'dtype', 'shape' and 'data_offsets'", "something else");
  Entry entry{.name = name,
              .dtype = dtype_of(value["dtype"].get_ref<const std::string&>(), where),
              .shape = sizes_of(value, "shape", where)};
  const auto offsets = sizes_of(value, "data_offsets", where);
  if (offsets.size() != 2 || offsets[0] > offsets[1])
    fail(where, "two offsets in order", shape_text(offsets));
  entry.begin = offsets[0];
  entry.end = offsets[1];
  const auto n_elements = count_elements(entry.shape);
  const auto n_bytes = n_elements ? multiply(*n_elements, size_of(entry.dtype)) : std::nullopt;
  if (n_bytes != entry.end - entry.begin)
    fail(where,
         fmt::format("the bytes of {} elements of {}", shape_text(entry.shape), to_string(entry.dtype)),
         fmt::format("{} bytes", entry.end - entry.begin));
  return entry;
}

/// Every byte behind the header belongs to exactly one tensor.
void check_cover(std::vector<Entry>& entries, size_t n_bytes, const std::string& path) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  size_t covered = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != covered)
      fail(fmt::format("{}, tensor '{}'", path, shown(entry.name)),
           fmt::format("bytes from {} on, one tensor after the other", covered), std::to_string(entry.begin));
    covered = entry.end;
  }
  if (covered != n_bytes) fail(path, fmt::format("{} bytes of tensors", covered), std::to_string(n_bytes));
}

}  // namespace

std::vector<StoredTensor> read_safetensors(std::span<const std::byte> bytes, const std::string& path) {
  if (bytes.size() < kLengthSize) fail(path, "a safetensors file", fmt::format("{} bytes", bytes.size()));
  const auto length = load<uint64_t>(bytes, 0);
  if (length > bytes.size() - kLengthSize || length > kMaxHeader)
    fail(path, fmt::format("a header within the {} bytes of the file (and 100 MB)", bytes.size()),
         fmt::format("one of {} bytes", length));
  const json header = parse_json(as_text(bytes.subspan(kLengthSize, length)), path);
  if (!header.is_object()) fail(path, "a header that is an object", header.type_name());
  const Bytes numbers = bytes.subspan(kLengthSize + length);
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items())
    if (name != kMetadata) entries.push_back(entry_of(name, value, path));
  check_cover(entries, numbers.size(), path);
  std::vector<StoredTensor> tensors;
  tensors.reserve(entries.size());
  for (Entry& entry : entries) {
    auto strides = row_major_strides(entry.shape);
    tensors.push_back(place_tensor({.name = std::move(entry.name),
                                    .dtype = entry.dtype,
                                    .shape = std::move(entry.shape),
                                    .strides = std::move(strides)},
                                   numbers.subspan(entry.begin, entry.end - entry.begin), path));
  }
  sort_tensors(tensors, path);
  return tensors;
}

std::map<std::string, std::string> read_shard_index(std::span<const std::byte> bytes,
                                                    const std::string& path) {
  const json index = parse_json(as_text(bytes), path);
  const json* names = index.is_object() && index.contains("weight_map") ? &index["weight_map"] : nullptr;
  if (names == nullptr || !names->is_object() || names->empty())
    fail(path, "an object 'weight_map' of tensor and file names", "none");
  std::map<std::string, std::string> files;
  for (const auto& [tensor, file] : names->items()) {
    const std::string name = file.is_string() ? file.get<std::string>() : "";
    if (name.empty() || name == "." || name == ".." ||
        name.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos)
      fail(path, "names of files in the same folder",
           fmt::format("'{}' for tensor '{}'", shown(file.is_string() ? name : file.type_name()),
                       shown(tensor)));
    files[tensor] = name;
  }
  return files;
}

void write_safetensors(const std::string& path, std::span<const NamedTensor> tensors) {
  json header = {{kMetadata, {{"format", "pt"}}}};
  size_t offset = 0;
  for (const NamedTensor& tensor : tensors) {
    if (count_elements(tensor.shape) != tensor.values.size() || header.contains(tensor.name))
      throw Error::internal("write_safetensors: wrong shape or repeated name of " + tensor.name);
    const size_t end = offset + tensor.values.size_bytes();
    header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the numbers are aligned
  const uint64_t length = text.size();
  AtomicFile file(path);
  file.write({reinterpret_cast<const char*>(&length), sizeof length});
  file.write(text);
  for (const NamedTensor& tensor : tensors) file.write(as_text(std::as_bytes(tensor.values)));
  file.commit();
}

}  // namespace zerocell
