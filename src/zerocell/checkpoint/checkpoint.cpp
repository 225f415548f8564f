#include "zerocell/checkpoint/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/mapped_file.h"
#include "zerocell/checkpoint/plain_weights.h"
#include "zerocell/checkpoint/safetensors.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/checkpoint/torch_state_dict.h"
#include "zerocell/checkpoint/weights_file.h"
#include "zerocell/checkpoint/wrapper_names.h"
#include "zerocell/checkpoint/wrong_file.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

namespace fs = std::filesystem;

using Mappings = std::vector<std::shared_ptr<const MappedFile>>;

struct Opened {
  std::vector<std::string> files, notes;
  Mappings mappings;
  std::vector<StoredTensor> tensors;

  Bytes map(const std::string& path) {
    files.push_back(path);
    mappings.push_back(MappedFile::open(path));
    return mappings.back()->bytes();
  }
  std::vector<StoredTensor> read(const std::string& path) {
    const Bytes bytes = map(path);
    refuse_wrong_file(bytes, path);
    std::string note;
    auto found = begins_with(bytes, "PK\3\4") ? read_torch_zip(bytes, path, &note)
                 : is_torch_legacy(bytes)     ? read_torch_legacy(bytes, path, &note)
                                              : read_safetensors(bytes, path);
    if (!note.empty()) notes.push_back(std::move(note));
    return found;
  }
};

void open_shards(const std::string& index_path, Opened& opened) {
  const Bytes index = opened.map(index_path);
  refuse_wrong_file(index, index_path);
  const auto file_of = read_shard_index(index, index_path);
  std::set<std::string> shards;
  for (const auto& [tensor, file] : file_of) shards.insert(file);
  std::map<std::string, std::string> found_in;
  for (const std::string& shard : shards) {
    const std::string path = (fs::path(index_path).parent_path() / shard).string();
    for (StoredTensor& tensor : opened.read(path)) {
      found_in.try_emplace(tensor.name, shard);
      opened.tensors.push_back(std::move(tensor));
    }
  }
  sort_tensors(opened.tensors, index_path);
  for (const auto& [tensor, file] : file_of) {
    const auto found = found_in.find(tensor);
    if (found != found_in.end() && found->second == file) continue;
    throw Error::data({.read = index_path,
                       .expected = fmt::format("tensor '{}' in {}", shown(tensor), shown(file)),
                       .found = found == found_in.end() ? "none" : "it in " + shown(found->second),
                       .advice = "Index and files do not belong together; fetch all of them again"});
  }
}

}  // namespace

std::string_view to_string(DType type) {
  constexpr std::array<std::string_view, 10> kNames = {"f64", "f32", "f16", "bf16", "i64",
                                                       "i32", "i16", "i8",  "u8",   "boolean"};
  return kNames[static_cast<size_t>(type)];
}

size_t size_of(DType type) {
  constexpr std::array<size_t, 10> kSizes = {8, 4, 2, 2, 8, 4, 2, 1, 1, 1};
  return kSizes[static_cast<size_t>(type)];
}

size_t StoredTensor::n_elements() const {
  return count_elements(shape).value_or(0);
}

Checkpoint Checkpoint::open(const std::string& path) {
  WeightsFile weights = find_weights(path);
  const std::string& file = weights.path;
  Opened opened;
  opened.notes = std::move(weights.notes);
  if (file.ends_with(".index.json")) {
    open_shards(file, opened);
  } else {
    opened.tensors = opened.read(file);
  }
  if (std::string note = unwrap_names(opened.tensors, file); !note.empty())
    opened.notes.push_back(std::move(note));
  require_plain_weights(opened.tensors, file);
  Checkpoint checkpoint;
  checkpoint.files_ = std::move(opened.files);
  checkpoint.notes_ = std::move(opened.notes);
  checkpoint.tensors_ = std::move(opened.tensors);
  checkpoint.mappings_ = std::make_shared<const Mappings>(std::move(opened.mappings));
  return checkpoint;
}

const StoredTensor* Checkpoint::find(std::string_view name) const {
  const auto at = std::lower_bound(
      tensors_.begin(), tensors_.end(), name,
      [](const StoredTensor& tensor, std::string_view wanted) { return tensor.name < wanted; });
  return at != tensors_.end() && at->name == name ? &*at : nullptr;
}

FloatTensor Checkpoint::floats(const StoredTensor& tensor) const {
  return to_floats(tensor, mappings_, files_.front());
}

}  // namespace zerocell
