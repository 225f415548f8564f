#include "zerocell/checkpoint/plain_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/core/error.h"

namespace zerocell {
namespace {

/// How parts of names begin that PEFT and AdapterHub give to what they add, and to what they put aside for
/// it.
constexpr std::array<std::string_view, 11> kAdapters = {
    "lora_",   "loha_",      "lokr_",           "ia3_",   "hada_", "oft_", "vera_",
    "adalora", "base_layer", "modules_to_save", "adapter"};
/// How parts of names begin that bitsandbytes, GPTQ, AWQ and PyTorch give to quantised weights and their
/// scales.
constexpr std::array<std::string_view, 11> kQuantised = {
    "SCB",    "absmax", "quant_map",      "quant_state",  "nested_absmax", "qweight",
    "qzeros", "g_idx",  "_packed_params", "weight_scale", "zero_point"};
constexpr std::array<std::string_view, 3> kFiles = {"adapter", "lora", "pytorch_adapter"};
constexpr std::array<std::string_view, 4> kEndings = {".safetensors", ".bin", ".pt", ".json"};

constexpr const char* kExpected = "a model's own weights, in which everything that it learned is merged";
constexpr const char* kMerge =
    "Merge them in Python and save the result, as peft's model.merge_and_unload().save_pretrained(FOLDER), "
    "then "
    "name that folder";

/// True where a part of the dotted name begins with one of the marks.
bool has_part(std::string_view name, std::span<const std::string_view> marks) {
  for (size_t start = 0; start < name.size();) {
    const std::string_view part = name.substr(start);
    if (std::ranges::any_of(marks, [&](std::string_view mark) { return part.starts_with(mark); }))
      return true;
    const size_t dot = name.find('.', start);
    if (dot == std::string_view::npos) return false;
    start = dot + 1;
  }
  return false;
}

void refuse(std::span<const StoredTensor> tensors, std::span<const std::string_view> marks,
            const ErrorParts& parts, const char* what) {
  const auto is_one = [&](const StoredTensor& tensor) { return has_part(tensor.name, marks); };
  const auto first = std::ranges::find_if(tensors, is_one);
  if (first == tensors.end()) return;
  throw Error::data({.read = parts.read,
                     .expected = parts.expected,
                     .found = fmt::format("{} tensors of {} ('{}')", std::ranges::count_if(tensors, is_one),
                                          what, shown(first->name)),
                     .advice = parts.advice});
}

bool is_adapter_file(const std::string& name) {
  std::string lower = name;
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto is_start = [&](std::string_view start) {
    return lower.starts_with(start) || lower.find("_" + std::string(start)) != std::string::npos;
  };
  if (lower.ends_with(".json") && lower.find("config") == std::string::npos) return false;
  return std::ranges::any_of(kFiles, is_start) &&
         std::ranges::any_of(kEndings, [&](std::string_view ending) { return lower.ends_with(ending); });
}

}  // namespace

void require_plain_weights(std::span<const StoredTensor> tensors, const std::string& path) {
  refuse(tensors, kAdapters, {path, kExpected, "", kMerge}, "adapters such as LoRA");
  refuse(tensors, kQuantised,
         {path, "weights as float32, float16, bfloat16 or float64", "",
          "Get the weights before they were quantised, or save them as floating-point numbers in Python"},
         "quantised weights");
  constexpr std::array<std::string_view, 2> kFlat = {"_flat_param", "flat_param"};
  refuse(tensors, kFlat,
         {path, "every tensor of the model by its name", "",
          "Save the whole state_dict() in Python (FSDP's StateDictType.FULL_STATE_DICT)"},
         "flattened parameters of FSDP");
}

std::string adapter_file_of(std::span<const std::string> names) {
  const auto file = std::ranges::find_if(names, is_adapter_file);
  return file == names.end() ? "" : *file;
}

void refuse_adapter_files(const std::string& folder, std::span<const std::string> names) {
  const std::string file = adapter_file_of(names);
  if (file.empty()) return;
  throw Error::data({.read = folder,
                     .expected = kExpected,
                     .found = fmt::format("'{}': adapters such as LoRA beside them", shown(file)),
                     .advice = std::string(kMerge) +
                               ". Where the weights without adapters are meant, name their file in place "
                               "of the folder"});
}

}  // namespace zerocell
