#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// A file of torch.save under construction: one pickle (protocol 2) whose values are appended in order, and
/// the storages of its tensors. Keys and values of a dictionary are appended alternately between begin and
/// end; the root is one value. Formats: Python's pickletools module; PyTorch's "Serialization semantics".
class TorchWriter {
 public:
  TorchWriter();

  void none();
  void boolean(bool value);
  void integer(int64_t value);
  void real(double value);
  void text(std::string_view value);
  void begin_dict();
  void begin_ordered_dict();
  void end_dict();
  /// numpy arrays of one dimension: of Python's texts (dtype object), of int64.
  void text_array(std::span<const std::string> values);
  void integer_array(std::span<const int64_t> values);
  /// A float32 tensor, row-major. The values must stay until the file is written.
  void tensor(std::span<const size_t> shape, std::span<const float> values);
  /// An int64 tensor without dimension.
  void scalar_tensor(int64_t value);

  /// Writes the file, atomically: the same values give the same bytes. Throws Error(data) for 4 GiB and more.
  void write(const std::string& path);

 private:
  void global(std::string_view module, std::string_view name);
  void empty_ordered_dict();
  void sizes(std::span<const size_t> values);
  void begin_array(size_t size);
  void dtype(std::string_view code, std::string_view order, int64_t flags);
  void latin1(std::string_view bytes);
  void stored(std::span<const size_t> shape, std::string_view storage_type, std::string_view content,
              size_t n_elements);

  std::string pickle_;
  std::vector<std::string_view> storages_;
  std::deque<std::string> owned_;  ///< contents that have no other place
};

}  // namespace zerocell
