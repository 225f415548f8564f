#pragma once
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/checkpoint/checkpoint.h"
#include "zerocell/checkpoint/pickle.h"
#include "zerocell/checkpoint/torch_state_dict.h"

namespace zerocell {

/// Opens the file of a model of scvi-tools (a zip file of torch.save); `path` is for messages. Throws
/// Error(data) for any other kind of file, with what it is.
TorchZip open_scvi_file(std::span<const std::byte> bytes, const std::string& path);

/// The tensors of such a file, by name and shape.
class ScviTensorReader {
 public:
  /// Takes what wrappers have put before names off them; `path` outlives the reader.
  ScviTensorReader(const TorchZip& file, size_t file_size, const std::string& path);

  /// What was taken off names, a sentence for the user; empty: nothing.
  const std::string& note() const { return note_; }
  bool contains(std::string_view name) const { return by_name_.find(name) != by_name_.end(); }
  /// Throws Error(data) for a tensor that is not there, or of another shape.
  const StoredTensor& find(std::string_view name, std::span<const size_t> shape) const;
  /// Its values, row by row. Throws Error(data) for those that are not finite; of running variances,
  /// negative.
  std::vector<float> values(std::string_view name, std::span<const size_t> shape) const;
  /// Throws Error(data) where so many values cannot be in the file, even as halves; tensors may share what is
  /// stored.
  void require_backed(size_t n_values) const;
  /// Throws Error(data) for a tensor whose name is not known: a sign of settings that were not understood.
  void refuse_others(const std::function<bool(std::string_view name)>& is_known) const;

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& expected,
                         const std::string& found) const;

  const std::string& path_;
  size_t file_size_;
  std::string note_;
  std::vector<StoredTensor> tensors_;
  std::map<std::string_view, const StoredTensor*, std::less<>> by_name_;
};

}  // namespace zerocell
