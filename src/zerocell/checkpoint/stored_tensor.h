#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zerocell/checkpoint/checkpoint.h"

namespace zerocell {

/// IEEE 754 binary16.
float half_to_float(uint16_t bits);

/// A times b, or nothing where it does not fit into size_t.
std::optional<size_t> multiply(size_t a, size_t b);

/// Elements of a shape, or nothing where they cannot be counted.
std::optional<size_t> count_elements(std::span<const size_t> shape);

/// Strides of row-major order without gaps, in elements; the elements must be countable.
std::vector<size_t> row_major_strides(std::span<const size_t> shape);

/// "25426 x 256"; "scalar" for no dimension.
std::string shape_text(std::span<const size_t> shape);

/// A name from a file, fit for a message: on one line and not longer than 80 columns.
std::string shown(std::string_view name);

/// Where a tensor lies in a storage, as the file says: nothing of it checked.
struct TensorPlace {
  std::string name;
  DType dtype = DType::f32;
  std::vector<size_t> shape, strides;
  size_t offset = 0;  ///< elements
};

/// The tensor, once every element is known to lie within `storage`, and not to be more elements than the
/// storage has, so that copies are bounded by the file. Throws Error(data) that begins with `path`.
StoredTensor place_tensor(TensorPlace place, std::span<const std::byte> storage, const std::string& path);

/// True for row-major order without gaps.
bool is_contiguous(const StoredTensor& tensor);

/// The values as float32; f16, bf16 and f64 are rounded to nearest. Without a copy where the file holds them
/// that way (then `owner` is the tensor's). Throws Error(data) for a number format that is no float.
FloatTensor to_floats(const StoredTensor& tensor, std::shared_ptr<const void> owner, const std::string& path);

/// Sorts by name. Throws Error(data) for a name that occurs twice.
void sort_tensors(std::vector<StoredTensor>& tensors, const std::string& path);

}  // namespace zerocell
