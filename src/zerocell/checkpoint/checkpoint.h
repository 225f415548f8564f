#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zerocell {

/// Number formats of stored tensors.
enum class DType { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

std::string_view to_string(DType type);
size_t size_of(DType type);

/// A tensor as it lies in a file. Bytes that are not stored in row-major order without gaps are described by
/// strides, as PyTorch writes them.
struct StoredTensor {
  std::string name;
  DType dtype = DType::f32;
  std::vector<size_t> shape;
  std::vector<size_t> strides;         ///< in elements, as many as shape
  std::span<const std::byte> storage;  ///< from the first element on; checked to hold every element

  size_t n_elements() const;
};

/// Float32 values of a tensor, row-major without gaps. A view into the mapped file where that is possible
/// (float32, in order, aligned), else a converted copy; either way `owner` keeps the values alive.
struct FloatTensor {
  std::vector<size_t> shape;
  std::span<const float> values;
  std::shared_ptr<const void> owner;
};

/// The named tensors of a model's weights, mapped into memory. Formats: safetensors (one file, or several
/// with an index), PyTorch's zip files (.bin, .pt, .pth) and their older form without zip. Nothing is
/// executed: a pickle may name tensors, ordered dictionaries and plain values; anything else is refused by
/// name.
///
/// Files are taken as hostile: sizes, offsets and shapes are checked against the file before use.
class Checkpoint {
 public:
  /// `path`: a file, or a folder, in which find_weights looks. Names come without what wrappers put into them
  /// (unwrap_names). Throws Error(data) that says what was read, expected and found; also for adapters beside
  /// or inside (adapters.h).
  static Checkpoint open(const std::string& path);

  const std::vector<StoredTensor>& tensors() const { return tensors_; }  ///< sorted by name
  const StoredTensor* find(std::string_view name) const;
  /// The values of one of tensors(). Throws Error(data) for a number format that is no float.
  FloatTensor floats(const StoredTensor& tensor) const;
  /// Files that were read, for messages and content hashes.
  const std::vector<std::string>& files() const { return files_; }
  /// What the user should be told of the choice of the file, of the dictionary in it and of its names.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::vector<std::string> files_, notes_;
  std::shared_ptr<const void> mappings_;  ///< keeps the files mapped; shared with the tensors handed out
  std::vector<StoredTensor> tensors_;
};

/// A tensor to write.
struct NamedTensor {
  std::string name;
  std::vector<size_t> shape;
  std::span<const float> values;
};

/// Writes float32 tensors as one safetensors file with metadata {"format": "pt"}, atomically.
void write_safetensors(const std::string& path, std::span<const NamedTensor> tensors);

/// Writes float32 tensors as an ordered state dictionary in the zip format of torch.save, atomically; PyTorch
/// reads it with torch.load(path, weights_only=True). The same tensors give the same bytes. Throws
/// Error(data) for 4 GiB and more.
void write_torch_zip(const std::string& path, std::span<const NamedTensor> tensors);

}  // namespace zerocell
