#include "zerocell/models/scvi/tensor_reader.h"

#include <fmt/format.h>

#include <cmath>

#include "zerocell/checkpoint/byte_reader.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/checkpoint/wrapper_names.h"
#include "zerocell/checkpoint/wrong_file.h"
#include "zerocell/core/error.h"

namespace zerocell {

TorchZip open_scvi_file(std::span<const std::byte> bytes, const std::string& path) {
  refuse_download_remains(bytes, path);
  if (is_torch_legacy(bytes))
    throw Error::data(
        {path, "a zip file of torch.save", "the form of PyTorch before 1.6",
         "Write it again in Python: torch.save(torch.load(FILE, weights_only=False), NEW_FILE), "
         "then name the new file"});
  if (!begins_with(bytes, "PK\3\4"))
    throw Error::data({path, "a model.pt of scvi-tools (a zip file of torch.save)", "another kind of file",
                       "Name the folder that model.save(FOLDER) wrote, or the model.pt in it"});
  return open_torch_zip(bytes, path, {.names = PickleNames::data_classes, .check_storages = true});
}

ScviTensorReader::ScviTensorReader(const TorchZip& file, size_t file_size, const std::string& path)
    : path_(path), file_size_(file_size), tensors_(state_dict_tensors(file.pickle, file.find_storage, path)) {
  note_ = unwrap_names(tensors_, path);
  for (const auto& tensor : tensors_) by_name_.emplace(tensor.name, &tensor);
}

void ScviTensorReader::fail(const std::string& what, const std::string& expected,
                            const std::string& found) const {
  throw Error::data({fmt::format("{}, {}", path_, what), expected, found,
                     "The weights do not belong to the settings beside them, or the file is damaged"});
}

const StoredTensor& ScviTensorReader::find(std::string_view name, std::span<const size_t> shape) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) fail(fmt::format("tensor '{}'", name), shape_text(shape), "none");
  if (!std::ranges::equal(found->second->shape, shape))
    fail(fmt::format("tensor '{}'", name), shape_text(shape), shape_text(found->second->shape));
  return *found->second;
}

std::vector<float> ScviTensorReader::values(std::string_view name, std::span<const size_t> shape) const {
  const FloatTensor tensor = to_floats(find(name, shape), nullptr, path_);
  const bool is_variance = name.ends_with(".running_var");
  for (const float x : tensor.values) {
    if (std::isfinite(x) && !(is_variance && x < 0)) continue;
    fail(fmt::format("tensor '{}'", name), is_variance ? "finite numbers, none negative" : "finite numbers",
         fmt::format("{}", x));
  }
  return {tensor.values.begin(), tensor.values.end()};
}

void ScviTensorReader::require_backed(size_t n_values) const {
  constexpr size_t kBytesOfHalf = 2;
  if (n_values > file_size_ / kBytesOfHalf) fail("its tensors", "values for all of them", "fewer");
}

void ScviTensorReader::refuse_others(const std::function<bool(std::string_view name)>& is_known) const {
  for (const auto& [name, stored] : by_name_)
    if (!is_known(name))
      fail("its tensors", "those of scVI with the settings beside them",
           fmt::format("also '{}' ({})", shown(name), shape_text(stored->shape)));
}

}  // namespace zerocell
