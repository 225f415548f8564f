#include <set>

#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/checkpoint/stored_tensor.h"
#include "zerocell/checkpoint/torch_writer.h"
#include "zerocell/core/error.h"

namespace zerocell {

void write_torch_zip(const std::string& path, std::span<const NamedTensor> tensors) {
  TorchWriter writer;
  writer.begin_ordered_dict();
  std::set<std::string_view> names;
  for (const auto& tensor : tensors) {
    if (count_elements(tensor.shape) != tensor.values.size() || !names.insert(tensor.name).second)
      throw Error::internal("write_torch_zip: wrong shape or repeated name of " + tensor.name);
    writer.text(tensor.name);
    writer.tensor(tensor.shape, tensor.values);
  }
  writer.end_dict();
  writer.write(path);
}

}  // namespace zerocell
